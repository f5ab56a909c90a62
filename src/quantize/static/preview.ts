import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withTaps } from '../../calibrate/calibrate.ts';
import { type OnnxModel, saveModel } from '../../onnx/model.ts';
import type { RuntimeLocation, SessionSpec } from '../../runtime/contract.ts';
import { WorkerProcess } from '../../runtime/worker-process.ts';
import type { Target } from '../../targets/index.ts';
import type { NodeDecision } from '../contract.ts';
import { describeJob } from './describe-job.ts';
import { planStatic } from './plan.ts';
import { prepareForQuantization } from './prepare.ts';
import { reportNodes } from './static.ts';

/** What static quantization would quantize, from the model's structure alone: no data, nothing measured. */
export async function planWithoutData(request: {
  model: OnnxModel;
  target: Target;
  runtime: RuntimeLocation;
  workDir: string;
}): Promise<NodeDecision[]> {
  const { model, target, runtime, workDir } = request;
  await mkdir(workDir, { recursive: true });
  const prepared = prepareForQuantization(model);
  const names = prepared.graph.nodes.flatMap((node) => node.outputs.flatMap((value) => (value ? [value.name] : [])));
  const path = join(workDir, 'describe.onnx');
  await saveModel(withTaps(prepared, names).model, path);
  const session: SessionSpec = { model: path, provider: 'cpu', threads: 1, optimization: 'disabled' };
  const worker = await WorkerProcess.start({ runtime, label: 'level 2' });
  try {
    const infos = [...(await worker.call(describeJob, { session })), ...prepared.graph.infos('inputs')];
    const plan = planStatic(prepared.graph, new Map(infos.map(({ name, ...info }) => [name, info])), { target });
    return reportNodes(plan);
  } finally {
    await worker.close();
  }
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { OnnxModel } from '../../onnx/model.ts';
import type { RuntimeLocation } from '../../runtime/contract.ts';
import { WorkerProcess } from '../../runtime/worker-process.ts';
import type { Target } from '../../targets/index.ts';
import type { NodeDecision } from '../contract.ts';
import type { DynamicOptions } from '../dynamic.ts';
import { previewBranches } from './branches.ts';
import { planRemaining } from './complete.ts';
import { describeValues } from './describe.ts';
import { planStatic } from './plan.ts';
import { prepareForQuantization } from './prepare.ts';
import { reportNodes } from './report-nodes.ts';
import { productRows } from './rows.ts';

export interface PreviewRequest {
  model: OnnxModel;
  target: Target;
  runtime: RuntimeLocation;
  workDir: string;
  seed: number;
}

/** What static quantization would quantize, from the model's structure alone: no data, nothing measured. */
export async function planWithoutData(request: PreviewRequest): Promise<NodeDecision[]> {
  const { model, target, runtime, workDir, seed } = request;
  await mkdir(workDir, { recursive: true });
  const worker = await WorkerProcess.start({ runtime, label: 'level 2' });
  try {
    const prepared = await prepareForQuantization(model, worker, workDir);
    const infos = await describeValues(prepared, { workDir, threads: 1 }, worker);
    const plan = planStatic(prepared.graph, infos, { target });
    const rows = await productRows(prepared, infos, worker, { workDir, seed });
    const options: DynamicOptions = { 'per-channel': true, bits: 8, 'keep-float': [] };
    const rest = planRemaining(prepared, {
      plan,
      rows,
      smallProducts: false,
      slowProducts: new Map(),
      target,
      options,
    });
    const { models, left } = previewBranches(prepared, infos);
    const nodes = reportNodes(plan, rest, { branches: [], left });
    for (const [index, branch] of models.entries()) {
      nodes.push(...(await planWithoutData({ ...request, model: branch, workDir: join(workDir, `branch-${index}`) })));
    }
    return nodes;
  } finally {
    await worker.close();
  }
}

import { join } from 'node:path';
import { type OnnxModel, saveScratch } from '../../onnx/model.ts';
import { FactFinder } from '../../onnx/opset/facts.ts';
import type { SessionSpec } from '../../runtime/contract.ts';
import type { WorkerProcess } from '../../runtime/worker-process.ts';
import { describeJob } from './describe-job.ts';
import type { ValueInfos } from './units.ts';

/**
 * Element types and shapes of the values of a model's own graph, as ONNX Runtime infers them; those of types that no session can give
 * out, as bfloat16, are left out. It folds constants first, for what is
 * reshaped by the Shape of a value whose size is fixed is of a fixed size too.
 */
export async function describeValues(
  model: OnnxModel,
  { workDir, threads = 0 }: { workDir: string; threads?: number },
  worker: WorkerProcess,
): Promise<ValueInfos> {
  const everything = model.clone();
  const { graph } = everything;
  const facts = new FactFinder(graph);
  for (const node of graph.nodes) {
    for (const value of node.outputs) {
      if (value && !value.isGraphOutput && facts.canLeave(value)) graph.addOutput(value);
    }
  }
  const path = join(workDir, 'describe.onnx');
  await saveScratch(everything, path);
  const session: SessionSpec = { model: path, provider: 'cpu', threads, optimization: 'basic' };
  const outputs = await worker.call(describeJob, { session });
  return new Map(
    [...outputs, ...model.graph.infos('inputs')].map(({ name, type, dims }) => [name, { type, dims }] as const),
  );
}

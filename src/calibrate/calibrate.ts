import { join } from 'node:path';
import { type FeedStore, storeReference } from '../data/store.ts';
import { type OnnxModel, saveModel } from '../onnx/model.ts';
import type { WorkerProcess } from '../runtime/worker-process.ts';
import type { TensorStatistics } from './histogram.ts';
import { calibrateJob } from './job.ts';

export interface CalibrationRequest {
  /** The float model. Not changed. */
  model: OnnxModel;
  /** Names of the float32 values to watch. */
  tensors: readonly string[];
  store: FeedStore;
  workDir: string;
  worker: WorkerProcess;
  threads: number;
  onProgress?: (done: number, total: number) => void;
}

/** One streaming pass over the calibration data. Tensors that never had an element are missing from the result. */
export async function calibrate(request: CalibrationRequest): Promise<Map<string, TensorStatistics>> {
  const { model, tensors, store, workDir, worker, threads, onProgress } = request;
  if (tensors.length === 0) return new Map();
  const path = join(workDir, 'calibration.onnx');
  const tapped = withTaps(model, tensors);
  await saveModel(tapped.model, path);
  const session = { model: path, provider: 'cpu', threads } as const;
  const result = await worker.call(
    calibrateJob,
    { session, store: storeReference(store), tensors: [...tapped.outputs.values()] },
    onProgress ? { onProgress } : {},
  );
  return new Map(
    [...tapped.outputs].flatMap(([name, output]) => (result[output] ? [[name, result[output]] as const] : [])),
  );
}

/**
 * A copy of the model with these values as graph outputs, beside its own. A graph input is seen through an Identity.
 *
 * @returns the model and the name of the output that shows each value
 */
export function withTaps(
  model: OnnxModel,
  tensors: readonly string[],
): { model: OnnxModel; outputs: Map<string, string> } {
  const tapped = model.clone();
  const { graph } = tapped;
  const outputs = new Map<string, string>();
  for (const name of tensors) {
    const value = graph.value(name);
    if (!value) throw new Error(`the model has no value '${name}'`);
    const shown = value.isGraphInput
      ? graph.addNode({ op: 'Identity', name: `${name}_tap`, inputs: [value] }).output()
      : value;
    if (!shown.isGraphOutput) graph.addOutput(shown);
    outputs.set(name, shown.name);
  }
  return { model: tapped, outputs };
}

import { join } from 'node:path';
import { type FeedStore, storeReference } from '../data/store.ts';
import { type OnnxModel, saveScratch } from '../onnx/model.ts';
import type { WorkerProcess } from '../runtime/worker-process.ts';
import type { TensorInfo } from '../tensor.ts';
import type { TensorStatistics } from './histogram.ts';
import { calibrateJob } from './job.ts';
import { addTaps, type CalibrationDetail } from './taps.ts';

export interface CalibrationRequest {
  /** The float model. Not changed. */
  model: OnnxModel;
  /** Names of the float32 values to watch. */
  tensors: readonly string[];
  /** Their dims, where they are known. */
  dims: (name: string) => TensorInfo['dims'] | undefined;
  store: FeedStore;
  workDir: string;
  worker: WorkerProcess;
  threads: number;
  /** Default: all of a distribution. */
  detail?: CalibrationDetail;
  onProgress?: (done: number, total: number) => void;
}

/**
 * One streaming pass over the calibration data. Tensors that never had an element are missing from the result. Where a tensor
 * holds infinities its distribution is gathered in any case: the range is that of its finite values.
 */
export async function calibrate(request: CalibrationRequest): Promise<Map<string, TensorStatistics>> {
  const found = await pass(request);
  if (request.detail !== 'range') return found;
  const infinite = [...found].filter(([, { min, max }]) => !Number.isFinite(min) || !Number.isFinite(max));
  const tensors = infinite.map(([name]) => name);
  return new Map([...found, ...(await pass({ ...request, tensors, detail: 'histogram' }))]);
}

async function pass(request: CalibrationRequest): Promise<Map<string, TensorStatistics>> {
  const { model, tensors, dims, store, workDir, worker, threads, detail, onProgress } = request;
  if (tensors.length === 0) return new Map();
  const path = join(workDir, 'calibration.onnx');
  const tapped = addTaps(model, tensors, dims, detail);
  await saveScratch(tapped.model, path);
  const session = { model: path, provider: 'cpu', threads } as const;
  const result = await worker.call(
    calibrateJob,
    { session, store: storeReference(store), taps: tapped.taps },
    onProgress ? { onProgress } : {},
  );
  return new Map(Object.entries(result));
}

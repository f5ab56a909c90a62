import { freemem } from 'node:os';
import { type FeedStore, storeReference } from '../data/store.ts';
import type { RuntimeLocation, SessionSpec } from '../runtime/contract.ts';
import { statusBytes } from '../runtime/process-memory.ts';
import { WorkerProcess } from '../runtime/worker-process.ts';
import { median } from '../statistics.ts';
import type { MemoryMeasurement, NotMeasured } from './contract.ts';
import { deviceBytes } from './gpu.ts';
import { memoryJob } from './memory-job.ts';

export interface PeakMemory {
  /** Peak resident bytes of a fresh process: the median of several. */
  bytes: number;
  /** Device memory that it held; absent on a CPU, and where the driver does not tell. */
  deviceBytes?: number;
}

export interface PeakRequest {
  label: string;
  /** Without it: the empty runtime's own peak. */
  session?: SessionSpec;
  store: FeedStore;
  /** Default 1. */
  batch?: number;
  runtime: RuntimeLocation;
  /** Fresh processes; default 3. */
  repeats?: number;
  timeoutMs?: number;
}

/**
 * The peak memory of fresh processes that load one model by path and run it.
 * @throws WorkerError where the process fails
 */
export async function peakMemory(request: PeakRequest): Promise<PeakMemory> {
  const first = await onePeak(request);
  const others = (request.repeats ?? 3) - 1;
  // A process takes as much of the host's memory beside others, where there is plenty; of a device's it may not.
  const together = (request.session?.provider ?? 'cpu') === 'cpu' && others * first.bytes < freemem() / 4;
  const peaks = [first];
  if (together) peaks.push(...(await Promise.all(Array.from({ length: others }, () => onePeak(request)))));
  else for (let repeat = 0; repeat < others; repeat++) peaks.push(await onePeak(request));
  const device = peaks.flatMap((peak) => peak.deviceBytes ?? []);
  return {
    bytes: median(peaks.map(({ bytes }) => bytes)),
    ...(device.length > 0 && { deviceBytes: median(device) }),
  };
}

async function onePeak({
  label,
  session,
  store,
  batch = 1,
  runtime,
  timeoutMs = 300_000,
}: PeakRequest): Promise<PeakMemory> {
  const worker = await WorkerProcess.start({ runtime, label });
  try {
    const params = { ...(session && { session }), store: storeReference(store), batch };
    const usage = await worker.call(memoryJob, params, { timeoutMs });
    // On Linux the resource usage starts from the parent's peak; VmHWM is this process's own.
    const bytes = process.platform === 'linux' ? await statusBytes(worker.pid, 'VmHWM') : usage;
    if (bytes === undefined) throw new Error(`${label}: the operating system does not tell the peak memory`);
    const device = session && session.provider !== 'cpu' ? await deviceBytes(worker.pid) : undefined;
    return { bytes, ...(device !== undefined && { deviceBytes: device }) };
  } finally {
    await worker.close();
  }
}

/** A variant's memory over FP32's, both without the empty runtime's own. */
export function memoryMeasurement(
  fp32: PeakMemory,
  variant: PeakMemory,
  empty: PeakMemory,
): MemoryMeasurement | NotMeasured {
  const peakBytes = Math.max(0, variant.bytes - empty.bytes);
  const fp32Bytes = fp32.bytes - empty.bytes;
  if (fp32Bytes <= 0)
    return { notMeasured: "FP32 needs no more memory than the runtime's own; the model is too small" };
  return {
    peakBytes,
    ratio: peakBytes / fp32Bytes,
    ...(variant.deviceBytes !== undefined && { devicePeakBytes: variant.deviceBytes }),
  };
}

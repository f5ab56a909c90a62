import { freemem } from 'node:os';
import { type FeedStore, storeReference } from '../data/store.ts';
import type { RuntimeLocation, SessionSpec } from '../runtime/contract.ts';
import { statusBytes } from '../runtime/process-memory.ts';
import { WorkerProcess } from '../runtime/worker-process.ts';
import { median } from '../statistics.ts';
import { studentQuantile } from './accuracy/distributions.ts';
import type { Estimate, MemoryMeasurement, NotMeasured } from './contract.ts';
import { deviceBytes } from './gpu.ts';
import { memoryJob } from './memory-job.ts';

export interface PeakMemory {
  /** Peak resident bytes of fresh processes. */
  peaks: readonly number[];
  /** Device memory that each held; none on a CPU, and where the driver does not tell. */
  devicePeaks: readonly number[];
}

export interface PeakRequest {
  label: string;
  /** Without it: the empty runtime's own peak. */
  session?: SessionSpec;
  store: FeedStore;
  /** Default 1. */
  batch?: number;
  runtime: RuntimeLocation;
  timeoutMs?: number;
}

/** Fresh processes that are started at first, and how many more at a time where they do not decide a limit. */
const firstRepeats = 3;
const moreRepeats = 2;
/** The most processes of one file. */
export const mostRepeats = 9;

/**
 * The peak memory of fresh processes that load one model by path and run it.
 *
 * @param known of processes of the same file: some more are started
 * @throws WorkerError where the process fails
 */
export async function peakMemory(request: PeakRequest, known?: PeakMemory): Promise<PeakMemory> {
  const first = await onePeak(request);
  const others = (known ? moreRepeats : firstRepeats) - 1;
  // A process takes as much of the host's memory beside others, where there is plenty; of a device's it may not.
  const together = (request.session?.provider ?? 'cpu') === 'cpu' && others * first.bytes < freemem() / 4;
  const found = [first];
  if (together) found.push(...(await Promise.all(Array.from({ length: others }, () => onePeak(request)))));
  else for (let repeat = 0; repeat < others; repeat++) found.push(await onePeak(request));
  return {
    peaks: [...(known?.peaks ?? []), ...found.map(({ bytes }) => bytes)],
    devicePeaks: [...(known?.devicePeaks ?? []), ...found.flatMap(({ deviceBytes }) => deviceBytes ?? [])],
  };
}

/** What one process took. */
interface Peak {
  bytes: number;
  deviceBytes?: number;
}

async function onePeak({ label, session, store, batch = 1, runtime, timeoutMs = 300_000 }: PeakRequest): Promise<Peak> {
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

/** A variant's memory over FP32's, both without the empty runtime's own: means over processes, with their intervals. */
export function memoryMeasurement(
  fp32: PeakMemory,
  variant: PeakMemory,
  empty: PeakMemory,
  confidence: number,
): MemoryMeasurement | NotMeasured {
  const [own, whole, none] = [variant, fp32, empty].map(({ peaks }) => sampleOf(peaks)) as [Sample, Sample, Sample];
  const bytes = own.mean - none.mean;
  const fp32Bytes = whole.mean - none.mean;
  if (fp32Bytes <= 0)
    return { notMeasured: "FP32 needs no more memory than the runtime's own; the model is too small" };
  const ratio = bytes / fp32Bytes;
  const peakBytes = intervalOf(bytes, [own.error, none.error], confidence);
  // The empty runtime's own is taken from both sides of the quotient.
  const errors = [own.error, scaled(whole.error, ratio), scaled(none.error, 1 - ratio)];
  const quotient = intervalOf(
    ratio,
    errors.map((error) => scaled(error, 1 / fp32Bytes)),
    confidence,
  );
  return {
    peakBytes: Math.round(peakBytes.estimate),
    ratio: quotient.estimate,
    intervals: { peakBytes, ratio: quotient },
    ...(variant.devicePeaks.length > 0 && { devicePeakBytes: median(variant.devicePeaks) }),
  };
}

/** The squared standard error of a mean, and the degrees of freedom that it is known with. */
interface SquaredError {
  square: number;
  freedom: number;
}

interface Sample {
  mean: number;
  error: SquaredError;
}

function sampleOf(values: readonly number[]): Sample {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const freedom = values.length - 1;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / freedom;
  return { mean, error: { square: variance / values.length, freedom } };
}

const scaled = ({ square, freedom }: SquaredError, factor: number): SquaredError => ({
  square: square * factor ** 2,
  freedom,
});

/** By Student's t with the degrees of freedom of B. Welch (Biometrika 34, 1947); not below 0. */
function intervalOf(value: number, errors: readonly SquaredError[], confidence: number): Estimate {
  const square = errors.reduce((sum, error) => sum + error.square, 0);
  const freedom = square ** 2 / errors.reduce((sum, error) => sum + error.square ** 2 / error.freedom, 0);
  const half = square === 0 ? 0 : studentQuantile(1 - (1 - confidence) / 2, freedom) * Math.sqrt(square);
  const end = (at: number) => Math.max(0, at);
  return { estimate: end(value), low: end(value - half), high: end(value + half) };
}

import { closeSync, openSync } from 'node:fs';
import { openStore, readSample, type StoreReference } from '../data/store.ts';
import type { SessionSpec } from '../runtime/contract.ts';
import { defineJob } from '../runtime/job.ts';
import { toOrt } from '../runtime/tensors.ts';
import { FloatHistogram, finiteRange, samplingStep, type TensorStatistics } from './histogram.ts';
import type { Tap } from './taps.ts';

export interface CalibrateParams {
  /** A model with the outputs that `taps` names. */
  session: SessionSpec;
  store: StoreReference;
  taps: readonly Tap[];
}

interface Accumulator {
  histogram: FloatHistogram | undefined;
  min: number;
  max: number;
  sumMin: number;
  sumMax: number;
  samples: number;
}

/**
 * Runs a model over a dataset once, sample by sample, and gathers the statistics of its tensors. What is kept does
 * not grow with the number of samples.
 */
export const calibrateJob = defineJob<CalibrateParams, Record<string, TensorStatistics>>(
  'calibrate',
  async ({ ort, sessions, progress }, { session: spec, store: reference, taps }) => {
    const session = await sessions.open(spec);
    const store = openStore(reference);
    const gathered = new Map<string, Accumulator>();
    const file = openSync(store.path, 'r');
    try {
      for (let index = 0; index < store.samples.length; index++) {
        const { inputs } = readSample(store, index, file);
        const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
        const outputs = await session.run(feeds);
        const floats = (name: string) => {
          const data = outputs[name]?.data;
          if (!(data instanceof Float32Array)) throw new Error(`output '${name}' is not float32`);
          return data;
        };
        for (const { tensor, values, min, max } of taps) {
          const data = values === undefined ? undefined : floats(values);
          if (data?.length === 0) continue;
          const least = typeof min === 'string' ? extremes(floats(min)).min : min;
          const ends = least !== undefined && max ? { min: least, max: extremes(floats(max)).max } : extremes(data!);
          accumulate(gathered, tensor, data, ends, max ? 1 : samplingStep(data!.length));
        }
        progress(index + 1, store.samples.length);
      }
    } finally {
      closeSync(file);
    }
    await sessions.release(spec);
    return Object.fromEntries([...gathered].map(([name, accumulator]) => [name, statistics(accumulator)]));
  },
);

interface Ends {
  min: number;
  max: number;
}

function extremes(values: Float32Array): Ends {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

function accumulate(
  gathered: Map<string, Accumulator>,
  name: string,
  data: Float32Array | undefined,
  ends: Ends,
  step: number,
): void {
  let accumulator = gathered.get(name);
  if (!accumulator) {
    accumulator = { histogram: undefined, min: Infinity, max: -Infinity, sumMin: 0, sumMax: 0, samples: 0 };
    gathered.set(name, accumulator);
  }
  if (data) {
    accumulator.histogram ??= new FloatHistogram();
    accumulator.histogram.add(data, step);
  }
  // Infinity and NaN have bins of their own; the range is that of the rest. Without values the ends are told as they are.
  const finite = Number.isFinite(ends.min) && Number.isFinite(ends.max);
  const { min, max } = finite || !data ? ends : finiteRange(data);
  if (min > max) return;
  accumulator.min = Math.min(accumulator.min, min);
  accumulator.max = Math.max(accumulator.max, max);
  accumulator.sumMin += min;
  accumulator.sumMax += max;
  accumulator.samples += 1;
}

function statistics({ histogram, min, max, sumMin, sumMax, samples }: Accumulator): TensorStatistics {
  return {
    histogram: histogram?.sparse() ?? { bins: new Uint16Array(0), counts: new Float64Array(0) },
    min,
    max,
    meanMin: samples ? sumMin / samples : 0,
    meanMax: samples ? sumMax / samples : 0,
    samples,
  };
}

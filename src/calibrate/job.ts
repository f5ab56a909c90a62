import { closeSync, openSync } from 'node:fs';
import { openStore, readSample, type StoreReference } from '../data/store.ts';
import type { SessionSpec } from '../runtime/contract.ts';
import { defineJob } from '../runtime/job.ts';
import { toOrt } from '../runtime/tensors.ts';
import { FloatHistogram, type TensorStatistics } from './histogram.ts';

export interface CalibrateParams {
  /** A model whose graph outputs include the tensors in `tensors`. */
  session: SessionSpec;
  store: StoreReference;
  tensors: readonly string[];
}

interface Accumulator {
  histogram: FloatHistogram;
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
  async ({ ort, sessions, progress }, { session: spec, store: reference, tensors }) => {
    const session = await sessions.open(spec);
    const store = openStore(reference);
    const gathered = new Map<string, Accumulator>();
    const file = openSync(store.path, 'r');
    try {
      for (let index = 0; index < store.samples.length; index++) {
        const { inputs } = readSample(store, index, file);
        const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
        const outputs = await session.run(feeds, tensors);
        for (const name of tensors) {
          const data = outputs[name]?.data;
          if (!(data instanceof Float32Array)) throw new Error(`tensor '${name}' is not float32`);
          if (data.length > 0) accumulate(gathered, name, data);
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

function accumulate(gathered: Map<string, Accumulator>, name: string, data: Float32Array): void {
  let accumulator = gathered.get(name);
  if (!accumulator) {
    accumulator = { histogram: new FloatHistogram(), min: Infinity, max: -Infinity, sumMin: 0, sumMax: 0, samples: 0 };
    gathered.set(name, accumulator);
  }
  const { min, max } = accumulator.histogram.add(data);
  if (min > max) return;
  accumulator.min = Math.min(accumulator.min, min);
  accumulator.max = Math.max(accumulator.max, max);
  accumulator.sumMin += min;
  accumulator.sumMax += max;
  accumulator.samples += 1;
}

function statistics({ histogram, min, max, sumMin, sumMax, samples }: Accumulator): TensorStatistics {
  return {
    histogram: histogram.sparse(),
    min,
    max,
    meanMin: samples ? sumMin / samples : 0,
    meanMax: samples ? sumMax / samples : 0,
    samples,
  };
}

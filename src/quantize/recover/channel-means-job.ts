import { closeSync, openSync } from 'node:fs';
import { openStore, readSample, type StoreReference } from '../../data/store.ts';
import type { SessionSpec } from '../../runtime/contract.ts';
import { defineJob } from '../../runtime/job.ts';
import { toOrt } from '../../runtime/tensors.ts';

export interface MeansParams {
  session: SessionSpec;
  store: StoreReference;
  samples: readonly number[];
  /** Outputs of the session, vectors of float32. */
  outputs: readonly string[];
  /** Over the samples; default mean. */
  combine?: 'mean' | 'max';
}

/** Means (or maxima) over samples of a model's vector outputs. */
export const meansJob = defineJob<MeansParams, Record<string, Float64Array>>(
  'channel-means',
  async ({ ort, sessions }, { session: spec, store: reference, samples, outputs: names, combine }) => {
    const session = await sessions.open(spec);
    const store = openStore(reference);
    const sums: Record<string, Float64Array> = {};
    const file = openSync(store.path, 'r');
    try {
      for (const index of samples) {
        const { inputs } = readSample(store, index, file);
        const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
        const outputs = await session.run(feeds);
        for (const name of names) {
          const data = outputs[name]!.data as Float32Array;
          sums[name] ??= new Float64Array(data.length).fill(combine === 'max' ? -Infinity : 0);
          const sum = sums[name];
          for (let i = 0; i < data.length; i++) {
            sum[i] = combine === 'max' ? Math.max(sum[i]!, data[i]!) : sum[i]! + data[i]! / samples.length;
          }
        }
      }
    } finally {
      closeSync(file);
      await sessions.release(spec);
    }
    return sums;
  },
);

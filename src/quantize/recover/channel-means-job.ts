import { closeSync, openSync } from 'node:fs';
import { openStore, readSample, type StoreReference } from '../../data/store.ts';
import type { SessionSpec } from '../../runtime/contract.ts';
import { defineJob } from '../../runtime/job.ts';
import { toOrt } from '../../runtime/tensors.ts';

export interface MeansParams {
  session: SessionSpec;
  store: StoreReference;
  samples: readonly number[];
  /** Outputs of the session, float32. */
  outputs: readonly string[];
  /** Over the samples; default mean. */
  combine?: 'mean' | 'max';
}

/** Means (or maxima) over samples of a model's outputs, element by element. */
export const meansJob = defineJob<MeansParams, Record<string, Float32Array>>(
  'channel-means',
  async ({ ort, sessions }, { session: spec, store: reference, samples, outputs: names, combine }) => {
    const session = await sessions.open(spec);
    const store = openStore(reference);
    const sums: Record<string, Float32Array> = {};
    const file = openSync(store.path, 'r');
    try {
      for (const index of samples) {
        const { inputs } = readSample(store, index, file);
        const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
        const outputs = await session.run(feeds);
        for (const name of names) {
          const data = outputs[name]!.data as Float32Array;
          sums[name] ??= new Float32Array(data.length).fill(combine === 'max' ? -Infinity : 0);
          (combine === 'max' ? raise : add)(sums[name], data);
        }
      }
    } finally {
      closeSync(file);
      await sessions.release(spec);
    }
    if (combine !== 'max') {
      for (const sum of Object.values(sums)) for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! / samples.length;
    }
    return sums;
  },
);

function add(sum: Float32Array, data: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + data[i]!;
}

function raise(greatest: Float32Array, data: Float32Array): void {
  for (let i = 0; i < greatest.length; i++) greatest[i] = Math.max(greatest[i]!, data[i]!);
}

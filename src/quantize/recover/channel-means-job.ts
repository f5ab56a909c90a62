import { closeSync, openSync } from 'node:fs';
import { type BatchAxes, batchAxes, stackFeeds } from '../../data/batch.ts';
import { type FeedStore, openStore, readSample, type StoreReference, shapeKey } from '../../data/store.ts';
import type { SessionSpec } from '../../runtime/contract.ts';
import { defineJob } from '../../runtime/job.ts';
import { tensorInfos } from '../../runtime/session.ts';
import { toOrt } from '../../runtime/tensors.ts';

export interface MeansParams {
  session: SessionSpec;
  store: StoreReference;
  samples: readonly number[];
  /** Outputs of the session, float32. */
  outputs: readonly string[];
  /** Over the samples; default mean. */
  combine?: 'mean' | 'max';
  /**
   * So many samples share a run where their shapes and the model's inputs allow it: for outputs that add up over a batch. Default 1.
   */
  stack?: number;
}

/** Means (or maxima) over samples of a model's outputs, element by element. */
export const meansJob = defineJob<MeansParams, Record<string, Float32Array>>(
  'channel-means',
  async ({ ort, sessions }, { session: spec, store: reference, samples, outputs: names, combine, stack = 1 }) => {
    const session = await sessions.open(spec);
    const axes = batchAxes(tensorInfos(session.inputMetadata));
    const store = openStore(reference);
    const sums: Record<string, Float32Array> = {};
    const file = openSync(store.path, 'r');
    try {
      const most = isOpen(session.inputMetadata, axes) ? stack : 1;
      for (const group of alike(samples, store, most)) {
        const read = group.map((index) => readSample(store, index, file));
        const feeds = Object.fromEntries(
          Object.entries(stackFeeds(read, axes)).map(([name, tensor]) => [name, toOrt(ort, tensor)]),
        );
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

/** Whether every input takes a batch of any size: images do along an open first axis; else the name has to say that it is no sequence. */
function isOpen(inputs: Parameters<typeof tensorInfos>[0], axes: BatchAxes): boolean {
  return tensorInfos(inputs).every(({ name, dims }) => {
    const axis = axes[name];
    const dim = axis === undefined ? 1 : dims[axis];
    return typeof dim !== 'number' && (dims.length >= 4 || /batch|^n$/i.test(dim ?? ''));
  });
}

/** The samples in their order, neighbours of the same shapes together, up to `most`. */
function alike(samples: readonly number[], { samples: stored }: FeedStore, most: number): number[][] {
  const groups: number[][] = [];
  let before: string | undefined;
  for (const index of samples) {
    const now = shapeKey(stored[index]!.inputs);
    const last = groups.at(-1);
    if (last && last.length < most && now === before) last.push(index);
    else groups.push([index]);
    before = now;
  }
  return groups;
}

function add(sum: Float32Array, data: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + data[i]!;
}

function raise(greatest: Float32Array, data: Float32Array): void {
  for (let i = 0; i < greatest.length; i++) greatest[i] = Math.max(greatest[i]!, data[i]!);
}

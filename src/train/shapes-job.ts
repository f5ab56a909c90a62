import { type BatchAxes, stackFeeds } from '../data/batch.ts';
import { openStore, readSample, type StoreReference } from '../data/store.ts';
import type { SessionSpec } from '../runtime/contract.ts';
import { defineJob } from '../runtime/job.ts';
import { toOrt } from '../runtime/tensors.ts';

export interface ShapesParams {
  /** A model with every value as an output. */
  session: SessionSpec;
  store: StoreReference;
  /** The samples that make the batch. */
  samples: readonly number[];
  axes: BatchAxes;
}

/** The shapes of all outputs on one batch: as inferred, and measured where that says nothing. */
export const shapesJob = defineJob<ShapesParams, Record<string, number[]>>(
  'train-shapes',
  async ({ ort, sessions }, { session: spec, store: reference, samples, axes }) => {
    const session = await sessions.open(spec);
    const shapes: Record<string, number[]> = {};
    const unknown: string[] = [];
    for (const value of session.outputMetadata) {
      if (!value.isTensor) continue;
      const dims = value.shape.filter((dim) => typeof dim === 'number');
      // Without a dimension it is a scalar, or the rank itself is not known.
      if (dims.length === value.shape.length && dims.length > 0) shapes[value.name] = dims;
      else unknown.push(value.name);
    }
    if (unknown.length > 0) {
      const store = openStore(reference);
      const feeds = stackFeeds(
        samples.map((index) => readSample(store, index)),
        axes,
      );
      const given = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
      const outputs = await session.run(given, unknown);
      for (const [name, { dims }] of Object.entries(outputs)) shapes[name] = [...dims];
    }
    await sessions.release(spec);
    return shapes;
  },
);

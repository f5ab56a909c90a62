import { type BatchAxes, stackFeeds } from '../data/batch.ts';
import type { Label } from '../data/dataset.ts';
import { type FeedStore, openStore, readSample, type StoreReference } from '../data/store.ts';
import { Random } from '../random.ts';
import { sizeOf, type Tensor } from '../tensor.ts';
import type { Feeds } from './cache.ts';

/** Batches of one size of some samples, in a seeded order; what is left over is not used. */
export function intoBatches(samples: readonly number[], batch: number, seed: number): number[][] {
  const order = new Random(seed, 'training batches').shuffle([...samples]);
  const count = Math.floor(order.length / batch);
  return Array.from({ length: count }, (_, at) => order.slice(at * batch, (at + 1) * batch));
}

/** The batches of some samples of a store; see intoBatches. */
export class Batches {
  readonly #store: FeedStore;
  readonly #axes: BatchAxes;
  readonly #batches: number[][];

  /** @param samples which of the store's */
  constructor(reference: StoreReference, samples: readonly number[], batch: number, axes: BatchAxes, seed: number) {
    this.#store = openStore(reference);
    this.#axes = axes;
    this.#batches = intoBatches(samples, batch, seed);
  }

  get count(): number {
    return this.#batches.length;
  }

  feeds(batch: number): Feeds {
    return stackFeeds(
      this.#samples(batch).map((index) => readSample(this.#store, index)),
      this.#axes,
    );
  }

  /** One-hot rows of the class labels, one a sample; rows without a label are zero, so that they add no loss. */
  labels(batch: number, dims: readonly number[]): Tensor {
    const samples = this.#samples(batch);
    const data = new Float32Array(sizeOf(dims));
    const classes = data.length / samples.length;
    samples.forEach((index, row) => {
      const label: Label | undefined = this.#store.samples[index]?.label;
      if (label?.kind === 'class' && label.index < classes) data[row * classes + label.index] = 1;
    });
    return { type: 'float32', dims, data };
  }

  #samples(batch: number): number[] {
    const found = this.#batches[batch];
    if (!found) throw new RangeError(`batch ${batch} of ${this.#batches.length}`);
    return found;
  }
}

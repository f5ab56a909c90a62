import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Tensor } from '../tensor.ts';
import type { Feeds, TensorCache } from './cache.ts';
import type { TrainParams } from './job.ts';

/** What one step is fed besides parameters. */
export interface StepData {
  feeds: Feeds;
  targets: Feeds;
  labels?: () => Tensor;
}

/** The value at a cut, by batch. */
export type CutFeeds = (batch: number) => Feeds;

/** What the part before gave, under the name that the next part reads it by. */
export function cutOf(name: string | undefined, cache: TensorCache | undefined): CutFeeds | undefined {
  if (name === undefined || !cache) return undefined;
  return (batch) => {
    const [value] = Object.values(cache.get(batch));
    return { [name]: value as Tensor };
  };
}

export function pick(feeds: Feeds, names: readonly string[]): Feeds {
  return Object.fromEntries(
    names.map((name) => {
      const tensor = feeds[name];
      if (!tensor) throw new Error(`nothing to feed for '${name}'`);
      return [name, tensor];
    }),
  );
}

/** What decides the result, besides the budget: a checkpoint of anything else is of no use. */
export function keyOf({
  parts,
  whole,
  parameters,
  data,
  training,
  batch,
  heldBack,
  seed,
  steps,
  budgetMs,
  ...settings
}: TrainParams): string {
  const hash = createHash('sha256');
  const shape = [...parts, whole].map(({ name, trained }) => [name, trained]);
  const fed = [data, training].map((each) => each && [each.digest, each.samples]);
  const { version, device, distance, classAxis, enough, wholeFactor } = settings;
  const compared = [version, device, distance, classAxis, enough, wholeFactor];
  hash.update(JSON.stringify([shape, fed, batch, heldBack, seed, steps, budgetMs, compared]));
  // The losses are in these.
  for (const { backward } of [...parts, whole]) if (backward !== undefined) hash.update(readFileSync(backward));
  for (const { initial, rates } of parameters) {
    for (const array of [initial, rates]) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return hash.digest('hex');
}

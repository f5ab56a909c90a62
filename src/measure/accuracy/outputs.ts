import { closeSync, openSync } from 'node:fs';
import { type FeedStore, readSample } from '../../data/store.ts';
import type { Outputs } from '../metrics/metric.ts';
import type { OutputSet } from './score.ts';

/** The outputs that a `run-store` job wrote (`openStore` opens them), read one sample at a time. */
export function storedOutputs(store: FeedStore): OutputSet {
  return {
    size: store.samples.length,
    *read() {
      const fd = openSync(store.path, 'r');
      try {
        for (let index = 0; index < store.samples.length; index++) yield readSample(store, index, fd).inputs;
      } finally {
        closeSync(fd);
      }
    },
  };
}

/** Outputs that are in memory. */
export function givenOutputs(outputs: readonly Outputs[]): OutputSet {
  return { size: outputs.length, read: () => outputs };
}

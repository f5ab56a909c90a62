import { batchAxes, stackFeeds } from '../data/batch.ts';
import { openStore, readSample, type StoreReference } from '../data/store.ts';
import type { SessionSpec } from '../runtime/contract.ts';
import { defineJob } from '../runtime/job.ts';
import { tensorInfos } from '../runtime/session.ts';
import { toOrt } from '../runtime/tensors.ts';

export interface MemoryParams {
  /** Without it nothing is loaded: the process's own memory. */
  session?: SessionSpec;
  store: StoreReference;
  batch: number;
}

/**
 * Loads the session by path, runs it twice on the first sample, and keeps it open: what it holds on a device can be read
 * from outside. The second run is the first that has the memory plan of the one before.
 *
 * @returns the peak of this process as the operating system's resource usage has it, in bytes
 */
export const memoryJob = defineJob<MemoryParams, number>(
  'memory',
  async ({ ort, sessions }, { session: spec, store, batch }) => {
    const sample = readSample(openStore(store), 0);
    if (spec) {
      const session = await sessions.open(spec);
      const stacked = stackFeeds(Array(batch).fill(sample), batchAxes(tensorInfos(session.inputMetadata)));
      const feeds = Object.fromEntries(Object.entries(stacked).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
      for (let run = 0; run < 2; run++) await session.run(feeds);
    }
    return process.resourceUsage().maxRSS * 1024;
  },
);

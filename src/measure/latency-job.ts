import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { batchAxes, stackFeeds } from '../data/batch.ts';
import { openStore, readSample, type StoreReference } from '../data/store.ts';
import { UserError } from '../errors.ts';
import type { SessionSpec } from '../runtime/contract.ts';
import { cpuWaitClock } from '../runtime/cpu-wait.ts';
import { defineJob, type JobContext } from '../runtime/job.ts';
import { tensorInfos } from '../runtime/session.ts';
import { toOrt } from '../runtime/tensors.ts';

/** Distinct feeds that blocks cycle through, so that inputs of several lengths are all timed; bounded in memory too. */
const maxFeeds = 16;
const maxFeedBytes = 64 * 2 ** 20;

/** Warm-up ends when a chunk is not faster than the best before it by this fraction, twice in a row. */
const stationary = 0.02;
const warmChunkMs = 15;
const warmMaxMs = 2_000;

export interface PrepareParams {
  session: SessionSpec;
  store: StoreReference;
  batch: number;
  /** Frees the session again: only what it takes is wanted. Default: it stays, for blocks. */
  release?: boolean;
}

export interface Prepared {
  /** Time to create the session. */
  loadMs: number;
  /** Median time of a run when warm. */
  runMs: number;
  /** The shapes of each feed's inputs: `[1, 12]`, `ids [1, 12], mask [1, 12]`. */
  shapes: string[];
}

interface Bench {
  run(feed: number): Promise<RunTime>;
  /** Runs that have to be taken together to compare with others: all feeds where their shapes differ. */
  cycle: number;
}

/** Milliseconds. */
interface RunTime {
  /** What the run took, without `waited`. */
  time: number;
  /** While another process had the CPU: told by Linux alone, 0 elsewhere. */
  waited: number;
}

/** What `prepare-latency` made for the blocks that follow; a process measures one session at one batch size. */
let bench: Bench | undefined;

/** Makes the session anew, reads feeds, and runs until the time of a run is stationary. */
export const prepareLatencyJob = defineJob<PrepareParams, Prepared>('prepare-latency', async (context, params) => {
  await context.sessions.release(params.session);
  const start = performance.now();
  const session = await context.sessions.open(params.session);
  const loadMs = performance.now() - start;
  const feeds = readFeeds(context, params, tensorInfos(session.inputMetadata));
  const wait = cpuWaitClock();
  const shapes = feeds.map(shapesOf);
  bench = {
    cycle: new Set(shapes).size > 1 ? feeds.length : 1,
    async run(feed) {
      const inputs = feeds[feed % feeds.length]!;
      const waitBefore = wait();
      const before = performance.now();
      await session.run(inputs);
      const wall = performance.now() - before;
      const waited = wait() - waitBefore;
      return { time: Math.max(0, wall - waited), waited };
    },
  };
  const prepared = { loadMs, runMs: await warmUp(bench), shapes };
  if (params.release) {
    bench = undefined;
    await context.sessions.release(params.session);
  }
  return prepared;
});

/** A sample repeated along the batch axis is a feed: samples of different lengths need not share a batch. */
function readFeeds(
  { ort }: JobContext,
  { store: reference, batch }: PrepareParams,
  inputs: ReturnType<typeof tensorInfos>,
): Record<string, OrtTensor>[] {
  const axes = batchAxes(inputs);
  for (const { name, dims } of inputs) {
    const axis = axes[name];
    const dim = axis === undefined ? undefined : dims[axis];
    if (typeof dim === 'number' && dim !== batch) {
      throw new UserError(`latency at batch ${batch}: the model's input "${name}" has a fixed batch of ${dim}`);
    }
  }
  const store = openStore(reference);
  const feeds: Record<string, OrtTensor>[] = [];
  let bytes = 0;
  for (let index = 0; index < store.samples.length && feeds.length < maxFeeds && bytes < maxFeedBytes; index++) {
    const sample = readSample(store, index);
    const tensors = stackFeeds(Array(batch).fill(sample), axes);
    feeds.push(Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, toOrt(ort, tensor)])));
    bytes += Object.values(store.samples[index]!.inputs).reduce((sum, input) => sum + input.bytes, 0) * batch;
  }
  if (feeds.length === 0) throw new Error('latency: the store has no samples');
  return feeds;
}

function shapesOf(feed: Readonly<Record<string, OrtTensor>>): string {
  const inputs = Object.entries(feed);
  return inputs.map(([name, { dims }]) => `${inputs.length > 1 ? `${name} ` : ''}[${dims.join(', ')}]`).join(', ');
}

/** @returns the median time of a run in the last chunk */
async function warmUp({ run, cycle }: Bench): Promise<number> {
  const end = performance.now() + warmMaxMs;
  let best = Number.POSITIVE_INFINITY;
  for (let calm = 0; ; ) {
    const times: number[] = [];
    const chunkEnd = performance.now() + warmChunkMs;
    while (times.length < cycle || performance.now() < chunkEnd) {
      times.push((await run(times.length)).time);
      if (performance.now() > end) break;
    }
    const median = times.sort((a, b) => a - b)[times.length >> 1]!;
    calm = median > best * (1 - stationary) ? calm + 1 : 0;
    best = Math.min(best, median);
    if (calm >= 2 || performance.now() > end) return median;
  }
}

export interface BlockParams {
  /** The feed of the first timed run; the next runs take the next feeds. */
  firstFeed: number;
  runs: number;
  /** Runs before the timed ones: another process has just used the caches. */
  warmRuns: number;
}

export interface Block {
  /** The feed of the first run; the next runs took the next feeds. */
  firstFeed: number;
  /** Milliseconds of each run, without those in which another process had the CPU. */
  times: number[];
  /** Milliseconds of all runs in which another process had the CPU. */
  waited: number;
  /** Context switches of this process that it did not ask for. */
  preemptions: number;
}

/** One block of timed runs. */
export const blockJob = defineJob<BlockParams, Block>('latency-block', async (_context, params) => {
  if (!bench) throw new Error('latency-block before prepare-latency');
  const { firstFeed, runs, warmRuns } = params;
  for (let run = 0; run < warmRuns; run++) await bench.run(firstFeed + run);
  const before = process.resourceUsage().involuntaryContextSwitches;
  const times: number[] = [];
  let waited = 0;
  for (let run = 0; run < runs; run++) {
    const one = await bench.run(firstFeed + run);
    times.push(one.time);
    waited += one.waited;
  }
  return { firstFeed, times, waited, preemptions: process.resourceUsage().involuntaryContextSwitches - before };
});

import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  cpuWaitClock
} from "./chunk-GHJYFIGX.js";
import {
  batchAxes,
  stackFeeds
} from "./chunk-F73D73PX.js";
import {
  openStore,
  readSample
} from "./chunk-2VKI3IRN.js";
import {
  toOrt
} from "./chunk-V2K54ILI.js";
import {
  defineJob
} from "./chunk-GJ3MWU23.js";
import {
  tensorInfos
} from "./chunk-OVWQFC67.js";
import {
  UserError
} from "./chunk-76VSL6HO.js";

// src/measure/latency-job.ts
var maxFeeds = 16;
var maxFeedBytes = 64 * 2 ** 20;
var stationary = 0.02;
var warmChunkMs = 15;
var warmMaxMs = 2e3;
var bench;
var prepareLatencyJob = defineJob("prepare-latency", async (context, params) => {
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
      const inputs = feeds[feed % feeds.length];
      const waitBefore = wait();
      const before = performance.now();
      await session.run(inputs);
      const wall = performance.now() - before;
      const waited = wait() - waitBefore;
      return { time: Math.max(0, wall - waited), waited };
    }
  };
  const prepared = { loadMs, runMs: await warmUp(bench), shapes };
  if (params.release) {
    bench = void 0;
    await context.sessions.release(params.session);
  }
  return prepared;
});
function readFeeds({ ort }, { store: reference, batch }, inputs) {
  const axes = batchAxes(inputs);
  for (const { name, dims } of inputs) {
    const axis = axes[name];
    const dim = axis === void 0 ? void 0 : dims[axis];
    if (typeof dim === "number" && dim !== batch) {
      throw new UserError(`latency at batch ${batch}: the model's input "${name}" has a fixed batch of ${dim}`);
    }
  }
  const store = openStore(reference);
  const feeds = [];
  let bytes = 0;
  for (let index = 0; index < store.samples.length && feeds.length < maxFeeds && bytes < maxFeedBytes; index++) {
    const sample = readSample(store, index);
    const tensors = stackFeeds(Array(batch).fill(sample), axes);
    feeds.push(Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, toOrt(ort, tensor)])));
    bytes += Object.values(store.samples[index].inputs).reduce((sum, input) => sum + input.bytes, 0) * batch;
  }
  if (feeds.length === 0) throw new Error("latency: the store has no samples");
  return feeds;
}
function shapesOf(feed) {
  const inputs = Object.entries(feed);
  return inputs.map(([name, { dims }]) => `${inputs.length > 1 ? `${name} ` : ""}[${dims.join(", ")}]`).join(", ");
}
async function warmUp({ run, cycle }) {
  const end = performance.now() + warmMaxMs;
  let best = Number.POSITIVE_INFINITY;
  for (let calm = 0; ; ) {
    const times = [];
    const chunkEnd = performance.now() + warmChunkMs;
    while (times.length < cycle || performance.now() < chunkEnd) {
      times.push((await run(times.length)).time);
      if (performance.now() > end) break;
    }
    const median = times.sort((a, b) => a - b)[times.length >> 1];
    calm = median > best * (1 - stationary) ? calm + 1 : 0;
    best = Math.min(best, median);
    if (calm >= 2 || performance.now() > end) return median;
  }
}
var blockJob = defineJob("latency-block", async (_context, params) => {
  if (!bench) throw new Error("latency-block before prepare-latency");
  const { firstFeed, runs, warmRuns } = params;
  for (let run = 0; run < warmRuns; run++) await bench.run(firstFeed + run);
  const before = process.resourceUsage().involuntaryContextSwitches;
  const times = [];
  let waited = 0;
  for (let run = 0; run < runs; run++) {
    const one = await bench.run(firstFeed + run);
    times.push(one.time);
    waited += one.waited;
  }
  return { firstFeed, times, waited, preemptions: process.resourceUsage().involuntaryContextSwitches - before };
});

export {
  prepareLatencyJob,
  blockJob
};

import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  median
} from "./chunk-NDXKYPDK.js";
import {
  cpuWaitClock
} from "./chunk-GHJYFIGX.js";
import {
  profileFeeds
} from "./chunk-WUOP55FM.js";
import {
  defineJob
} from "./chunk-GJ3MWU23.js";
import {
  sessionOptions
} from "./chunk-OVWQFC67.js";

// src/runtime/race-job.ts
var usualGenerations = 5;
var mostGenerations = 20;
var clearly = 3;
var leastSpread = 4e-3;
var generationMs = 160;
var blockMs = 8;
var leastRounds = 5;
var mostRuns = 100;
var settleMs = 2;
var spinMicroseconds = 1e3;
var raceJob = defineJob("race", async (context, params) => {
  const wait = cpuWaitClock();
  const times = { contender: [], rival: [] };
  const ratios = [];
  const { generations = usualGenerations, decides, limitMs = Infinity } = params;
  const end = performance.now() + limitMs;
  const mayGoOn = () => ratios.length < mostGenerations && performance.now() < end;
  const goesOn = () => ratios.length < generations || decides !== void 0 && mayGoOn() && isOpen(ratios, decides);
  for (let generation = 0; goesOn(); generation++) {
    const sessions = [];
    const open = async (spec) => {
      const options = sessionOptions({ ...spec, spinMicroseconds });
      const session = await context.ort.InferenceSession.create(spec.model, options);
      sessions.push(session);
      return runnerOf(context, session, params.feeds, wait);
    };
    try {
      const first = generation % 2 === 0;
      const early = await open(first ? params.contender : params.rival);
      const late = await open(first ? params.rival : params.contender);
      const [contender, rival] = first ? [early, late] : [late, early];
      const found = await race(contender, rival);
      ratios.push(median(found.map((pair) => pair.contender / pair.rival)));
      for (const name of ["contender", "rival"]) times[name].push(median(found.map((pair) => pair[name])));
    } finally {
      for (const session of sessions) await session.release();
    }
  }
  return {
    ratio: median(ratios),
    contender: 1e3 * median(times.contender),
    rival: 1e3 * median(times.rival),
    generations: ratios.length
  };
});
function isOpen(ratios, threshold) {
  const logarithms = ratios.map(Math.log);
  const centre = median(logarithms);
  const spread = Math.max(leastSpread, 1.4826 * median(logarithms.map((value) => Math.abs(value - centre))));
  const error = Math.sqrt(Math.PI / 2) * spread / Math.sqrt(ratios.length);
  return Math.abs(centre - Math.log(threshold)) < clearly * error;
}
async function race(contender, rival) {
  const slowest = Math.max(await warm(contender), await warm(rival));
  const runs = Math.min(mostRuns, Math.max(1, Math.ceil(blockMs / slowest)));
  const pairs = [];
  const end = performance.now() + generationMs;
  while (pairs.length < leastRounds || performance.now() < end) {
    if (pairs.length % 2 === 0)
      pairs.push({ contender: await block(contender, runs), rival: await block(rival, runs) });
    else {
      const time = await block(rival, runs);
      pairs.push({ contender: await block(contender, runs), rival: time });
    }
  }
  return pairs;
}
async function warm(run) {
  await run();
  return Math.min(await run(), await run(), await run());
}
async function block(run, runs) {
  const settled = performance.now() + settleMs;
  if (runs > 1) while (performance.now() < settled) await run();
  const times = [];
  for (let i = 0; i < runs; i++) times.push(await run());
  return median(times);
}
async function runnerOf(context, session, from, wait) {
  const feeds = (await profileFeeds(context, from, session))[0];
  return async () => {
    const [start, waited] = [performance.now(), wait()];
    await session.run(feeds);
    return Math.max(1e-3, performance.now() - start - (wait() - waited));
  };
}

export {
  raceJob
};

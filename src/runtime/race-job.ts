import type { InferenceSession } from 'onnxruntime-node';
import { median } from '../statistics.ts';
import type { SessionSpec } from './contract.ts';
import { cpuWaitClock } from './cpu-wait.ts';
import { defineJob, type JobContext } from './job.ts';
import { type ProfileFeeds, profileFeeds } from './profile-job.ts';
import { sessionOptions } from './session.ts';

export interface RaceParams {
  /** What is compared, and with what. */
  contender: SessionSpec;
  rival: SessionSpec;
  feeds: ProfileFeeds;
  /** How often both sessions are made anew: each has its own luck with memory. Default 5, or more where `decides` says so. */
  generations?: number;
  /**
   * The ratio on which a decision hangs. While generations differ by so much that it could fall either way the race goes on, that
   * the next one on this machine decides alike.
   */
  decides?: number;
  /** Milliseconds after which it goes on no longer. */
  limitMs?: number;
}

export interface RaceResult {
  /** The contender's time over the rival's: the median over generations of the median over their rounds. */
  ratio: number;
  /** Microseconds of a run, at the median. */
  contender: number;
  rival: number;
  /** How often both sessions were made anew. */
  generations: number;
}

const usualGenerations = 5;
const mostGenerations = 20;
/** Standard errors between the ratio and what decides. */
const clearly = 3;
/** The least that generations are taken to differ by, in logarithms: a few may agree by chance. */
const leastSpread = 0.004;

/** Milliseconds of a generation, and of a block in it: short, so that both contenders meet the machine at the same speed. */
const generationMs = 160;
const blockMs = 8;
const leastRounds = 5;
const mostRuns = 100;
/** Before a block's timed runs, so that the threads of the other session have gone to sleep. */
const settleMs = 2;
const spinMicroseconds = 1000;

type Runner = () => Promise<number>;

/**
 * Two models in turn in one process, a short block of each, and the quotient of their times by pair of blocks: what slows
 * the machine slows both. The time that the thread waited for a CPU that others held is left out. For decisions on the way;
 * what a report says of latency is measured apart, with intervals.
 */
export const raceJob = defineJob<RaceParams, RaceResult>('race', async (context, params) => {
  const wait = cpuWaitClock();
  const times = { contender: [] as number[], rival: [] as number[] };
  const ratios: number[] = [];
  const { generations = usualGenerations, decides, limitMs = Infinity } = params;
  const end = performance.now() + limitMs;
  const mayGoOn = () => ratios.length < mostGenerations && performance.now() < end;
  const goesOn = () => ratios.length < generations || (decides !== undefined && mayGoOn() && isOpen(ratios, decides));
  for (let generation = 0; goesOn(); generation++) {
    const sessions: InferenceSession[] = [];
    const open = async (spec: SessionSpec): Promise<Runner> => {
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
      for (const name of ['contender', 'rival'] as const) times[name].push(median(found.map((pair) => pair[name])));
    } finally {
      for (const session of sessions) await session.release();
    }
  }
  return {
    ratio: median(ratios),
    contender: 1000 * median(times.contender),
    rival: 1000 * median(times.rival),
    generations: ratios.length,
  };
});

/** Whether the median of ratios may lie on either side of a threshold, by how they scatter. */
function isOpen(ratios: readonly number[], threshold: number): boolean {
  const logarithms = ratios.map(Math.log);
  const centre = median(logarithms);
  // The median absolute deviation, and the standard error of a median, both of normal numbers.
  const spread = Math.max(leastSpread, 1.4826 * median(logarithms.map((value) => Math.abs(value - centre))));
  const error = (Math.sqrt(Math.PI / 2) * spread) / Math.sqrt(ratios.length);
  return Math.abs(centre - Math.log(threshold)) < clearly * error;
}

async function race(contender: Runner, rival: Runner): Promise<{ contender: number; rival: number }[]> {
  const slowest = Math.max(await warm(contender), await warm(rival));
  const runs = Math.min(mostRuns, Math.max(1, Math.ceil(blockMs / slowest)));
  const pairs: { contender: number; rival: number }[] = [];
  const end = performance.now() + generationMs;
  while (pairs.length < leastRounds || performance.now() < end) {
    // Whoever goes second finds the machine as the first has left it.
    if (pairs.length % 2 === 0)
      pairs.push({ contender: await block(contender, runs), rival: await block(rival, runs) });
    else {
      const time = await block(rival, runs);
      pairs.push({ contender: await block(contender, runs), rival: time });
    }
  }
  return pairs;
}

/** The time of a run after some. */
async function warm(run: Runner): Promise<number> {
  await run();
  return Math.min(await run(), await run(), await run());
}

async function block(run: Runner, runs: number): Promise<number> {
  const settled = performance.now() + settleMs;
  if (runs > 1) while (performance.now() < settled) await run();
  const times: number[] = [];
  for (let i = 0; i < runs; i++) times.push(await run());
  return median(times);
}

/** Runs of a session, each timed in milliseconds without the wait for a CPU. */
async function runnerOf(
  context: JobContext,
  session: InferenceSession,
  from: ProfileFeeds,
  wait: () => number,
): Promise<Runner> {
  const feeds = (await profileFeeds(context, from, session))[0] as InferenceSession.FeedsType;
  return async () => {
    const [start, waited] = [performance.now(), wait()];
    await session.run(feeds);
    return Math.max(1e-3, performance.now() - start - (wait() - waited));
  };
}

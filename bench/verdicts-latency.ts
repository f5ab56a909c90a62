/**
 * Gates on latency. Real rounds (FP32 beside itself, with and without a competing load) are recorded once; gates are
 * then simulated from them by drawing whole generations of sessions, with the sampler's own rules. A few gates are run
 * for real.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { FeedStore } from '../src/data/store.ts';
import { checkVariant } from '../src/gate/checks.ts';
import { latencyDecided } from '../src/gate/latency.ts';
import type { Check, LatencyMeasurement } from '../src/measure/contract.ts';
import { measureLatency } from '../src/measure/latency.ts';
import { isLook, lookConfidence, minGenerations } from '../src/measure/latency-looks.ts';
import { againId, fp32Id, noiseOf, type Round, Rounds, speedupOf } from '../src/measure/latency-rounds.ts';
import { Random } from '../src/random.ts';
import type { RuntimeLocation } from '../src/runtime/contract.ts';
import { count, emptyTally, type Tally } from './verdicts-accuracy.ts';
import { sessionOf } from './verdicts-data.ts';

const confidence = 0.95;
/** The default of `measure.latency-budget`. */
export const budgetMs = 60_000;
const variantId = 'variant';
/** The same file twice must pass, ten percent slower must not: halfway between. */
export const limit = 0.95;
const limits = { 'min-speedup': limit, at: 'p50', batch: 1 } as const;

/** What one set of processes of the same file did: FP32, the other half of the A/A pair, the variant. */
export interface Recording {
  /** Rounds of one generation of sessions each. */
  generations: Round[][];
  generationMs: number;
  /** FP32 on one thread, as timed before. */
  serialMs: number | undefined;
}

interface Setup {
  model: string;
  store: FeedStore;
  threads: number;
  runtime: RuntimeLocation;
}

/** As many busy processes as CPUs while `work` runs. */
export async function underLoad<T>(work: () => Promise<T>): Promise<T> {
  const busy: ChildProcess[] = Array.from({ length: availableParallelism() }, () =>
    spawn(process.execPath, ['-e', 'for (;;) Math.sqrt(Math.random());'], { stdio: 'ignore' }),
  );
  try {
    return await work();
  } finally {
    for (const child of busy) child.kill('SIGKILL');
  }
}

const request = ({ model, store, threads, runtime }: Setup, seed: number) => ({
  fp32: { ...sessionOf(model), threads },
  variants: [{ id: variantId, session: { ...sessionOf(model), threads } }],
  store,
  batches: [1],
  percentile: 'p50' as const,
  confidence,
  seed,
  runtime,
});

export async function record(setup: Setup, sets: number, milliseconds: number): Promise<Recording[]> {
  const recordings: Recording[] = [];
  for (let set = 0; set < sets; set++) {
    const generations = new Map<number, Round[]>();
    const start = performance.now();
    const { serial } = await measureLatency({
      ...request(setup, set),
      budgetMs: milliseconds,
      decide: () => false,
      onRound: (round) => generations.set(round.generation, [...(generations.get(round.generation) ?? []), round]),
    });
    const generationMs = (performance.now() - start) / generations.size;
    recordings.push({ generations: [...generations.values()], generationMs, serialMs: serial[0]?.ms });
  }
  return recordings;
}

/** Gates that are run for real for so long, the same file as FP32 and as the variant. */
export async function realGates(setup: Setup, milliseconds: number): Promise<{ tally: Tally; seconds: number }> {
  const tally = emptyTally();
  const start = performance.now();
  while (performance.now() - start < milliseconds) {
    const { variants } = await measureLatency({
      ...request(setup, tally.gates),
      budgetMs,
      decide: (latency) => latencyDecided(limits, latency),
    });
    count(tally, check(variants[0]!.latency![0]!));
  }
  return { tally, seconds: (performance.now() - start) / 1000 / tally.gates };
}

function check(latency: LatencyMeasurement): Check {
  return checkVariant({ limits: { latency: limits }, measurements: { latency: [latency] }, confidence })[0]!;
}

export interface SimulatedGates {
  tally: Tally;
  /** Until the gates were decided, on average. */
  seconds: number;
  /** The share of stated intervals that hold the true speed-up. */
  covered: number;
  /** Of the stated intervals, as a fraction, on average. */
  halfWidth: number;
}

/**
 * Draws whole generations of all recorded ones. In each, which of the three processes of the same file is FP32, which its
 * double and which the variant is drawn too: all are alike, so that the true speed-up is known, whatever the few minutes
 * that were recorded happened to favor.
 *
 * @param slowdown what the variant's times are multiplied by; 1 for the same file twice
 */
export function simulate(recordings: readonly Recording[], gates: number, slowdown: number): SimulatedGates {
  const random = new Random(3, `latency ${slowdown}`);
  const all = recordings.flatMap(({ generations, generationMs }) =>
    generations.map((generation) => ({ rounds: generation, generationMs })),
  );
  const tally = emptyTally();
  let [total, covered, halfWidth] = [0, 0, 0];
  for (let gate = 0; gate < gates; gate++) {
    const rounds = new Rounds(recordings[random.below(recordings.length)]!.serialMs);
    let milliseconds = 0;
    for (let generation = 1; generation <= minGenerations || milliseconds < budgetMs; generation++) {
      const { rounds: drawn, generationMs } = all[random.below(all.length)]!;
      const roles = random.shuffle([fp32Id, againId, variantId]);
      for (const round of drawn) {
        rounds.add({ ...round, generation, blocks: planted(round.blocks, roles, slowdown) });
      }
      milliseconds += generationMs;
      if (isLook(generation) && latencyDecided(limits, measured(rounds, lookConfidence(confidence), 200, gate))) break;
    }
    total += milliseconds;
    const final = measured(rounds, confidence, 600, gate);
    count(tally, check(final));
    const { low, high } = final.speedup;
    const truth = 1 / slowdown;
    if (low <= truth && truth <= high) covered++;
    halfWidth += Math.log(high / low) / 2;
  }
  return { tally, seconds: total / 1000 / gates, covered: covered / gates, halfWidth: halfWidth / gates };
}

/** The blocks with the processes in other roles, the variant's times slower by a factor. */
function planted(blocks: Round['blocks'], roles: readonly string[], slowdown: number): Round['blocks'] {
  return new Map(
    [fp32Id, againId, variantId].map((process, index) => {
      const block = blocks.get(process)!;
      const id = roles[index]!;
      const factor = id === variantId ? slowdown : 1;
      return [id, { ...block, times: block.times.map((time) => time * factor) }];
    }),
  );
}

function measured(rounds: Rounds, level: number, resamples: number, seed: number): LatencyMeasurement {
  const options = { batch: 1, percentile: 'p50' as const, confidence: level, seed, resamples };
  const noise = noiseOf(rounds, options);
  const speedup = speedupOf(rounds, variantId, noise, options);
  return { batch: 1, p50Ms: 1, p90Ms: 1, p99Ms: 1, runs: 1, speedup, noise: noise.halfWidth };
}

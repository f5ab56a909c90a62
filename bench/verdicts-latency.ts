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
import {
  allowance,
  lookGrowth,
  lookShare,
  measureLatency,
  minGenerations,
  Rounds,
  type TakenRound,
} from '../src/measure/latency.ts';
import { speedupInterval, widen } from '../src/measure/latency-statistics.ts';
import { Random } from '../src/random.ts';
import type { RuntimeLocation } from '../src/runtime/contract.ts';
import { count, emptyTally, type Tally } from './verdicts-accuracy.ts';
import { sessionOf } from './verdicts-data.ts';

const confidence = 0.95;
/** The default of `measure.latency-budget`. */
const budgetMs = 60_000;
const variantId = 'variant';
const aaId = 'fp32 again';
/** The same file twice must pass, ten percent slower must not: halfway between. */
export const limit = 0.95;
const limits = { 'min-speedup': limit, at: 'p50', batch: 1 } as const;

export interface Recording {
  /** Rounds of one set of sessions each. */
  generations: TakenRound[][];
  generationMs: number;
}

interface Setup {
  model: string;
  store: FeedStore;
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

const request = ({ model, store, runtime }: Setup, seed: number) => ({
  fp32: sessionOf(model),
  variants: [{ id: variantId, session: sessionOf(model) }],
  store,
  batches: [1],
  percentile: 'p50' as const,
  confidence,
  seed,
  runtime,
});

export async function record(setup: Setup, milliseconds: number): Promise<Recording> {
  const generations = new Map<number, TakenRound[]>();
  const start = performance.now();
  await measureLatency({
    ...request(setup, 1),
    budgetMs: milliseconds,
    decide: () => false,
    onRound: (round) => generations.set(round.generation, [...(generations.get(round.generation) ?? []), round]),
  });
  return { generations: [...generations.values()], generationMs: (performance.now() - start) / generations.size };
}

/** Gates that are run for real, the same file as FP32 and as the variant. */
export async function realGates(setup: Setup, gates: number): Promise<{ tally: Tally; seconds: number }> {
  const tally = emptyTally();
  const start = performance.now();
  for (let gate = 0; gate < gates; gate++) {
    const { variants } = await measureLatency({
      ...request(setup, gate),
      budgetMs: 10_000,
      decide: (latency) => latencyDecided(limits, latency),
    });
    count(tally, check(variants[0]!.latency![0]!));
  }
  return { tally, seconds: (performance.now() - start) / 1000 / gates };
}

function check(latency: LatencyMeasurement): Check {
  return checkVariant({ limits: { latency: limits }, measurements: { latency: [latency] }, confidence })[0]!;
}

export interface SimulatedGates {
  tally: Tally;
  /** Rounds that the gates took until they were decided, on average. */
  rounds: number;
  /** The share of stated intervals that hold the true speed-up. */
  covered: number;
}

/** @param slowdown what the variant's times are multiplied by; 1 for the same file twice */
export function simulate({ generations, generationMs }: Recording, gates: number, slowdown: number): SimulatedGates {
  const random = new Random(3, `latency ${slowdown}`);
  const most = Math.max(minGenerations, Math.floor(budgetMs / generationMs));
  const tally = emptyTally();
  let [taken, covered] = [0, 0];
  for (let gate = 0; gate < gates; gate++) {
    const rounds = new Rounds();
    let look = minGenerations;
    for (let generation = 1; generation <= most; generation++) {
      // Which of the two processes plays the variant is random too.
      const swap = random.below(2) === 1;
      for (const round of generations[random.below(generations.length)]!) {
        rounds.add({ ...round, generation, blocks: planted(round.blocks, slowdown, swap) });
      }
      if (generation < look) continue;
      look = Math.ceil(look * lookGrowth);
      if (latencyDecided(limits, measured(rounds, 1 - (1 - confidence) * lookShare, 200, gate))) break;
    }
    const final = measured(rounds, confidence, 1000, gate);
    count(tally, check(final));
    taken += rounds.taken;
    const truth = 1 / slowdown;
    if (final.speedup.low <= truth && truth <= final.speedup.high) covered++;
  }
  return { tally, rounds: taken / gates, covered: covered / gates };
}

type Blocks = TakenRound['blocks'];

function planted(blocks: Blocks, slowdown: number, swap: boolean): Blocks {
  const [fp32, variant] = swap ? [variantId, 'fp32'] : ['fp32', variantId];
  const slower = (id: string, factor: number) => {
    const block = blocks.get(id);
    return block && { ...block, times: block.times.map((time) => time * factor) };
  };
  const roles = [
    ['fp32', slower(fp32, 1)],
    [aaId, slower(aaId, 1)],
    [variantId, slower(variant, slowdown)],
  ] as const;
  return new Map(roles.flatMap(([id, block]) => (block ? [[id, block] as const] : [])));
}

function measured(rounds: Rounds, level: number, resamples: number, seed: number): LatencyMeasurement {
  const interval = (id: string) =>
    speedupInterval(rounds.pairs('fp32', id), 0.5, { confidence: level, random: new Random(seed, id), resamples });
  const again = interval(aaId);
  const noise = {
    batch: 1,
    deviation: Math.abs(Math.log(again.estimate)),
    halfWidth: Math.max(again.high - 1, 1 - again.low),
  };
  const speedup = widen(interval(variantId), allowance(noise));
  return { batch: 1, p50Ms: 1, p90Ms: 1, p99Ms: 1, runs: 1, speedup };
}

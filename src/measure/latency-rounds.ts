import { median } from '../statistics.ts';
import { type Estimate, type LatencyMeasurement, threadsCost } from './contract.ts';
import type { Block } from './latency-job.ts';
import { minGenerations } from './latency-looks.ts';
import { type IntervalOptions, percentileInterval, speedupInterval, widen } from './latency-statistics.ts';

export type Percentile = 'p50' | 'p90' | 'p99';
const fractions: Record<Percentile, number> = { p50: 0.5, p90: 0.9, p99: 0.99 };

/** The names of the two processes of the FP32 file: what variants are compared with, and the A/A pair's other half. */
export const fp32Id = 'fp32';
export const againId = 'fp32 again';

/** A block of each process, in turn. */
export interface Round {
  /** Which sessions ran it. */
  generation: number;
  blocks: ReadonlyMap<string, Block>;
  /** Fraction of the CPUs' time that was stolen from this machine meanwhile. */
  steal: number;
}

/** Disturbed rounds that may be left out, as a fraction of all. */
const discardShare = 0.2;
const stolenTooMuch = 0.1;

/** FP32 takes less than this times what it takes on one: threads do pay on this machine, most of the time. */
const threadsPay = 0.85;

/**
 * The rounds of a batch size, without the few that something else on the machine disturbed.
 *
 * A virtual machine's CPUs are at times so far apart that threads hand work to each other slowly, for ten seconds to
 * minutes. FP32 is then slower on all threads than on one, and speed-ups are others: one file was 1.43 times as fast as FP32
 * at one time and 1.15 times at another. What such rounds show is the machine. Where FP32 gains from threads in enough
 * other rounds, only those count. That cannot favour either side, as between the two lies a wide gap.
 */
export class Rounds {
  readonly kept: Round[] = [];
  taken = 0;
  readonly #serialMs: number | undefined;
  /** FP32's median time in each round. */
  readonly #levels = new Map<Round, number>();
  #disturbed = 0;

  /** @param serialMs what FP32 takes on one thread, where the rounds are on several */
  constructor(serialMs?: number) {
    this.#serialMs = serialMs;
  }

  get discarded(): number {
    return this.#disturbed + this.kept.length - this.used.length;
  }

  /** The rounds that count. */
  get used(): readonly Round[] {
    const together = this.kept.filter((round) => !this.#isApart(round));
    const generations = new Set(together.map(({ generation }) => generation)).size;
    if (together.length === this.kept.length || generations < minGenerations) return this.kept;
    const level = this.#level(together);
    return level < threadsPay * (this.#serialMs as number) ? together : this.kept;
  }

  /** FP32's time on one thread over that on all; undefined where there is one. */
  get oneThread(): number | undefined {
    return this.#serialMs === undefined ? undefined : this.#serialMs / this.#level(this.used);
  }

  /**
   * In logarithms, how much longer FP32 takes on all threads than on one. Speed-ups are off by about as much: it enters
   * their intervals, so that a limit near by is not decided before the machine is itself again or the budget ends.
   */
  get apart(): number {
    const lost = 1 / (this.oneThread ?? 1);
    return lost > threadsCost ? Math.log(lost) : 0;
  }

  #isApart(round: Round): boolean {
    return this.#serialMs !== undefined && this.#levels.get(round)! > threadsCost * this.#serialMs;
  }

  #level(rounds: readonly Round[]): number {
    return median(rounds.map((round) => this.#levels.get(round)!));
  }

  add(round: Round): void {
    this.taken++;
    const allowed = Math.floor(discardShare * this.taken);
    if (this.#disturbed < allowed && (round.steal > stolenTooMuch || this.#isOutlier(round.blocks))) this.#disturbed++;
    else {
      this.kept.push(round);
      this.#levels.set(round, median(round.blocks.get(fp32Id)?.times ?? []));
    }
  }

  /**
   * Judged by the round as a whole, whichever process was hit, so that leaving it out favours none: some block took
   * twice its process's usual time, while processes were pre-empted far more often than usual.
   */
  #isOutlier(blocks: Round['blocks']): boolean {
    if (this.kept.length < 4) return false;
    const slow = [...blocks].some(([id, { times }]) => {
      const usual = this.blocks(id).map((block) => median(block.times));
      return usual.length >= 4 && median(times) > 2 * median(usual);
    });
    return slow && preemptions(blocks) > 2 * median(this.kept.map((round) => preemptions(round.blocks))) + 4;
  }

  /** The blocks of one process. */
  blocks(id: string): (Block & { generation: number })[] {
    return this.used.flatMap(({ blocks, generation }) => {
      const block = blocks.get(id);
      return block ? [{ ...block, generation }] : [];
    });
  }

  /** Blocks of FP32 with those of another process from the same rounds. */
  pairs(id: string) {
    return this.used.flatMap(({ blocks, generation }) => {
      const [fp32, other] = [blocks.get(fp32Id), blocks.get(id)];
      return fp32 && other ? [{ fp32, other, generation }] : [];
    });
  }
}

function preemptions(blocks: Round['blocks']): number {
  return [...blocks.values()].reduce((sum, block) => sum + block.preemptions, 0);
}

/** What two processes of the same FP32 file make of each other. */
export interface MachineNoise {
  batch: number;
  percentile: Percentile;
  /** How far their times' quotient is from 1, in logarithms. */
  deviation: number;
  /** The furthest that the quotient's interval reaches from 1. */
  halfWidth: number;
}

/** What one process measured. */
export interface Measured {
  id: string;
  /** Milliseconds to make each of its sessions. */
  loadMs: readonly number[];
  /** The shapes of each feed. */
  shapes: readonly string[];
}

export interface SummaryOptions {
  batch: number;
  percentile: Percentile;
  confidence: number;
  seed: number;
  /** Draws of each bootstrap. */
  resamples: number;
}

/** The noise that the A/A pair of these rounds shows. */
export function noiseOf(rounds: Rounds, { batch, percentile, ...options }: SummaryOptions): MachineNoise {
  const { estimate, low, high } = speedup(rounds, againId, fractions[percentile], options);
  return { batch, percentile, deviation: Math.abs(Math.log(estimate)), halfWidth: Math.max(high - 1, 1 - low) };
}

/** That of a batch size at a percentile, where it was measured before. */
export function knownNoise(
  noise: readonly MachineNoise[] | undefined,
  { batch, percentile }: Pick<MachineNoise, 'batch' | 'percentile'>,
): MachineNoise | undefined {
  return noise?.find((each) => each.batch === batch && each.percentile === percentile);
}

const equal: Estimate = { estimate: 1, low: 1, high: 1 };

function speedup(
  rounds: Rounds,
  id: string,
  percentile: number,
  options: IntervalOptions,
  runs = (block: Block): readonly number[] => block.times,
): Estimate {
  const pairs = rounds.pairs(id).map(({ fp32, other, generation }) => ({
    fp32: runs(fp32),
    variant: runs(other),
    generation,
  }));
  return speedupInterval(
    pairs.filter(({ fp32, variant }) => fp32.length > 0 && variant.length > 0),
    percentile,
    options,
  );
}

/**
 * The speed-up of a process over FP32. Its interval is that of its pairs with FP32, widened by what the A/A pair differs
 * by: equal files' quotient is 1, so whatever else is seen is an error that pairs here are subject to. So is what FP32
 * loses by its threads.
 */
export function speedupOf(
  rounds: Rounds,
  id: string,
  noise: MachineNoise,
  { percentile, ...options }: SummaryOptions,
): Estimate {
  if (id === fp32Id) return equal;
  const off = Math.hypot(noise.deviation, rounds.apart);
  return widen(speedup(rounds, id, fractions[percentile], options), Math.expm1(off));
}

/** Of so few runs that they bound nothing, the noise is not known. */
const known = (noise: number): Pick<LatencyMeasurement, 'noise'> => (Number.isFinite(noise) ? { noise } : {});

/** What rounds say of one process. */
export function summarize(
  rounds: Rounds,
  { id, loadMs }: Measured,
  noise: MachineNoise,
  options: SummaryOptions,
): LatencyMeasurement {
  const blocks = rounds.blocks(id);
  const at = (name: Percentile) => percentileInterval(blocks, fractions[name], options);
  const intervals = { p50Ms: at('p50'), p90Ms: at('p90'), p99Ms: at('p99') };
  const total = (of: (block: Block) => number) => blocks.reduce((sum, block) => sum + of(block), 0);
  const waited = total((block) => block.waited);
  const ran = total(({ times }) => times.reduce((sum, time) => sum + time, 0));
  return {
    batch: options.batch,
    p50Ms: intervals.p50Ms.estimate,
    p90Ms: intervals.p90Ms.estimate,
    p99Ms: intervals.p99Ms.estimate,
    intervals,
    runs: total(({ times }) => times.length),
    speedup: speedupOf(rounds, id, noise, options),
    loadMs: median(loadMs),
    ...known(Math.max(noise.halfWidth, Math.expm1(rounds.apart))),
    discarded: rounds.discarded,
    waited: waited / (waited + ran),
  };
}

/**
 * The median time and the speed-up for each shape of the inputs, where the data has several: text of many lengths is not
 * one workload. Without the machine's noise.
 */
export function shapesOf(
  rounds: Rounds,
  { id, shapes }: Measured,
  options: SummaryOptions,
): Pick<LatencyMeasurement, 'shapes'> {
  const distinct = [...new Set(shapes)];
  if (distinct.length < 2) return {};
  return {
    shapes: distinct.flatMap((shape) => {
      const runs = ({ firstFeed, times }: Block) =>
        times.filter((_, run) => shapes[(firstFeed + run) % shapes.length] === shape);
      const times = rounds.blocks(id).flatMap(runs);
      if (times.length === 0) return [];
      return {
        shape,
        p50Ms: median(times),
        runs: times.length,
        speedup: id === fp32Id ? equal : speedup(rounds, id, fractions.p50, options, runs),
      };
    }),
  };
}

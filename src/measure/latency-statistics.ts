import { Random } from '../random.ts';
import { median } from '../statistics.ts';
import { binomialCdf, normalQuantile, studentQuantile } from './accuracy/distributions.ts';
import type { Estimate } from './contract.ts';

export interface IntervalOptions {
  confidence: number;
  seed: number;
  /** Default 400. */
  resamples?: number;
}

/** Runs taken right after each other. */
export interface TimedBlock {
  /** Milliseconds of each run. */
  times: readonly number[];
  /** Which sessions ran it; blocks of one generation share what making a session leaves to chance. */
  generation: number;
}

/** One round: a block of FP32 runs and a block of the variant's runs, taken right after each other. Milliseconds. */
export interface PairedBlock {
  fp32: readonly number[];
  variant: readonly number[];
  generation: number;
}

/**
 * FP32 time over the variant's time at a percentile (a fraction: 0.5), with its interval.
 *
 * The machine's speed drifts and jumps. So each pair is divided by its own level (the geometric mean of its two block
 * medians), which takes out what both blocks share; the quotient of the percentiles of the levelled runs is the
 * speed-up.
 *
 * @returns an infinite interval for fewer than two generations
 */
export function speedupInterval(pairs: readonly PairedBlock[], percentile: number, options: IntervalOptions): Estimate {
  const levels = pairs.map(({ fp32, variant }) => Math.sqrt(median(fp32) * median(variant)));
  const levelled = (side: 'fp32' | 'variant') =>
    new WeightedRuns(pairs.map((pair, index) => pair[side].map((time) => time / levels[index]!)));
  const fp32 = levelled('fp32');
  const variant = levelled('variant');
  const drawn = logInterval(pairs, options, (weights) =>
    Math.log(fp32.quantile(percentile, weights) / variant.quantile(percentile, weights)),
  );
  const [own, other] = [fp32, variant].map((runs) => runs.reach(percentile, options.confidence)) as [Reach, Reach];
  return widest(drawn, { below: Math.hypot(own.below, other.above), above: Math.hypot(own.above, other.below) });
}

/** A percentile (a fraction) of the time of a run, over all blocks, with its interval. Milliseconds. */
export function percentileInterval(
  blocks: readonly TimedBlock[],
  percentile: number,
  options: IntervalOptions,
): Estimate {
  const runs = new WeightedRuns(blocks.map(({ times }) => times));
  const drawn = logInterval(blocks, options, (weights) => Math.log(runs.quantile(percentile, weights)));
  return widest(drawn, runs.reach(percentile, options.confidence));
}

/** How far an interval reaches from its estimate, in logarithms. */
interface Reach {
  below: number;
  above: number;
}

function widest({ estimate, low, high }: Estimate, { below, above }: Reach): Estimate {
  return {
    estimate,
    low: Math.min(low, estimate * Math.exp(-below)),
    high: Math.max(high, estimate * Math.exp(above)),
  };
}

/**
 * The interval of a statistic of blocks, in logarithms. Blocks of one generation of sessions are alike: where pages and
 * threads happen to lie makes one session faster than another of the same file, and the machine is the same for a while
 * (T. Kalibera and R. Jones, Rigorous benchmarking in reasonable time, ISMM 2013). So generations are drawn, whole. A few
 * of them may agree by chance; the blocks are many and tell better how much they scatter by themselves. So blocks are
 * drawn too, and the wider of both intervals is stated.
 *
 * @param statistic of the blocks, each counted as often as it weighs
 */
function logInterval(
  blocks: readonly { generation: number }[],
  options: IntervalOptions,
  statistic: (weights: Uint16Array) => number,
): Estimate {
  const estimate = statistic(new Uint16Array(blocks.length).fill(1));
  const generations = new Map<number, number[]>();
  for (const [index, { generation }] of blocks.entries()) {
    generations.set(generation, [...(generations.get(generation) ?? []), index]);
  }
  if (generations.size < 2) return { estimate: Math.exp(estimate), low: 0, high: Number.POSITIVE_INFINITY };
  const parts = [[...generations.values()], blocks.map((_, index) => [index])].map((units) =>
    reach(units, blocks.length, estimate, options, statistic),
  );
  return {
    estimate: Math.exp(estimate),
    low: Math.exp(estimate - Math.max(...parts.map(({ below }) => below))),
    high: Math.exp(estimate + Math.max(...parts.map(({ above }) => above))),
  };
}

/**
 * How far the interval reaches below and above the estimate: the bootstrap percentile interval over units of blocks,
 * expanded for few units by Student's t (T. Hesterberg, The American Statistician 69, 2015, section 4.5).
 */
function reach(
  units: readonly (readonly number[])[],
  blocks: number,
  estimate: number,
  { confidence, seed, resamples = 400 }: IntervalOptions,
  statistic: (weights: Uint16Array) => number,
): Reach {
  const random = new Random(seed, 'blocks');
  const count = units.length;
  const weights = new Uint16Array(blocks);
  const replicates = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    weights.fill(0);
    for (let draw = 0; draw < count; draw++) for (const block of units[random.below(count)]!) weights[block]!++;
    replicates[resample] = statistic(weights);
  }
  replicates.sort();
  const tail = (1 - confidence) / 2;
  const expansion = (studentQuantile(1 - tail, count - 1) / normalQuantile(1 - tail)) * Math.sqrt(count / (count - 1));
  const at = (fraction: number) => replicates[Math.round(fraction * (resamples - 1))]!;
  return {
    below: Math.max(0, estimate - at(tail)) * expansion,
    above: Math.max(0, at(1 - tail) - estimate) * expansion,
  };
}

/** Widens an interval by a relative error that is independent of it: in logarithms, the half-widths' squares add up. */
export function widen({ estimate, low, high }: Estimate, relative: number): Estimate {
  const centre = Math.log(estimate);
  const extra = Math.log1p(relative);
  return {
    estimate,
    low: Math.exp(centre - Math.hypot(centre - Math.log(low), extra)),
    high: Math.exp(centre + Math.hypot(Math.log(high) - centre, extra)),
  };
}

/** Runs sorted once, so that a weighted quantile costs one pass. */
class WeightedRuns {
  readonly #times: Float64Array;
  readonly #blocks: Uint32Array;
  readonly #sizes: number[];

  constructor(blocks: readonly (readonly number[])[]) {
    const runs = blocks.flatMap((times, block) => times.map((time) => ({ time, block })));
    runs.sort((a, b) => a.time - b.time);
    this.#times = Float64Array.from(runs, (run) => run.time);
    this.#blocks = Uint32Array.from(runs, (run) => run.block);
    this.#sizes = blocks.map((times) => times.length);
  }

  /**
   * How far a percentile may lie from that of all these runs. No draw from them is beyond the longest, and a hundred runs
   * say little about the longest in a hundred; so these are the runs of such rank that the percentile lies beyond them with at most the
   * probability that is left (order statistics; W. Conover, Practical Nonparametric Statistics, 1999, section 3.2). Infinite where no run
   * has that rank: for a 99th percentile at 95 % confidence above fewer than 368 runs. The median lies amid the runs, and the draws tell
   * how far it may be off.
   */
  reach(fraction: number, confidence: number): Reach {
    if (fraction === 0.5) return { below: 0, above: 0 };
    const count = this.#times.length;
    const tail = (1 - confidence) / 2;
    const rank = (probability: number) => {
      let [from, to] = [-1, count];
      while (to - from > 1) {
        const middle = (from + to) >> 1;
        if (binomialCdf(middle, count, fraction) > probability) to = middle;
        else from = middle;
      }
      return to;
    };
    // Runs count from 0: the `rank`-th lies above the percentile where at most that many lie below it.
    const [lower, upper] = [rank(tail) - 1, rank(1 - tail)];
    const estimate = Math.log(this.quantile(fraction, new Uint16Array(this.#sizes.length).fill(1)));
    return {
      below: lower < 0 ? Number.POSITIVE_INFINITY : Math.max(0, estimate - Math.log(this.#times[lower]!)),
      above: upper >= count ? Number.POSITIVE_INFINITY : Math.max(0, Math.log(this.#times[upper]!) - estimate),
    };
  }

  /** The mean of the two middle ones where the rank falls between two runs (type 2 of Hyndman and Fan, 1996). */
  quantile(fraction: number, weights: Uint16Array): number {
    const total = this.#sizes.reduce((sum, size, block) => sum + size * weights[block]!, 0);
    const rank = fraction * total;
    let passed = 0;
    for (let index = 0; index < this.#times.length; index++) {
      passed += weights[this.#blocks[index]!]!;
      if (passed > rank + 1e-9) return this.#times[index]!;
      if (passed > rank - 1e-9) {
        let next = index + 1;
        while (next < this.#times.length && weights[this.#blocks[next]!] === 0) next++;
        return next < this.#times.length ? (this.#times[index]! + this.#times[next]!) / 2 : this.#times[index]!;
      }
    }
    return this.#times[this.#times.length - 1]!;
  }
}

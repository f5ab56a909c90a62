import type { Random } from '../random.ts';
import { normalQuantile, studentQuantile } from './accuracy/distributions.ts';
import type { Estimate } from './contract.ts';

/** One round: a block of FP32 runs and a block of the variant's runs, taken right after each other. Milliseconds. */
export interface PairedBlock {
  fp32: readonly number[];
  variant: readonly number[];
  /** Which sessions ran it; pairs of one generation share what making a session leaves to chance. Default: one for all. */
  generation?: number;
}

export interface IntervalOptions {
  confidence: number;
  random: Random;
  resamples?: number;
}

/**
 * FP32 time over the variant's time at a percentile (a fraction: 0.5), with its interval.
 *
 * The machine's speed drifts and jumps. So each pair is divided by its own level (the geometric mean of its two block
 * medians), which takes out what both blocks share; the quotient of the percentiles of the levelled runs is the
 * speed-up. Its interval is the bootstrap percentile interval over whole pairs, in logarithms, expanded for few pairs
 * (T. Hesterberg, The American Statistician 69, 2015, section 4.5) and for pairs that correlate with the one before.
 * Where pages and threads happen to lie makes one session of a file faster than another of the same file; what the
 * generations of sessions differ by beyond the noise of their pairs is added (T. Kalibera and R. Jones, Rigorous
 * benchmarking in reasonable time, ISMM 2013).
 *
 * @returns an infinite interval for fewer than two pairs
 */
export function speedupInterval(pairs: readonly PairedBlock[], percentile: number, options: IntervalOptions): Estimate {
  const levels = pairs.map(({ fp32, variant }) => Math.sqrt(median(fp32) * median(variant)));
  const levelled = (side: 'fp32' | 'variant') =>
    new WeightedRuns(pairs.map((pair, index) => pair[side].map((time) => time / levels[index]!)));
  const fp32 = levelled('fp32');
  const variant = levelled('variant');
  const ratios = pairs.map((pair) => Math.log(median(pair.fp32) / median(pair.variant)));
  const interval = logInterval(ratios, options, (weights) =>
    Math.log(fp32.quantile(percentile, weights) / variant.quantile(percentile, weights)),
  );
  const generations = new Map<number | undefined, number[]>();
  for (const [index, { generation }] of pairs.entries()) {
    generations.set(generation, [...(generations.get(generation) ?? []), ratios[index]!]);
  }
  return widen(interval, Math.expm1(generationError([...generations.values()], options.confidence)));
}

/**
 * Half-width, in logarithms, of what the choice of generations adds: Student's t times the standard error from the
 * variance between generations (one-way analysis of variance, random effects).
 */
function generationError(generations: readonly (readonly number[])[], confidence: number): number {
  const groups = generations.length;
  const count = generations.reduce((sum, group) => sum + group.length, 0);
  if (groups < 2 || count <= groups) return 0;
  const means = generations.map(mean);
  const total = mean(generations.flat());
  let within = 0;
  let between = 0;
  for (const [index, group] of generations.entries()) {
    for (const value of group) within += (value - means[index]!) ** 2;
    between += group.length * (means[index]! - total) ** 2;
  }
  within /= count - groups;
  between /= groups - 1;
  const size = (count - generations.reduce((sum, group) => sum + group.length ** 2, 0) / count) / (groups - 1);
  const variance = Math.max(0, (between - within) / size);
  return studentQuantile((1 + confidence) / 2, groups - 1) * Math.sqrt(variance / groups);
}

/** A percentile (a fraction) of the time of a run, over all blocks, with its interval. Milliseconds. */
export function percentileInterval(
  blocks: readonly (readonly number[])[],
  percentile: number,
  options: IntervalOptions,
): Estimate {
  const runs = new WeightedRuns(blocks);
  const medians = blocks.map((block) => Math.log(median(block)));
  return logInterval(medians, options, (weights) => Math.log(runs.quantile(percentile, weights)));
}

/** The correlation of few pairs is itself uncertain; below this Student's t would say nothing at all. */
const leastFreedom = 3;

/** @param series what each block says, in order: tells how blocks correlate */
function logInterval(
  series: readonly number[],
  { confidence, random, resamples = 400 }: IntervalOptions,
  statistic: (weights: Float64Array) => number,
): Estimate {
  const blocks = series.length;
  const weights = new Float64Array(blocks).fill(1);
  const estimate = statistic(weights);
  if (blocks < 2) return { estimate: Math.exp(estimate), low: 0, high: Number.POSITIVE_INFINITY };
  const replicates = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    weights.fill(0);
    for (let draw = 0; draw < blocks; draw++) {
      const at = random.below(blocks);
      weights[at] = weights[at]! + 1;
    }
    replicates[resample] = statistic(weights);
  }
  replicates.sort();
  const inflation = correlationInflation(series);
  const tail = (1 - confidence) / 2;
  const freedom = Math.max(leastFreedom, blocks / inflation - 1);
  const expansion =
    (studentQuantile(1 - tail, freedom) / normalQuantile(1 - tail)) * Math.sqrt((blocks / (blocks - 1)) * inflation);
  const at = (fraction: number) =>
    replicates[Math.min(resamples - 1, Math.max(0, Math.round(fraction * (resamples - 1))))]!;
  const below = Math.max(0, estimate - at(tail)) * expansion;
  const above = Math.max(0, at(1 - tail) - estimate) * expansion;
  return { estimate: Math.exp(estimate), low: Math.exp(estimate - below), high: Math.exp(estimate + above) };
}

/**
 * How many correlated pairs tell as much as one independent pair, for a first-order autoregressive series: (1 + r) /
 * (1 - r), with the small-sample bias of r taken out (F. Marriott and J. Pope, Biometrika 41, 1954). Never below 1.
 */
export function correlationInflation(series: readonly number[]): number {
  const count = series.length;
  const centre = mean(series);
  let product = 0;
  let square = 0;
  for (let index = 0; index < count; index++) {
    const deviation = series[index]! - centre;
    square += deviation * deviation;
    if (index > 0) product += deviation * (series[index - 1]! - centre);
  }
  if (square === 0) return 1;
  const raw = product / square;
  const correlation = Math.min(0.9, raw + (1 + 3 * raw) / count);
  return correlation > 0 ? (1 + correlation) / (1 - correlation) : 1;
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

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
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

  /** The mean of the two middle ones where the rank falls between two runs (type 2 of Hyndman and Fan, 1996). */
  quantile(fraction: number, weights: Float64Array): number {
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

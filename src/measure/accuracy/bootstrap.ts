import type { Random } from '../../random.ts';
import type { Estimate } from '../contract.ts';
import { normalCdf, normalQuantile, studentQuantile } from './distributions.ts';

/** How often each sample counts: all ones for the estimate itself, a resample's counts in a bootstrap. */
export type Weights = Uint16Array;

/** Several statistics of the same weighted samples, written into `out`; NaN where one is not defined. */
export interface Statistic {
  /** How many numbers `evaluate` writes. */
  readonly size: number;
  /** Roughly the operations of one evaluation, to bound the number of resamples. */
  readonly cost: number;
  /**
   * Depends on the order of the samples. A resample repeats samples, which are in order with themselves: its statistic varies less
   * than that of as many others, so the ends are those of Student's interval at least.
   */
  readonly ordered?: boolean | undefined;
  evaluate(weights: Weights, out: Float64Array): void;
}

export interface BootstrapOptions {
  /** Of each number of the statistic. */
  confidence: number | ((item: number) => number);
  random: Random;
  /** Default of the bootstrap: 2,000, fewer (at least 500) where the statistic is costly; of half-samples: 500. */
  resamples?: number;
}

/** Operations that a bootstrap may take before it makes fewer resamples: some five seconds. */
const budget = 3e9;
/** The share of the replicates that tells where a tail ends: five of the fewest. */
const finestTail = 0.01;
/** Deletions of the jackknife: one sample each, or a block of samples where there are more. */
const deletions = 400;
/** The share of resamples in which a statistic has to be defined. */
export const leastDefined = 0.9;

/**
 * Bias-corrected and accelerated bootstrap intervals (B. Efron, JASA 82, 1987, 171-185), resampling whole samples, so
 * that FP32 and the variant stay paired. The jackknife gives the acceleration.
 *
 * The bootstrap knows the tails only as far as the samples show them. So the tail probabilities are those of Student's
 * t (T. Hesterberg, The American Statistician 69, 2015, section 4.5), with the degrees of freedom that the kurtosis of
 * the jackknife's influence values leaves (2 n / (kurtosis - 1), the freedom of a variance estimated from such
 * values): where a handful of samples make the whole difference, they are worth a handful of samples.
 *
 * A resample holds nothing but the samples, so no replicate lies beyond the outermost of them, and a percentile further
 * out than resamples of so few samples reach (n^-n of them repeat one sample), or than the replicates show, is none.
 * There the end is at least that of Student's interval from the jackknife's standard error (F. Mosteller and J. Tukey,
 * 1968), further out on the side to which the acceleration says that the tail is longer, at most twice as far. So it is everywhere for
 * a statistic of the order of samples.
 *
 * A statistic that no resample changes has an interval of no width. Resamples in which a statistic is not defined (no
 * positive sample for AUC, say) are left out of its interval; if they are more than a tenth, its ends are NaN.
 */
export function bcaIntervals(samples: number, statistic: Statistic, options: BootstrapOptions): Estimate[] {
  const { confidence, random } = options;
  const resamples = options.resamples ?? Math.max(500, Math.min(2000, Math.floor(budget / (statistic.cost + samples))));
  const weights = new Uint16Array(samples).fill(1);
  const estimates = new Float64Array(statistic.size);
  statistic.evaluate(weights, estimates);

  const replicates = Array.from({ length: statistic.size }, () => new Float64Array(resamples));
  const out = new Float64Array(statistic.size);
  for (let replicate = 0; replicate < resamples; replicate++) {
    random.resample(weights);
    statistic.evaluate(weights, out);
    for (let item = 0; item < statistic.size; item++)
      (replicates[item] as Float64Array)[replicate] = out[item] as number;
  }

  const jackknife = jackknifeMoments(samples, statistic);
  return replicates.map((values, item) => {
    const estimate = estimates[item] as number;
    const defined = values.filter((value) => !Number.isNaN(value)).sort();
    if (Number.isNaN(estimate) || defined.length < leastDefined * resamples) {
      return { estimate, low: Number.NaN, high: Number.NaN };
    }
    const [low, high] = bcaEnds(
      defined,
      estimate,
      jackknife[item] as Moments,
      samples,
      typeof confidence === 'number' ? confidence : confidence(item),
      statistic.ordered,
    );
    return { estimate, low, high };
  });
}

/** The ends of the interval, given the sorted replicates. */
function bcaEnds(
  sorted: Float64Array,
  estimate: number,
  { acceleration, freedom, error }: Moments,
  samples: number,
  confidence: number,
  ordered = false,
): [number, number] {
  const first = sorted[0] as number;
  const last = sorted[sorted.length - 1] as number;
  if (first === last) return [Math.min(first, estimate), Math.max(last, estimate)];
  // Half of the ties count as below: the bootstrap distribution of a metric on few samples is lumpy.
  let below = 0;
  for (const value of sorted) {
    if (value < estimate) below += 1;
    else if (value === estimate) below += 0.5;
  }
  const share = Math.min(Math.max(below, 0.5), sorted.length - 0.5) / sorted.length;
  const bias = normalQuantile(share);
  const student = studentQuantile(1 - (1 - confidence) / 2, freedom);
  const fewness = Math.sqrt(samples / (samples - 1));
  const finest = Math.max(samples ** -samples, finestTail);
  const end = (side: -1 | 1): number => {
    const shifted = bias + side * fewness * student;
    const denominator = 1 - acceleration * shifted;
    // Beyond this the transformation turns back on itself: the end is the outermost replicate.
    const position = denominator <= 0 ? side * Number.POSITIVE_INFINITY : bias + shifted / denominator;
    const tail = normalCdf(position);
    const replicate = quantile(sorted, tail);
    if (!ordered && Math.min(tail, 1 - tail) >= finest) return replicate;
    const reach = Math.min(2 * student, Math.max(student, (side * position) / fewness));
    return side * Math.max(side * replicate, side * estimate + reach * error);
  };
  return [end(-1), end(1)];
}

/** Linear interpolation between order statistics, as `numpy.quantile` does by default. */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  const position = Math.min(Math.max(p, 0), 1) * (sorted.length - 1);
  const left = Math.floor(position);
  const low = sorted[left] as number;
  const high = sorted[Math.min(left + 1, sorted.length - 1)] as number;
  return low === high ? low : low + (high - low) * (position - left);
}

/** What the jackknife tells of the distribution of a statistic. */
export interface Moments {
  /** A sixth of the skewness of the influence values (Efron). */
  acceleration: number;
  /** How many independent values the spread of the statistic is known from, less one. */
  freedom: number;
  /** The standard error of the statistic. */
  error: number;
}

/** Leaves out one sample after the other, or one block after the other. */
export function jackknifeMoments(samples: number, statistic: Statistic): Moments[] {
  const groups = Math.min(samples, deletions);
  const values = Array.from({ length: statistic.size }, () => new Float64Array(groups));
  const weights = new Uint16Array(samples).fill(1);
  const out = new Float64Array(statistic.size);
  for (let group = 0; group < groups; group++) {
    // Interleaved groups, so that samples sorted by class do not end in one group.
    for (let index = group; index < samples; index += groups) weights[index] = 0;
    statistic.evaluate(weights, out);
    for (let index = group; index < samples; index += groups) weights[index] = 1;
    for (let item = 0; item < statistic.size; item++) (values[item] as Float64Array)[group] = out[item] as number;
  }
  return values.map((deleted) => moments(deleted.filter((value) => !Number.isNaN(value))));
}

function moments(deleted: Float64Array): Moments {
  const count = deleted.length;
  const mean = deleted.reduce((sum, value) => sum + value, 0) / count;
  // Of the largest distance, whose fourth power may be beyond what a number can be.
  const scale = deleted.reduce((most, value) => Math.max(most, Math.abs(mean - value)), 0);
  let [squares, cubes, fourths] = [0, 0, 0];
  for (const value of deleted) {
    const distance = scale > 0 ? (mean - value) / scale : 0;
    squares += distance ** 2;
    cubes += distance ** 3;
    fourths += distance ** 4;
  }
  if (!(squares > 0)) return { acceleration: 0, freedom: Math.max(1, count - 1), error: 0 };
  const kurtosis = (count * fourths) / squares ** 2;
  const freedom = (2 * count) / Math.max(kurtosis - 1, 1e-9);
  return {
    acceleration: cubes / (6 * squares ** 1.5),
    freedom: Math.min(count - 1, Math.max(1, freedom)),
    error: scale * Math.sqrt(((count - 1) / count) * squares),
  };
}

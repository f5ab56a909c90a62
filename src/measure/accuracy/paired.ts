import { Random } from '../../random.ts';
import type { AccuracyMeasurement, Estimate, NotMeasured } from '../contract.ts';
import type { Estimator, Metric, MetricContext } from '../metrics/metric.ts';
import { bcaIntervals, type Statistic } from './bootstrap.ts';
import { criticalValue } from './distributions.ts';
import { mcnemarExact, tangoInterval, wilsonInterval } from './paired-proportions.ts';

export interface IntervalOptions {
  /** Of every interval, two-sided: 0.95. */
  confidence: number;
  seed: number;
}

/** The same samples scored before (FP32) and after; the same array where FP32 itself is measured. */
export interface PairedRecords {
  metric: Metric;
  context: Pick<MetricContext, 'classes'>;
  samples: readonly { id: string }[];
  before: readonly unknown[];
  after: readonly unknown[];
}

/** Flipped samples that a report lists, of each kind. */
const listedFlips = 100;

type Values = Pick<AccuracyMeasurement, 'value' | 'interval' | 'fp32' | 'drop' | 'relativeDrop' | 'flips' | 'perClass'>;

/**
 * The paired difference: exact McNemar and Tango's score interval where every sample is right or wrong, a BCa bootstrap
 * over samples for everything else.
 */
export function compareRecords(paired: PairedRecords, options: IntervalOptions): Values | NotMeasured {
  return exact(paired, options) ?? resampled(paired, options);
}

/** Where every sample is right or wrong. */
function exact(
  { metric, context, samples, before, after }: PairedRecords,
  { confidence }: IntervalOptions,
): Values | undefined {
  if (!metric.outcome) return undefined;
  const total: Counts = { samples: 0, before: 0, after: 0, lost: 0, gained: 0 };
  const byClass = new Map<number, Counts>();
  const lostSamples: string[] = [];
  const gainedSamples: string[] = [];
  for (let index = 0; index < samples.length; index++) {
    const was = metric.outcome(before[index]);
    const is = metric.outcome(after[index]);
    if (was === undefined || is === undefined) return undefined;
    count(total, was, is);
    const label = metric.classOf?.(before[index]);
    if (label !== undefined) {
      const own = byClass.get(label) ?? { samples: 0, before: 0, after: 0, lost: 0, gained: 0 };
      byClass.set(label, own);
      count(own, was, is);
    }
    const list = was > is ? lostSamples : was < is ? gainedSamples : undefined;
    if (list && list.length < listedFlips) list.push(samples[index]!.id);
  }
  const { value, fp32, drop } = compareCounts(total, confidence);
  const { low, high } = wilsonInterval(total.after, total.samples, confidence);
  if (before === after) return unchanged(value);
  const perClass = [...byClass].map(([label, own]) => ({
    name: context.classes?.[label] ?? String(label),
    samples: own.samples,
    ...compareCounts(own, simultaneous(confidence, byClass.size)),
  }));
  return {
    value,
    interval: { low, high },
    fp32,
    drop,
    // The error of `fp32` itself enters at second order: the drop is small beside it.
    ...(fp32 > 0 && { relativeDrop: { estimate: drop.estimate / fp32, low: drop.low / fp32, high: drop.high / fp32 } }),
    flips: {
      lost: total.lost,
      gained: total.gained,
      lostSamples,
      gainedSamples,
      pValue: mcnemarExact(total.lost, total.gained),
    },
    ...worstFirst(perClass),
  };
}

/** FP32 against itself. */
const unchanged = (value: number): Values => ({ value, fp32: value, drop: { estimate: 0, low: 0, high: 0 } });

interface Counts {
  samples: number;
  before: number;
  after: number;
  lost: number;
  gained: number;
}

function count(counts: Counts, was: 0 | 1, is: 0 | 1): void {
  counts.samples++;
  counts.before += was;
  counts.after += is;
  if (was > is) counts.lost++;
  if (was < is) counts.gained++;
}

function compareCounts(counts: Counts, confidence: number) {
  return {
    value: counts.after / counts.samples,
    fp32: counts.before / counts.samples,
    drop: tangoInterval(counts.lost, counts.gained, counts.samples, confidence),
  };
}

/** Confidence of each of `count` intervals, so that all hold together (Bonferroni). */
export const simultaneous = (confidence: number, count: number): number => 1 - (1 - confidence) / Math.max(1, count);

/** With fewer samples a class on average, the drop of a class says nothing. */
export const leastClassSamples = 5;

function worstFirst(rows: NonNullable<Values['perClass']>): Pick<Values, 'perClass'> {
  const samples = rows.reduce((sum, row) => sum + row.samples, 0);
  if (rows.length < 2 || samples < leastClassSamples * rows.length) return {};
  return { perClass: rows.sort((a, b) => b.drop.estimate - a.drop.estimate || (a.name < b.name ? -1 : 1)) };
}

/** Everything else: the bootstrap. */
function resampled(
  { metric, context, before, after }: PairedRecords,
  { confidence, seed }: IntervalOptions,
): Values | NotMeasured {
  const fp32 = metric.estimator(before);
  const variant = metric.estimator(after, before);
  const labelled = metric.classCounts?.(before) ?? [];
  const classes = labelled.length;
  const sign = metric.direction === 'higher' ? 1 : -1;
  const [own, other] = [new Float64Array(classes), new Float64Array(classes)];
  // value, fp32, drop, relative drop, then the drop of each class.
  const fixed = 4;
  const statistic: Statistic = {
    size: fixed + classes,
    cost: fp32.cost + variant.cost,
    rough: metric.rough,
    evaluate(weights, out) {
      own.fill(Number.NaN);
      other.fill(Number.NaN);
      const a = fp32.evaluate(weights, other);
      const b = variant.evaluate(weights, own);
      const drop = sign * (a - b);
      out[0] = b;
      out[1] = a;
      out[2] = drop;
      out[3] = drop / Math.abs(a);
      for (let index = 0; index < classes; index++) {
        out[fixed + index] = sign * ((other[index] as number) - (own[index] as number));
      }
    },
  };
  const ones = new Uint16Array(before.length).fill(1);
  const point = new Float64Array(statistic.size);
  statistic.evaluate(ones, point);
  const [value, reference] = point as unknown as [number, number];
  for (const [name, number] of [
    ['FP32', reference],
    ['this variant', value],
  ] as const) {
    if (!Number.isFinite(number))
      return { notMeasured: `${metric.name} of ${name} is ${describe(number)}`, failed: true };
  }
  if (before === after) return unchanged(value);
  if (before.length < 2) return { notMeasured: `one sample has no interval of ${metric.name}`, failed: true };
  const [classValues, classReferences] = [own.slice(), other.slice()];
  const intervals = bcaIntervals(before.length, statistic, {
    confidence: (item) => (item < fixed ? confidence : simultaneous(confidence, classes)),
    random: new Random(seed, `accuracy ${metric.name}`),
  });
  if (metric.discrete) {
    const steps = flipSteps(fp32, before.length, classes);
    for (const item of [2, 3, ...labelled.map((_, index) => fixed + index)]) {
      const step = item < fixed ? steps.whole / (item === 3 ? Math.abs(reference) : 1) : steps.classes[item - fixed]!;
      const level = item < fixed ? confidence : simultaneous(confidence, classes);
      intervals[item] = allowForUnseenFlips(intervals[item]!, step, level);
    }
  }
  const [whole, , drop, relative] = intervals as [Estimate, Estimate, Estimate, Estimate];
  if (Number.isNaN(drop.low)) {
    return {
      notMeasured: `${before.length} samples are too few for an interval of ${metric.name}: many a resample has no value`,
      failed: true,
    };
  }
  const perClass = intervals
    .slice(fixed)
    .map((drop, index) => ({
      name: context.classes?.[index] ?? String(index),
      samples: labelled[index] as number,
      value: classValues[index] as number,
      fp32: classReferences[index] as number,
      drop,
    }))
    .filter(({ drop }) => !Number.isNaN(drop.low));
  return {
    value,
    interval: { low: whole.low, high: whole.high },
    fp32: reference,
    drop,
    ...(reference !== 0 && !Number.isNaN(relative.low) && { relativeDrop: relative }),
    ...worstFirst(perClass),
  };
}

/** Samples that are left out one by one to see what one of them can do. */
const mostSteps = 400;

/** The largest change of the metric that one sample makes, of the whole and of each class. */
function flipSteps(estimator: Estimator, samples: number, classes: number) {
  const weights = new Uint16Array(samples).fill(1);
  const values = new Float64Array(classes);
  const whole = estimator.evaluate(weights, values);
  const steps = { whole: 0, classes: new Float64Array(classes) };
  const own = new Float64Array(classes);
  const count = Math.min(samples, mostSteps);
  for (let step = 0; step < count; step++) {
    const index = Math.floor((step * samples) / count);
    weights[index] = 0;
    const without = estimator.evaluate(weights, own);
    weights[index] = 1;
    if (without !== whole) steps.whole = Math.max(steps.whole, Math.abs(without - whole) || 0);
    for (let item = 0; item < classes; item++) {
      const change = Math.abs((own[item] as number) - (values[item] as number));
      if (change > (steps.classes[item] as number)) steps.classes[item] = change;
    }
  }
  return steps;
}

/**
 * The bootstrap of a few flips takes them for all there can be, and none for certainty. A score interval knows better:
 * Tango's is as wide as if z^2 more samples had flipped, which in quadrature adds z^2 times what one flip changes.
 */
function allowForUnseenFlips({ estimate, low, high }: Estimate, step: number, confidence: number): Estimate {
  const unseen = criticalValue(confidence) ** 2 * step;
  return {
    estimate,
    low: estimate - Math.hypot(estimate - low, unseen),
    high: estimate + Math.hypot(high - estimate, unseen),
  };
}

const describe = (value: number): string => (Number.isNaN(value) ? 'not a number (NaN)' : 'infinite');

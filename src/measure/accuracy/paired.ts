import { traitsOf } from '../../policy/task.ts';
import { Random } from '../../random.ts';
import type { AccuracyMeasurement, Estimate, NotMeasured } from '../contract.ts';
import type { Estimator, Metric, MetricContext } from '../metrics/metric.ts';
import { bcaIntervals, type Statistic } from './bootstrap.ts';
import { criticalValue } from './distributions.ts';
import { halfSampleIntervals } from './half-samples.ts';
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
 * The paired difference: exact McNemar and Tango's score interval where every sample is right or wrong, for everything
 * else a BCa bootstrap over samples, or half-samples.
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
  const isRight = (record: unknown) => {
    const outcome = metric.outcome!(record);
    return outcome === undefined || metric.direction === 'higher' ? outcome : outcome === 1 ? 0 : 1;
  };
  const total: Counts = { samples: 0, before: 0, after: 0, lost: 0, gained: 0 };
  const byClass = new Map<number, Counts>();
  const lostSamples: string[] = [];
  const gainedSamples: string[] = [];
  for (let index = 0; index < samples.length; index++) {
    const was = isRight(before[index]);
    const is = isRight(after[index]);
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
  const { drop, ...shares } = compareCounts(total, confidence);
  const { low, high } = wilsonInterval(total.after, total.samples, confidence);
  // Where lower is better, the value is the share of those that are wrong.
  const higher = metric.direction === 'higher';
  const value = higher ? shares.value : 1 - shares.value;
  const fp32 = higher ? shares.fp32 : 1 - shares.fp32;
  if (before === after) return unchanged(value);
  const perClass = [...byClass].map(([label, own]) => ({
    name: context.classes?.[label] ?? String(label),
    samples: own.samples,
    ...compareCounts(own, simultaneous(confidence, byClass.size)),
  }));
  return {
    value,
    interval: higher ? { low, high } : { low: 1 - high, high: 1 - low },
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

/**
 * A class that is in so few samples that many a resample has none of it keeps its estimate; its interval is all that a
 * share can drop by, so that it neither passes nor fails.
 */
function worstFirst(all: NonNullable<Values['perClass']>): Pick<Values, 'perClass'> {
  const known = all.filter(({ drop }) => !Number.isNaN(drop.low));
  const samples = known.reduce((sum, row) => sum + row.samples, 0);
  if (known.length < 2 || samples < leastClassSamples * known.length) return {};
  const rows = all.map((row) => (known.includes(row) ? row : { ...row, drop: { ...row.drop, low: -1, high: 1 } }));
  return { perClass: rows.sort((a, b) => b.drop.estimate - a.drop.estimate || (a.name < b.name ? -1 : 1)) };
}

/** Everything else. */
function resampled(
  { metric, context, before, after }: PairedRecords,
  { confidence, seed }: IntervalOptions,
): Values | NotMeasured {
  const fp32 = metric.estimator(before);
  const variant = metric.estimator(after, before);
  const labelled = metric.classCounts?.(before) ?? [];
  const classes = labelled.length;
  const dropOf = (was: number, is: number) => (metric.direction === 'higher' ? was - is : is - was);
  const [own, other] = [new Float64Array(classes), new Float64Array(classes)];
  // value, fp32, drop, relative drop, then the drop of each class.
  const fixed = 4;
  const statistic: Statistic = {
    size: fixed + classes,
    cost: fp32.cost + variant.cost,
    ordered: metric.ordered,
    evaluate(weights, out) {
      own.fill(Number.NaN);
      other.fill(Number.NaN);
      const a = fp32.evaluate(weights, other);
      const b = variant.evaluate(weights, own);
      const drop = dropOf(a, b);
      out[0] = b;
      out[1] = a;
      out[2] = drop;
      out[3] = drop / Math.abs(a);
      for (let index = 0; index < classes; index++) {
        out[fixed + index] = dropOf(other[index] as number, own[index] as number);
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
  const levelOf = (item: number) => (item < fixed ? confidence : simultaneous(confidence, classes));
  const intervalsOf = metric.rough ? halfSampleIntervals : bcaIntervals;
  const sampled = intervalsOf(before.length, statistic, {
    confidence: levelOf,
    random: new Random(seed, `accuracy ${metric.name}`),
  });
  const cases = casesOf(metric, before, fp32, classes);
  const widened = sampled.map((interval, item) => {
    if (!cases) return interval;
    const unseen = allowance(item < fixed ? cases.whole : cases.classes[item - fixed]!, levelOf(item));
    const still = interval.high - interval.low < roundingError;
    // The value's own interval knows the cases that are wrong already.
    if (item < 2) return still ? { ...widen(interval, unseen), high: Math.min(1, interval.high + unseen) } : interval;
    if (!still && !metric.discrete) return interval;
    return widen(interval, item === 3 ? unseen / Math.abs(reference) : unseen);
  });
  const isShare = traitsOf(metric.name).unit === 'fraction';
  const intervals = widened.map((interval, item) =>
    isShare && item !== 3 ? bounded(interval, item < 2 ? 0 : -1) : interval,
  );
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
    .filter(({ samples, drop }) => samples > 0 && !Number.isNaN(drop.estimate));
  return {
    value,
    interval: { low: whole.low, high: whole.high },
    fp32: reference,
    drop,
    ...(reference !== 0 && !Number.isNaN(relative.low) && { relativeDrop: relative }),
    ...worstFirst(perClass),
  };
}

/** A difference of values that are computed alike. */
const roundingError = 1e-9;
/** Samples that are left out one by one to see what one of them can do. */
const mostSteps = 400;

/**
 * How many cases a metric that changes in steps is a share of, in the whole and in each class; fewer than the metric says
 * where one sample is seen to change more.
 */
function casesOf(metric: Metric, before: readonly unknown[], fp32: Estimator, classes: number) {
  const cases = metric.cases?.(before);
  if (!cases) return undefined;
  const steps = metric.discrete ? flipSteps(fp32, before.length, classes) : undefined;
  return {
    whole: Math.min(cases.whole, 1 / (steps?.whole ?? 0)),
    classes: Array.from({ length: classes }, (_, item) =>
      Math.min(cases.classes?.[item] ?? cases.whole, 1 / (steps?.classes[item] ?? 0)),
    ),
  };
}

/** The largest change of the metric that leaving out one sample makes, of the whole and of each class. */
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
 * Tango's is as wide as if z^2 more samples had flipped, of z^2 more; without a flip that is all of it.
 */
function allowance(cases: number, confidence: number): number {
  const unseen = criticalValue(confidence) ** 2;
  return unseen / (cases + unseen);
}

/** An independent error: the squares of the half-widths add up. */
function widen({ estimate, low, high }: Estimate, by: number): Estimate {
  return {
    estimate,
    low: estimate - Math.hypot(estimate - low, by),
    high: estimate + Math.hypot(high - estimate, by),
  };
}

/** Of a share, at least `least` and at most 1. */
function bounded({ estimate, low, high }: Estimate, least: 0 | -1): Estimate {
  return { estimate, low: Math.max(least, low), high: Math.min(1, high) };
}

const describe = (value: number): string => (Number.isNaN(value) ? 'not a number (NaN)' : 'infinite');

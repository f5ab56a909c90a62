import { criticalValue, normalQuantile } from '../measure/accuracy/distributions.ts';
import { leastClassSamples, simultaneous } from '../measure/accuracy/paired.ts';
import type {
  AccuracyMeasurement,
  Check,
  Estimate,
  LatencyMeasurement,
  Measurements,
  NotMeasured,
} from '../measure/contract.ts';
import type { Limits } from '../policy/schema.ts';
import { counted } from '../words.ts';
import { type Finding, judge } from './judge.ts';
import { samplesNeeded } from './samples-needed.ts';
import { bytes, factor, metricDifference, metricValue, milliseconds, percent, ratio } from './words.ts';

export interface CheckInput {
  limits: Limits;
  measurements: Measurements;
  /** The policy's `gate.confidence`. */
  confidence: number;
  /** Of how many candidates that were judged on the same data the intervals of accuracy hold together; default 1. */
  together?: number;
  /** What accuracy is measured by: limits have its units also where it was not measured. */
  scored?: Scored;
  /** Why there is no variant at all: every limit then fails with this. */
  error?: { kind: string; message: string };
}

/** What a metric is called and which way is better. */
type Scored = Pick<AccuracyMeasurement, 'metric' | 'direction'>;
type Results = Measurements & { scored: Scored | undefined };

/**
 * Holds a variant's measurements against the policy's limits, one check a limit, in the order of the table below.
 * Non-inferiority: the two-sided interval at `confidence` has to lie inside the limit, so a variant beyond the limit
 * passes with a probability of at most (1 - confidence) / 2.
 */
export function checkVariant(input: CheckInput): Check[] {
  const { limits, measurements, scored, confidence, together = 1, error } = input;
  const failed: NotMeasured | undefined = error && { notMeasured: error.message, failed: true };
  return rows.flatMap((row) => {
    const finding = row(limits, { ...measurements, scored }, simultaneous(confidence, together));
    if (!finding) return [];
    return [judge(failed ? { ...finding, measured: failed } : finding, confidence)];
  });
}

/**
 * A limit that the policy sets, and what was measured for it; undefined where the policy sets none. `confidence` is that of the
 * intervals of accuracy.
 */
type Row = (limits: Limits, measurements: Results, confidence: number) => Finding | undefined;

const rows: readonly Row[] = [
  ({ size }, measured) =>
    limited(size?.['max-ratio'], (limit) => ({
      name: 'size.max-ratio',
      operator: '<=',
      limit,
      measured: exact(measured.size?.ratio),
      subject: 'the size over FP32',
      show: ratio,
    })),
  ({ size }, measured) =>
    limited(size?.max, (limit) => ({
      name: 'size.max',
      operator: '<=',
      limit,
      measured: exact(measured.size?.bytes),
      subject: 'the size',
      show: bytes,
    })),
  ({ latency }, measured) =>
    limited(latency?.['min-speedup'], (limit) => ({
      name: 'latency.min-speedup',
      operator: '>=',
      limit,
      measured: present(latencyAt(measured, latency!.batch), ({ speedup }) => speedup),
      subject: `the speed-up over FP32 at ${latency!.at}, batch ${latency!.batch},`,
      show: factor,
      ...noiseAt(measured, latency!.batch),
    })),
  ({ latency }, measured) =>
    limited(latency?.max, (limit) => ({
      name: 'latency.max',
      operator: '<=',
      limit,
      measured: present(latencyAt(measured, latency!.batch), (own) => percentileOf(own, latency!.at)),
      subject: `the time of a run at ${latency!.at}, batch ${latency!.batch},`,
      show: milliseconds,
      ...noiseAt(measured, latency!.batch),
    })),
  ({ memory }, measured) =>
    limited(memory?.['max-ratio'], (limit) => ({
      name: 'memory.max-ratio',
      operator: '<=',
      limit,
      measured: present(measured.memory, ({ ratio, intervals }) => intervals?.ratio ?? exact(ratio)),
      subject: 'the peak memory over FP32',
      show: ratio,
    })),
  ({ memory }, measured) =>
    limited(memory?.max, (limit) => ({
      name: 'memory.max',
      operator: '<=',
      limit,
      measured: present(measured.memory, ({ peakBytes, intervals }) => intervals?.peakBytes ?? exact(peakBytes)),
      subject: 'the peak memory',
      show: bytes,
    })),
  ({ accuracy }, measured, confidence) =>
    limited(accuracy?.['max-drop'], (limit) => ({
      name: 'accuracy.max-drop',
      operator: '<=',
      limit,
      measured: present(measured.accuracy, ({ drop }) => drop),
      subject: `the drop of ${metricName(measured)}`,
      show: (value, extra) => metricDifference(metricName(measured), value, extra),
      ...withDetail(measured),
      ...decidedBy(measured, '<=', limit, confidence),
    })),
  ({ accuracy }, measured, confidence) =>
    limited(accuracy?.['max-relative-drop'], (limit) => ({
      name: 'accuracy.max-relative-drop',
      operator: '<=',
      limit,
      measured: present(
        measured.accuracy,
        ({ metric, relativeDrop }) =>
          relativeDrop ?? { notMeasured: `${metric} of FP32 is 0, a fraction of it has no meaning`, failed: true },
      ),
      subject: `the relative drop of ${metricName(measured)}`,
      show: percent,
      ...withDetail(measured),
      ...decidedBy(measured, '<=', limit, confidence, true),
    })),
  ({ accuracy }, measured, confidence) =>
    limited(accuracy?.min, (limit) => {
      const operator = isLowerBetter(measured) ? '<=' : '>=';
      return {
        name: 'accuracy.min',
        operator,
        limit,
        measured: present(measured.accuracy, ({ value, interval }) => ({
          estimate: value,
          low: interval?.low ?? value,
          high: interval?.high ?? value,
        })),
        subject: metricName(measured),
        show: (value, extra) => metricValue(metricName(measured), value, extra),
        samplesNeeded: (own) => needed(measured, own, operator, limit, confidence),
      };
    }),
  ({ accuracy }, measured, confidence) =>
    limited(accuracy?.['per-class']?.['max-drop'], (limit) => perClass(measured, limit, confidence)),
];

const limited = (limit: number | undefined, find: (limit: number) => Finding): Finding | undefined =>
  limit === undefined ? undefined : find(limit);

function exact(value: number | undefined): Estimate | undefined {
  return value === undefined ? undefined : { estimate: value, low: value, high: value };
}

function present<Measured extends object>(
  measured: Measured | NotMeasured | undefined,
  read: (measured: Measured) => Finding['measured'],
): Finding['measured'] {
  if (measured === undefined || 'notMeasured' in measured) return measured as NotMeasured | undefined;
  return read(measured);
}

/** What was measured at a batch size, or why nothing was. */
export function latencyAt({ latency }: Measurements, batch: number): LatencyMeasurement | NotMeasured | undefined {
  if (!latency || 'notMeasured' in latency) return latency;
  return latency.find((each) => each.batch === batch);
}

/** What equal files differ by on this machine. */
export function noiseAt(measurements: Measurements, batch: number): Pick<Finding, 'noise'> {
  const own = latencyAt(measurements, batch);
  if (!own || 'notMeasured' in own) return {};
  const { noise } = own;
  return noise !== undefined && Number.isFinite(noise) ? { noise } : {};
}

/** A percentile of the time of a run with its interval. */
function percentileOf(latency: LatencyMeasurement, at: 'p50' | 'p90' | 'p99'): Estimate | undefined {
  const key = `${at}Ms` as const;
  return latency.intervals?.[key] ?? exact(latency[key]);
}

function measuredAccuracy({ accuracy }: Measurements): AccuracyMeasurement | undefined {
  return accuracy && !('notMeasured' in accuracy) ? accuracy : undefined;
}

const scoredBy = (measured: Results): Scored | undefined => measuredAccuracy(measured) ?? measured.scored;
const metricName = (measured: Results): string => scoredBy(measured)?.metric ?? 'accuracy';
const isLowerBetter = (measured: Results): boolean => scoredBy(measured)?.direction === 'lower';

/** What stands behind a drop: the values, the flips, a NaN. */
function withDetail(measured: Measurements): Pick<Finding, 'detail'> {
  const accuracy = measuredAccuracy(measured);
  if (!accuracy) return {};
  const { metric, fp32, value, samples, flips, note } = accuracy;
  const flipped = flips
    ? `; ${counted(flips.lost, 'sample')} went from right to wrong and ${flips.gained.toLocaleString('en-US')} from wrong to right`
    : '';
  const values = `FP32 has ${metricValue(metric, fp32)}, this variant ${metricValue(metric, value)} on ${counted(samples, 'sample')}${flipped}.`;
  return { detail: note ? `${values} Note: ${note}.` : values };
}

function decidedBy(
  measured: Measurements,
  operator: Check['operator'],
  limit: number,
  confidence: number,
  relative = false,
): Pick<Finding, 'samplesNeeded'> {
  const accuracy = measuredAccuracy(measured);
  if (!accuracy) return {};
  // A relative limit on 0/1 samples is an absolute one on their drop.
  const scale = relative && accuracy.flips ? accuracy.fp32 : 1;
  return { samplesNeeded: (own) => samplesNeeded(own, operator, limit * scale, accuracy, confidence) };
}

/** For the value itself. */
function needed(
  measured: Measurements,
  own: Estimate,
  operator: Check['operator'],
  limit: number,
  confidence: number,
): number | undefined {
  const accuracy = measuredAccuracy(measured);
  if (!accuracy) return undefined;
  const { samples, flips } = accuracy;
  // With flips a sample is right or wrong, and the value their share.
  return samplesNeeded(own, operator, limit, { samples, ...(flips && { share: own.estimate }) }, confidence);
}

/**
 * The worst class. The measurement's intervals hold for all classes together, so the check passes where all of them are
 * inside and fails where one is beyond. The largest of many noisy drops is too large on average: the estimate shrinks
 * every drop towards their mean by how much of the spread chance explains (empirical Bayes, C. Morris, JASA 78, 1983),
 * so that a class of ten images does not fail a model by one flip. Among many classes that lost nothing the one that did would be
 * shrunk away, so no drop is shrunk by more than the largest of so many is too large by chance (limited translation, B. Efron and
 * C. Morris, JASA 67, 1972).
 */
function perClass(measured: Results, limit: number, confidence: number): Finding {
  const name = 'accuracy.per-class.max-drop';
  const metric = metricName(measured);
  const base = {
    name,
    operator: '<=' as const,
    limit,
    subject: `the drop of ${metric} in the worst class`,
    show: (value: number, extra?: number) => metricDifference(metric, value, extra),
  };
  const accuracy = measuredAccuracy(measured);
  if (!accuracy) return { ...base, measured: present(measured.accuracy, () => undefined) };
  const classes = accuracy.perClass;
  if (!classes || classes.length === 0) {
    const notMeasured = `${metric} has no classes here, or the data fewer than ${leastClassSamples} samples of each`;
    return { ...base, measured: { notMeasured } };
  }
  const drops = shrink(
    classes.map(({ drop }) => drop),
    confidence,
  );
  const low = Math.max(...classes.map(({ drop }) => drop.low));
  const estimate = Math.max(low, ...drops);
  const worst = classes.reduce((a, b) => (b.drop.estimate > a.drop.estimate ? b : a));
  const seen = `"${worst.name}" lost ${metricDifference(metric, worst.drop.estimate)} on ${counted(worst.samples, 'sample')}`;
  const chance = estimate < worst.drop.estimate ? ', part of which is chance' : '';
  return {
    ...base,
    measured: {
      estimate,
      low,
      high: Math.max(...classes.map(({ drop }) => drop.high)),
    },
    detail: `Of ${classes.length} classes ${seen}${chance}.`,
  };
}

/** Standard errors. Those of a class are widened by its own flips, so that three of them hide one flip in four among 1,000 classes. */
const mostTranslated = 2;

/** Drops of classes, each pulled towards their mean as far as its own uncertainty explains its distance. */
function shrink(drops: readonly Estimate[], confidence: number): number[] {
  const z = criticalValue(simultaneous(confidence, drops.length));
  const variances = drops.map(({ low, high }) => ((high - low) / (2 * z)) ** 2);
  const precision = variances.map((variance) => 1 / Math.max(variance, 1e-12));
  const total = precision.reduce((sum, each) => sum + each, 0);
  const mean = drops.reduce((sum, { estimate }, index) => sum + estimate * precision[index]!, 0) / total;
  const spread = drops.reduce((sum, { estimate }) => sum + (estimate - mean) ** 2, 0) / Math.max(1, drops.length - 1);
  const chance = variances.reduce((sum, variance) => sum + variance, 0) / drops.length;
  const real = Math.max(0, spread - chance);
  const byChance = Math.min(mostTranslated, normalQuantile(drops.length / (drops.length + 1)));
  return drops.map(({ estimate }, index) => {
    const variance = variances[index]!;
    const shrunk = real + variance === 0 ? estimate : mean + ((estimate - mean) * real) / (real + variance);
    return Math.max(shrunk, estimate - byChance * Math.sqrt(variance));
  });
}

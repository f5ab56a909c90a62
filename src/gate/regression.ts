import type { AccuracyMeasurement, Check, Estimate, Measurements, NotMeasured } from '../measure/contract.ts';
import type { Policy } from '../policy/schema.ts';
import { latencyAt, noiseAt } from './checks.ts';
import { type Finding, judge, verdictOf } from './judge.ts';
import { factor, metricDifference, percent } from './words.ts';

export type RegressionLimits = NonNullable<Policy['gate']['regression']>;

/** A variant as a report, this run's or the base branch's, has it. */
export interface ComparedVariant {
  measurements: Measurements;
}

/** What the head was measured against directly, where the base's file was measured again beside it. */
export interface Interleaved {
  /** The drop from the base variant to the head variant, paired sample by sample. */
  accuracy?: AccuracyMeasurement;
}

export interface BaseComparison {
  checks: Check[];
  /** What could not be compared and why, a sentence each: said in the report, never a silent pass. */
  notes: string[];
}

/**
 * Compares a variant with the same variant at the base of the pull request. Ratios only: bytes over bytes, speed-up
 * over speed-up (each against FP32 on its own machine), and the change of the accuracy against the same data; so a
 * report of another machine will do. Where the base was measured again beside the head, that is used instead.
 *
 * A new model or a first run has no baseline: then there are no checks and a note says so. What failed of the head is a failed check,
 * also where the base has no number.
 */
export function compareWithBase(
  base: ComparedVariant | undefined,
  head: ComparedVariant,
  options: {
    limits: RegressionLimits;
    confidence: number;
    batch: number;
    id: string;
    /** What accuracy is measured by. */
    metric?: string;
    interleaved?: Interleaved;
  },
): BaseComparison {
  const { limits, confidence, id, interleaved } = options;
  if (!base && !interleaved) {
    const moved = 'Where the file was moved or renamed, the same `name` in both policies finds it.';
    const note = `${id}: there is no baseline of it, so it was not compared with the base branch. ${moved}`;
    return { checks: [], notes: [note] };
  }
  const notes: string[] = [];
  const checks: Check[] = [];
  const add = (limit: number | undefined, what: string, find: (limit: number) => Finding | string) => {
    if (limit === undefined) return;
    const found = find(limit);
    if (typeof found === 'string') notes.push(`${id}: ${what} was not compared with the base branch: ${found}.`);
    else checks.push(judge(found, confidence));
  };
  add(limits.accuracy, 'accuracy', (limit) => accuracyChange(base, head, limit, options));
  add(limits.size, 'size', (limit) => sizeGrowth(base, head, limit));
  add(limits.speedup, 'the speed-up', (limit) => speedupLoss(base, head, limit, options));
  return { checks, notes };
}

type Row = Omit<Finding, 'limit' | 'measured'>;

const accuracyRow = (metric: string): Row => ({
  name: 'regression.accuracy',
  operator: '<=',
  subject: `the drop of ${metric} from the base branch`,
  show: (value, extra) => metricDifference(metric, value, extra),
});
const sizeRow: Row = {
  name: 'regression.size',
  operator: '<=',
  subject: 'the growth of the file since the base branch',
  show: percent,
};
const speedupRow: Row = {
  name: 'regression.speedup',
  operator: '>=',
  subject: 'the speed-up over that of the base branch',
  show: factor,
};

function accuracyChange(
  base: ComparedVariant | undefined,
  head: ComparedVariant,
  limit: number,
  { metric: scoredBy = 'accuracy', interleaved }: { metric?: string; interleaved?: Interleaved },
): Finding | string {
  const after = head.measurements.accuracy;
  const paired = interleaved?.accuracy;
  const finding = (metric: string, measured: Finding['measured']): Finding => ({
    ...accuracyRow(metric),
    limit,
    measured,
  });
  const failure = failureOf(after);
  if (failure) return finding(scoredBy, failure);
  if (paired) return finding(paired.metric, paired.drop);
  const before = base?.measurements.accuracy;
  if (!before) return 'the base has no measurement of it';
  if ('notMeasured' in before) return `of the base it was not measured: ${before.notMeasured}`;
  if (!after || 'notMeasured' in after) return finding(before.metric, after);
  if (before.metric !== after.metric) return `the base was measured by ${before.metric}, this by ${after.metric}`;
  if (before.samples !== after.samples) {
    return `the base was measured on ${before.samples} samples, this on ${after.samples}`;
  }
  return finding(after.metric, changeOf(before, after));
}

/**
 * The change of the value. Both drops are against FP32 on the same samples; where FP32 did not change, their
 * difference is the change, and the drops' intervals bound it (as if independent: paired, it would be narrower).
 */
function changeOf(before: AccuracyMeasurement, after: AccuracyMeasurement): Estimate {
  const sign = after.direction === 'higher' ? 1 : -1;
  const estimate = sign * (before.value - after.value);
  const low = Math.hypot(after.drop.estimate - after.drop.low, before.drop.high - before.drop.estimate);
  const high = Math.hypot(after.drop.high - after.drop.estimate, before.drop.estimate - before.drop.low);
  return { estimate, low: estimate - low, high: estimate + high };
}

function sizeGrowth(base: ComparedVariant | undefined, head: ComparedVariant, limit: number): Finding | string {
  const before = base?.measurements.size?.bytes;
  const after = head.measurements.size?.bytes;
  if (!before) return 'the base has no measurement of it';
  const growth = after === undefined ? undefined : after / before - 1;
  const measured = growth === undefined ? undefined : { estimate: growth, low: growth, high: growth };
  return { ...sizeRow, limit, measured };
}

function speedupLoss(
  base: ComparedVariant | undefined,
  head: ComparedVariant,
  limit: number,
  { batch }: { batch: number },
): Finding | string {
  const finding = (measured: Finding['measured']): Finding => ({
    ...speedupRow,
    limit: 1 - limit,
    measured,
    ...noiseAt(head.measurements, batch),
  });
  const after = speedupAt(head.measurements, batch);
  const failure = failureOf(after);
  if (failure) return finding(failure);
  // What this machine cannot measure was not measured at the base either, or there: no regression to see here.
  if (after && 'notMeasured' in after) return after.notMeasured;
  const before = base && speedupAt(base.measurements, batch);
  if (!before || 'notMeasured' in before) return 'the base has no measurement of it';
  return finding(after && quotient(after, before));
}

/** Why a measurement failed, where it did. */
function failureOf(measured: object | undefined): NotMeasured | undefined {
  return measured && 'failed' in measured && measured.failed ? (measured as NotMeasured) : undefined;
}

/** Whether the base's speed-up, as far as it is known, decides the limit on the head's over it. */
export function speedupDecided(before: Estimate, head: Measurements, batch: number, limits: RegressionLimits): boolean {
  const after = speedupAt(head, batch);
  if (!after || 'notMeasured' in after || limits.speedup === undefined) return true;
  return verdictOf(quotient(after, before), '>=', 1 - limits.speedup) !== 'inconclusive';
}

/** A check for each limit that leaves it open, for a base that there is and that cannot be read. */
export function uncompared(limits: RegressionLimits, confidence: number, why: string, metric = 'accuracy'): Check[] {
  const measured: NotMeasured = { notMeasured: why };
  const rows: readonly (Row & { limit: number | undefined })[] = [
    { ...accuracyRow(metric), limit: limits.accuracy },
    { ...sizeRow, limit: limits.size },
    { ...speedupRow, limit: limits.speedup === undefined ? undefined : 1 - limits.speedup },
  ];
  return rows.flatMap(({ limit, ...row }) =>
    limit === undefined ? [] : judge({ ...row, limit, measured }, confidence),
  );
}

function speedupAt(measurements: Measurements, batch: number): Estimate | NotMeasured | undefined {
  const own = latencyAt(measurements, batch);
  return own && 'speedup' in own ? own.speedup : own;
}

/** Two independent measurements: in logarithms, the squares of the half-widths add up. */
function quotient(after: Estimate, before: Estimate): Estimate {
  const log = (value: number) => Math.log(value);
  const estimate = after.estimate / before.estimate;
  const low = Math.hypot(log(after.estimate) - log(after.low), log(before.high) - log(before.estimate));
  const high = Math.hypot(log(after.high) - log(after.estimate), log(before.estimate) - log(before.low));
  return { estimate, low: estimate * Math.exp(-low), high: estimate * Math.exp(high) };
}

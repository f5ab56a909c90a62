import type {
  AccuracyMeasurement,
  Check,
  Estimate,
  LatencyMeasurement,
  Measurements,
  NotMeasured,
} from '../measure/contract.ts';
import type { Policy } from '../policy/schema.ts';
import { noiseAt } from './checks.ts';
import { type Finding, judge } from './judge.ts';
import { factor, metricDifference, percent } from './words.ts';

export type RegressionLimits = NonNullable<Policy['gate']['regression']>;

/** A variant as a report, this run's or the base branch's, has it. */
export interface ComparedVariant {
  measurements: Measurements;
}

/** What the head was measured against directly, where the base's file was measured again beside it. */
export interface Interleaved {
  /** Base time over head time, from paired blocks. */
  speedup?: Estimate;
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
 * A new model or a first run has no baseline: then there are no checks and a note says so.
 */
export function compareWithBase(
  base: ComparedVariant | undefined,
  head: ComparedVariant,
  options: { limits: RegressionLimits; confidence: number; batch: number; id: string; interleaved?: Interleaved },
): BaseComparison {
  const { limits, confidence, id, interleaved } = options;
  if (!base && !interleaved) {
    return { checks: [], notes: [`${id}: there is no baseline of it, so it was not compared with the base branch.`] };
  }
  const notes: string[] = [];
  const checks: Check[] = [];
  const add = (limit: number | undefined, what: string, find: (limit: number) => Finding | string) => {
    if (limit === undefined) return;
    const found = find(limit);
    if (typeof found === 'string') notes.push(`${id}: ${what} was not compared with the base branch: ${found}.`);
    else checks.push(judge(found, confidence));
  };
  add(limits.accuracy, 'accuracy', (limit) => accuracyChange(base, head, limit, interleaved?.accuracy));
  add(limits.size, 'size', (limit) => sizeGrowth(base, head, limit));
  add(limits.speedup, 'the speed-up', (limit) => speedupLoss(base, head, limit, options));
  return { checks, notes };
}

function accuracyChange(
  base: ComparedVariant | undefined,
  head: ComparedVariant,
  limit: number,
  paired: AccuracyMeasurement | undefined,
): Finding | string {
  const after = head.measurements.accuracy;
  const finding = (metric: string, measured: Finding['measured']): Finding => ({
    name: 'regression.accuracy',
    operator: '<=',
    limit,
    measured,
    subject: `the drop of ${metric} from the base branch`,
    show: (value) => metricDifference(metric, value),
  });
  if (paired) return finding(paired.metric, paired.drop);
  const before = base?.measurements.accuracy;
  if (!before || 'notMeasured' in before) return 'the base has no measurement of it';
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
  return {
    name: 'regression.size',
    operator: '<=',
    limit,
    measured: growth === undefined ? undefined : { estimate: growth, low: growth, high: growth },
    subject: 'the growth of the file since the base branch',
    show: percent,
  };
}

function speedupLoss(
  base: ComparedVariant | undefined,
  head: ComparedVariant,
  limit: number,
  { batch, interleaved }: { batch: number; interleaved?: Interleaved },
): Finding | string {
  const finding = (measured: Finding['measured']): Finding => ({
    name: 'regression.speedup',
    operator: '>=',
    limit: 1 - limit,
    measured,
    subject: 'the speed-up over that of the base branch',
    show: factor,
    ...noiseAt(head.measurements, batch),
  });
  if (interleaved?.speedup) return finding(interleaved.speedup);
  const before = speedupAt(base?.measurements.latency, batch);
  if (!before || 'notMeasured' in before) return 'the base has no measurement of it';
  const after = speedupAt(head.measurements.latency, batch);
  if (!after || 'notMeasured' in after) {
    // What this machine cannot measure was not measured at the base either, or there: no regression to see here.
    return after && !after.failed ? after.notMeasured : finding(after);
  }
  return finding(quotient(after, before));
}

function speedupAt(
  latency: LatencyMeasurement[] | NotMeasured | undefined,
  batch: number,
): Estimate | NotMeasured | undefined {
  if (!latency || 'notMeasured' in latency) return latency;
  return latency.find((each) => each.batch === batch)?.speedup;
}

/** Two independent measurements: in logarithms, the squares of the half-widths add up. */
function quotient(after: Estimate, before: Estimate): Estimate {
  const log = (value: number) => Math.log(value);
  const estimate = after.estimate / before.estimate;
  const low = Math.hypot(log(after.estimate) - log(after.low), log(before.high) - log(before.estimate));
  const high = Math.hypot(log(after.high) - log(after.estimate), log(before.estimate) - log(before.low));
  return { estimate, low: estimate * Math.exp(-low), high: estimate * Math.exp(high) };
}

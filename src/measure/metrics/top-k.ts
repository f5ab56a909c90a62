import { UserError } from '../../errors.ts';
import type { Cases, Metric, MetricContext } from './metric.ts';
import { ratioOfSums } from './metric.ts';
import { type ClassScores, checkClass, classLabels, classScores, counts, predictedClass } from './read.ts';

/** Right positions of a sample, of how many; a plain classifier has one position. */
export interface HitRecord {
  sum: number;
  count: number;
  /** The class of a sample of which one position counts. */
  label: number;
}

/**
 * The share of positions whose label is among the k best scores. Equal scores rank by class, lowest first, so that
 * the same outputs give the same value everywhere. A position with a NaN is wrong.
 */
export function topK(name: string, k: number): Metric<HitRecord> {
  return {
    name,
    direction: 'higher',
    labels: 'required',
    record: (context, outputs, label) =>
      hits(context, classScores(context, outputs, classLabels(label, name), name), name, k),
    outcome,
    classOf,
    cases: positions,
    discrete: true,
    chance: (records) => shareOfMostFrequent(records, k),
    estimator: (records) => ratioOfSums(records),
  };
}

function hits(context: MetricContext, scores: ClassScores, name: string, k: number): HitRecord {
  const { labels, kind, classes } = scores;
  if (k > 1 && kind !== 'index' && classes <= k) {
    throw new UserError(`metric ${name} is right whatever the model says: the output has ${classes} classes; use top1`);
  }
  const record = { sum: 0, count: 0, label: Number.NaN };
  for (let position = 0; position < labels.length; position++) {
    const label = labels[position] as number;
    if (!counts(context, label)) continue;
    checkClass(label, scores, name);
    record.count++;
    record.label = label;
    const right = k === 1 ? predictedClass(context, scores, position) === label : rank(context, scores, position) < k;
    if (right) record.sum++;
  }
  return record;
}

/** What naming the k most frequent labels of all for every sample is right on. */
function shareOfMostFrequent(records: readonly HitRecord[], k: number): number | undefined {
  if (records.some(({ count }) => count !== 1)) return undefined;
  const counts = new Map<number, number>();
  for (const { label } of records) counts.set(label, (counts.get(label) ?? 0) + 1);
  const most = [...counts.values()].toSorted((a, b) => b - a).slice(0, k);
  return most.reduce((sum, count) => sum + count, 0) / records.length;
}

/** How many classes come before the label's. */
function rank(context: MetricContext, scores: ClassScores, position: number): number {
  const { values, labels, kind, classes, classStride, positionStride } = scores;
  const label = labels[position] as number;
  const predicted = predictedClass(context, scores, position);
  if (predicted === -1) return Number.POSITIVE_INFINITY;
  if (kind === 'index') return predicted === label ? 0 : Number.POSITIVE_INFINITY;
  if (kind === 'binary') return predicted === label ? 0 : 1;
  const base = position * positionStride;
  const own = values[base + label * classStride] as number;
  let before = 0;
  for (let index = 0; index < classes; index++) {
    const value = values[base + index * classStride] as number;
    if (value > own || (value === own && index < label)) before++;
  }
  return before;
}

export const positions = (records: readonly HitRecord[]): Cases => ({
  whole: records.reduce((sum, { count }) => sum + count, 0),
});
export const outcome = ({ sum, count }: HitRecord): 0 | 1 | undefined =>
  count === 1 ? (sum === 1 ? 1 : 0) : undefined;
export const classOf = ({ label, count }: HitRecord): number | undefined => (count === 1 ? label : undefined);

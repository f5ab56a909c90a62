import { UserError } from '../../errors.ts';
import type { Estimator, Metric } from './metric.ts';
import { checkClass, classLabels, classScores, counts, logSoftmax } from './read.ts';

/** A score for every class (for class 1 alone where there are two), and the class, of each position. */
interface AucRecord {
  labels: number[];
  scores: Float64Array;
  /** Scores a position. */
  width: number;
}

/**
 * Area under the ROC curve, as scikit-learn's `roc_auc_score`: of two classes the share of (positive, negative) pairs
 * in the right order, ties counting half; of more, one class against the rest, the mean over the classes
 * (`multi_class='ovr'`, `average='macro'`). A NaN score loses against every score of the other class.
 */
export const auc: Metric<AucRecord> = {
  name: 'auc',
  direction: 'higher',
  labels: 'required',
  record(context, outputs, label) {
    const scores = classScores(context, outputs, classLabels(label, 'auc'), 'auc');
    const { values, kind, classes, classStride, positionStride } = scores;
    if (kind === 'index') throw new UserError('metric auc needs scores, the output is a class');
    const width = classes === 2 ? 1 : classes;
    const labels: number[] = [];
    const kept: number[] = [];
    for (let position = 0; position < scores.labels.length; position++) {
      const expected = scores.labels[position] as number;
      if (!counts(context, expected)) continue;
      checkClass(expected, scores, 'auc');
      labels.push(expected);
      const base = position * positionStride;
      if (kind === 'binary') kept.push(values[base] as number);
      // Logits or probabilities: the difference has the order of the probability of class 1.
      else if (width === 1) kept.push((values[base + classStride] as number) - (values[base] as number));
      else {
        const row = Float64Array.from({ length: classes }, (_, index) => values[base + index * classStride] as number);
        kept.push(...(context.traits.distributions ? row : logSoftmax(row, 0, classes, false)));
      }
    }
    return { labels, scores: Float64Array.from(kept), width };
  },
  ordered: true,
  chance: () => 0.5,
  /** A sample of the rarer side moves the area by at most 1 / such samples; of several classes, their mean. */
  cases(records) {
    const width = records[0]?.width ?? 1;
    const counts = new Array<number>(Math.max(2, width)).fill(0);
    for (const { labels } of records) for (const label of labels) counts[label]!++;
    const all = counts.reduce((sum, count) => sum + count, 0);
    return { whole: width * Math.min(...counts.map((count) => Math.min(count, all - count))) };
  },
  estimator(records): Estimator {
    const width = records[0]?.width ?? 1;
    const positives = width === 1 ? [1] : Array.from({ length: width }, (_, index) => index);
    const curves = positives.map((positive, column) => sortedCurve(records, column, positive));
    return {
      cost: 4 * curves.reduce((sum, curve) => sum + curve.sample.length, 0),
      evaluate(weights) {
        let sum = 0;
        for (const curve of curves) sum += area(curve, weights);
        return sum / curves.length;
      },
    };
  },
};

/** Positions from the highest score to the lowest. */
interface Curve {
  sample: Int32Array;
  positive: Uint8Array;
  /** 1 where the score is lower than that of the position before: a new group of ties. */
  opens: Uint8Array;
}

function sortedCurve(records: readonly AucRecord[], column: number, positive: number): Curve {
  const items: { sample: number; positive: boolean; score: number }[] = [];
  for (const [sample, { labels, scores, width }] of records.entries()) {
    for (const [position, label] of labels.entries()) {
      const score = scores[position * width + column] as number;
      const isPositive = label === positive;
      const worst = isPositive ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      items.push({ sample, positive: isPositive, score: Number.isNaN(score) ? worst : score });
    }
  }
  items.sort((a, b) => (a.score === b.score ? a.sample - b.sample : a.score > b.score ? -1 : 1));
  return {
    sample: Int32Array.from(items, (item) => item.sample),
    positive: Uint8Array.from(items, (item) => Number(item.positive)),
    opens: Uint8Array.from(items, (item, index) => Number(index === 0 || item.score !== items[index - 1]?.score)),
  };
}

/** The share of ordered pairs; NaN where one of the two kinds is missing. */
function area({ sample, positive, opens }: Curve, weights: Uint16Array): number {
  let above = 0;
  let tied = 0;
  let tiedNegatives = 0;
  let negatives = 0;
  let pairs = 0;
  for (let index = 0; index < sample.length; index++) {
    if (opens[index]) {
      pairs += tiedNegatives * (above + tied / 2);
      above += tied;
      negatives += tiedNegatives;
      tied = 0;
      tiedNegatives = 0;
    }
    const weight = weights[sample[index] as number] as number;
    if (positive[index]) tied += weight;
    else tiedNegatives += weight;
  }
  pairs += tiedNegatives * (above + tied / 2);
  return pairs / ((above + tied) * (negatives + tiedNegatives));
}

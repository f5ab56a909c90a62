import { pairedValues } from './errors.ts';
import type { Metric } from './metric.ts';
import type { ValueRecord } from './r2.ts';

/**
 * Spearman's rank correlation over the samples, ties with their average rank; of several columns the mean. NaN where
 * all values or all labels are equal, and where an output is NaN.
 */
export const spearman: Metric<ValueRecord> = {
  name: 'spearman',
  direction: 'higher',
  labels: 'required',
  record(context, outputs, label) {
    const { values, expected } = pairedValues(context, outputs, label, 'spearman');
    return { values: Float64Array.from(values), expected: Float64Array.from(expected) };
  },
  cases: (records) => ({ whole: records.length }),
  ordered: true,
  estimator(records) {
    const columns = records[0]?.values.length ?? 0;
    const orders = Array.from({ length: columns }, (_, column) => [
      ascending(records.map(({ values }) => values[column] as number)),
      ascending(records.map(({ expected }) => expected[column] as number)),
    ]);
    const invalid = records.some(({ values }) => values.some(Number.isNaN));
    const ranks = [new Float64Array(records.length), new Float64Array(records.length)] as const;
    return {
      cost: 12 * columns * records.length,
      evaluate(weights) {
        if (invalid) return Number.NaN;
        let total = 0;
        for (const [own, label] of orders as [Order, Order][]) {
          rank(own, weights, ranks[0]);
          rank(label, weights, ranks[1]);
          total += correlation(ranks[0], ranks[1], weights);
        }
        return total / columns;
      },
    };
  },
};

interface Order {
  samples: Int32Array;
  /** 1 where a value differs from the one before. */
  opens: Uint8Array;
}

function ascending(values: readonly number[]): Order {
  const samples = Int32Array.from(values.keys()).sort((a, b) => (values[a] as number) - (values[b] as number));
  const opens = Uint8Array.from(samples, (sample, index) =>
    Number(index === 0 || values[sample] !== values[samples[index - 1] as number]),
  );
  return { samples, opens };
}

/** Ranks of the weighted samples: a group of ties has the mean of the ranks it spans. */
function rank({ samples, opens }: Order, weights: Uint16Array, ranks: Float64Array): void {
  let before = 0;
  for (let start = 0; start < samples.length; ) {
    let end = start;
    let size = 0;
    do {
      size += weights[samples[end] as number] as number;
      end++;
    } while (end < samples.length && !opens[end]);
    for (let index = start; index < end; index++) ranks[samples[index] as number] = before + (size + 1) / 2;
    before += size;
    start = end;
  }
}

function correlation(x: Float64Array, y: Float64Array, weights: Uint16Array): number {
  let count = 0;
  for (const weight of weights) count += weight;
  // The mean of ranks 1 to n, ties or not.
  const mean = (count + 1) / 2;
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let index = 0; index < x.length; index++) {
    const weight = weights[index] as number;
    if (weight === 0) continue;
    const dx = (x[index] as number) - mean;
    const dy = (y[index] as number) - mean;
    xy += weight * dx * dy;
    xx += weight * dx * dx;
    yy += weight * dy * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : Number.NaN;
}

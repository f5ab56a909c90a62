import { pairedValues } from './errors.ts';
import type { Metric } from './metric.ts';

/** A sample's values and labels, one a column. */
export interface ValueRecord {
  values: Float64Array;
  expected: Float64Array;
}

/**
 * Coefficient of determination, 1 - sum (y - f)^2 / sum (y - mean y)^2, the mean over the columns of the output
 * (scikit-learn's `r2_score`, `multioutput='uniform_average'`). NaN where a column of labels is constant.
 */
export const r2: Metric<ValueRecord> = {
  name: 'r2',
  direction: 'higher',
  labels: 'required',
  record(context, outputs, label) {
    const { values, expected } = pairedValues(context, outputs, label, 'r2');
    return { values: Float64Array.from(values), expected: Float64Array.from(expected) };
  },
  estimator(records) {
    const columns = records[0]?.values.length ?? 0;
    // Labels about their mean: sums of squares of large labels would cancel.
    const means = Float64Array.from({ length: columns }, (_, column) => {
      return records.reduce((sum, { expected }) => sum + (expected[column] as number), 0) / records.length;
    });
    return {
      cost: 6 * columns * records.length,
      evaluate(weights) {
        let total = 0;
        for (let column = 0; column < columns; column++) {
          let count = 0;
          let sum = 0;
          let squares = 0;
          let residuals = 0;
          for (let index = 0; index < records.length; index++) {
            const weight = weights[index] as number;
            if (weight === 0) continue;
            const { values, expected } = records[index] as ValueRecord;
            const label = expected[column] as number;
            const centred = label - (means[column] as number);
            count += weight;
            sum += weight * centred;
            squares += weight * centred * centred;
            residuals += weight * (label - (values[column] as number)) ** 2;
          }
          const spread = squares - (sum * sum) / count;
          total += spread > 0 ? 1 - residuals / spread : Number.NaN;
        }
        return total / columns;
      },
    };
  },
};

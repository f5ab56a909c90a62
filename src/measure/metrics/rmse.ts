import { summedError } from './errors.ts';
import { type Metric, ratioOfSums, type SumRecord } from './metric.ts';

/** Root of the mean squared error over all values of all samples. */
export const rmse: Metric<SumRecord> = {
  name: 'rmse',
  direction: 'lower',
  labels: 'required',
  record: (context, outputs, label) => summedError(context, outputs, label, 'rmse', (difference) => difference ** 2),
  estimator: (records) => ratioOfSums(records, Math.sqrt),
};

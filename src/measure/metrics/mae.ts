import { summedError } from './errors.ts';
import { type Metric, ratioOfSums, type SumRecord } from './metric.ts';

/** Mean absolute error over all values of all samples. */
export const mae: Metric<SumRecord> = {
  name: 'mae',
  direction: 'lower',
  labels: 'required',
  record: (context, outputs, label) => summedError(context, outputs, label, 'mae', Math.abs),
  estimator: (records) => ratioOfSums(records),
};

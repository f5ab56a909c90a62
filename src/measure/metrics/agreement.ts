import { sizeOf, type Tensor } from '../../tensor.ts';
import type { Metric, MetricContext } from './metric.ts';
import { ratioOfSums } from './metric.ts';
import { type ClassScores, classAxis, classScores, outputOf, predictedClass } from './read.ts';
import { type HitRecord, outcome, positions } from './top-k.ts';

/**
 * The share of positions where the variant predicts the class that FP32 predicts; NaN agrees with nothing, nor does a position
 * that only one of the two has (text of another length).
 */
export const agreement: Metric<HitRecord> = {
  name: 'agreement',
  direction: 'higher',
  labels: 'none',
  record(context, outputs, _label, reference) {
    const own = unlabelled(context, outputs, 'agreement');
    const other = unlabelled(context, reference, 'agreement');
    const counts = [own.labels.length, other.labels.length];
    const record = { sum: 0, count: Math.max(...counts), label: Number.NaN };
    for (let position = 0; position < Math.min(...counts); position++) {
      const predicted = predictedClass(context, own, position);
      if (predicted !== -1 && predicted === predictedClass(context, other, position)) record.sum++;
    }
    return record;
  },
  outcome,
  cases: positions,
  discrete: true,
  estimator: (records) => ratioOfSums(records),
};

/** Class scores of an output that comes without labels: its shape says how many positions there are. */
export function unlabelled(
  context: MetricContext,
  outputs: Readonly<Record<string, Tensor>>,
  metric: string,
): ClassScores {
  const { type, dims } = outputOf(context, outputs);
  const size = sizeOf(dims);
  const positions = type.startsWith('float') ? size / (dims[classAxis({ dims }, context.task)] ?? 1) : size;
  return classScores(context, outputs, { length: positions }, metric);
}

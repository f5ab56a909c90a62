import { unlabelled } from './agreement.ts';
import type { MetricContext } from './metric.ts';
import { type Metric, ratioOfSums, type SumRecord } from './metric.ts';
import { type ClassScores, logSoftmax } from './read.ts';

/**
 * Kullback-Leibler divergence KL(FP32 || variant) in nats, the mean over positions; logits go through softmax, one
 * score through the sigmoid. 0 where both give the same distribution.
 */
export const kl: Metric<SumRecord> = {
  name: 'kl',
  direction: 'lower',
  labels: 'none',
  record(context, outputs, _label, reference) {
    const own = unlabelled(context, outputs, 'kl');
    const other = unlabelled(context, reference, 'kl');
    let sum = 0;
    for (let position = 0; position < own.labels.length; position++) {
      const q = logDistribution(context, own, position);
      const p = logDistribution(context, other, position);
      for (let index = 0; index < p.length; index++) {
        const weight = Math.exp(p[index] as number);
        // A class that FP32 rules out adds nothing, whatever the variant says (0 log 0 = 0).
        if (weight !== 0) sum += weight * ((p[index] as number) - (q[index] as number));
      }
    }
    return { sum, count: own.labels.length };
  },
  estimator: (records) => ratioOfSums(records),
};

function logDistribution(context: MetricContext, scores: ClassScores, position: number): Float64Array {
  const { values, kind, classes, classStride, positionStride } = scores;
  const base = position * positionStride;
  if (kind === 'scores') {
    const row = Float64Array.from({ length: classes }, (_, index) => values[base + index * classStride] as number);
    return logSoftmax(row, 0, classes, context.traits.distributions);
  }
  const value = values[position] as number;
  const { min, max } = context.traits;
  return min >= 0 && max <= 1 ? logSoftmax([1 - value, value], 0, 2, true) : logSoftmax([0, value], 0, 2, false);
}

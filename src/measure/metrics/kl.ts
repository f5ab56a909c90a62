import { UserError } from '../../errors.ts';
import { unlabelled } from './agreement.ts';
import type { MetricContext } from './metric.ts';
import { type Metric, ratioOfSums, type SumRecord } from './metric.ts';
import { type ClassScores, leastProbability, logSoftmax } from './read.ts';

/** Of a position that only one of the two has: FP32 is certain of a class that the variant rules out, 16.6 nats. */
const worst = -Math.log(leastProbability);

/**
 * Kullback-Leibler divergence KL(FP32 || variant) in nats, the mean over positions; logits go through softmax, one
 * score through the sigmoid. 0 where both give the same distribution. A position that only one of the two has, or of
 * which they score another number of classes, counts as the worst there is.
 */
export const kl: Metric<SumRecord> = {
  name: 'kl',
  direction: 'lower',
  labels: 'none',
  record(context, outputs, _label, reference) {
    const own = unlabelled(context, outputs, 'kl');
    const other = unlabelled(context, reference, 'kl');
    if (other.kind === 'index') throw new UserError('metric kl needs scores, the output is a class');
    const count = Math.max(own.labels.length, other.labels.length);
    const compared =
      own.kind === other.kind && own.classes === other.classes ? Math.min(own.labels.length, other.labels.length) : 0;
    let sum = (count - compared) * worst;
    for (let position = 0; position < compared; position++) sum += divergence(context, other, own, position);
    return { sum, count };
  },
  estimator: (records) => ratioOfSums(records),
};

function divergence(context: MetricContext, fp32: ClassScores, variant: ClassScores, position: number): number {
  const p = distribution(context, fp32, position);
  const q = distribution(context, variant, position);
  let sum = 0;
  for (const [index, weight] of p.probabilities.entries()) {
    // A class that FP32 rules out adds nothing, whatever the variant says (0 log 0 = 0).
    if (weight !== 0) sum += weight * ((p.logarithms[index] as number) - (q.logarithms[index] as number));
  }
  return sum;
}

interface Distribution {
  probabilities: Float64Array;
  /** Of the probabilities, none below `leastProbability` where the model itself gives probabilities. */
  logarithms: Float64Array;
}

function distribution(context: MetricContext, scores: ClassScores, position: number): Distribution {
  const { values, kind, classes, classStride, positionStride } = scores;
  const { distributions, min, max } = context.traits;
  if (kind === 'scores') {
    const start = position * positionStride;
    return ofRow(
      Float64Array.from({ length: classes }, (_, index) => values[start + index * classStride] as number),
      distributions,
    );
  }
  const value = values[position] as number;
  return min >= 0 && max <= 1
    ? ofRow(Float64Array.of(1 - value, value), true)
    : ofRow(Float64Array.of(0, value), false);
}

function ofRow(row: Float64Array, probabilities: boolean): Distribution {
  const logarithms = logSoftmax(row, 0, row.length, probabilities);
  return { probabilities: probabilities ? row : logarithms.map(Math.exp), logarithms };
}

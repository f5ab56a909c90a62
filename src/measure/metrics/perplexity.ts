import { UserError } from '../../errors.ts';
import { type Metric, ratioOfSums, type SumRecord } from './metric.ts';
import { checkClass, classLabels, classScores, counts, logSoftmax } from './read.ts';

/**
 * Perplexity, e to the mean negative log-likelihood of the labelled tokens over all samples. The label at a position is
 * the token that the output there has to predict (already shifted by one); -100 does not count.
 */
export const perplexity: Metric<SumRecord> = {
  name: 'perplexity',
  direction: 'lower',
  labels: 'required',
  record(context, outputs, label) {
    const scores = classScores(context, outputs, classLabels(label, 'perplexity'), 'perplexity');
    const { values, labels, kind, classes, classStride, positionStride } = scores;
    if (kind !== 'scores' || classStride !== 1) {
      throw new UserError('metric perplexity needs scores of the tokens along the last axis');
    }
    const record = { sum: 0, count: 0 };
    for (let position = 0; position < labels.length; position++) {
      const token = labels[position] as number;
      if (!counts(context, token)) continue;
      checkClass(token, scores, 'perplexity');
      record.sum -= logSoftmax(values, position * positionStride, classes, context.traits.distributions)[
        token
      ] as number;
      record.count++;
    }
    return record;
  },
  estimator: (records) => ratioOfSums(records, Math.exp),
};

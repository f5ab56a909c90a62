import type { Label } from '../../data/dataset.ts';
import { UserError } from '../../errors.ts';
import { type Metric, ratioOfSums, type SumRecord } from './metric.ts';
import { layoutOf, numbers, outputOf, valueLabels } from './read.ts';

/**
 * Cosine similarity, the mean over the samples: with the label where it is a vector as long as the output, else with
 * FP32's output. Two zero vectors are alike; a NaN, and an output of another shape than FP32's, is as unlike as can be
 * (-1).
 */
export const cosine: Metric<SumRecord> = {
  name: 'cosine',
  direction: 'higher',
  labels: 'optional',
  readsLabel: ({ traits }, label) => vectorLabel(label, traits.elements) !== undefined,
  record(context, outputs, label, reference) {
    const [tensor, fp32] = [outputOf(context, outputs), outputOf(context, reference)];
    if (layoutOf(tensor).join() !== layoutOf(fp32).join()) return { sum: -1, count: 1 };
    const values = numbers(tensor);
    if (values.length === 1) {
      throw new UserError('metric cosine tells of an output of one value only its sign; use sqnr, mae or rmse');
    }
    const expected = vectorLabel(label, values.length) ?? numbers(fp32);
    let dot = 0;
    let own = 0;
    let other = 0;
    for (let index = 0; index < values.length; index++) {
      const a = values[index] as number;
      const b = expected[index] as number;
      dot += a * b;
      own += a * a;
      other += b * b;
    }
    const similarity = own === 0 && other === 0 ? 1 : own === 0 || other === 0 ? 0 : dot / Math.sqrt(own * other);
    return { sum: Number.isNaN(similarity) ? -1 : similarity, count: 1 };
  },
  estimator: (records) => ratioOfSums(records),
};

function vectorLabel(label: Label | undefined, length: number): ArrayLike<number> | undefined {
  if (label?.kind !== 'values' && label?.kind !== 'tensor') return undefined;
  const values = valueLabels(label, 'cosine');
  return values.length === length && length > 1 ? values : undefined;
}

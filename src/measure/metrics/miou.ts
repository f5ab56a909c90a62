import { UserError } from '../../errors.ts';
import { countClasses, type Metric } from './metric.ts';
import { checkClass, classLabels, classScores, counts, predictedClass } from './read.ts';

/** Triples of class, pixels in both, pixels in either. */
interface MaskRecord {
  classes: Float64Array;
}

/**
 * Mean intersection over union: of every class over all images together, the mean over the classes that are labelled
 * or predicted (torchmetrics' `JaccardIndex`, scikit-learn's `jaccard_score`, macro). Pixels labelled 255 or -100 do
 * not count.
 */
export const miou: Metric<MaskRecord> = {
  name: 'miou',
  direction: 'higher',
  labels: 'required',
  record(context, outputs, label) {
    const labels = classLabels(label, 'miou');
    if (labels.length < 2) throw new UserError('metric miou needs masks as labels');
    const scores = classScores(context, outputs, labels, 'miou');
    const both = new Map<number, number>();
    const either = new Map<number, number>();
    const add = (map: Map<number, number>, index: number) => map.set(index, (map.get(index) ?? 0) + 1);
    for (let pixel = 0; pixel < labels.length; pixel++) {
      const expected = labels[pixel] as number;
      if (!counts(context, expected)) continue;
      checkClass(expected, scores, 'miou');
      const predicted = predictedClass(context, scores, pixel);
      add(either, expected);
      if (predicted === expected) add(both, expected);
      else if (predicted >= 0) add(either, predicted);
    }
    return {
      classes: Float64Array.from([...either].flatMap(([index, count]) => [index, both.get(index) ?? 0, count])),
    };
  },
  classCounts: (records) =>
    countClasses(
      classesOf(records),
      records.map(({ classes }) => classes.filter((_, index) => index % 3 === 0)),
    ),
  cases(records) {
    return { whole: records.length, classes: this.classCounts!(records) };
  },
  estimator(records) {
    const size = classesOf(records);
    return {
      cost: records.reduce((sum, { classes }) => sum + classes.length, 3 * size),
      evaluate(weights, values) {
        const both = new Float64Array(size);
        const either = new Float64Array(size);
        for (let index = 0; index < records.length; index++) {
          const weight = weights[index] as number;
          if (weight === 0) continue;
          const { classes } = records[index] as MaskRecord;
          for (let at = 0; at < classes.length; at += 3) {
            const item = classes[at] as number;
            both[item] = (both[item] as number) + weight * (classes[at + 1] as number);
            either[item] = (either[item] as number) + weight * (classes[at + 2] as number);
          }
        }
        let sum = 0;
        let present = 0;
        for (let item = 0; item < size; item++) {
          const value = (both[item] as number) / (either[item] as number);
          if (values) values[item] = value;
          if (Number.isNaN(value)) continue;
          sum += value;
          present++;
        }
        return sum / present;
      },
    };
  },
};

function classesOf(records: readonly MaskRecord[]): number {
  let most = -1;
  for (const { classes } of records)
    for (let at = 0; at < classes.length; at += 3) most = Math.max(most, classes[at] as number);
  return most + 1;
}

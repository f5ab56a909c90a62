import { countClasses, type Estimator, type Metric } from './metric.ts';
import { checkClass, classLabels, classScores, counts, predictedClass } from './read.ts';

interface F1Record {
  /** Pairs of label and prediction, flattened; a NaN prediction is -1. */
  pairs: Int32Array;
  /** Of the output; infinite where it is a class index. */
  classes: number;
}

/**
 * F1, as scikit-learn's `f1_score`: of class 1 where there are two classes (where the output is a class index: where
 * neither a label nor FP32 says another), otherwise the mean over the classes that are labelled or predicted. A class
 * without a true positive has 0.
 */
export const f1: Metric<F1Record> = {
  name: 'f1',
  direction: 'higher',
  labels: 'required',
  record(context, outputs, label) {
    const scores = classScores(context, outputs, classLabels(label, 'f1'), 'f1');
    const pairs: number[] = [];
    for (let position = 0; position < scores.labels.length; position++) {
      const expected = scores.labels[position] as number;
      if (!counts(context, expected)) continue;
      checkClass(expected, scores, 'f1');
      pairs.push(expected, predictedClass(context, scores, position));
    }
    return { pairs: Int32Array.from(pairs), classes: scores.classes };
  },
  classCounts: (records) =>
    countClasses(
      classesOf(records),
      records.map(({ pairs }) => pairs.filter((_, index) => index % 2 === 0)),
    ),
  /** F1 = 2 right / (labelled + predicted): a flip to or from a class moves its F1 by about 1 / (2 labelled). */
  cases(records) {
    const labelled = new Array<number>(classesOf(records)).fill(0);
    for (const { pairs } of records) for (let at = 0; at < pairs.length; at += 2) labelled[pairs[at]!]!++;
    const classes = labelled.map((count) => 2 * count);
    return { whole: classes.length === 2 ? classes[1]! : labelled.reduce((sum, count) => sum + count, 0), classes };
  },
  discrete: true,
  estimator(records, fp32 = records): Estimator {
    // A class index says nothing of how many there are: a variant with one prediction more would be scored in another way.
    const binary = classesOf(fp32) === 2;
    const size = binary ? 2 : classesOf(records);
    const cells = records.map(({ pairs }) => pairs);
    return {
      cost: cells.reduce((sum, pairs) => sum + pairs.length, 0) + 4 * size,
      evaluate(weights, classes) {
        const right = new Float64Array(size);
        const labelled = new Float64Array(size);
        const predicted = new Float64Array(size);
        for (let index = 0; index < cells.length; index++) {
          const weight = weights[index] as number;
          const pairs = cells[index] as Int32Array;
          if (weight === 0) continue;
          for (let at = 0; at < pairs.length; at += 2) {
            const label = pairs[at] as number;
            const guess = pairs[at + 1] as number;
            labelled[label] = (labelled[label] as number) + weight;
            if (guess >= 0 && guess < size) predicted[guess] = (predicted[guess] as number) + weight;
            if (guess === label) right[label] = (right[label] as number) + weight;
          }
        }
        let sum = 0;
        let present = 0;
        const score = (index: number): number =>
          (2 * (right[index] as number)) / ((labelled[index] as number) + (predicted[index] as number));
        for (let index = 0; index < size; index++) {
          const value = score(index);
          if (classes) classes[index] = value;
          if (Number.isNaN(value)) continue;
          sum += value;
          present++;
        }
        // scikit-learn's zero_division: 0 where class 1 is neither labelled nor predicted.
        if (binary) return Number.isNaN(score(1)) ? 0 : score(1);
        return sum / present;
      },
    };
  },
};

function classesOf(records: readonly F1Record[]): number {
  let most = 0;
  for (const { pairs, classes } of records) {
    if (Number.isFinite(classes)) return classes;
    for (const index of pairs) most = Math.max(most, index + 1);
  }
  return Math.max(2, most);
}

import type { Label } from '../../data/dataset.ts';
import type { Preprocess, Task } from '../../policy/schema.ts';
import type { Tensor } from '../../tensor.ts';
import type { Weights } from '../accuracy/bootstrap.ts';

/** What a model gave for one sample, by the outputs' names; each with 1 along the batch axis. */
export type Outputs = Readonly<Record<string, Tensor>>;

/** What all metrics of a model share: the policy's words and what FP32's outputs look like. */
export interface MetricContext {
  task: Task;
  /** The output that the metric reads. */
  output: string;
  /** Whether the policy names `output`; where not, a fidelity metric looks at every output. */
  outputNamed: boolean;
  /** Pixels that psnr leaves out on each side. */
  border: number;
  /** Class names, by index. */
  classes?: readonly string[];
  traits: OutputTraits;
  detection?: DetectionContext;
}

/** Found from FP32's outputs once and used for every variant, so that one value is never read in two ways. */
export interface OutputTraits {
  /** Values of `output` in the first sample. */
  elements: number;
  min: number;
  max: number;
  /** The scores of the classes are a probability distribution at every position: not negative, sum 1. */
  distributions: boolean;
}

export interface DetectionContext {
  /** Names of the outputs in the policy's `decoder`. */
  boxes?: string;
  scores?: string;
  classes?: string;
  preprocess?: Pick<Preprocess, 'resize' | 'crop' | 'letterbox'>;
}

/** Computes a metric from records in which each sample counts as often as its weight says. */
export interface Estimator {
  /** Roughly the operations of one call. */
  readonly cost: number;
  /** @param classes where present, the same metric of every class is written here; NaN where a class has no value */
  evaluate(weights: Weights, classes?: Float64Array): number;
}

/**
 * One metric: how a sample becomes a small record, and records a value.
 *
 * A pass over the outputs keeps the records alone, so memory does not grow with the size of the outputs, and paired
 * methods work on records: a resample counts some samples twice and leaves others out.
 */
export interface Metric<Record = unknown> {
  readonly name: string;
  /** Which way is better. */
  readonly direction: 'higher' | 'lower';
  /** `none`: compares with FP32's outputs alone. `optional`: with labels where the samples have them. */
  readonly labels: 'required' | 'optional' | 'none';
  /** Of an optional label: whether the metric looks at it, and not at FP32's outputs. */
  readsLabel?(context: MetricContext, label: Label | undefined): boolean;
  /**
   * @param label present unless `labels` is not `required`
   * @param reference FP32's outputs for the same sample; the same object as `outputs` where FP32 itself is scored
   */
  record(context: MetricContext, outputs: Outputs, label: Label | undefined, reference: Outputs): Record;
  /** 1 or 0, where a sample is one or the other (right or wrong); where all are, the exact paired methods apply. */
  outcome?(record: Record): 0 | 1 | undefined;
  /**
   * Where the metric changes in steps alone (a prediction flips, two samples change their order): how many cases it is a
   * share of. Samples that show no step do not prove that there is none.
   */
  cases?(fp32: readonly Record[]): Cases;
  /** A case is right or wrong by itself: samples that show few flips do not prove that there are no others. */
  readonly discrete?: true;
  /** Jumps where the order of scores changes; its intervals come from half-samples. */
  readonly rough?: true;
  /** Depends on the order of scores; see `Statistic.ordered`. */
  readonly ordered?: true;
  /** The class a sample belongs to, for `outcome` by class. */
  classOf?(record: Record): number | undefined;
  /** What an answer that knows nothing of its input comes to, at best; undefined where that is not known. */
  chance?(records: readonly Record[]): number | undefined;
  /** In how many samples each class is labelled, where `evaluate` can fill classes. */
  classCounts?(records: readonly Record[]): number[];
  /** @param fp32 FP32's records of the same samples, where `records` are a variant's: what they decide is decided for both */
  estimator(records: readonly Record[], fp32?: readonly Record[]): Estimator;
}

/** A case that turns from right to wrong moves the metric by 1 over this. */
export interface Cases {
  whole: number;
  /** Of each class, where `evaluate` can fill classes. */
  classes?: readonly number[];
}

/** How many of the samples have each of `size` classes. */
export function countClasses(size: number, samples: Iterable<Iterable<number>>): number[] {
  const counts = new Array<number>(size).fill(0);
  for (const classes of samples) {
    for (const index of new Set(classes)) if (index >= 0 && index < size) counts[index] = (counts[index] as number) + 1;
  }
  return counts;
}

/** A numerator and a denominator summed over the samples: the form of every metric that is an average. */
export interface SumRecord {
  sum: number;
  count: number;
}

/** The estimator of `finish(sum of sums / sum of counts)`. */
export function ratioOfSums(
  records: readonly SumRecord[],
  finish: (ratio: number) => number = (ratio) => ratio,
): Estimator {
  const sums = Float64Array.from(records, ({ sum }) => sum);
  const counts = Float64Array.from(records, ({ count }) => count);
  return {
    cost: 3 * records.length,
    evaluate(weights) {
      let numerator = 0;
      let denominator = 0;
      for (let index = 0; index < sums.length; index++) {
        const weight = weights[index] as number;
        // 0 * Infinity is NaN: a sample that is not drawn has no say.
        if (weight === 0) continue;
        numerator += weight * (sums[index] as number);
        denominator += weight * (counts[index] as number);
      }
      return finish(numerator / denominator);
    },
  };
}

import type { Label } from '../../data/dataset.ts';
import { UserError } from '../../errors.ts';
import { halfToNumber } from '../../numbers.ts';
import type { Task } from '../../policy/schema.ts';
import { sizeOf, type Tensor } from '../../tensor.ts';
import { counted } from '../../words.ts';
import type { MetricContext, Outputs, OutputTraits } from './metric.ts';

/** A tensor's values as numbers; float32, float64 and small integers without a copy. */
export function numbers(tensor: Tensor): ArrayLike<number> {
  const { type, data } = tensor;
  if (type === 'string' || Array.isArray(data)) throw new UserError('an output of strings cannot be scored');
  if (type === 'float16') return Float64Array.from(data as Uint16Array, halfToNumber);
  if (type === 'int64' || type === 'uint64') return Float64Array.from(data as BigInt64Array, Number);
  return data as Float32Array;
}

/** How values lie in a tensor; axes of one number do not move them: [1, 1, height, width] is as [height, width, 1]. */
export const layoutOf = ({ dims }: Tensor): number[] => dims.filter((dim) => dim !== 1);

/** The output that the metric reads. */
export function outputOf(context: MetricContext, outputs: Outputs): Tensor {
  const tensor = outputs[context.output];
  if (!tensor) {
    throw new UserError(
      `output: the model has no output "${context.output}"; it has ${Object.keys(outputs)
        .map((name) => `"${name}"`)
        .join(', ')}`,
    );
  }
  return tensor;
}

/** Index of the largest of `count` values from `start`, the lowest of equals; -1 where one of them is NaN. */
function argmax(values: ArrayLike<number>, start: number, count: number, stride = 1): number {
  let best = 0;
  let largest = values[start] as number;
  if (Number.isNaN(largest)) return -1;
  for (let index = 1; index < count; index++) {
    const value = values[start + index * stride] as number;
    if (Number.isNaN(value)) return -1;
    if (value > largest) {
      best = index;
      largest = value;
    }
  }
  return best;
}

/** `out[i] = log(softmax(values)[i])` over `count` values from `start`; distributions are only logged. */
export function logSoftmax(
  values: ArrayLike<number>,
  start: number,
  count: number,
  distribution: boolean,
): Float64Array {
  const out = new Float64Array(count);
  if (distribution) {
    // A quantized probability may be 0; the smallest that float32 softmax resolves keeps the logarithm finite.
    for (let index = 0; index < count; index++)
      out[index] = Math.log(Math.max(values[start + index] as number, leastProbability));
    return out;
  }
  let largest = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < count; index++) largest = Math.max(largest, values[start + index] as number);
  let sum = 0;
  for (let index = 0; index < count; index++) sum += Math.exp((values[start + index] as number) - largest);
  const shift = largest + Math.log(sum);
  for (let index = 0; index < count; index++) out[index] = (values[start + index] as number) - shift;
  return out;
}

/** The least that counts as a probability: half of a float32's resolution at 1. */
export const leastProbability = 2 ** -24;

/** The class or classes of a sample: one for the whole sample, or one for each position of a sequence. */
export function classLabels(label: Label | undefined, metric: string): ArrayLike<number> {
  switch (label?.kind) {
    case 'class':
      return [label.index];
    case 'values':
      return label.values;
    case 'tensor':
      return numbers(label.tensor);
    case 'boxes':
      throw new UserError(`metric ${metric} needs a class as label, the data has boxes`);
    default:
      throw new UserError(`metric ${metric} needs labels`);
  }
}

/** The numbers that a regression output is compared with. */
export function valueLabels(label: Label | undefined, metric: string): ArrayLike<number> {
  if (label?.kind === 'boxes') throw new UserError(`metric ${metric} needs numbers as label, the data has boxes`);
  return classLabels(label, metric);
}

/**
 * How classes are read from an output.
 * - several values a label: scores of the classes, along the last axis ([1, classes], [1, positions, classes]) or that
 *   of a picture's channels ([1, classes, 1, 1], in segmentation [1, classes, height, width]);
 * - one whole number a label: the class itself, where the model ends in ArgMax;
 * - one float a label: a binary score. More than 0.5 is class 1 where FP32's values lie in [0, 1], else (logits) more
 *   than 0.
 */
export interface ClassScores {
  values: ArrayLike<number>;
  labels: ArrayLike<number>;
  kind: 'scores' | 'index' | 'binary';
  /** 2 for a binary score; of an index as many as are needed. */
  classes: number;
  /** Distance between the scores of two classes, and between two positions. */
  classStride: number;
  positionStride: number;
}

export function classScores(
  context: MetricContext,
  outputs: Outputs,
  labels: ArrayLike<number>,
  metric: string,
): ClassScores {
  const tensor = outputOf(context, outputs);
  const { type, dims } = tensor;
  const values = numbers(tensor);
  const classes = values.length / labels.length;
  if (classes === 1) {
    const kind = type.startsWith('float') ? 'binary' : 'index';
    const most = kind === 'index' ? Number.POSITIVE_INFINITY : 2;
    return { values, labels, kind, classes: most, classStride: 1, positionStride: 1 };
  }
  if (context.task === 'segmentation' && dims.length >= 3 && dims[1] === classes) {
    return { values, labels, kind: 'scores', classes, classStride: labels.length, positionStride: 1 };
  }
  if (dims[classAxis(tensor, context.task)] === classes || dims.at(-1) === classes) {
    return { values, labels, kind: 'scores', classes, classStride: 1, positionStride: classes };
  }
  throw new UserError(
    `metric ${metric}: output "${context.output}" is [${dims}] for ${counted(labels.length, 'label')} ` +
      'of a sample; expected the classes along the last axis, or one value for each label',
  );
}

/** The score from which on a binary output says class 1. */
export function threshold({ traits: { min, max } }: MetricContext): number {
  return min >= 0 && max <= 1 ? 0.5 : 0;
}

/** The class that is predicted at a position; -1 where the output is NaN. Ties go to the lowest index. */
export function predictedClass(context: MetricContext, scores: ClassScores, position: number): number {
  const { values, kind, classes, classStride, positionStride } = scores;
  if (kind === 'scores') return argmax(values, position * positionStride, classes, classStride);
  const value = values[position] as number;
  if (kind === 'index' || Number.isNaN(value)) return Number.isNaN(value) ? -1 : value;
  return value > threshold(context) ? 1 : 0;
}

/** Whether a position counts: -100 is left out as in PyTorch, in masks 255 too (Pascal VOC, Cityscapes). */
export function counts(context: MetricContext, label: number): boolean {
  return label !== -100 && !(context.task === 'segmentation' && label === 255);
}

/** @throws UserError where a label is not a class that the output can score: a mistake in the data */
export function checkClass(label: number, { classes }: ClassScores, metric: string): void {
  if (Number.isInteger(label) && label >= 0 && label < classes) return;
  const known = Number.isFinite(classes) ? `; the output has ${classes} classes, 0 to ${classes - 1}` : '';
  throw new UserError(`metric ${metric}: label ${label} is not a class${known}`);
}

/** The axis of the classes: the last, or 1 of a picture, which pooling may have left one pixel of ([1, classes, 1, 1]). */
export function classAxis({ dims }: Pick<Tensor, 'dims'>, task: Task): number {
  const isPicture = dims.length >= 4 && (task === 'segmentation' || dims.slice(2).every((dim) => dim === 1));
  return isPicture ? 1 : dims.length - 1;
}

/** The axes along which `classScores` may find the classes of an output. */
function classAxes(tensor: Tensor, task: Task): number[] {
  const last = tensor.dims.length - 1;
  return task === 'segmentation' && last >= 2 ? [1, last] : [classAxis(tensor, task)];
}

/** What FP32's outputs look like. */
export function outputTraits(outputs: Iterable<Tensor>, task: Task): OutputTraits {
  const traits: OutputTraits = {
    elements: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    distributions: true,
  };
  let first = true;
  for (const tensor of outputs) {
    const values = numbers(tensor);
    if (first) traits.elements = values.length;
    first = false;
    for (let index = 0; index < values.length; index++) {
      const value = values[index] as number;
      if (value < traits.min) traits.min = value;
      if (value > traits.max) traits.max = value;
    }
    if (traits.min < 0 || !classAxes(tensor, task).some((axis) => sumsToOne(values, tensor.dims, axis))) {
      traits.distributions = false;
    }
  }
  return traits;
}

/** Whether the values along an axis add up to 1 everywhere. */
function sumsToOne(values: ArrayLike<number>, dims: readonly number[], axis: number): boolean {
  const classes = dims[axis] ?? 1;
  if (classes < 2) return false;
  const stride = sizeOf(dims.slice(axis + 1));
  for (let start = 0; start < values.length; start += classes * stride) {
    for (let position = start; position < start + stride; position++) {
      let sum = 0;
      for (let index = 0; index < classes; index++) sum += values[position + index * stride] as number;
      if (Math.abs(sum - 1) > 1e-3) return false;
    }
  }
  return true;
}

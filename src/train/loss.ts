import type { Value } from '../onnx/value.ts';
import { sizeOf } from '../tensor.ts';
import { leastEnergy } from './distance.ts';
import type { Emitter } from './emitter.ts';

/** What a training step minimizes, as a function of the outputs and of targets of the same shapes. */
export type Loss =
  /** Mean of squared differences over the mean square of the targets, so that losses of blocks compare. */
  | { kind: 'mse' }
  /**
   * KL divergence from the softmax of the target, over the axis of the classes, times T^2 (Hinton, Vinyals and Dean
   * 2015). Labels as one-hot rows add their cross-entropy with this weight.
   */
  | { kind: 'kl'; axis: number; temperature: number; labels?: number };

/** In the place of minus infinity, which a class that is masked out has: no probability times that is no loss. */
const leastLogarithm = -1e30;

/** Adds the loss of one output and its gradient with respect to that output. */
export function emitLoss(
  e: Emitter,
  loss: Loss,
  output: Value,
  target: Value,
  labels: Value | undefined,
): { value: Value; gradient: Value } {
  const shape = e.shape(output);
  const all = shape.map((_, axis) => axis);
  if (loss.kind === 'mse') {
    const difference = e.sub(output, target);
    const square = e.reshape(e.mean(e.mul(target, target), all), []);
    const energy = e.op('Max', [square, e.float(leastEnergy)], []);
    const count = sizeOf(shape);
    return {
      value: e.div(e.reshape(e.mean(e.mul(difference, difference), all), []), energy),
      gradient: e.div(e.scale(difference, 2 / count), energy),
    };
  }
  const { temperature, axis } = loss;
  const rows = sizeOf(shape) / (shape[axis] as number);
  const soften = (value: Value, op: string, by: number) => e.op(op, [e.scale(value, 1 / by)], shape, { axis });
  const q = soften(target, 'Softmax', temperature);
  const logarithm = (value: Value, by: number) =>
    e.op('Max', [soften(value, 'LogSoftmax', by), e.float(leastLogarithm)], shape);
  const gap = e.sub(logarithm(target, temperature), logarithm(output, temperature));
  let value = e.reshape(e.scale(e.sum(e.mul(q, gap), all), (temperature * temperature) / rows), []);
  let gradient = e.scale(e.sub(soften(output, 'Softmax', temperature), q), temperature / rows);
  if (labels && loss.labels) {
    const crossEntropy = e.neg(e.sum(e.mul(labels, logarithm(output, 1)), all));
    value = e.add(value, e.reshape(e.scale(crossEntropy, loss.labels / rows), []));
    // What has no label, a row of zeros, is pulled nowhere.
    const wanted = e.mul(soften(output, 'Softmax', 1), e.sum(labels, [axis]));
    gradient = e.add(gradient, e.scale(e.sub(wanted, labels), loss.labels / rows));
  }
  return { value, gradient };
}

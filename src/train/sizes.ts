import type { BatchAxes } from '../data/batch.ts';
import type { OnnxModel } from '../onnx/model.ts';
import type { Shape } from './emitter.ts';

/** ScatterND and ScatterElements add up from opset 16 on. */
export const trainingOpset = 18;
/** Steps of a block and of the end-to-end training, if the budget holds them. */
export const usualSteps = { part: 200, whole: 300 };
/** Steps that are taken in one run on a device that has memory of its own. */
export const deviceSteps = 16;
/** Bytes of data, targets and labels that one run is fed. */
export const loopBytes = 64 * 2 ** 20;
/** Bytes that the tensors of one forward pass may take. */
export const stepBytes = 0.75 * 2 ** 30;

/** Before memory is looked at. @param samples of calibration data */
export function largestBatch(samples: number): number {
  return Math.max(1, Math.min(16, Math.floor(samples / 8)));
}

/** The number that the model fixes its batch to; undefined where any goes. */
export function fixedBatch(model: OnnxModel, axes: BatchAxes): number | undefined {
  for (const { name, dims } of model.graph.infos('inputs')) {
    const axis = axes[name];
    const dim = axis === undefined ? undefined : dims[axis];
    if (typeof dim === 'number') return dim;
  }
  return Object.values(axes).every((axis) => axis === undefined) ? 1 : undefined;
}

/** Bytes of all values of a graph as 32-bit numbers. */
export function valueBytes(shapes: ReadonlyMap<string, Shape>): number {
  let sum = 0;
  for (const shape of shapes.values()) sum += 4 * shape.reduce((product, dim) => product * dim, 1);
  return sum;
}

/** About what a training step takes in memory: what backward needs of forward, gradients, and what ONNX Runtime keeps. */
export function stepMemory(forwardBytes: number): number {
  return 3 * forwardBytes;
}

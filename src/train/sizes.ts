import type { BatchAxes } from '../data/batch.ts';
import type { OnnxModel } from '../onnx/model.ts';
import { sizeOf } from '../tensor.ts';
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
  for (const shape of shapes.values()) sum += 4 * sizeOf(shape);
  return sum;
}

/** Bytes that outputs and activations between blocks, of all batches, may take in memory; more go to disk. */
export const cacheBytes = 512 * 2 ** 20;
/** Node with ONNX Runtime and its code. */
const processBytes = 150 * 2 ** 20;
/** Forward values are there once more as gradients, and as what ONNX Runtime keeps. */
const copiesOfValues = 3;
/** Of each weight: at the start, float, now, before its block, best, two moments, gradient, and as it is fed. */
const copiesOfWeights = 9;
/** A block has what goes in and comes out, of FP32 and of the student. */
const cachesOfBlock = 4;

/**
 * About what the process takes that trains.
 *
 * @param forward bytes of the values of a step
 * @param weights numbers that are trained
 * @param outputs bytes of a batch of outputs, @param cut of the widest value between blocks; @param batches of data
 */
export function trainingMemory({
  forward,
  weights,
  outputs,
  cut,
  batches,
}: {
  forward: number;
  weights: number;
  outputs: number;
  cut: number;
  batches: number;
}): number {
  const cached = Math.min(cacheBytes, batches * (outputs + cachesOfBlock * cut));
  return processBytes + copiesOfValues * forward + copiesOfWeights * 4 * weights + cached;
}

/** Bytes of some values as 32-bit numbers. */
export function bytesAt(shapes: ReadonlyMap<string, Shape>, names: readonly string[]): number {
  return names.reduce((sum, name) => sum + 4 * sizeOf(shapes.get(name) ?? []), 0);
}

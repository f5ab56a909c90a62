import { constantValue } from '../../onnx/constants.ts';
import type { Node } from '../../onnx/node.ts';
import { sizeOf } from '../../tensor.ts';

/** How the weight of a layer is laid out: which channel each of its elements writes and which it reads. */
export interface WeightShape {
  outputs: number;
  inputs: number;
  groups: number;
  outputOf(index: number): number;
  inputOf(index: number): number;
}

/** The layout of a layer's constant weight; undefined where it has none, or its channels are not on axis 1. */
export function weightShape(node: Node): WeightShape | undefined {
  const weight = constantValue(node.input(1));
  if (!(weight?.data instanceof Float32Array) || weight.dims.length < 2) return undefined;
  const [first, second] = weight.dims as [number, number];
  const kernel = sizeOf(weight.dims.slice(2));
  const groups = node.attrInt('group', 1);
  if (node.is('Conv')) {
    const outputsPerGroup = first / groups;
    return {
      outputs: first,
      inputs: second * groups,
      groups,
      outputOf: (index) => Math.floor(index / (second * kernel)),
      inputOf: (index) =>
        Math.floor(Math.floor(index / (second * kernel)) / outputsPerGroup) * second +
        (Math.floor(index / kernel) % second),
    };
  }
  if (node.is('ConvTranspose')) {
    const inputsPerGroup = first / groups;
    return {
      outputs: second * groups,
      inputs: first,
      groups,
      outputOf: (index) =>
        Math.floor(Math.floor(index / (second * kernel)) / inputsPerGroup) * second +
        (Math.floor(index / kernel) % second),
      inputOf: (index) => Math.floor(index / (second * kernel)),
    };
  }
  if (!node.is('Gemm') || node.attrInt('transA', 0) === 1) return undefined;
  const [byRow, byColumn] = [(index: number) => Math.floor(index / second), (index: number) => index % second];
  return node.attrInt('transB', 0) === 1
    ? { outputs: first, inputs: second, groups: 1, outputOf: byRow, inputOf: byColumn }
    : { outputs: second, inputs: first, groups: 1, outputOf: byColumn, inputOf: byRow };
}

/** Larger weights are not worth a second copy in memory. */
const mostWeights = 2 ** 24;

/** Whether the weight, and for its outputs the bias, is the layer's own, so that it can be changed for it. */
export function isScalable(node: Node, side: 'input' | 'output'): boolean {
  const { outputs, inputs, groups } = weightShape(node)!;
  if (node.input(1)!.uses.length !== 1 || (outputs * inputs) / groups > mostWeights) return false;
  const bias = node.input(2);
  if (side === 'input' || !bias) return true;
  const constant = constantValue(bias);
  return constant?.data instanceof Float32Array && constant.data.length === outputs;
}

/** Multiplies the elements of a constant that a node reads; a constant that others read as well is left to them. */
export function multiplyConstant(node: Node, index: number, factor: (element: number) => number): void {
  const old = node.input(index)!;
  const { data, dims } = constantValue(old)!;
  const tensor = { type: 'float32', dims, data: (data as Float32Array).map((x, i) => x * factor(i)) } as const;
  if (old.initializer && old.uses.length === 1 && !old.isGraphOutput) node.graph.setInitializer(old, tensor);
  else node.setInput(index, node.graph.addInitializer(old.name, tensor));
}

import type { Tensor } from '../../tensor.ts';
import { constantProto, constantValue } from '../constants.ts';
import type { Node } from '../node.ts';
import type { Value } from '../value.ts';
import { weightLayout } from '../weight-layout.ts';

type Floats = Float32Array | Float64Array;
export type FloatTensor = Tensor & { data: Floats };

/** Numbers of float32 or float64, the types in which weights are folded. */
export function floatConstant(value: Value | undefined): FloatTensor | undefined {
  const tensor = constantValue(value);
  if (tensor?.type !== 'float32' && tensor?.type !== 'float64') return undefined;
  return tensor as FloatTensor;
}

/** Rank of what leaves it where that is known; the bias of a MatMul may have more dimensions than the product. */
export function outputRank({ node, add, weight, bias }: LinearNode): number | undefined {
  if (node.is('Conv', 'ConvTranspose', 'Gemm')) return weight.dims.length;
  const rank = (node.output().staticInfo.dims ?? node.input(0)?.staticInfo.dims)?.length;
  return rank !== undefined && add && bias ? Math.max(rank, bias.dims.length) : rank;
}

/** A node whose output channels are each a weighted sum plus a bias: what can take a per-channel factor and shift. */
export interface LinearNode {
  node: Node;
  /** The node that adds a MatMul's bias. */
  add?: Node;
  weight: FloatTensor;
  bias: FloatTensor | undefined;
  channels: number;
  /** The output channel of the weight's element `i`. */
  channelOf: (i: number) => number;
  /** What leaves it: the output of `add`, or else of `node`. */
  output: Value;
  /** The axis of the output that counts the channels. */
  axis: 'second' | 'last';
}

/**
 * Reads the linear node that produces `value`: Conv, ConvTranspose, Gemm, MatMul, or MatMul + Add with constant weights.
 * Undefined where it is none, or where its result before `value` is seen by anything else.
 */
export function linearProducer(value: Value): LinearNode | undefined {
  const node = value.producer;
  if (!node) return undefined;
  if (node.is('Add')) return matMulWithBias(node);
  if (node.is('MatMul')) return matMul(node);
  const weight = floatConstant(node.input(1));
  const hasBias = node.input(2) !== undefined;
  const bias = floatConstant(node.input(2));
  if (!weight || (hasBias && !bias)) return undefined;
  const output = node.output();
  const layout = weightLayout(node, weight.dims);
  if (!layout) return undefined;
  const { outputs: channels, outputOf: channelOf } = layout;
  if (!node.is('Gemm')) return { node, weight, bias, channels, channelOf, output, axis: 'second' };
  const spread = bias && spreadBias(bias, channels);
  if (bias && !spread) return undefined;
  return { node, weight, bias: spread, channels, channelOf, output, axis: 'last' };
}

function matMul(node: Node): LinearNode | undefined {
  const weight = floatConstant(node.input(1));
  if (weight?.dims.length !== 2) return undefined;
  const channels = weight.dims[1] as number;
  return {
    node,
    weight,
    bias: undefined,
    channels,
    channelOf: (i) => i % channels,
    output: node.output(),
    axis: 'last',
  };
}

function matMulWithBias(add: Node): LinearNode | undefined {
  for (const index of [0, 1]) {
    const product = add.input(index);
    const bias = floatConstant(add.input(1 - index));
    if (
      !product?.producer?.is('MatMul') ||
      product.graph !== add.graph ||
      !bias ||
      product.uses.length !== 1 ||
      product.isGraphOutput
    )
      continue;
    const linear = matMul(product.producer);
    const spread = linear && spreadBias(bias, linear.channels);
    if (linear && spread) return { ...linear, add, bias: spread, output: add.output() };
  }
  return undefined;
}

/** A bias that broadcasts along the last axis alone, with one number for each channel; it keeps its rank. */
function spreadBias(bias: FloatTensor, channels: number): FloatTensor | undefined {
  const { data, dims } = bias;
  if (data.length === channels && (dims.at(-1) === channels || channels === 1)) return bias;
  if (data.length !== 1) return undefined;
  const spread = bias.type === 'float32' ? new Float32Array(channels) : new Float64Array(channels);
  return { ...bias, dims: [...dims.slice(0, -1), channels], data: spread.fill(data[0] as number) };
}

/**
 * Lets a linear node give `factor[c] * y + shift[c]` instead of y, with new constants of its own (weights that other
 * nodes share stay as they are).
 *
 * @returns the value that has the result: the same output, or that of an Add where a MatMul had no bias yet
 */
export function scaleAndShift(linear: LinearNode, factor: Float64Array, shift: Float64Array): Value {
  const { node, add, weight, bias, channels, output } = linear;
  const Values = weight.type === 'float32' ? Float32Array : Float64Array;
  const scaled = new Values(weight.data.length);
  for (let i = 0; i < scaled.length; i++) {
    scaled[i] = (weight.data[i] as number) * (factor[linear.channelOf(i)] as number);
  }
  replaceConstant(node, 1, { ...weight, data: scaled });
  const beta = node.is('Gemm') ? node.attrFloat('beta', 1) : 1;
  const shifted = new Values(channels);
  for (let c = 0; c < channels; c++) {
    shifted[c] = (bias ? beta * (bias.data[c] as number) * (factor[c] as number) : 0) + (shift[c] as number);
  }
  const tensor: Tensor = { type: weight.type, dims: add && bias ? bias.dims : [channels], data: shifted };
  if (add) {
    replaceConstant(add, constantProto(add.input(0)) ? 0 : 1, tensor);
  } else if (node.is('MatMul')) {
    if (!shift.some((x) => x !== 0)) return output;
    const bias = node.graph.addInitializer(`${output.name}_bias`, tensor);
    return node.graph.addNode({ op: 'Add', inputs: [output, bias], name: `${node.name}_bias` }).output();
  } else if (node.input(2)) replaceConstant(node, 2, tensor);
  else node.setInput(2, node.graph.addInitializer(`${node.output().name}_bias`, tensor));
  if (node.is('Gemm')) node.setAttr('beta', undefined);
  return output;
}

function replaceConstant(node: Node, index: number, tensor: Tensor): void {
  const old = node.input(index) as Value;
  if (old.initializer && old.uses.length === 1 && !old.isGraphInput && !old.isGraphOutput) {
    old.graph.setInitializer(old, tensor);
  } else {
    node.setInput(index, node.graph.addInitializer(old.name, tensor));
  }
}

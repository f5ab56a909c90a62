import { constantValue } from '../../onnx/constants.ts';
import type { Node } from '../../onnx/node.ts';
import { type WeightLayout, weightLayout } from '../../onnx/weight-layout.ts';

/** Larger weights are not worth a second copy in memory. */
const mostWeights = 2 ** 24;

/** A layer, one side of which can be scaled by its weight. */
export interface ScalableLayer extends WeightLayout {
  node: Node;
  weights: Float32Array;
}

/**
 * The layer that a node is, if the weight, and for its outputs the bias, are its own, so that they can be changed for it, and its
 * channels lie on axis 1.
 */
export function scalableLayer(node: Node, side: 'input' | 'output'): ScalableLayer | undefined {
  const weight = constantValue(node.input(1));
  if (!(weight?.data instanceof Float32Array) || node.attrInt('transA', 0) !== 0) return undefined;
  const layout = weightLayout(node, weight.dims);
  if (!layout || node.input(1)!.uses.length !== 1) return undefined;
  if ((layout.outputs * layout.inputs) / layout.groups > mostWeights) return undefined;
  const layer = { node, weights: weight.data, ...layout };
  const bias = node.input(2);
  if (side === 'input' || !bias) return layer;
  const constant = constantValue(bias);
  return constant?.data instanceof Float32Array && constant.data.length === layout.outputs ? layer : undefined;
}

/** Multiplies the elements of a constant that a node reads; a constant that others read as well is left to them. */
export function multiplyConstant(node: Node, index: number, factor: (element: number) => number): void {
  const old = node.input(index)!;
  const { data, dims } = constantValue(old)!;
  const tensor = { type: 'float32', dims, data: (data as Float32Array).map((x, i) => x * factor(i)) } as const;
  if (old.initializer && old.uses.length === 1 && !old.isGraphOutput) node.graph.setInitializer(old, tensor);
  else node.setInput(index, node.graph.addInitializer(old.name, tensor));
}

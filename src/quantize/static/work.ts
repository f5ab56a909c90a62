import type { Graph } from '../../onnx/graph.ts';
import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import { sizeOf } from '../../tensor.ts';
import type { ValueInfos } from './units.ts';

/**
 * Multiply-adds of one inference, in the products with constants and between activations of a model's own graph, as far as shapes
 * say: a dimension that is open counts once.
 */
export function multiplyAdds(graph: Graph, infos: ValueInfos): number {
  return graph.nodes.reduce((sum, node) => sum + ofNode(node, infos), 0);
}

function ofNode(node: Node, infos: ValueInfos): number {
  const size = (value: Value | undefined): number => sizeOf(dimsOf(value, infos));
  const weight = dimsOf(node.input(1), infos);
  if (node.is('Conv')) return size(node.output()) * sizeOf(weight.slice(1));
  if (node.is('ConvTranspose')) return size(node.input(0)) * sizeOf(weight.slice(1));
  if (node.is('Gemm')) return size(node.output()) * (weight[node.attrInt('transB', 0) === 1 ? 1 : 0] ?? 1);
  if (node.is('MatMul', 'FusedMatMul')) return size(node.output()) * (dimsOf(node.input(0), infos).at(-1) ?? 1);
  return 0;
}

function dimsOf(value: Value | undefined, infos: ValueInfos): number[] {
  const dims = value?.initializer?.dims.map(Number) ?? infos.get(value?.name ?? '')?.dims ?? [];
  return dims.map((dim) => (typeof dim === 'number' ? dim : 1));
}

import type { Tensor } from '../../tensor.ts';
import { constantValue } from '../constants.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import { FactFinder, type Facts } from '../opset/facts.ts';
import type { PassResult } from './pass.ts';

/**
 * Lets a Pad or Resize that names axes (opset 18) say what it does at every axis instead. ONNX Runtime 1.30 reads its numbers as those
 * of all axes where it moves a Transpose past the node, as it does around integer convolutions: the model fails there, or changes
 * other axes.
 */
export function allAxes(model: OnnxModel): PassResult {
  const nodes = [...model.graph.allNodes()].filter(
    (node) => (node.is('Pad') && node.input(3)) || (node.is('Resize') && node.hasAttr('axes')),
  );
  if (nodes.length === 0) return { model, modified: false };
  const facts = new FactFinder(model.graph);
  let modified = false;
  for (const node of nodes) {
    const input = facts.of(node.input(0)!);
    modified = (node.is('Pad') ? padAll(node, input) : resizeAll(node, input)) || modified;
  }
  return { model, modified };
}

/** Named axes, from the front; undefined where they or the rank are not known. */
function positive(axes: ArrayLike<number | bigint> | undefined, rank: number | undefined): number[] | undefined {
  if (!axes || rank === undefined) return undefined;
  return Array.from(axes, Number).map((axis) => (axis < 0 ? axis + rank : axis));
}

function padAll(node: Node, { rank }: Facts): boolean {
  const pads = constantValue(node.input(1))?.data;
  const axes = positive(constantValue(node.input(3))?.data as ArrayLike<bigint> | undefined, rank);
  if (!(pads instanceof BigInt64Array) || !axes) return false;
  const data = new BigInt64Array(2 * rank!);
  for (const [at, axis] of axes.entries()) {
    data[axis] = pads[at]!;
    data[rank! + axis] = pads[axes.length + at]!;
  }
  setConstant(node, 1, 'pads', { type: 'int64', dims: [data.length], data });
  node.setInput(3, undefined);
  return true;
}

/** A region of interest must not matter, and sizes must be what they say. */
function resizeAll(node: Node, { rank }: Facts): boolean {
  const { graph, name } = node;
  const axes = positive(node.attrInts('axes'), rank);
  if (!axes || node.attrString('coordinate_transformation_mode') === 'tf_crop_and_resize') return false;
  const [scales, sizes] = [constantValue(node.input(2))?.data, node.input(3)];
  if (scales instanceof Float32Array && scales.length > 0) {
    const data = new Float32Array(rank!).fill(1);
    for (const [at, axis] of axes.entries()) data[axis] = scales[at]!;
    setConstant(node, 2, 'scales', { type: 'float32', dims: [rank!], data });
  } else if (sizes && node.attrString('keep_aspect_ratio_policy', 'stretch') === 'stretch') {
    // Of the other axes the sizes that they have.
    const from = Array.from({ length: rank! }, (_, axis) =>
      BigInt(axes.includes(axis) ? rank! + axes.indexOf(axis) : axis),
    );
    const shape = graph.addNode({ op: 'Shape', name: `${name}_shape`, inputs: [node.input(0)] }).output();
    const inputs = [shape, sizes];
    const known = graph
      .addNode({ op: 'Concat', name: `${name}_known`, inputs, attributes: { axis: { int: 0 } } })
      .output();
    const gather = graph.addNode({ op: 'Gather', name: `${name}_sizes`, inputs: [known] });
    setConstant(gather, 1, 'of', { type: 'int64', dims: [rank!], data: BigInt64Array.from(from) });
    node.setInput(3, gather.output());
  } else return false;
  node.setAttr('axes', undefined);
  return true;
}

function setConstant(node: Node, index: number, wish: string, tensor: Tensor): void {
  node.setInput(index, node.graph.addInitializer(`${node.name}_${wish}`, tensor));
}

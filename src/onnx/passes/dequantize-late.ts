import { constantValue } from '../constants.ts';
import type { Graph } from '../graph.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import { reshaping } from '../reshaping.ts';
import type { Value } from '../value.ts';
import type { PassResult } from './pass.ts';

const movers = [...reshaping, 'MaxPool'];

/**
 * Lets DequantizeLinear follow what does the same to integers as to floats: operators that only move data, the largest of a
 * window, and Relu, which is the Clip of the integers at the zero point. Training frameworks quantize before those and not behind
 * them; what reads them is an integer kernel only if it reads a DequantizeLinear. Every number stays the same.
 */
export function dequantizeLate(model: OnnxModel): PassResult {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const node of graph.nodes) {
      const dq = node.input(0)?.producer;
      if (!dq?.is('DequantizeLinear') || dq.graph !== graph || node.outputs.length !== 1) continue;
      const axis = axisBehind(node, dq, model.opset());
      if (axis === undefined) continue;
      behind(graph, node, dq, axis);
      if (dq.output().isUnused && !dq.output().isGraphOutput) graph.removeNode(dq);
      modified = true;
    }
  }
  return { model, modified };
}

/** The axis of the scales behind a node; 0 where one serves all; undefined where DequantizeLinear cannot follow. */
function axisBehind(node: Node, dq: Node, opset: number): number | undefined {
  const [scale, zero] = [constantValue(dq.input(1)), constantValue(dq.input(2))];
  if (!scale || dq.attrInt('block_size', 0) !== 0) return undefined;
  if (zero?.type !== 'uint8' && zero?.type !== 'int8') return undefined;
  if (scale.dims.length === 0) {
    if (node.is('Relu')) return opset >= 12 ? 0 : undefined;
    return node.is(...movers) && (opset >= 12 || !node.is('MaxPool')) ? 0 : undefined;
  }
  const perm = node.is('Transpose') ? node.attrInts('perm') : undefined;
  const axis = dq.attrInt('axis', 1);
  if (!perm) return undefined;
  return perm.indexOf(axis < 0 ? axis + perm.length : axis);
}

/** The node on the integers, and a DequantizeLinear that gives what the node gave. */
function behind(graph: Graph, node: Node, dq: Node, axis: number): void {
  const [integers, scale, zero] = dq.inputs as [Value, Value, Value];
  const inputs = node.is('Relu') ? [integers, zero] : [integers, ...node.inputs.slice(1)];
  const moved = graph.addNode({ op: node.is('Relu') ? 'Clip' : node.op, name: node.name, inputs });
  moved.proto.attribute = node.proto.attribute;
  moved.proto.name = node.name;
  const follower = graph.addNode({
    op: 'DequantizeLinear',
    name: `${node.name || node.op}_DequantizeLinear`,
    inputs: [moved.output(), scale, zero],
    attributes: scale.initializer?.dims.length ? { axis: { int: axis } } : {},
  });
  const { name } = node.output();
  graph.replaceAll(node.output(), follower.output());
  graph.removeNode(node);
  if (!graph.value(name)) graph.rename(follower.output(), name);
}

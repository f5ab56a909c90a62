import type { Graph } from '../graph.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import { elementCount } from '../tensor.ts';
import type { Value } from '../value.ts';
import type { PassResult } from './pass.ts';

/**
 * Numbers that a weight has at least. Of what it knows to be constant ONNX Runtime multiplies by a packed copy: a loop over a GRU's
 * cell of 256 units is 7 % faster by that, one of 128 units 8 % slower.
 */
const fewest = 60_000;

/**
 * A large constant that a Loop or Scan carries through all its iterations unchanged is read from outside instead: PaddlePaddle's and
 * TensorFlow's exporters hand every weight of a loop through so, where no weight is found.
 */
export function liftLoopInvariants(model: OnnxModel, least = fewest): PassResult {
  let modified = false;
  // Outer loops first: what they let go of may be carried on by inner ones.
  for (const node of [...model.graph.allNodes()]) {
    if (!node.is('Loop', 'Scan')) continue;
    const body = node.subgraph('body');
    if (!body) continue;
    const { inputs, outputs, count } = carried(node);
    for (let at = count - 1; at >= 0; at--) {
      const initial = node.input(inputs + at)?.initializer;
      if (!initial || elementCount(initial) < least) continue;
      const lifted = lift(node, body, { input: inputs + at, output: outputs + at, result: at });
      modified = lifted || modified;
    }
  }
  return { model, modified };
}

/** Where what is carried begins, in the inputs of the node and its body and in the body's outputs, and how much there is. */
function carried(node: Node): { inputs: number; outputs: number; count: number } {
  // A Loop has its trip count and condition before them. https://onnx.ai/onnx/operators/onnx__Loop.html
  if (node.is('Loop')) return { inputs: 2, outputs: 1, count: node.inputs.length - 2 };
  return { inputs: 0, outputs: 0, count: node.inputs.length - node.attrInt('num_scan_inputs', 0) };
}

function lift(node: Node, body: Graph, at: { input: number; output: number; result: number }): boolean {
  const outside = node.input(at.input);
  const inside = body.declaredInputs[at.input];
  const returned = body.outputs[at.output];
  if (!outside || !inside || !returned || through(returned) !== inside) return false;
  if (returned.outputCount !== 1 || (returned !== inside && inside.isGraphOutput)) return false;
  const hidden = [...body.allGraphs()].some(({ values }) =>
    values.some((value) => value !== inside && value.name === outside.name),
  );
  if (hidden) return false;
  body.removeOutput(returned);
  body.replaceUses(inside, outside);
  body.removeInput(inside);
  node.setInputs(node.inputs.toSpliced(at.input, 1));
  const result = node.outputs[at.result];
  if (result) node.graph.replaceAll(result, outside);
  node.graph.spliceNodeOutput(node, at.result);
  return true;
}

function through(value: Value): Value {
  const node = value.producer;
  return node?.is('Identity') ? through(node.input(0)!) : value;
}

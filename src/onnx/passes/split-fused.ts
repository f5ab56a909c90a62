import type { AttributeValue } from '../attributes.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import { FactFinder } from '../opset/facts.ts';
import type { Value } from '../value.ts';
import type { PassResult } from './pass.ts';

/** Before it Clip has its bounds as attributes. */
const leastOpset = 11;

/**
 * Takes apart what ONNX Runtime fuses when it writes an optimized model: FusedConv and FusedGemm into the operator, a sum and
 * the activation, FusedMatMul into Transpose, MatMul and a factor. Fused they have no integer kernel; where they stay float, ONNX
 * Runtime fuses them again.
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
 */
export function splitFused(model: OnnxModel): PassResult {
  let modified = false;
  const nodes = [...model.graph.allNodes()].filter(({ domain, op }) => domain === 'com.microsoft' && op in splits);
  if (nodes.length === 0 || model.opset() < leastOpset) return { model, modified };
  const facts = new FactFinder(model.graph);
  for (const node of nodes) {
    const split = splits[node.op]!(node, facts);
    if (!split) continue;
    const { graph, name } = node;
    graph.replaceAll(node.output(), split.result);
    graph.removeNode(node);
    split.head.proto.name = name;
    graph.touch();
    modified = true;
  }
  return { model, modified };
}

interface Split {
  /** The node that gets the name of the fused one. */
  head: Node;
  result: Value;
}

const splits: Readonly<Record<string, (node: Node, facts: FactFinder) => Split | undefined>> = {
  FusedConv(node) {
    const activation = activationOf(node, node.attrFloats('activation_params', []));
    if (!activation) return undefined;
    const [x, w, bias, sum] = node.inputs;
    const head = addWith(node, 'Conv', [x, w, bias], ['activation', 'activation_params']);
    const total = sum ? add(node, 'Add', [head.output(), sum]) : head.output();
    return { head, result: activation(total) };
  },
  FusedGemm(node) {
    const activation = activationOf(node, [
      node.attrFloat('activation_alpha', 0.01),
      node.attrFloat('activation_beta', 0),
    ]);
    if (!activation) return undefined;
    const own = ['activation', 'activation_alpha', 'activation_beta', 'activation_gamma'];
    const head = addWith(node, 'Gemm', node.inputs, own);
    return { head, result: activation(head.output()) };
  },
  FusedMatMul(node, facts) {
    if (node.attrInt('transBatchA', 0) || node.attrInt('transBatchB', 0)) return undefined;
    const factors = (['transA', 'transB'] as const).map((side, at) => {
      const value = node.input(at)!;
      return node.attrInt(side, 0) ? lastAxesSwapped(node, value, facts.of(value).rank) : value;
    });
    if (factors.includes(undefined)) return undefined;
    const head = node.graph.addNode({ op: 'MatMul', name: node.name, inputs: factors });
    const alpha = node.attrFloat('alpha', 1);
    if (alpha === 1) return { head, result: head.output() };
    return { head, result: add(node, 'Mul', [head.output(), scalar(node, alpha)]) };
  },
};

/** The fused operator's other attributes belong to the plain one. */
function addWith(node: Node, op: string, inputs: readonly (Value | undefined)[], own: readonly string[]): Node {
  const given = inputs.slice(0, inputs.findLastIndex((value) => value !== undefined) + 1);
  const made = node.graph.addNode({ op, name: node.name, inputs: given });
  made.proto.attribute = node.proto.attribute.filter(({ name }) => !own.includes(name));
  return made;
}

/** Transposed in its last two axes; undefined where the rank is unknown. */
function lastAxesSwapped(node: Node, value: Value, rank: number | undefined): Value | undefined {
  if (rank === undefined || rank < 2) return undefined;
  const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
  return add(node, 'Transpose', [value], { perm: { ints: perm } });
}

/** What an activation's name and numbers stand for; undefined where we do not know it. */
function activationOf(node: Node, numbers: readonly number[]): ((x: Value) => Value) | undefined {
  const op = node.attrString('activation', '');
  const [first = 0, second = 0] = numbers;
  switch (op) {
    case '':
      return (x) => x;
    case 'Relu':
    case 'Sigmoid':
    case 'Tanh':
      return (x) => add(node, op, [x]);
    case 'LeakyRelu':
      return (x) => add(node, op, [x], { alpha: { float: first } });
    case 'HardSigmoid':
      return (x) => add(node, op, [x], { alpha: { float: first }, beta: { float: second } });
    case 'Clip':
      return (x) => add(node, op, [x, scalar(node, first), scalar(node, second)]);
    default:
      return undefined;
  }
}

function add(
  { graph, name }: Node,
  op: string,
  inputs: readonly Value[],
  attributes?: Readonly<Record<string, AttributeValue>>,
): Value {
  return graph.addNode({ op, name: `${name}_${op.toLowerCase()}`, inputs, ...(attributes && { attributes }) }).output();
}

function scalar({ graph, name }: Node, value: number): Value {
  return graph.addInitializer(`${name}_number`, { type: 'float32', dims: [], data: Float32Array.of(value) });
}

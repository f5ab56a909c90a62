import type { Node } from '../onnx/node.ts';
import { FactFinder } from '../onnx/opset/facts.ts';
import { readsOf } from '../onnx/outer-reads.ts';
import { DataType } from '../onnx/proto.ts';
import type { Value } from '../onnx/value.ts';
import type { Emitter } from './emitter.ts';
import { fakeQuantDomain, fakeQuantGradients } from './fake-quant.ts';
import type { GradientContext } from './gradients/gradient.ts';
import { gradients, Unsupported } from './gradients/index.ts';

/** An operator that training cannot go through, and its node. */
export class Untrainable extends Error {
  override readonly name = 'Untrainable';
  readonly node: string;
  readonly op: string;

  constructor(node: Node, message: string) {
    super(message);
    this.node = node.name;
    this.op = node.op;
  }
}

/** Operators whose result goes in steps: its gradient is 0 wherever it has one, so that nothing behind them is trained by it. */
const inSteps = new Set([
  ...['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Equal', 'Not', 'And', 'Or', 'Xor', 'IsNaN', 'IsInf'],
  ...['Floor', 'Ceil', 'Round', 'Sign', 'ArgMax', 'ArgMin', 'NonZero', 'Shape', 'Size'],
]);

const floats = new Set<number | undefined>([DataType.FLOAT, DataType.DOUBLE, DataType.FLOAT16, DataType.BFLOAT16]);

function goesInSteps(node: Node): boolean {
  if (node.domain !== '') return false;
  return inSteps.has(node.op) || (node.op === 'Cast' && !floats.has(node.attrInt('to')));
}

/** Nodes through which the loss depends on one of `sources`, in order. */
function between(nodes: readonly Node[], sources: ReadonlySet<Value>): { path: Node[]; reached: Set<Value> } {
  const reached = new Set(sources);
  const path = nodes.filter((node) => {
    if (goesInSteps(node) || !readsOf(node).some((value) => reached.has(value))) return false;
    for (const value of node.outputs) if (value) reached.add(value);
    return true;
  });
  return { path, reached };
}

/**
 * Reverse-mode differentiation: adds the nodes that compute the gradient of `seeds` with respect to `sources`.
 *
 * @param seeds what is differentiated, each with its incoming gradient (for a scalar loss: ones)
 * @param sources graph inputs or any other values
 * @returns the gradient of each source on which a seed depends
 * @throws Untrainable naming the node whose operator has no gradient
 */
export function differentiate(
  e: Emitter,
  seeds: ReadonlyMap<Value, Value>,
  sources: readonly Value[],
): Map<Value, Value> {
  const { path, reached } = between(e.graph.nodes, new Set(sources));
  const collected = new Map<Value, Value>(seeds);
  const types = new FactFinder(e.graph);
  /** Gradients are of float32, also of what is computed in doubles or halves. */
  const asFloat = (value: Value) => {
    const type = types.of(value).elementType;
    if (type === DataType.FLOAT || !floats.has(type)) return value;
    return e.op('Cast', [value], e.shape(value), { to: DataType.FLOAT });
  };
  // What holds no number has no gradient, and many operators take nothing of size 0.
  const wanted = (value: Value | undefined) => value !== undefined && reached.has(value) && !e.isEmpty(value);
  for (const node of path.reverse()) {
    const dys = node.outputs.map((value) => value && collected.get(value));
    if (!dys.some(Boolean) || !readsOf(node).some(wanted)) continue;
    checkSizes(e, node);
    const first = dys[0] ?? e.expand(e.float(0), e.shape(node.output(0)));
    for (const [i, gradient] of nodeGradients(e, node, first, dys, wanted, asFloat).entries()) {
      const input = node.input(i);
      if (!gradient || !input || !wanted(input)) continue;
      const sum = collected.get(input);
      collected.set(input, sum ? e.add(sum, gradient) : gradient);
    }
  }
  return new Map(
    sources.flatMap((source) => (collected.has(source) ? [[source, collected.get(source) as Value]] : [])),
  );
}

/** @throws Untrainable where the data decide how much a node is given or gives: a training graph has one size. */
function checkSizes(e: Emitter, node: Node): void {
  if ([...node.inputs, ...node.outputs].every((value) => !value || e.knows(value))) return;
  throw new Untrainable(node, `the size of what ${node.op} takes or gives depends on the data`);
}

const tables = new Map([
  ['', gradients],
  [fakeQuantDomain, fakeQuantGradients],
]);

function nodeGradients(
  e: Emitter,
  node: Node,
  dy: Value,
  dys: readonly (Value | undefined)[],
  wanted: (value: Value | undefined) => boolean,
  asFloat: (value: Value) => Value,
): (Value | undefined)[] {
  const table = tables.get(node.domain);
  const row = table && Object.hasOwn(table, node.op) ? table[node.op] : undefined;
  if (!row) throw new Untrainable(node, `${node.op} has no gradient`);
  const input = (i: number): Value => {
    const value = node.input(i);
    if (!value) throw new Unsupported(`${node.op} has no input ${i}`);
    return value;
  };
  const context: GradientContext = {
    e,
    node,
    dy,
    dys,
    x: (i) => asFloat(input(i)),
    shape: (i) => e.shape(input(i)),
    y: asFloat(node.output(0)),
    needs: (i) => wanted(node.input(i)),
  };
  try {
    return row(context);
  } catch (error) {
    if (error instanceof Unsupported) throw new Untrainable(node, error.message);
    throw error;
  }
}

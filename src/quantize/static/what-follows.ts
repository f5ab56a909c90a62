import { constantValue } from '../../onnx/constants.ts';
import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import { clampBounds } from './units.ts';

/** A real function of one number. */
export type RealFunction = (x: number) => number;

const logistic: RealFunction = (x) => 1 / (1 + Math.exp(-x));
const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

/** Elementwise functions of one input, by operator; undefined where a node's bounds are not known. */
const unary: Readonly<Record<string, (node: Node) => RealFunction | undefined>> = {
  Clip: clampOf,
  HardSigmoid: (node) => (x) => clamp(node.attrFloat('alpha', 0.2) * x + node.attrFloat('beta', 0.5), 0, 1),
  HardSwish: () => (x) => x * clamp(x / 6 + 0.5, 0, 1),
  Identity: () => (x) => x,
  LeakyRelu: (node) => (x) => (x < 0 ? node.attrFloat('alpha', 0.01) * x : x),
  PRelu: usualSlope,
  Relu: clampOf,
  Sigmoid: () => logistic,
  Softplus: () => (x) => Math.log1p(Math.exp(x)),
  Tanh: () => Math.tanh,
};

const binary: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Div: (a, b) => a / b,
  Mul: (a, b) => a * b,
  Sub: (a, b) => a - b,
};

/** As if all channels had the slope that they have on average. */
function usualSlope(node: Node): RealFunction | undefined {
  const slopes = constantValue(node.input(1))?.data;
  if (!(slopes instanceof Float32Array)) return undefined;
  const mean = slopes.reduce((sum, slope) => sum + slope, 0) / slopes.length;
  return (x) => (x < 0 ? mean * x : x);
}

function clampOf(node: Node): RealFunction | undefined {
  const bounds = clampBounds(node);
  return bounds && ((x) => clamp(x, ...bounds));
}

/** Nodes of an activation function at most, however an exporter writes it. */
const mostNodes = 12;

/**
 * The function that everybody who reads a value sees of it: LeakyRelu, SiLU or HardSwish in whatever operators they are spelled out,
 * as far as it is computed from that value and constants alone. What it flattens need not be told apart.
 *
 * @returns undefined where the value itself is read, or several functions of it
 */
export function functionBehind(root: Value): RealFunction | undefined {
  const known = new Map<Value, RealFunction>([[root, (x) => x]]);
  const done = new Set<Node>();
  const waiting: Value[] = [root];
  while (waiting.length > 0 && done.size < mostNodes) {
    for (const node of waiting.shift()!.consumers) {
      const found = done.has(node) ? undefined : functionOf(node, known);
      if (!found) continue;
      done.add(node);
      known.set(node.output(), found);
      waiting.push(node.output());
    }
  }
  const read = [...known].filter(([value]) => value.isGraphOutput || value.uses.some(({ node }) => !done.has(node)));
  const [only] = read;
  return read.length === 1 && only![0] !== root ? only![1] : undefined;
}

function functionOf(node: Node, known: ReadonlyMap<Value, RealFunction>): RealFunction | undefined {
  if (node.domain !== '') return undefined;
  const operand = (index: number): RealFunction | undefined => {
    const value = node.input(index);
    const constant = value && constantValue(value);
    if (constant?.data instanceof Float32Array && constant.data.length === 1) return () => constant.data[0] as number;
    return value && known.get(value);
  };
  const a = operand(0);
  const inner = unary[node.op]?.(node);
  if (a && inner) return (x) => inner(a(x));
  const [b, joined] = [operand(1), binary[node.op]];
  return a && b && joined && ((x) => joined(a(x), b(x)));
}

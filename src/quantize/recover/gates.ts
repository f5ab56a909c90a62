import { constantValue } from '../../onnx/constants.ts';
import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import { sizeOf } from '../../tensor.ts';
import { lineOf } from '../static/hard-gates.ts';
import { soleUse } from '../static/units.ts';

/** `x gate(x)`, as SiLU and HardSwish are: scaled it is `s x gate(x)`, where the gate's own input is taken back. */
export interface Gate {
  x: Value;
  /** The nodes of the gate, the one that reads x first; none where one operator is all of it. */
  steps: readonly Node[];
  /** The product of both. */
  product: Node;
}

/** The most operators of a gate as exporters spell it out: an Add, a Clip and a product by a sixth. */
const gateLength = 3;

/** Reads `x gate(x)` in the forms that exporters write, from its product. */
export function gateOf(product: Node): Gate | undefined {
  if (product.is('HardSwish')) return { x: product.input(0)!, steps: [], product };
  if (!product.is('Mul')) return undefined;
  for (const [x, end] of [product.inputs, product.inputs.toReversed()] as [Value, Value][]) {
    const steps: Node[] = [];
    let node = end.producer;
    while (node && steps.length < gateLength && soleUse(node.output()) && isGateStep(node)) {
      const [input, ...others] = node.inputs.filter((value) => value && !constantValue(value));
      if (!input || others.length > 0) break;
      steps.unshift(node);
      // Without a function that bends it is not a gate.
      if (input === x && !steps.every(isLinear)) return { x, steps, product };
      node = input.producer;
    }
  }
  return undefined;
}

/** Sigmoid, or a part of HardSigmoid, alike for all channels. */
function isGateStep(node: Node): boolean {
  if (node.is('Sigmoid', 'HardSigmoid', 'Clip')) return true;
  const constant = node.inputs.map((value) => constantValue(value)).find((tensor) => tensor !== undefined);
  return isLinear(node) && constant !== undefined && sizeOf(constant.dims) === 1;
}

const isLinear = (node: Node) => node.is('Add', 'Mul');

/**
 * Lets a gate whose channels were divided by factors see its input as it was: a convolution of each channel by itself gives it
 * back, with the line that the gate begins with in its weight and bias. In integers that takes half the time of a
 * Mul by a constant for each channel, and is as exact as the scales are.
 *
 * @param rank of x
 * @returns the values that are new
 */
export function takeBack({ x, steps, product }: Gate, factors: Float32Array, rank: number): Value[] {
  const { graph } = product;
  const bent = steps.findIndex((step) => !isLinear(step));
  const line = lineOver(steps.slice(0, Math.max(0, bent)));
  const cut = steps[bent] ?? product;
  const own = lineOf(cut);
  const [slope, offset] = own
    ? [line.slope * own.slope, line.offset * own.slope + own.offset]
    : [line.slope, line.offset];
  const name = `${cut.name}_input`;
  const dims = [factors.length, 1, ...Array<number>(rank - 2).fill(1)];
  const weight = { type: 'float32', dims, data: factors.map((factor) => factor * slope) } as const;
  const bias = {
    type: 'float32',
    dims: [factors.length],
    data: new Float32Array(factors.length).fill(offset),
  } as const;
  const inputs = [x, graph.addInitializer(`${name}_weight`, weight), graph.addInitializer(`${name}_bias`, bias)];
  const attributes = { group: { int: factors.length } };
  const given = graph.addNode({ op: 'Conv', name, inputs, attributes }).output();
  if (!own) {
    cut.setInput(
      cut.inputs.findIndex((value) => value && !constantValue(value)),
      given,
    );
    return [given];
  }
  const bounds = [0, 1].map((bound) =>
    graph.addInitializer(`${name}_bound`, { type: 'float32', dims: [], data: Float32Array.of(bound) }),
  );
  if (cut !== product) {
    for (const attribute of ['alpha', 'beta']) cut.setAttr(attribute, undefined);
    cut.op = 'Clip';
    cut.setInputs([given, ...bounds]);
    return [given];
  }
  const gate = graph.addNode({ op: 'Clip', name: `${name}_gate`, inputs: [given, ...bounds] }).output();
  product.op = 'Mul';
  product.setInputs([x, gate]);
  return [given, gate];
}

/** What a gate's additions and products with a number are in one. */
function lineOver(steps: readonly Node[]): { slope: number; offset: number } {
  let line = { slope: 1, offset: 0 };
  for (const step of steps) {
    const by = Number(step.inputs.map((value) => constantValue(value)).find((tensor) => tensor !== undefined)!.data[0]);
    line = step.is('Add')
      ? { ...line, offset: line.offset + by }
      : { slope: line.slope * by, offset: line.offset * by };
  }
  return line;
}

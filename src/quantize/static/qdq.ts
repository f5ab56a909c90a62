import type { QuantizationParameters } from '../../calibrate/error.ts';
import type { Graph } from '../../onnx/graph.ts';
import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import type { IntegerGrid } from '../../targets/target.ts';

/** The initializers that say what the integers of a tensor stand for. */
export interface Parameters {
  scale: Value;
  zeroPoint: Value;
}

/** A quantized activation in the graph. */
export interface Quantized extends Parameters {
  q: Value;
  dq: Value;
  parameters: QuantizationParameters;
}

/** Names are cut to this many characters at their end: TensorFlow's have hundreds. */
const longestName = 40;

/**
 * What is made for a tensor is named after it. It has a dozen names, so that a quarter of a small network of TensorFlow's was
 * names. (The graph makes a name that there is already another one.)
 */
export function nameAfter(name: string, suffix: string): string {
  return `${name.slice(-longestName)}_${suffix}`;
}

/** Stores scales and as many zero points; of `dims` [] for a whole tensor, [channels] for one per channel. */
export function addParameters(
  graph: Graph,
  name: string,
  scales: Float32Array,
  dims: readonly number[],
  zeroPoint: number,
  grid: IntegerGrid,
): Parameters {
  return {
    scale: graph.addInitializer(nameAfter(name, 'scale'), { type: 'float32', dims, data: scales }),
    zeroPoint: addZeroPoint(graph, name, dims, zeroPoint, grid),
  };
}

/** The same of a tensor with one scale. */
export function addTensorParameters(
  graph: Graph,
  name: string,
  { scale, zeroPoint }: QuantizationParameters,
  grid: IntegerGrid,
): Parameters {
  return addParameters(graph, name, Float32Array.of(scale), [], zeroPoint, grid);
}

/**
 * Each tensor has its own, equal or not: where an AVX2 machine is asked for exact sums (`session.x64quantprecision`),
 * ONNX Runtime 1.30 rewrites the zero point with every weight, and a shared one twice, which ends the session.
 */
function addZeroPoint(
  graph: Graph,
  name: string,
  dims: readonly number[],
  zeroPoint: number,
  { type }: IntegerGrid,
): Value {
  return addIntegers(graph, nameAfter(name, 'zero_point'), dims, new Array(dims[0] ?? 1).fill(zeroPoint), type);
}

/** Stores 8-bit integers. */
export function addIntegers(
  graph: Graph,
  name: string,
  dims: readonly number[],
  levels: readonly number[],
  type: IntegerGrid['type'],
): Value {
  const stored = type === 'uint8' ? 'uint8' : 'int8';
  const data = stored === 'uint8' ? Uint8Array.from(levels) : Int8Array.from(levels);
  return graph.addInitializer(name, { type: stored, dims, data });
}

/** QuantizeLinear of `value`; undefined leaves its first input open. */
export function addQuantize(
  graph: Graph,
  name: string,
  value: Value | undefined,
  { scale, zeroPoint }: Parameters,
): Node {
  return graph.addNode({
    op: 'QuantizeLinear',
    name: nameAfter(name, 'QuantizeLinear'),
    inputs: [value, scale, zeroPoint],
    outputs: [nameAfter(name, 'quantized')],
  });
}

/** DequantizeLinear of integers. Without a zero point it is 0; `axis` is that of scales per channel. */
export function addDequantize(
  graph: Graph,
  name: string,
  integers: Value,
  { scale, zeroPoint }: Pick<Parameters, 'scale'> & Partial<Parameters>,
  axis?: number,
): Value {
  const node = graph.addNode({
    op: 'DequantizeLinear',
    name: nameAfter(name, 'DequantizeLinear'),
    inputs: zeroPoint ? [integers, scale, zeroPoint] : [integers, scale],
    outputs: [nameAfter(name, 'dequantized')],
    attributes: axis === undefined ? {} : { axis: { int: axis } },
  });
  return node.output();
}

/** A Q/DQ pair behind a value. */
export function addPair(graph: Graph, value: Value, parameters: Parameters): Value {
  const q = addQuantize(graph, value.name, value, parameters);
  return addDequantize(graph, value.name, q.output(), parameters);
}

import type { OnnxModel } from '../onnx/model.ts';
import type { Node } from '../onnx/node.ts';
import { DataType } from '../onnx/proto.ts';
import { elementCount, readTensor, tensorBytes, tensorType, unpackNibbles } from '../onnx/tensor.ts';
import type { Value } from '../onnx/value.ts';
import { operatorOf } from '../ops/table.ts';
import { nodeLabel } from '../quantize/contract.ts';
import type { Tensor } from '../tensor.ts';

/** A float weight of the first model that the second keeps as integers. */
export interface QuantizedWeightPair {
  /** The weight's name in the first model. */
  weight: string;
  node: string;
  op: string;
  dims: readonly number[];
  /** Element type of the stored integers: `int8`. */
  type: string;
  scales: number;
  /** Signal over noise of the weight that the integers stand for, against the float weight, in dB. */
  sqnrDb: number;
}

/** A constant as the runtime sees it: its numbers, and the integers they are kept as, if they are. */
interface Constant {
  data: Float32Array;
  dims: readonly number[];
  stored?: { type: string; scales: number };
}

/**
 * Pairs the float weights of `before` with integer weights of `after`: through the node that reads both, or through the names
 * that quantizers give (`w_quantized`, `w_scale`). Counts those whose node reads floats in `after` too.
 */
export function pairQuantizedWeights(
  before: OnnxModel,
  after: OnnxModel,
): { weights: QuantizedWeightPair[]; floatWeights: number } {
  const readers = new Map([...after.graph.allNodes()].map((node) => [nodeLabel(node), node]));
  const values = new Map<string, Value>();
  for (const graph of after.graph.allGraphs()) for (const value of graph.values) values.set(value.name, value);
  const pairs = new Map<string, QuantizedWeightPair>();
  const float32 = new Set<string>();
  for (const node of before.graph.allNodes()) {
    for (const index of weightInputs(node)) {
      const value = node.input(index);
      const float = value && constantOf(value);
      if (!float || float.stored || pairs.has(value.name)) continue;
      const label = nodeLabel(node);
      const twin = readers.get(label)?.input(index);
      const found = (twin && constantOf(twin)) ?? byName(values, value.name, float);
      if (found && !found.stored) float32.add(value.name);
      if (!found?.stored) continue;
      const aligned = alignments(found, float.dims).map((data) => sqnrDb(float.data, data));
      if (aligned.length === 0) continue;
      pairs.set(value.name, {
        weight: value.name,
        node: label,
        op: node.op,
        dims: float.dims,
        ...found.stored,
        sqnrDb: Math.max(...aligned),
      });
    }
  }
  const floatWeights = [...float32].filter((name) => !pairs.has(name)).length;
  return { weights: [...pairs.values()], floatWeights };
}

function weightInputs(node: Node): number[] {
  if (node.is('MatMul')) return [0, 1];
  if (node.is('Gather')) return [0];
  const operator = operatorOf(node);
  return [operator?.weight, ...(operator?.furtherWeights ?? [])].flatMap((weight) => (weight ? [weight.input] : []));
}

/** Signal over noise in dB; Infinity where nothing differs. */
export function sqnrDb(signal: ArrayLike<number>, other: ArrayLike<number>): number {
  let power = 0;
  let noise = 0;
  for (let i = 0; i < signal.length; i++) {
    const x = signal[i] as number;
    power += x * x;
    noise += (x - (other[i] as number)) ** 2;
  }
  return noise === 0 ? Infinity : 10 * Math.log10(power / noise);
}

/** The integers of a weight whose float form is computed nowhere in the graph (MatMulInteger, QLinearConv, Gather). */
function byName(values: ReadonlyMap<string, Value>, name: string, float: Constant): Constant | undefined {
  const integers = integersOf(values.get(`${name}_quantized`));
  const scale = initializer(values.get(`${name}_scale`));
  if (!integers || !scale) return undefined;
  const zeroPoint = initializer(values.get(`${name}_zero_point`));
  const shape = broadcastShape(scale, integers.dims, float.dims);
  return shape && dequantize(integers, { ...scale, dims: shape }, zeroPoint && { ...zeroPoint, dims: shape });
}

/** The shape that lets scales broadcast over the integers; a list of scales belongs to the axis of its length. */
function broadcastShape(
  scale: Tensor,
  dims: readonly number[],
  floatDims: readonly number[],
): readonly number[] | undefined {
  if (scale.data.length === 1) return [];
  if (scale.dims.length === dims.length) return scale.dims;
  if (scale.dims.length === 2 && dims.length === 3) return [scale.dims[0]!, 1, scale.dims[1]!];
  const last = dims.length - 1;
  const axis =
    floatDims[last] === dims[last] && dims[last] === scale.data.length ? last : dims.indexOf(scale.data.length);
  return axis < 0 ? undefined : dims.map((_, at) => (at === axis ? scale.data.length : 1));
}

/** Evaluates what quantizers put before a weight's reader: DequantizeLinear, or Cast, Sub and Mul; Transpose, Identity. */
function constantOf(value: Value): Constant | undefined {
  const own = initializer(value);
  if (own) return own.data instanceof Float32Array ? { data: own.data, dims: own.dims } : undefined;
  const node = value.producer;
  if (!node) return undefined;
  if (node.is('Constant')) {
    const tensor = node.attrTensor('value');
    return tensor?.data instanceof Float32Array ? { data: tensor.data, dims: tensor.dims } : undefined;
  }
  if (node.is('Identity')) return node.input(0) && constantOf(node.input(0)!);
  if (node.is('Transpose')) {
    const inner = node.input(0) && constantOf(node.input(0)!);
    return inner && transpose(inner, node.attrInts('perm', inner.dims.map((_, axis) => axis).reverse()));
  }
  if (node.is('DequantizeLinear')) {
    const integers = integersOf(node.input(0));
    const [scale, zeroPoint] = [1, 2].map((index) => initializer(node.input(index)));
    if (!integers || !scale) return undefined;
    const axis = node.attrInt('axis', 1);
    const at = axis < 0 ? axis + integers.dims.length : axis;
    const block = node.attrInt('block_size', 0);
    if (block > 0) return undefined;
    const shape = scale.data.length === 1 ? [] : integers.dims.map((dim, i) => (i === at ? dim : 1));
    return dequantize(integers, { ...scale, dims: shape }, zeroPoint && { ...zeroPoint, dims: shape });
  }
  if (node.is('Mul')) {
    const scale = initializer(node.input(1));
    let cast = node.input(0)?.producer;
    const shift = cast?.is('Sub') ? initializer(cast.input(1)) : undefined;
    if (shift) cast = cast?.input(0)?.producer;
    const integers = cast?.is('Cast') ? integersOf(cast.input(0)) : undefined;
    if (scale && integers) return dequantize(integers, scale, shift);
  }
  return undefined;
}

function initializer(value: Value | undefined): Tensor | undefined {
  if (!value?.initializer || tensorType(value.initializer.dataType) === undefined) return undefined;
  return readTensor(value.initializer);
}

interface Integers {
  /** As stored: `int8`, `uint8`, `int4`, `uint4`. */
  type: string;
  dims: readonly number[];
  data: ArrayLike<number>;
}

/** A constant of 8 or 4 bits, also behind the Cast that widens 4 bits. */
function integersOf(value: Value | undefined): Integers | undefined {
  const proto = value?.initializer;
  if (!proto) return value?.producer?.is('Cast') ? integersOf(value.producer.input(0)) : undefined;
  const dims = proto.dims.map(Number);
  const { dataType } = proto;
  if (dataType === DataType.INT4 || dataType === DataType.UINT4) {
    const signed = dataType === DataType.INT4;
    const data = unpackNibbles(tensorBytes(proto), elementCount(proto), signed);
    return { type: signed ? 'int4' : 'uint4', dims, data };
  }
  if (dataType !== DataType.INT8 && dataType !== DataType.UINT8) return undefined;
  const { type, data } = readTensor(proto);
  return { type, dims, data: data as Int8Array };
}

/** (integers - zero point) * scale, both broadcast from the shapes that they have. */
function dequantize(integers: Integers, scale: Tensor, zeroPoint: Tensor | undefined): Constant {
  const { dims } = integers;
  const steps = (shape: readonly number[]) => {
    const result = new Array<number>(dims.length).fill(0);
    let step = 1;
    for (let axis = dims.length - 1, at = shape.length - 1; axis >= 0; axis--, at--) {
      const size = shape[at] ?? 1;
      if (size > 1) result[axis] = step;
      step *= size;
    }
    return result;
  };
  const scaleSteps = steps(scale.dims);
  const values = integers.data;
  const scales = scale.data as Float32Array;
  const zeros = zeroPoint?.data as ArrayLike<number> | undefined;
  const data = new Float32Array(values.length);
  const at = new Array<number>(dims.length).fill(0);
  for (let i = 0, s = 0; i < values.length; i++) {
    const zero = zeros ? (zeros.length === 1 ? zeros[0]! : zeros[s]!) : 0;
    data[i] = ((values[i] as number) - zero) * (scales.length === 1 ? scales[0]! : scales[s]!);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      s += scaleSteps[axis]!;
      at[axis]! += 1;
      if (at[axis]! < dims[axis]!) break;
      s -= scaleSteps[axis]! * dims[axis]!;
      at[axis] = 0;
    }
  }
  return { data, dims, stored: { type: integers.type, scales: scales.length } };
}

/** The numbers in the layout of the float weight. Quantizers turn the last two axes of some: of a square one, either may be it. */
function alignments(constant: Constant, dims: readonly number[]): Float32Array[] {
  const order = constant.dims.map((_, axis) => axis);
  if (order.length >= 2) order.push(...order.splice(-2).reverse());
  const candidates = order.length >= 2 ? [constant, transpose(constant, order)] : [constant];
  return candidates.filter((candidate) => candidate.dims.join() === dims.join()).map(({ data }) => data);
}

function transpose({ data, dims, ...rest }: Constant, order: readonly number[]): Constant {
  const strides = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * dims[axis + 1]!;
  const shape = order.map((axis) => dims[axis]!);
  const result = new Float32Array(data.length);
  for (let to = 0; to < data.length; to++) {
    let from = 0;
    for (let axis = shape.length - 1, index = to; axis >= 0; axis--) {
      from += (index % shape[axis]!) * strides[order[axis]!]!;
      index = Math.floor(index / shape[axis]!);
    }
    result[to] = data[from]!;
  }
  return { ...rest, data: result, dims: shape };
}

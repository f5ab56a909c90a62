import type { Graph } from '../onnx/graph.ts';
import { DataType } from '../onnx/proto.ts';
import { dataTypeOf, packNibbles, rawTensorProto } from '../onnx/tensor.ts';
import type { Value } from '../onnx/value.ts';
import type { IntegerGrid } from '../targets/index.ts';
import { sizeOf, type Tensor } from '../tensor.ts';
import { partOf } from './recover/lattice-rounding.ts';
import { quantizeWeights, type WeightOptions } from './weights.ts';

/** Level 1's weight grid where integers are only how a weight is stored: symmetric, all 8 bits, on every CPU. */
export const storageGrid: IntegerGrid = { type: 'int8', qmin: -127, qmax: 127, zeroPoint: 0 };

/** A constant as integers: `weight ~ (values - zeroPoint) * scale`, the scale broadcast along the axes that it lacks. */
export interface QuantizedWeight {
  values: Int8Array | Uint8Array;
  dims: readonly number[];
  /** One entry for each index along the kept axes, row-major. */
  scale: Float32Array;
  /** As `dims`, with 1 where one scale serves the whole axis; [] for one scale in all. */
  scaleDims: readonly number[];
  zeroPoint: number;
  /** What one of the integers takes in a file. */
  bits: 8 | 4;
}

/** How a weight is rounded where integers are how it is stored, or an integer kernel finds the activation's scale at run time. */
export interface StoredRounding extends Pick<WeightOptions, 'grid' | 'range' | 'rounding' | 'moments'> {
  /**
   * Axes that have scales of their own (output channels, rows): any one axis, or leading axes and one more; none: one scale. Moments are
   * for one axis, for leading ones alone, or for both where the leading ones are groups.
   */
  kept: readonly number[];
}

/**
 * Rounds a weight onto a grid, with one scale for each index along the kept axes.
 *
 * @throws RangeError where the weight holds NaN or infinity
 */
export function quantizeWeight(
  weight: Float32Array,
  dims: readonly number[],
  { kept, grid, range = 'max', rounding = 'nearest', moments }: StoredRounding,
): QuantizedWeight {
  const { lead, inner, axis } = split(dims, kept);
  const bits = grid.qmin >= -8 && grid.qmax <= 7 ? 4 : 8;
  const blocks = sizeOf(dims.slice(0, lead));
  const size = sizeOf(inner);
  const values = grid.type === 'uint8' ? new Uint8Array(weight.length) : new Int8Array(weight.length);
  const scaleDims = kept.length === 0 ? [] : dims.map((dim, at) => (kept.includes(at) ? dim : 1));
  const scale = new Float32Array(sizeOf(scaleDims));
  const channels = scale.length / blocks;
  for (let block = 0; block < blocks; block++) {
    const part = quantizeWeights(weight.subarray(block * size, (block + 1) * size), inner, {
      axis,
      grid,
      range,
      rounding,
      moments: moments && partOf(moments, block, blocks),
    });
    values.set(part.values, block * size);
    scale.set(part.scales, block * channels);
  }
  return { values, dims, scale, scaleDims, zeroPoint: grid.zeroPoint ?? 0, bits };
}

/** Leading kept axes, looped over, and the dimensions behind them with the one axis that quantizeWeights takes. */
function split(dims: readonly number[], kept: readonly number[]) {
  const last = kept.at(-1);
  if (last === undefined) return { lead: 0, inner: dims, axis: undefined };
  const lead = kept.length - 1;
  if (kept.some((axis, i) => i < lead && axis !== i)) throw new Error(`scales along axes ${kept}`);
  // Leading ones alone are one axis in memory.
  if (last === lead && lead > 0) {
    return { lead: 0, inner: [sizeOf(dims.slice(0, kept.length)), ...dims.slice(kept.length)], axis: 0 };
  }
  return { lead, inner: dims.slice(lead), axis: last - lead };
}

/** A quantized weight in a graph: its integers, and the scales in the shape that broadcasts over it. */
export interface StoredWeight {
  integers: Value;
  scale: Value;
  quantized: QuantizedWeight;
}

/** The storage grid at this many bits. */
export function storageGridOf(bits: 8 | 4 | 3): IntegerGrid {
  const levels = 2 ** (bits - 1) - 1;
  return { ...storageGrid, qmin: -levels, qmax: levels };
}

/**
 * Adds a weight's integers to a graph. Those of 4 bits and less take half a byte (INT4, opset 21) and are widened by a Cast,
 * which ONNX Runtime folds when it loads the model: kernels see int8.
 */
export function storeIntegers(graph: Graph, name: string, { values, dims, bits }: QuantizedWeight): Value {
  const type = values instanceof Uint8Array ? 'uint8' : 'int8';
  if (bits === 8) return graph.addInitializer(name, { type, dims, data: values });
  const packed = graph.addInitializer(`${name}_int4`, rawTensorProto(DataType.INT4, dims, packNibbles(values)));
  return graph
    .addNode({
      op: 'Cast',
      name: `${name}_widen`,
      inputs: [packed],
      outputs: [name],
      attributes: { to: dataTypeOf('int8') },
    })
    .output();
}

/** Adds a quantized weight to a graph. */
export function storeWeight(graph: Graph, name: string, quantized: QuantizedWeight): StoredWeight {
  const { scale, scaleDims } = quantized;
  return {
    integers: storeIntegers(graph, `${name}_quantized`, quantized),
    scale: graph.addInitializer(`${name}_scale`, { type: 'float32', dims: scaleDims, data: scale }),
    quantized,
  };
}

/**
 * The float weight, computed from the stored integers: Cast, (Sub,) Mul. ONNX Runtime folds this when it loads the
 * model, so that the file shrinks and every kernel, layout and fusion stays what FP32 has. It does *not* fold
 * DequantizeLinear, which it keeps for its Q/DQ fusions and would run again with every inference.
 */
export function floatView(graph: Graph, name: string, { integers, scale, quantized }: StoredWeight): Value {
  let view = graph
    .addNode({ op: 'Cast', name: `${name}_cast`, inputs: [integers], attributes: { to: dataTypeOf('float32') } })
    .output();
  if (quantized.zeroPoint !== 0) {
    const zero: Tensor = { type: 'float32', dims: [], data: Float32Array.of(quantized.zeroPoint) };
    const zeroPoint = graph.addInitializer(`${name}_zero_point`, zero);
    view = graph.addNode({ op: 'Sub', name: `${name}_shift`, inputs: [view, zeroPoint] }).output();
  }
  return graph
    .addNode({ op: 'Mul', name: `${name}_dequantize`, inputs: [view, scale], outputs: [`${name}_float`] })
    .output();
}

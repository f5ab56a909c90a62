import type { Graph } from '../onnx/graph.ts';
import { dataTypeOf } from '../onnx/tensor.ts';
import type { Value } from '../onnx/value.ts';
import type { IntegerGrid } from '../targets/index.ts';
import type { Tensor } from '../tensor.ts';

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
}

/**
 * Rounds a weight onto a grid, with one scale for each index along the kept axes.
 *
 * @param kept axes that have scales of their own (the output channels); none: one scale
 * @throws RangeError where the weight holds NaN or infinity
 */
export function quantizeWeight(
  weight: Float32Array,
  dims: readonly number[],
  kept: readonly number[],
  grid: IntegerGrid,
): QuantizedWeight {
  const zeroPoint = grid.zeroPoint ?? 0;
  const scaleDims = kept.length === 0 ? [] : dims.map((dim, axis) => (kept.includes(axis) ? dim : 1));
  const scaleOf = scaleIndices(dims, kept);
  const count = scaleDims.reduce((product, dim) => product * dim, 1);
  const low = new Float64Array(count);
  const high = new Float64Array(count);
  for (let i = 0, s = scaleOf.start(); i < weight.length; i++, s = scaleOf.next()) {
    const w = weight[i] as number;
    if (!Number.isFinite(w)) throw new RangeError('the weight holds NaN or infinity');
    if (w < low[s]!) low[s] = w;
    else if (w > high[s]!) high[s] = w;
  }
  const scale = new Float32Array(count);
  for (let s = 0; s < count; s++) {
    const widest = Math.fround(Math.max(high[s]! / (grid.qmax - zeroPoint), low[s]! / (grid.qmin - zeroPoint)));
    // Below the smallest normal float the division overflows; such a channel is zero for every purpose.
    scale[s] = widest >= 2 ** -126 ? widest : 1;
  }
  const values = grid.type === 'uint8' ? new Uint8Array(weight.length) : new Int8Array(weight.length);
  for (let i = 0, s = scaleOf.start(); i < weight.length; i++, s = scaleOf.next()) {
    const level = roundHalfEven((weight[i] as number) / scale[s]!) + zeroPoint;
    values[i] = Math.min(grid.qmax, Math.max(grid.qmin, level));
  }
  return { values, dims, scale, scaleDims, zeroPoint };
}

/** The float weight that a quantized one stands for. */
export function dequantizeWeight({ values, dims, scale, scaleDims, zeroPoint }: QuantizedWeight): Float32Array {
  const kept = scaleDims.flatMap((dim, axis) => (dim === dims[axis] && dim > 1 ? [axis] : []));
  const scaleOf = scaleIndices(dims, kept);
  const weight = new Float32Array(values.length);
  for (let i = 0, s = scaleOf.start(); i < values.length; i++, s = scaleOf.next()) {
    weight[i] = ((values[i] as number) - zeroPoint) * scale[s]!;
  }
  return weight;
}

/** Ties to even, as ONNX's QuantizeLinear (https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html). */
export function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Walks a row-major tensor and gives each element's index into its scales. */
function scaleIndices(dims: readonly number[], kept: readonly number[]): { start(): number; next(): number } {
  const steps = new Array<number>(dims.length).fill(0);
  let step = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (!kept.includes(axis)) continue;
    steps[axis] = step;
    step *= dims[axis]!;
  }
  const at = new Array<number>(dims.length).fill(0);
  let index = 0;
  return {
    start() {
      at.fill(0);
      index = 0;
      return 0;
    },
    next() {
      for (let axis = dims.length - 1; axis >= 0; axis--) {
        index += steps[axis]!;
        at[axis]! += 1;
        if (at[axis]! < dims[axis]!) return index;
        index -= steps[axis]! * dims[axis]!;
        at[axis] = 0;
      }
      return 0;
    },
  };
}

/** A quantized weight in a graph: its integers, and the scales in the shape that broadcasts over it. */
export interface StoredWeight {
  integers: Value;
  scale: Value;
  quantized: QuantizedWeight;
}

/** Adds a quantized weight to a graph. */
export function storeWeight(graph: Graph, name: string, quantized: QuantizedWeight): StoredWeight {
  const { values, dims, scale, scaleDims } = quantized;
  const type = values instanceof Uint8Array ? 'uint8' : 'int8';
  return {
    integers: graph.addInitializer(`${name}_quantized`, { type, dims, data: values }),
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

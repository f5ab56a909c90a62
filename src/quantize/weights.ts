import { roundHalfToEven } from '../calibrate/error.ts';
import type { IntegerGrid, Target } from '../targets/target.ts';
import { type InputMoments, roundToLattice } from './recover/lattice-rounding.ts';
import { balanceRounding } from './recover/rounding.ts';

/** A weight on an integer grid, one scale for each index along `axis` (or one in all). */
export interface QuantizedTensor {
  values: Int8Array | Uint8Array;
  dims: readonly number[];
  /** The axis of the scales; undefined: `scales` has one entry. */
  axis: number | undefined;
  scales: Float32Array;
  zeroPoint: number;
  grid: IntegerGrid;
}

export interface WeightOptions {
  /** Output-channel axis; undefined: one scale. */
  axis: number | undefined;
  grid: IntegerGrid;
  /** max: cover every weight. mse: the scale with the least squared error, which pays at few bits. */
  range?: 'max' | 'mse';
  /** balanced: errors of a kernel cancel (see recover/rounding). */
  rounding?: 'nearest' | 'balanced';
  /** How the layer's inputs vary together: rounds for what it computes from them instead (see recover/lattice-rounding). */
  moments?: InputMoments | undefined;
  /** Scales known from elsewhere (training); taken as they are. */
  scales?: Float32Array;
  /** Least scale of each channel, so that the bias fits int32 (see biasFloor). */
  leastScales?: Float64Array;
}

/** Scales that are worth a try, as fractions of the one that covers everything. */
const fractions = Array.from({ length: 61 }, (_, i) => 1 - i / 100);

/** The weight grid of a target at this many bits; fewer bits use fewer levels of the same type. */
export function weightGrid(target: Target, bits: 8 | 4 | 3, depthwise = false): IntegerGrid {
  if (bits === 8) return (depthwise && target.depthwiseWeight) || target.weight;
  const levels = 2 ** (bits - 1) - 1;
  return { type: 'int8', qmin: -levels, qmax: levels, zeroPoint: 0 };
}

/**
 * Rounds a weight onto a grid with fixed zero point.
 *
 * @throws RangeError where the weight holds NaN or infinity
 */
export function quantizeWeights(data: Float32Array, dims: readonly number[], options: WeightOptions): QuantizedTensor {
  const { moments, grid } = options;
  if (!moments) return quantizeEach(data, dims, options);
  const nearest = quantizeEach(data, dims, { ...options, rounding: 'nearest' });
  const { scales, values, zeroPoint } = nearest;
  const levels = roundToLattice(data, scales, moments, grid.qmin - zeroPoint, grid.qmax - zeroPoint);
  for (let i = 0; i < levels.length; i++) values[i] = levels[i]! + zeroPoint;
  return nearest;
}

/** Rounds without a look at what else is rounded, but for balanced rounding. */
function quantizeEach(data: Float32Array, dims: readonly number[], options: WeightOptions): QuantizedTensor {
  const { axis, grid, range = 'max', leastScales } = options;
  const zeroPoint = grid.zeroPoint ?? 0;
  const channels = axis === undefined ? 1 : (dims[axis] as number);
  const inner = axis === undefined ? data.length : dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const outer = data.length / (channels * inner) || 0;
  const scales = new Float32Array(channels);
  const values = grid.type === 'uint8' ? new Uint8Array(data.length) : new Int8Array(data.length);
  const low = grid.qmin - zeroPoint;
  const high = grid.qmax - zeroPoint;
  const floorOf = (c: number) => leastScales?.[leastScales.length === 1 ? 0 : c] ?? 0;
  if (range === 'max' && options.rounding !== 'balanced') {
    const covering = options.scales ?? coveringScales(data, channels, inner, low, high);
    for (let c = 0; c < channels; c++) scales[c] = Math.max(covering[covering.length === 1 ? 0 : c]!, floorOf(c));
    for (let start = 0, c = 0; start < data.length; start += inner, c = c + 1 === channels ? 0 : c + 1) {
      const scale = scales[c]!;
      for (let i = start; i < start + inner; i++) {
        const level = roundHalfToEven(Math.fround(data[i]! / scale));
        values[i] = Math.min(Math.max(level, low), high) + zeroPoint;
      }
    }
    return { values, dims, axis, scales, zeroPoint, grid };
  }
  const channel = new Float32Array(outer * inner);
  for (let c = 0; c < channels; c++) {
    for (let o = 0; o < outer; o++) {
      const start = (o * channels + c) * inner;
      channel.set(data.subarray(start, start + inner), o * inner);
    }
    let scale = options.scales?.[options.scales.length === 1 ? 0 : c];
    if (scale === undefined) {
      scale = coveringScale(channel, low, high);
      if (range === 'mse') scale = leastErrorScale(channel, scale, low, high);
    }
    scale = Math.fround(Math.max(scale, floorOf(c)));
    scales[c] = scale;
    const levels = Float64Array.from(channel, (value) =>
      Math.min(Math.max(roundHalfToEven(Math.fround(value / scale)), low), high),
    );
    if (options.rounding === 'balanced') {
      const errors = Float64Array.from(channel, (value, i) => value / scale - levels[i]!);
      balanceRounding(errors, levels, axis === 0 ? dims.slice(2).reduce((a, b) => a * b, 1) : 1, low, high);
    }
    for (let o = 0; o < outer; o++) {
      const start = (o * channels + c) * inner;
      for (let i = 0; i < inner; i++) values[start + i] = levels[o * inner + i]! + zeroPoint;
    }
  }
  return { values, dims, axis, scales, zeroPoint, grid };
}

/** The float weight that a quantized one stands for. */
export function dequantizeWeights({ values, dims, axis, scales, zeroPoint }: QuantizedTensor): Float32Array {
  const channels = axis === undefined ? 1 : (dims[axis] as number);
  const inner = axis === undefined ? values.length : dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  return Float32Array.from(
    values,
    (value, i) => (value - zeroPoint) * (scales[Math.floor(i / inner) % channels] as number),
  );
}

/** coveringScale of every channel in one pass over the memory as it lies. */
function coveringScales(data: Float32Array, channels: number, inner: number, low: number, high: number): Float32Array {
  const min = new Float64Array(channels);
  const max = new Float64Array(channels);
  for (let start = 0, c = 0; start < data.length; start += inner, c = c + 1 === channels ? 0 : c + 1) {
    for (let i = start; i < start + inner; i++) {
      const value = data[i]!;
      if (!Number.isFinite(value)) throw new RangeError('the weight holds NaN or infinity');
      if (value < min[c]!) min[c] = value;
      else if (value > max[c]!) max[c] = value;
    }
  }
  return Float32Array.from(min, (least, c) => scaleOf(least, max[c]!, low, high));
}

function scaleOf(min: number, max: number, low: number, high: number): number {
  const scale = Math.fround(Math.max(min / low, max / high));
  // A channel of zeros, or of numbers that no float scale can tell from zero.
  return scale < 2 ** -126 ? 1 : scale;
}

function coveringScale(values: Float32Array, low: number, high: number): number {
  let min = 0;
  let max = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) throw new RangeError('the weight holds NaN or infinity');
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return scaleOf(min, max, low, high);
}

function leastErrorScale(values: Float32Array, covering: number, low: number, high: number): number {
  let best = covering;
  let least = Infinity;
  for (const fraction of fractions) {
    const scale = Math.fround(covering * fraction);
    let error = 0;
    for (let i = 0; i < values.length && error < least; i++) {
      const value = values[i] as number;
      const distance = value - Math.min(Math.max(Math.round(value / scale), low), high) * scale;
      error += distance * distance;
    }
    if (error < least) [best, least] = [scale, error];
  }
  return best;
}

/** int32 of a bias may not overflow, and sums of products are added to it. */
const largestBias = 2 ** 31 * 0.9;

/**
 * The least weight scale of each channel with which round(bias / (activationScale * weightScale)) fits int32. A tiny weight
 * channel under a large bias lost up to 51 points in the field (onnxruntime PR 21645).
 */
export function biasFloor(bias: Float32Array, activationScale: number): Float64Array {
  const least = new Float64Array(bias.length);
  for (let c = 0; c < bias.length; c++) least[c] = Math.abs(bias[c]!) / (largestBias * activationScale);
  return least;
}

/** A bias as int32 with scale activationScale * weightScales[c] and zero point 0. */
export function quantizeBias(
  bias: Float32Array,
  activationScale: number,
  weightScales: Float32Array,
): { values: Int32Array; scales: Float32Array } {
  const scales = new Float32Array(bias.length);
  const values = new Int32Array(bias.length);
  for (let c = 0; c < bias.length; c++) {
    scales[c] = activationScale * weightScales[weightScales.length === 1 ? 0 : c]!;
    values[c] = Math.min(Math.max(roundHalfToEven(bias[c]! / scales[c]!), -(2 ** 31)), 2 ** 31 - 1);
  }
  return { values, scales };
}

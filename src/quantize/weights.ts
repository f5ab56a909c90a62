import { roundHalfToEven } from '../numbers.ts';
import type { IntegerGrid, Target } from '../targets/target.ts';
import { type InputMoments, roundToLattice } from './recover/lattice-rounding.ts';
import { balanceRounding } from './recover/rounding.ts';
import { leastErrorScale } from './scale-search.ts';

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

/**
 * How the range of weights is found before anything else is tried: with few levels, clipping the largest weights often costs less than
 * the coarser steps that would cover them.
 */
export const firstRange = (bits: number): 'max' | 'mse' => (bits === 8 ? 'max' : 'mse');

/** The weight grid of a target at this many bits; fewer bits use fewer levels of the same type. */
export function weightGrid(target: Target, bits: 8 | 4 | 3, depthwise = false): IntegerGrid {
  if (bits === 8) return (depthwise && target.depthwiseWeight) || target.weight;
  const levels = 2 ** (bits - 1) - 1;
  return { type: 'int8', qmin: -levels, qmax: levels, zeroPoint: 0 };
}

/**
 * Rounds a weight onto a grid with fixed zero point.
 *
 * @throws RangeError where the weight holds NaN or infinity and its scales are to be found
 */
export function quantizeWeights(data: Float32Array, dims: readonly number[], options: WeightOptions): QuantizedTensor {
  const { axis, grid, rounding = 'nearest', moments } = options;
  const zeroPoint = grid.zeroPoint ?? 0;
  const [low, high] = [grid.qmin - zeroPoint, grid.qmax - zeroPoint];
  const channels = channelsOf(data, dims, axis);
  const scales = scalesOf(data, channels, options, low, high);
  const values = grid.type === 'uint8' ? new Uint8Array(data.length) : new Int8Array(data.length);
  if (moments) {
    const levels = roundToLattice(data, scales, moments, low, high);
    for (let i = 0; i < levels.length; i++) values[i] = levels[i]! + zeroPoint;
  } else if (rounding === 'balanced') {
    const kernel = axis === 0 ? dims.slice(2).reduce((a, b) => a * b, 1) : 1;
    const { count, inner, outer } = channels;
    const levels = new Float64Array(outer * inner);
    const errors = new Float64Array(outer * inner);
    for (let c = 0; c < count; c++) {
      const channel = gather(data, channels, c);
      const scale = scales[c]!;
      for (let i = 0; i < channel.length; i++) {
        const exact = channel[i]! / scale;
        const level = Math.min(Math.max(roundHalfToEven(Math.fround(exact)), low), high);
        levels[i] = level;
        errors[i] = exact - level;
      }
      balanceRounding(errors, levels, kernel, low, high);
      for (let o = 0, i = 0; o < outer; o++) {
        const start = (o * count + c) * inner;
        for (let at = start; at < start + inner; at++) values[at] = levels[i++]! + zeroPoint;
      }
    }
  } else {
    const { count, inner } = channels;
    for (let start = 0, c = 0; start < data.length; start += inner, c = c + 1 === count ? 0 : c + 1) {
      const scale = scales[c]!;
      for (let i = start; i < start + inner; i++) {
        const level = roundHalfToEven(Math.fround(data[i]! / scale));
        values[i] = Math.min(Math.max(level, low), high) + zeroPoint;
      }
    }
  }
  return { values, dims, axis, scales, zeroPoint, grid };
}

/** How the channels of a weight lie in memory: `outer` times one after another, each `inner` numbers long. */
interface Channels {
  count: number;
  inner: number;
  outer: number;
}

function channelsOf({ length }: Float32Array, dims: readonly number[], axis: number | undefined): Channels {
  const count = axis === undefined ? 1 : (dims[axis] as number);
  const inner = axis === undefined ? length : dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  return { count, inner, outer: length / (count * inner) || 0 };
}

/** The numbers of one channel; a view of the memory where they lie together. */
function gather(data: Float32Array, { count, inner, outer }: Channels, c: number): Float32Array {
  if (outer === 1) return data.subarray(c * inner, (c + 1) * inner);
  const channel = new Float32Array(outer * inner);
  for (let o = 0; o < outer; o++) {
    const start = (o * count + c) * inner;
    channel.set(data.subarray(start, start + inner), o * inner);
  }
  return channel;
}

/** One scale a channel: as given, or by the range that is asked for. */
function scalesOf(
  data: Float32Array,
  channels: Channels,
  { scales, range = 'max', leastScales }: WeightOptions,
  low: number,
  high: number,
): Float32Array {
  const found = scales ?? coveringScales(data, channels, low, high);
  return Float32Array.from({ length: channels.count }, (_, c) => {
    let scale = found[found.length === 1 ? 0 : c]!;
    if (!scales && range === 'mse') scale = leastErrorScale(gather(data, channels, c), scale, low, high);
    return Math.max(scale, leastScales?.[leastScales.length === 1 ? 0 : c] ?? 0);
  });
}

/** The scales that cover every weight of each channel, in one pass over the memory as it lies. */
function coveringScales(data: Float32Array, { count, inner }: Channels, low: number, high: number): Float32Array {
  const min = new Float64Array(count);
  const max = new Float64Array(count);
  for (let start = 0, c = 0; start < data.length; start += inner, c = c + 1 === count ? 0 : c + 1) {
    for (let i = start; i < start + inner; i++) {
      const value = data[i]!;
      if (!Number.isFinite(value)) throw new RangeError('the weight holds NaN or infinity');
      if (value < min[c]!) min[c] = value;
      else if (value > max[c]!) max[c] = value;
    }
  }
  const scales = Float32Array.from(min, (least, c) => Math.max(least / low, max[c]! / high));
  // A channel of zeros (pruned, or the row of a padding token), or of numbers that no float scale can tell from zero: it gets the
  // least of the others. 1 made its bias coarse, and a level in training as large.
  const smallest = scales.reduce((found, scale) => (isNormal(scale) && scale < found ? scale : found), Infinity);
  return scales.map((scale) => (isNormal(scale) ? scale : Number.isFinite(smallest) ? smallest : 1));
}

const isNormal = (scale: number): boolean => scale >= 2 ** -126;

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

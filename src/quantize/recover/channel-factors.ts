import { groupBy } from '../../groups.ts';
import type { Value } from '../../onnx/value.ts';
import { ChannelSets } from './channel-sets.ts';
import type { ChannelMap } from './channels.ts';
import type { ScalableLayer } from './scalable.ts';

/** What calibration saw of a tensor's channels, of the sample that had most of it: the magnitude, and the mean square. */
export interface ChannelStatistics {
  greatest: Float32Array;
  square: Float32Array;
}

/** The least and the greatest factor of a channel. */
const limits = [1 / 64, 64] as const;
/** s = a^p / w^q: p and q that are tried; where p + q is 1 it is SmoothQuant's, and 1/2 each cross-layer equalization. */
const exponents = [0, 0.25, 0.5, 0.75, 1].flatMap((p) => [0, 0.25, 0.5].map((q) => [p, q] as const));
/**
 * Channels are balanced only if the estimated noise falls to this fraction of what it was: by 1 dB, as the estimate is rough, and by 10 dB
 * where it costs a convolution. Gates before a convolution
 * of each channel by itself win 12 to 40 in PicoDet and PP-LCNet, all others hardly 5, which the outputs do not show.
 */
const worth = { plain: 0.8, gated: 0.1 };
/** The weights' share in a row changes with the factors of the others in it: the second round sees that. */
const rounds = 2;
/** How often a channel is rounded on its way: through a gate, before it, in it and after it. */
const roundings = { plain: 1, gated: 3 };
/** What is left of the noise of weights once they are rounded for what their layers compute. */
const weightNoise = 0.3;

/** A layer that reads channels. */
interface Reader {
  value: Value;
  /** The sets of its input channels. */
  sets: Int32Array;
  outputs: number;
  /** How many weights an output has for each channel that it reads. */
  kernel: number;
  /** Of those, for each output the channels that it reads: the greatest, and the sum of squares. */
  greatest: Float32Array;
  square: Float32Array;
  /** The first channel that an output reads; it reads those that follow. */
  firstOf(output: number): number;
}

/**
 * By what each set of channels is divided, by the channel that stands for it; 1 or nothing where they stay as they are. Tensors that
 * share sets are balanced together, by the factors that leave the least noise in what reads them: that of integer activations,
 * with one scale for all channels, and that of integer weights, with one for each output.
 */
export function channelFactors(
  map: ChannelMap,
  statistics: ReadonlyMap<Value, ChannelStatistics>,
): Map<number, number> {
  const { sets, of } = map;
  const setsOf = (value: Value) => of.get(value)!.ids.map((id) => sets.find(id));
  const written = new Set(map.producers.flatMap(({ node }) => setsOf(node.output())));
  const readers = groupBy(map.consumers, ({ node }) => node.input(0)!);
  const balanced = balances(map).flatMap(({ values, way }) => {
    const seen = values.filter((value) => statistics.has(value));
    const own = [...new Set(seen.flatMap(setsOf))];
    const places = new Map(own.map((set, place) => [set, place]));
    const placesOf = (value: Value) => Int32Array.from(setsOf(value), (set) => places.get(set)!);
    const tensors = seen.map((value) => ({ sets: placesOf(value), ...statistics.get(value)! }));
    const reading = seen.flatMap((value) =>
      (readers.get(value) ?? []).map((layer) => readerOf(layer, placesOf(value))),
    );
    const isFree = own.map((set) => written.has(set) && !sets.isFixed(set));
    const by = leastNoise({ tensors, readers: reading, isFree, statistics }, way);
    return by ? own.map((set, place) => [set, by[place]!] as const) : [];
  });
  return new Map(balanced);
}

/** Tensors that are balanced together. Their sets are numbered from 0. */
interface Balance {
  tensors: readonly Tensor[];
  readers: readonly Reader[];
  /** Whether each set may be scaled. */
  isFree: readonly boolean[];
  statistics: ReadonlyMap<Value, ChannelStatistics>;
}

/** The factors that leave the least noise, 1 where sets stay as they are; undefined where that is not worth it. */
function leastNoise(
  { tensors, readers, isFree, statistics }: Balance,
  way: 'plain' | 'gated',
): Float64Array | undefined {
  const none = new Float64Array(isFree.length).fill(1);
  const [activations, weights] = [greatestOf(tensors, isFree.length), relativeWeights(readers, none)];
  const free = [...isFree.keys()].filter((set) => isFree[set] && activations[set]! > 0 && weights[set]! > 0);
  if (free.length < 2) return undefined;
  // Channels that stay beside them say how large a tensor is: up to that it costs nothing.
  const ceilings = isFree.length > free.length ? rangesOf(tensors, isFree.length) : undefined;
  const least = (set: number) => (ceilings ? activations[set]! / ceilings[set]! : 0);
  const balanced = (p: number, q: number, before: Float64Array, shares: Float64Array) => {
    const raw = free.map((set) => {
      const s = before[set]!;
      return (s * (activations[set]! / s) ** p) / shares[set]! ** q;
    });
    const mean = Math.exp(raw.reduce((sum, s) => sum + Math.log(s), 0) / raw.length);
    const within = (factor: number) => Math.min(Math.max(factor, limits[0]), limits[1]);
    const by = none.slice();
    for (const [i, set] of free.entries()) by[set] = Math.max(within(raw[i]! / mean), least(set));
    return by;
  };
  const left = (by: Float64Array) => noise(readers, statistics, by, roundings[way]);
  const tried = exponents.flatMap(([p, q]) => {
    let by = none;
    return Array.from({ length: rounds }, (_, round) => {
      by = balanced(p, q, by, round === 0 ? weights : relativeWeights(readers, by));
      return { by, noise: left(by) };
    });
  });
  const best = tried.reduce((a, b) => (b.noise < a.noise ? b : a));
  return best.noise > left(none) * worth[way] ? undefined : best.by;
}

function readerOf(
  { node, weights, outputs, inputs, groups, outputOf, inputOf }: ScalableLayer,
  sets: Int32Array,
): Reader {
  const read = inputs / groups;
  const [greatest, square] = [new Float32Array(outputs * read), new Float32Array(outputs * read)];
  weights.forEach((x, i) => {
    const at = outputOf(i) * read + (inputOf(i) % read);
    greatest[at] = Math.max(greatest[at]!, Math.abs(x));
    square[at]! += x * x;
  });
  return {
    value: node.input(0)!,
    sets,
    outputs,
    kernel: weights.length / greatest.length,
    greatest,
    square,
    firstOf: (output) => Math.floor((output * groups) / outputs) * read,
  };
}

/** What was seen of a tensor, by the sets of its channels. */
interface Tensor extends ChannelStatistics {
  sets: Int32Array;
}

/** The greatest activation of each of `count` sets. */
function greatestOf(tensors: readonly Tensor[], count: number): Float64Array {
  const found = new Float64Array(count);
  for (const { sets, greatest } of tensors) raise(found, sets, (i) => greatest[i]!);
  return found;
}

/** The greatest of all channels that share a tensor with a set, for each of `count` sets. */
function rangesOf(tensors: readonly Tensor[], count: number): Float64Array {
  const found = new Float64Array(count);
  for (const { sets, greatest } of tensors) {
    const range = greatest.reduce((a, b) => Math.max(a, b), 0);
    raise(found, sets, () => range);
  }
  return found;
}

/** The greatest weight that reads each set, over the range of its output's weights, times factors that there are already. */
function relativeWeights(readers: readonly Reader[], by: Float64Array): Float64Array {
  const found = new Float64Array(by.length);
  for (const { sets, outputs, greatest, firstOf } of readers) {
    const read = greatest.length / outputs;
    for (let output = 0; output < outputs; output++) {
      const [first, row] = [firstOf(output), output * read];
      let range = 0;
      for (let i = 0; i < read; i++) range = Math.max(range, greatest[row + i]! * by[sets[first + i]!]!);
      for (let i = 0; range > 0 && i < read; i++) {
        const set = sets[first + i]!;
        found[set] = Math.max(found[set]!, (greatest[row + i]! * by[set]!) / range);
      }
    }
  }
  return found;
}

function raise(greatest: Float64Array, sets: Int32Array, of: (channel: number) => number): void {
  sets.forEach((set, i) => {
    greatest[set] = Math.max(greatest[set]!, of(i));
  });
}

/** Noise over signal of what the readers compute, summed over them, in squares of a 255th. */
function noise(
  readers: readonly Reader[],
  statistics: ReadonlyMap<Value, ChannelStatistics>,
  by: Float64Array,
  roundings: number,
): number {
  let sum = 0;
  for (const { value, sets, outputs, kernel, greatest, square, firstOf } of readers) {
    const activations = statistics.get(value)!;
    const factors = Float64Array.from(sets, (set) => by[set]!);
    const range = factors.reduce((most, factor, i) => Math.max(most, activations.greatest[i]! / factor), 0);
    const squares = factors.map((factor) => factor ** 2);
    const powers = squares.map((squared, i) => activations.square[i]! / squared);
    const read = greatest.length / outputs;
    let signal = 0;
    let ofActivations = 0;
    let ofWeights = 0;
    for (let output = 0; output < outputs; output++) {
      const first = firstOf(output);
      let weightRange = 0;
      let energy = 0;
      for (let i = 0, at = output * read; i < read; i++, at++) {
        weightRange = Math.max(weightRange, greatest[at]! * factors[first + i]!);
        energy += powers[first + i]!;
        signal += square[at]! * activations.square[first + i]!;
        ofActivations += square[at]! * squares[first + i]!;
      }
      ofWeights += (2 * weightRange) ** 2 * energy * kernel;
    }
    if (signal > 0) sum += (range ** 2 * ofActivations * roundings + ofWeights * weightNoise) / signal;
  }
  return sum;
}

/** Values in groups that share sets of channels, and so one balance; which way they go. */
function balances({ sets, of, gates }: ChannelMap): { values: Value[]; way: 'plain' | 'gated' }[] {
  const groups = new ChannelSets();
  const first = new Map<number, number>();
  const numbers = new Map<Value, number>();
  for (const [value, { ids }] of of) {
    const [number] = groups.add(1) as [number];
    numbers.set(value, number);
    for (const set of ids.map((id) => sets.find(id))) {
      const other = first.get(set);
      if (other === undefined) first.set(set, number);
      else groups.join([number], [other]);
    }
  }
  const entries = new Set(gates.map(({ x }) => x));
  return [...groupBy(of.keys(), (value) => groups.find(numbers.get(value)!)).values()].map((values) => ({
    values,
    way: values.some((value) => entries.has(value)) ? 'gated' : 'plain',
  }));
}

import type { Value } from '../../onnx/value.ts';
import { ChannelSets } from './channel-sets.ts';
import type { ChannelMap } from './channels.ts';
import type { ScalableLayer } from './scalable.ts';

/** What calibration saw of a tensor's channels, of the sample that had most of it: the magnitude, and the mean square. */
export interface ChannelStatistics {
  greatest: Float32Array;
  square: Float32Array;
}

/** Beyond this a channel is not worth more balance. */
const limits = [1 / 64, 64] as const;
/** s = a^p / w^q: p and q that are tried; where p + q is 1 it is SmoothQuant's, and 1/2 each cross-layer equalization. */
const exponents = [0, 0.25, 0.5, 0.75, 1].flatMap((p) => [0, 0.25, 0.5].map((q) => [p, q] as const));
/**
 * What may be left of the noise: 1 dB less, for the estimate is rough, and 10 where it costs a convolution. Gates before a convolution
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
  sets: readonly number[];
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
 * By what each set of channels is divided, by the channel that stands for it; sets that stay as they are have none. Tensors that
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
  const readers = Map.groupBy(map.consumers, ({ node }) => node.input(0)!);
  const balanced = balances(map).flatMap(({ values, way }) => {
    const seen = values.filter((value) => statistics.has(value));
    const tensors = seen.map((value) => ({ sets: setsOf(value), ...statistics.get(value)! }));
    const reading = seen.flatMap((value) => (readers.get(value) ?? []).map((layer) => readerOf(layer, setsOf(value))));
    const isFree = (set: number) => written.has(set) && !sets.isFixed(set);
    return [...leastNoise({ tensors, readers: reading, isFree, statistics }, way)];
  });
  return new Map(balanced);
}

/** Tensors that are balanced together. */
interface Balance {
  tensors: readonly Tensor[];
  readers: readonly Reader[];
  /** Whether a set may be scaled. */
  isFree(set: number): boolean;
  statistics: ReadonlyMap<Value, ChannelStatistics>;
}

/** The factors that leave the least noise; none where that is not worth it. */
function leastNoise({ tensors, readers, isFree, statistics }: Balance, way: 'plain' | 'gated'): Map<number, number> {
  const none = new Map<number, number>();
  const [activations, weights] = [greatestOf(tensors), relativeWeights(readers, none)];
  const all = [...activations.keys()];
  const free = all.filter((set) => isFree(set) && activations.get(set)! > 0 && (weights.get(set) ?? 0) > 0);
  if (free.length < 2) return none;
  // Channels that stay beside them say how large a tensor is: up to that it costs nothing.
  const ceilings = all.length > free.length ? rangesOf(tensors) : undefined;
  const least = (set: number) => (ceilings ? activations.get(set)! / ceilings.get(set)! : 0);
  const balanced = (p: number, q: number, before: ReadonlyMap<number, number>) => {
    const shares = before.size > 0 ? relativeWeights(readers, before) : weights;
    const raw = free.map((set) => {
      const s = before.get(set) ?? 1;
      return (s * (activations.get(set)! / s) ** p) / shares.get(set)! ** q;
    });
    const mean = Math.exp(raw.reduce((sum, s) => sum + Math.log(s), 0) / raw.length);
    const within = (factor: number) => Math.min(Math.max(factor, limits[0]), limits[1]);
    return new Map(free.map((set, i) => [set, Math.max(within(raw[i]! / mean), least(set))]));
  };
  const left = (by: ReadonlyMap<number, number>) => noise(readers, statistics, by, roundings[way]);
  const tried = exponents.flatMap(([p, q]) => {
    let by = none;
    return Array.from({ length: rounds }, () => {
      by = balanced(p, q, by);
      return { by, noise: left(by) };
    });
  });
  const best = tried.reduce((a, b) => (b.noise < a.noise ? b : a));
  return best.noise > left(none) * worth[way] ? none : best.by;
}

function readerOf(
  { node, weights, outputs, inputs, groups, outputOf, inputOf }: ScalableLayer,
  sets: readonly number[],
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
  sets: readonly number[];
}

/** The greatest activation of each set. */
function greatestOf(tensors: readonly Tensor[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const { sets, greatest } of tensors) raise(found, sets, greatest);
  return found;
}

/** The greatest of all channels that share a tensor with a set. */
function rangesOf(tensors: readonly Tensor[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const { sets, greatest } of tensors) raise(found, sets, new Float32Array(sets.length).fill(rangeOf(greatest)));
  return found;
}

/** The greatest weight that reads each set, over the range of its output's weights, times factors that there are already. */
function relativeWeights(readers: readonly Reader[], by: ReadonlyMap<number, number>): Map<number, number> {
  const found = new Map<number, number>();
  for (const { sets, outputs, greatest, firstOf } of readers) {
    const read = greatest.length / outputs;
    for (let output = 0; output < outputs; output++) {
      const first = firstOf(output);
      const own = sets.slice(first, first + read);
      const row = Float32Array.from(own, (set, i) => greatest[output * read + i]! * (by.get(set) ?? 1));
      const range = rangeOf(row) || 1;
      raise(
        found,
        own,
        row.map((weight) => weight / range),
      );
    }
  }
  return found;
}

function rangeOf(magnitudes: Float32Array): number {
  return magnitudes.reduce((a, b) => Math.max(a, b), 0);
}

function raise(greatest: Map<number, number>, sets: readonly number[], values: ArrayLike<number>): void {
  sets.forEach((set, i) => {
    greatest.set(set, Math.max(greatest.get(set) ?? 0, values[i]!));
  });
}

/** Noise over signal of what the readers compute, summed over them, in squares of a 255th. */
function noise(
  readers: readonly Reader[],
  statistics: ReadonlyMap<Value, ChannelStatistics>,
  by: ReadonlyMap<number, number>,
  roundings: number,
): number {
  let sum = 0;
  for (const { value, sets, outputs, kernel, greatest, square, firstOf } of readers) {
    const activations = statistics.get(value)!;
    const factors = Float64Array.from(sets, (set) => by.get(set) ?? 1);
    const range = factors.reduce((most, factor, i) => Math.max(most, activations.greatest[i]! / factor), 0);
    const read = greatest.length / outputs;
    let [signal, ofActivations, ofWeights] = [0, 0, 0];
    for (let output = 0; output < outputs; output++) {
      const first = firstOf(output);
      let [weightRange, energy] = [0, 0];
      for (let i = 0; i < read; i++) {
        const [at, factor, power] = [output * read + i, factors[first + i]!, activations.square[first + i]!];
        weightRange = Math.max(weightRange, greatest[at]! * factor);
        energy += power / factor ** 2;
        signal += square[at]! * power;
        ofActivations += square[at]! * factor ** 2;
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
  return [...Map.groupBy(of.keys(), (value) => groups.find(numbers.get(value)!)).values()].map((values) => ({
    values,
    way: values.some((value) => entries.has(value)) ? 'gated' : 'plain',
  }));
}

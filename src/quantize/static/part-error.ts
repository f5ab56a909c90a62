import { sizeOf } from '../../tensor.ts';
import type { OutputPart, Places } from './output-parts.ts';

/** A float32 output of one run. */
export interface FloatTensor {
  data: Float32Array;
  dims: readonly number[];
}

/** Sums of squares over samples. */
export interface SignalAndNoise {
  signal: number;
  noise: number;
}

/** What a sample's outputs should be: one part of them, with how much it counts. */
export interface ExpectedPart extends FloatTensor {
  part: OutputPart;
  /** Whether each number counts as much as it is: scores where hardly anything is found. */
  rare: boolean;
  /** The class that stands for nothing found, where one does: it is left out. */
  background?: Background;
  /** How much each position counts, the parts' axis left out; missing where all count alike. */
  weights?: { axis: number; values: Float32Array };
}

/** A class of a Softmax: its place on an axis. */
export interface Background {
  axis: number;
  place: number;
}

/** Probabilities below this are the same. */
const leastProbability = 0.01;
/** Scores are those of a detector where there are so many in a sample, of so small a mean. */
const fewestScores = 1000;
const rareMean = 0.05;

/**
 * Zero for those that count as nothing: as a signal they would drown the few that are something, of 6,000 classes say. NaN stays
 * NaN.
 */
const logarithm = (probability: number): number => Math.log(Math.max(probability, leastProbability) / leastProbability);

/**
 * A part of an output, as it is compared: probabilities of a Softmax as logarithms, other numbers as they are. A detector's
 * probabilities are scores once its background is left out.
 */
export function partOf(output: FloatTensor, { places, kind }: OutputPart, background?: Background): FloatTensor {
  const own = places ? cut(output, places) : output;
  if (kind !== 'softmax') return own;
  if (!background) return { ...own, data: own.data.map(logarithm) };
  const placeOf = placesOf(own.dims, background.axis);
  return { ...own, data: own.data.map((value, at) => (placeOf(at) === background.place ? 0 : value)) };
}

function cut({ data, dims }: FloatTensor, { axis, from, to }: Places): FloatTensor {
  const size = sizeOf(dims.slice(axis + 1));
  const [row, length] = [dims[axis]! * size, (to - from) * size];
  const cutData = new Float32Array((data.length / row) * length);
  for (let start = 0, at = 0; start < data.length; start += row, at += length) {
    cutData.set(data.subarray(start + from * size, start + to * size), at);
  }
  return { data: cutData, dims: dims.with(axis, to - from) };
}

/**
 * What the outputs of each sample are compared with. In a dense head nearly all positions are background, whose numbers
 * nobody reads: their errors say nothing of the detections that are lost (NanoDet: over eleven files, errors of all
 * positions alike correlate by 0.4 with the loss of average precision, errors weighted by the score by 0.85). So where
 * scores are rare, an error counts as much as the score of its position.
 */
export function expectedParts(
  samples: readonly Readonly<Record<string, FloatTensor>>[],
  parts: readonly OutputPart[],
): ExpectedPart[][] {
  const all = samples.map((outputs) =>
    parts.flatMap((part): ExpectedPart[] => {
      // Every object has a `toString`.
      const tensor = Object.hasOwn(outputs, part.output) ? outputs[part.output] : undefined;
      return tensor ? [{ part, rare: false, ...partOf(tensor, part) }] : [];
    }),
  );
  for (const [index] of (all[0] ?? []).entries()) {
    const same = all.map((sample) => sample[index]!);
    const background = backgroundOf(same);
    if (background) {
      for (const [at, { part }] of same.entries()) {
        const scores = partOf(samples[at]![part.output]!, part, background);
        all[at]![index] = { part, ...scores, background, rare: true };
      }
      continue;
    }
    const rare = same.every(isDense) && mean(same) < rareMean;
    for (const each of same) each.rare = rare;
  }
  for (const sample of all) {
    const scores = sample.filter(({ rare }) => rare);
    for (const each of sample) if (!each.rare) weigh(each, scores);
  }
  return all;
}

const isDense = ({ part, data }: ExpectedPart): boolean => part.kind === 'sigmoid' && data.length >= fewestScores;

/** The class that nearly all positions of a detector with a Softmax (SSD, RetinaFace) have. */
function backgroundOf(same: readonly ExpectedPart[]): Background | undefined {
  const [{ part, dims }] = same as [ExpectedPart];
  const axis = part.places?.axis ?? 2;
  if (part.kind !== 'softmax' || dims.length !== 3) return undefined;
  if (!same.every((each) => each.data.length >= fewestScores && each.dims[axis] === dims[axis])) return undefined;
  const sums = new Float64Array(dims[axis]!);
  let positions = 0;
  for (const each of same) {
    const placeOf = placesOf(each.dims, axis);
    for (const [at, value] of each.data.entries()) sums[placeOf(at)]! += leastProbability * Math.exp(value);
    positions += each.data.length / sums.length;
  }
  const place = sums.indexOf(Math.max(...sums));
  return sums[place]! / positions > 1 - rareMean ? { axis, place } : undefined;
}

function mean(tensors: readonly FloatTensor[]): number {
  let [sum, count] = [0, 0];
  for (const { data } of tensors) {
    for (const value of data) sum += value;
    count += data.length;
  }
  return sum / count;
}

/** Weights a part by the best score at each of its positions, where some of the scores lie at the same positions. */
function weigh(each: ExpectedPart, scores: readonly ExpectedPart[]): void {
  for (const score of scores) {
    const axis = sharedAxis(each, score);
    if (axis === undefined) continue;
    const best = largest(score, axis);
    const known = each.weights?.axis === axis ? each.weights.values : undefined;
    each.weights = { axis, values: known ? best.map((value, at) => Math.max(value, known[at]!)) : best };
  }
}

/** The axis of channels of two parts whose other axes are those of the same positions. */
function sharedAxis(one: ExpectedPart, other: ExpectedPart): number | undefined {
  const { length } = one.dims;
  if (other.dims.length !== length || length < 3) return undefined;
  const different = one.dims.flatMap((dim, axis) => (dim === other.dims[axis] ? [] : [axis]));
  const known = one.part.places ?? other.part.places;
  const usual = length === 3 ? 2 : 1;
  const axis = known?.axis ?? different[0] ?? usual;
  return different.every((each) => each === axis) ? axis : undefined;
}

/** The place of each element of a tensor on an axis. */
function placesOf(dims: readonly number[], axis: number): (at: number) => number {
  const size = sizeOf(dims.slice(axis + 1));
  return (at) => Math.floor(at / size) % dims[axis]!;
}

/** The position of each element of a tensor, the axis left out. */
function positionsOf(dims: readonly number[], axis: number): (at: number) => number {
  const size = sizeOf(dims.slice(axis + 1));
  const row = dims[axis]! * size;
  return (at) => Math.floor(at / row) * size + (at % size);
}

/** The largest number at each position. */
function largest({ data, dims }: FloatTensor, axis: number): Float32Array {
  const positionOf = positionsOf(dims, axis);
  const found = new Float32Array(data.length / dims[axis]!);
  for (const [at, value] of data.entries()) {
    const position = positionOf(at);
    if (value > found[position]!) found[position] = value;
  }
  return found;
}

/** The signal of a sample's part, as addError counts it. */
export function signalOf(expected: ExpectedPart): number {
  const sums: SignalAndNoise = { signal: 0, noise: 0 };
  addError(expected, expected, sums);
  return sums.signal;
}

/** Adds the signal of a sample's part and the noise of what a variant gives for it. Numbers that are not finite are left out. */
export function addError(expected: ExpectedPart, actual: FloatTensor, sums: SignalAndNoise): void {
  const { data, dims, rare, weights } = expected;
  if (data.length !== actual.data.length) {
    // The number of detections, say, changed: nothing of the output agrees.
    const own = data.reduce((sum, value) => sum + value * value, 0);
    sums.signal += own;
    sums.noise += Math.max(own, 1);
    return;
  }
  const positionOf = weights && positionsOf(dims, weights.axis);
  for (let i = 0; i < data.length; i++) {
    const value = data[i] as number;
    if (!Number.isFinite(value)) continue;
    const other = actual.data[i] as number;
    const weight = positionOf ? weights.values[positionOf(i)]! : 1;
    const signal = (rare ? value : weight) * value;
    // What a variant finds where there is nothing counts as well.
    const noise = value === other ? 0 : (rare ? Math.max(value, other) : weight) * (value - other);
    sums.signal += signal * signal;
    sums.noise += noise * noise;
  }
}

import { latticeKernels, together } from './lattice-kernels.ts';

/**
 * How the inputs of one weight vary together: what rounding needs to know to let the error of one weight make up for another's.
 * The inputs of an output are cut into blocks of `size`, each with the Cholesky factor of its second moments.
 */
export interface InputMoments {
  /** Tells these from others. */
  readonly id: number;
  readonly outputs: number;
  /** Weights of one output. */
  readonly inputs: number;
  /** Where the outputs of a group are in the weight's memory: before its inputs (Conv), or after them (MatMul). Groups are before both. */
  readonly outputsFirst: boolean;
  /** So many inputs of one output lie side by side, before those of the next: the kernel of a transposed convolution. Default 1. */
  readonly side?: number;
  /** The input blocks of the first group of outputs, then those of the second, ... */
  readonly blocks: readonly MomentBlock[];
}

export interface MomentBlock {
  readonly size: number;
  /** Inputs in the order of their energy, the largest last. */
  readonly order: Int32Array;
  /** Column after column of L from its diagonal down, second moments = L L^T, in that order. */
  readonly columns: Float32Array;
}

/** What is added to every input's energy, of the mean energy: the error must not hide where calibration saw nothing. */
const damping = 0.01;

/**
 * The Cholesky factor of a block's second moments.
 *
 * @param moments the mean of x x^T over what the layer reads, size x size
 */
export function factorBlock(moments: Float32Array, size: number): MomentBlock {
  const energy = Float64Array.from({ length: size }, (_, i) => moments[i * size + i]!);
  const order = Int32Array.from(energy.keys()).sort((a, b) => energy[a]! - energy[b]! || a - b);
  const added = (energy.reduce((sum, x) => sum + x, 0) / size) * damping;
  const { triangle, factor } = latticeKernels(size);
  for (let i = 0, at = 0; i < size; i++) {
    const row = order[i]! * size;
    for (let j = 0; j <= i; j++) triangle[at++] = moments[row + order[j]!]!;
  }
  // Rank-deficient but for the damping, in float32: an input that the others explain is rounded to nearest.
  factor(added, Math.max(added / 2, Number.MIN_VALUE));
  return { size, order, columns: transposed(triangle, size) };
}

/** Where row `i` of a triangle starts that lies row after row. */
const rowStart = (i: number): number => (i * (i + 1)) / 2;

/** A lower triangle that lies row after row, column after column. */
function transposed(rows: Float32Array, size: number): Float32Array {
  const columns = new Float32Array(rows.length);
  let at = 0;
  for (let j = 0; j < size; j++) for (let i = j; i < size; i++) columns[at++] = rows[rowStart(i) + j]!;
  return columns;
}

/**
 * Rounds a weight so that what its layer computes, not the weight, comes nearest to the float one: one input after another is
 * rounded, those of most energy first, and each one's error moves the targets of the inputs that vary with it. GPTQ (Frantar et
 * al., ICLR 2023) in the form of Babai's nearest plane, to which it is equal (Chen et al. 2025) and which needs no inverse.
 *
 * @param weight as it lies in memory
 * @param scales one for each output, or for as many outputs in a row each, or one in all
 * @returns levels in [low, high], as the weight lies in memory
 */
export function roundToLattice(
  weight: Float32Array,
  scales: Float32Array,
  { outputs, inputs, outputsFirst, side = 1, blocks }: InputMoments,
  low: number,
  high: number,
): Int16Array {
  const levels = new Int16Array(weight.length);
  const size = blocks[0]!.size;
  const blocksOfOutput = inputs / size;
  const outputsOfGroup = outputs / (blocks.length / blocksOfOutput);
  const [outputStep, inputStep] = outputsFirst ? [inputs, 1] : [side, outputsOfGroup];
  const places = Int32Array.from({ length: inputs }, (_, i) => Math.floor(i / side) * side * inputStep + (i % side));
  const outputsOfScale = outputs / scales.length;
  const { triangle, values, round } = latticeKernels(size);
  for (const [b, { order, columns }] of blocks.entries()) {
    triangle.set(columns);
    const group = Math.floor(b / blocksOfOutput);
    const firstOfGroup = group * outputsOfGroup;
    const last = firstOfGroup + outputsOfGroup;
    const start = firstOfGroup * inputs;
    const placesOfBlock = places.subarray((b % blocksOfOutput) * size);
    // Outputs do not depend on each other: several at a time, side by side in memory, so that a factor is read once for all.
    for (let first = firstOfGroup; first < last; first += together) {
      const end = Math.min(first + together, last);
      for (let output = first; output < end; output++) {
        const scale = scales[Math.floor(output / outputsOfScale)]!;
        const from = start + (output - firstOfGroup) * outputStep;
        for (let i = 0; i < size; i++) {
          values[i * together + output - first] = weight[from + placesOfBlock[order[i]!]!]! / scale;
        }
      }
      round(low, high);
      for (let output = first; output < end; output++) {
        const to = start + (output - firstOfGroup) * outputStep;
        for (let i = 0; i < size; i++) levels[to + placesOfBlock[order[i]!]!] = values[i * together + output - first]!;
      }
    }
  }
  return levels;
}

/** The moments of one of the equal parts that a weight is cut into between its groups. */
export function partOf(moments: InputMoments, part: number, parts: number): InputMoments {
  const count = moments.blocks.length / parts;
  const blocks = moments.blocks.slice(part * count, (part + 1) * count);
  return { ...moments, outputs: moments.outputs / parts, blocks };
}

import { roundHalfToEven } from '../../calibrate/error.ts';

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
  /** Where outputs are in the weight's memory: before its inputs (Conv), or after them (MatMul). */
  readonly outputsFirst: boolean;
  /** The input blocks of the first group of outputs, then those of the second, ... */
  readonly blocks: readonly MomentBlock[];
}

export interface MomentBlock {
  readonly size: number;
  /** Inputs in the order of their energy, the largest last. */
  readonly order: Int32Array;
  /** Row after row of the lower triangle of L, second moments = L L^T, in that order. */
  readonly factor: Float32Array;
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
  const factor = new Float32Array((size * (size + 1)) / 2);
  const inverse = new Float64Array(size);
  for (let i = 0, row = 0; i < size; row += ++i) {
    const from = order[i]! * size;
    for (let j = 0, other = 0; j <= i; other += ++j) {
      let sum = moments[from + order[j]!]! + (i === j ? added : 0);
      for (let k = 0; k < j; k++) sum -= factor[row + k]! * factor[other + k]!;
      if (i > j) factor[row + j] = sum * inverse[j]!;
      else {
        // Rank-deficient but for the damping, in float32: an input that the others explain is rounded to nearest.
        const root = Math.sqrt(Math.max(sum, added / 2, Number.MIN_VALUE));
        factor[row + i] = root;
        inverse[i] = 1 / root;
      }
    }
  }
  return { size, order, factor };
}

/**
 * Rounds a weight so that what its layer computes, not the weight, comes nearest to the float one: one input after another is
 * rounded, those of most energy first, and each one's error moves the targets of the inputs that vary with it. GPTQ (Frantar et
 * al., ICLR 2023) in the form of Babai's nearest plane, to which it is equal (Chen et al. 2025) and which needs no inverse.
 *
 * @param weight as it lies in memory
 * @param scales one for each output, or one in all
 * @returns levels in [low, high], as the weight lies in memory
 */
export function roundToLattice(
  weight: Float32Array,
  scales: Float32Array,
  { outputs, inputs, outputsFirst, blocks }: InputMoments,
  low: number,
  high: number,
): Int16Array {
  const levels = new Int16Array(weight.length);
  const [outputStep, inputStep] = outputsFirst ? [inputs, 1] : [1, outputs];
  const size = blocks[0]!.size;
  const blocksOfOutput = inputs / size;
  const outputsOfGroup = outputs / (blocks.length / blocksOfOutput);
  const exact = new Float64Array(size);
  const moved = new Float64Array(size);
  for (let output = 0; output < outputs; output++) {
    const scale = scales[scales.length === 1 ? 0 : output]!;
    const group = Math.floor(output / outputsOfGroup);
    for (let b = 0; b < blocksOfOutput; b++) {
      const { order, factor } = blocks[group * blocksOfOutput + b]!;
      const start = output * outputStep + b * size * inputStep;
      for (let i = 0; i < size; i++) exact[i] = weight[start + order[i]! * inputStep]! / scale;
      moved.fill(0);
      for (let i = size - 1, row = (size * (size - 1)) / 2; i >= 0; row -= i--) {
        const wanted = roundHalfToEven(exact[i]! + moved[i]! / factor[row + i]!);
        const level = Math.min(Math.max(wanted, low), high);
        levels[start + order[i]! * inputStep] = level;
        const error = exact[i]! - level;
        for (let j = 0; j < i; j++) moved[j] = moved[j]! + factor[row + j]! * error;
      }
    }
  }
  return levels;
}

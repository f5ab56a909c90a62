import { roundHalfToEven } from '../../numbers.ts';

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
  const rows = new Float32Array((size * (size + 1)) / 2);
  const inverse = new Float64Array(size);
  const sums = new Float64Array(together);
  for (let first = 0; first < size; first += together) {
    const end = Math.min(first + together, size);
    for (let j = 0; j < end; j++) {
      // Rows that are not there are computed like the last one.
      for (let r = 0; r < together; r++) sums[r] = moments[order[Math.min(first + r, end - 1)]! * size + order[j]!]!;
      subtractProducts(sums, rows, first, end - 1, j);
      for (let i = Math.max(first, j); i < end; i++) {
        const sum = sums[i - first]!;
        if (i > j) rows[rowStart(i) + j] = sum * inverse[j]!;
        else {
          // Rank-deficient but for the damping, in float32: an input that the others explain is rounded to nearest.
          const root = Math.sqrt(Math.max(sum + added, added / 2, Number.MIN_VALUE));
          rows[rowStart(i) + i] = root;
          inverse[i] = 1 / root;
        }
      }
    }
  }
  return { size, order, columns: transposed(rows, size) };
}

/**
 * Takes from each sum what rows `first` to `last` of a triangle, the last one again where there are fewer than sums, have in common
 * with row `j` before its diagonal. A sum waits for its last subtraction, so several take little more time than one.
 */
function subtractProducts(sums: Float64Array, rows: Float32Array, first: number, last: number, j: number): void {
  const row = (i: number) => rowStart(Math.min(first + i, last));
  const [rowA, rowB, rowC, rowD] = [row(0), row(1), row(2), row(3)] as const;
  const [rowE, rowF, rowG, rowH] = [row(4), row(5), row(6), row(7)] as const;
  let a = sums[0]!;
  let b = sums[1]!;
  let c = sums[2]!;
  let d = sums[3]!;
  let e = sums[4]!;
  let f = sums[5]!;
  let g = sums[6]!;
  let h = sums[7]!;
  for (let k = 0, other = rowStart(j); k < j; k++) {
    const factor = rows[other + k]!;
    a -= rows[rowA + k]! * factor;
    b -= rows[rowB + k]! * factor;
    c -= rows[rowC + k]! * factor;
    d -= rows[rowD + k]! * factor;
    e -= rows[rowE + k]! * factor;
    f -= rows[rowF + k]! * factor;
    g -= rows[rowG + k]! * factor;
    h -= rows[rowH + k]! * factor;
  }
  sums[0] = a;
  sums[1] = b;
  sums[2] = c;
  sums[3] = d;
  sums[4] = e;
  sums[5] = f;
  sums[6] = g;
  sums[7] = h;
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
  // Outputs do not depend on each other: several at a time, side by side in memory, so that a factor is read once for all.
  const exact = new Float64Array(size * together);
  const errors = new Float64Array(size * together);
  const moved = new Float64Array(together);
  for (let first = 0; first < outputs; ) {
    const group = Math.floor(first / outputsOfGroup);
    const end = Math.min(first + together, (group + 1) * outputsOfGroup);
    for (let b = 0; b < blocksOfOutput; b++) {
      const { order, columns } = blocks[group * blocksOfOutput + b]!;
      const start = b * size * inputStep;
      for (let output = first; output < end; output++) {
        const scale = scales[scales.length === 1 ? 0 : output]!;
        const from = start + output * outputStep;
        for (let i = 0; i < size; i++) {
          exact[i * together + output - first] = weight[from + order[i]! * inputStep]! / scale;
        }
      }
      let column = columns.length;
      for (let i = size - 1; i >= 0; i--) {
        column -= size - i;
        moveTargets(moved, errors, columns, column, size - 1 - i, i);
        for (let output = first; output < end; output++) {
          const at = i * together + output - first;
          const wanted = roundHalfToEven(exact[at]! + moved[output - first]! / columns[column]!);
          const level = Math.min(Math.max(wanted, low), high);
          levels[start + output * outputStep + order[i]! * inputStep] = level;
          errors[at] = exact[at]! - level;
        }
      }
    }
    first = end;
  }
  return levels;
}

/** Outputs that are rounded side by side. */
const together = 8;

/** By how much the errors of the `count` inputs behind input `i` move its target: column times errors, the last input first. */
function moveTargets(
  into: Float64Array,
  errors: Float64Array,
  columns: Float32Array,
  column: number,
  count: number,
  i: number,
): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let e = 0;
  let f = 0;
  let g = 0;
  let h = 0;
  for (let k = count; k > 0; k--) {
    const factor = columns[column + k]!;
    const at = (i + k) * together;
    a += factor * errors[at]!;
    b += factor * errors[at + 1]!;
    c += factor * errors[at + 2]!;
    d += factor * errors[at + 3]!;
    e += factor * errors[at + 4]!;
    f += factor * errors[at + 5]!;
    g += factor * errors[at + 6]!;
    h += factor * errors[at + 7]!;
  }
  into[0] = a;
  into[1] = b;
  into[2] = c;
  into[3] = d;
  into[4] = e;
  into[5] = f;
  into[6] = g;
  into[7] = h;
}

import { kernelsOf } from '../../webassembly.ts';
import { latticeWasm } from './generated/lattice-wasm.ts';

/** Outputs that are rounded side by side. */
export const together = 8;

/** What assembly/lattice.ts exports; numbers are addresses in its memory, in bytes. */
interface Exports {
  factor(triangle: number, panel: number, inverse: number, size: number, added: number, least: number): void;
  round(triangle: number, values: number, errors: number, size: number, low: number, high: number): void;
}

/** The kernels of assembly/lattice.ts for one size of blocks, on memory that all sizes share: what is in it holds until the next call. */
export interface LatticeKernels {
  /** A triangle of `size` rows: what {@link factor} replaces, or the columns that {@link round} reads. */
  readonly triangle: Float32Array;
  /** The levels of `together` outputs side by side, input after input: what {@link round} replaces. */
  readonly values: Float64Array;
  /** Puts the Cholesky factor of the matrix whose lower triangle is given row after row in its place. */
  factor(added: number, least: number): void;
  /** Rounds the values, the last input first, by the factor whose columns are given. */
  round(low: number, high: number): void;
}

const wordBytes = 8;

const kernels = kernelsOf<Exports>(latticeWasm);

/**
 * @param size inputs of a block
 */
export function latticeKernels(size: number): LatticeKernels {
  const {
    exports: { factor, round },
    room,
  } = kernels();
  const numbers = (size * (size + 1)) / 2;
  const side = size * together;
  // Two panels behind each other; the triangle, whose size is the odd one, is the last.
  const [values, errors, triangle] = [0, side * wordBytes, 2 * side * wordBytes];
  const memory = room(triangle + numbers * Float32Array.BYTES_PER_ELEMENT);
  return {
    triangle: new Float32Array(memory, triangle, numbers),
    values: new Float64Array(memory, values, side),
    factor: (added, least) => factor(triangle, values, errors, size, added, least),
    round: (low, high) => round(triangle, values, errors, size, low, high),
  };
}

import { kernelsOf } from '../webassembly.ts';
import { scalesWasm } from './generated/scales-wasm.ts';

/** What assembly/scales.ts exports; `values` is an address in its memory, in bytes. */
interface Exports {
  squaredError(values: number, count: number, scale: number, low: number, high: number, most: number): number;
}

/** Scales that are worth a try, as fractions of the one that covers everything. */
const fractions = Array.from({ length: 61 }, (_, i) => 1 - i / 100);

const vector = 4;

const kernels = kernelsOf<Exports>(scalesWasm);

/**
 * The scale with which weights that become integers in [low, high] have the least squared error.
 *
 * @param values of one channel
 * @param covering the scale that covers all of them, the largest that is tried
 */
export function leastErrorScale(values: Float32Array, covering: number, low: number, high: number): number {
  const {
    exports: { squaredError },
    room,
  } = kernels();
  const size = Math.ceil(values.length / vector) * vector;
  const inMemory = new Float32Array(room(size * Float32Array.BYTES_PER_ELEMENT), 0, size);
  inMemory.set(values);
  inMemory.fill(0, values.length);
  let best = covering;
  let least = Infinity;
  for (const fraction of fractions) {
    const scale = Math.fround(covering * fraction);
    const error = squaredError(0, values.length, scale, low, high, least);
    if (error < least) [best, least] = [scale, error];
  }
  return best;
}

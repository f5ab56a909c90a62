import { roundHalfToEven } from '../numbers.ts';
import { innerOf, type Levels } from './student.ts';

/** How a weight was rounded. */
export interface Layout extends Levels {
  dims: readonly number[];
  axis: number | undefined;
  scales: Float32Array;
}

/**
 * The float weight where it rounds to the level that the quantized model has, that level's value elsewhere: training
 * starts at exactly the quantized model. Weights beyond the grid start at its end, from where a gradient can move them.
 */
export function startingPoint(
  float: Float32Array | undefined,
  levels: ArrayLike<number>,
  { dims, axis, scales, low, high }: Layout,
): Float32Array {
  const inner = innerOf(dims, axis);
  const known = float?.length === levels.length ? float : undefined;
  return Float32Array.from({ length: levels.length }, (_, i) => {
    const scale = scales[axis === undefined ? 0 : Math.floor(i / inner) % scales.length] as number;
    const level = levels[i] as number;
    if (!known) return level * scale;
    const weight = Math.min(Math.max(known[i] as number, low * scale), high * scale);
    const rounded = Math.min(Math.max(roundHalfToEven(Math.fround(weight / scale)), low), high);
    return rounded === level ? weight : level * scale;
  });
}

/**
 * The float weight, if it is what was rounded: a transposed or otherwise rewritten one is farther from the rounded one than
 * a level or two.
 */
export function closeTo(initial: Float32Array, float: Float32Array, { dims, axis, scales, low, high }: Layout) {
  if (initial.length !== float.length) return undefined;
  const inner = innerOf(dims, axis);
  const clipped = float.map((weight, i) => {
    const scale = scales[axis === undefined ? 0 : Math.floor(i / inner) % scales.length] as number;
    return Math.min(Math.max(weight, low * scale), high * scale);
  });
  const close = clipped.every((weight, i) => {
    const scale = scales[axis === undefined ? 0 : Math.floor(i / inner) % scales.length] as number;
    return Math.abs(weight - (initial[i] as number)) <= 2 * scale;
  });
  return close ? clipped : undefined;
}

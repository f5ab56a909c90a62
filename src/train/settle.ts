import { roundHalfToEven } from '../numbers.ts';
import type { Levels } from './student.ts';

/** How much of the way from the middle of its level a weight keeps. */
const kept = 0.25;

/**
 * Moves each weight towards the middle of the level that it rounds to, in place; what it rounds to does not change.
 *
 * @param logScales one for all, or one a channel of `inner` elements that lie together
 */
export function settleWeights(
  weights: Float32Array,
  logScales: Float32Array,
  inner: number,
  { low, high }: Levels,
): void {
  const scales = logScales.map((log) => Math.fround(Math.exp(log)));
  for (let i = 0; i < weights.length; i++) {
    const scale = scales[scales.length === 1 ? 0 : Math.floor(i / inner) % scales.length] as number;
    const weight = weights[i] as number;
    const level = Math.min(Math.max(roundHalfToEven(Math.fround(weight / scale)), low), high);
    weights[i] = level * scale + kept * (weight - level * scale);
  }
}

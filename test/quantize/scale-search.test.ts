import { expect, test } from 'vitest';
import { leastErrorScale } from '../../src/quantize/scale-search.ts';
import { normal } from './static/helpers.ts';

/** The squared error of one scale, one number after another. */
function squaredError(values: Float32Array, scale: number, low: number, high: number): number {
  return values.reduce((sum, value) => {
    const level = Math.min(Math.max(Math.round(value / scale), low), high);
    return sum + (value - level * scale) ** 2;
  }, 0);
}

test.each([
  [3, -3, 3],
  [4, -7, 7],
  [7, -64, 63],
  [8, -127, 127],
  [8, -128, 127],
])('no other scale of %i bits, %i to %i, has a smaller squared error', (_bits, low, high) => {
  // Lengths that fill vectors of four, and those that do not.
  for (const [seed, length] of [1, 2, 3, 4, 9, 27, 64, 66, 127, 1152, 4609].entries()) {
    const values = Float32Array.from(normal([length], seed, 0.2).data, (x, i) => (i % 50 === 7 ? 4 * x : x));
    const covering = Math.fround(values.reduce((most, x) => Math.max(most, x / low, x / high), 0));
    const found = leastErrorScale(values, covering, low, high);
    const tried = Array.from({ length: 61 }, (_, i) => Math.fround(covering * (1 - i / 100)));
    expect(tried).toContain(found);
    const least = Math.min(...tried.map((scale) => squaredError(values, scale, low, high)));
    expect(squaredError(values, found, low, high)).toBeLessThanOrEqual(least * (1 + 1e-12));
  }
});

test('weights that are all zero keep the scale that is given', () => {
  expect(leastErrorScale(new Float32Array(5), 0.5, -127, 127)).toBe(0.5);
});

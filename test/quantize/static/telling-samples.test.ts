import { describe, expect, it } from 'vitest';
import { effectiveCount, tellingSamples, tellsLittle } from '../../../src/quantize/static/telling-samples.ts';

describe('samples that tell candidates apart', () => {
  it('are counted by what they contribute', () => {
    expect(effectiveCount([2, 2, 2, 2])).toBe(4);
    expect(effectiveCount([1, 0, 0, 0])).toBe(1);
    expect(effectiveCount([3, 1])).toBeCloseTo(1.6);
    expect(effectiveCount([0, 0, 0])).toBe(3);
  });

  it('are few where a part of the outputs is something in few of them', () => {
    const even = Array.from({ length: 32 }, () => [1, 1]);
    expect(tellsLittle(even)).toBe(false);
    expect(tellsLittle(even.map((_, at) => [1, at === 7 ? 100 : 0.1]))).toBe(true);
    expect(tellsLittle([])).toBe(false);
  });

  it('are the largest of each part, those that count most first', () => {
    const signals = Array.from({ length: 50 }, () => [1e-6, 0]);
    signals[3] = [5, 0];
    signals[20] = [1, 8];
    signals[41] = [1, 2];
    expect(tellingSamples(signals)).toEqual([20, 3, 41]);
  });
});

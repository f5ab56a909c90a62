import { expect, it } from 'vitest';
import { preferred } from '../../../src/quantize/static/search.ts';

const trial = (count: number, passes: boolean, speedup: number, metricDrop: number, sqnrDb = 20) => ({
  count,
  passes,
  speedup,
  metricDrop,
  sqnrDb,
});
const trials = [
  trial(0, false, 2, 0.05),
  trial(2, true, 1.4, 0.009),
  trial(4, true, 1.6, 0.004),
  trial(1, false, 1.9, 0.02),
];
const order = (prefer: 'balanced' | 'speed' | 'size') => trials.toSorted(preferred(prefer)).map(({ count }) => count);

it('takes the fewest nodes in FP32 that keep the accuracy limit, or the fastest mixture that does', () => {
  expect(order('balanced')).toEqual([2, 4, 1, 0]);
  expect(order('size')).toEqual([2, 4, 1, 0]);
  expect(order('speed')).toEqual([4, 2, 1, 0]);
});

it('takes the most accurate mixture where none keeps the limit', () => {
  const failing = trials.map((each) => ({ ...each, passes: false }));
  expect(failing.toSorted(preferred('speed'))[0]).toMatchObject({ count: 4, metricDrop: 0.004 });
});

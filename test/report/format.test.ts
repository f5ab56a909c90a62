import { describe, expect, test } from 'vitest';
import {
  bytes,
  checkFormat,
  columnOf,
  dropText,
  factor,
  measured,
  metricChange,
  metricValue,
  milliseconds,
  number,
  ratio,
  seconds,
} from '../../src/report/format.ts';
import { check } from './fixtures.ts';

test('numbers carry the digits and the unit that people read', () => {
  expect([0, 999, 1000, 14_012_345, 999_600, 3.2e9].map((each) => bytes(each))).toEqual([
    '0 B',
    '999 B',
    '1.00 kB',
    '14.0 MB',
    '1.00 MB',
    '3.20 GB',
  ]);
  expect([0.0421, 0.5, 12.13, 812, 1530].map((each) => milliseconds(each))).toEqual([
    '42.1 µs',
    '0.500 ms',
    '12.1 ms',
    '812 ms',
    '1.53 s',
  ]);
  expect([0.25, 12.34, 75, 3725].map(seconds)).toEqual(['250 ms', '12.3 s', '1 min 15 s', '1 h 2 min']);
  expect([59.96, 3599.9, 7190].map(seconds)).toEqual(['60.0 s', '59 min 59 s', '2 h 0 min']);
  expect([1.456, 0.97, 12.34].map((each) => factor(each))).toEqual(['1.46x', '0.97x', '12.3x']);
  expect([0, 0.2551, 0.0412].map((each) => ratio(each))).toEqual(['0', '0.26', '0.041']);
  expect(
    [0, -1.5, 1234567, 12345678, 0.00001234, Number.NaN, Number.NEGATIVE_INFINITY].map((each) => number(each)),
  ).toEqual(['0', '−1.50', '1234567', '1.23e+7', '1.23e−5', 'not a number', '−∞']);
  expect(number(-0.00001234)).toBe('−1.23e−5');
});

test('a metric between 0 and 1 is in percent and points, others in their own unit', () => {
  expect(metricValue('top1', 0.7123)).toBe('71.2 %');
  expect(metricValue('psnr', 31.42)).toBe('31.4 dB');
  expect(metricValue('sqnr', Number.POSITIVE_INFINITY)).toBe('∞ dB');
  expect(metricValue('rmse', 0.01234)).toBe('0.01234');
  expect([-0.002, 0.0031, 0, -0.0003, -0.000001].map((each) => metricChange('top1', each))).toEqual([
    '−0.2',
    '+0.3',
    '0.0',
    '−0.03',
    '0.00',
  ]);
  expect(metricChange('psnr', -0.12)).toBe('−0.12');
  expect(metricChange('my own', 0.5)).toBe('+0.500');
});

describe('a check', () => {
  const text = (...args: Parameters<typeof check>) => {
    const format = checkFormat(check(...args), { metric: 'top1' });
    return `${format.what} ${measured(check(...args), format)}, limit ${format.limit}`;
  };

  test('speaks the unit of what it measures', () => {
    expect(text('accuracy.max-drop', '<=', 0.01, [-0.004, 0.002, 0.008])).toBe(
      'top1 −0.2 points (−0.8 to +0.4), limit −1.0',
    );
    expect(text('accuracy.min', '>=', 0.68, [0.66, 0.681, 0.7])).toBe('top1 68.1 % (66.0 % to 70.0 %), limit ≥ 68.0 %');
    expect(text('accuracy.max-relative-drop', '<=', 0.01, [0, 0.002, 0.004])).toBe(
      'relative loss 0.20 % (0.00 % to 0.40 %), limit ≤ 1.00 %',
    );
    expect(text('latency.min-speedup', '>=', 1.2, [1.1, 1.15, 1.19])).toBe(
      'speed-up 1.15x (1.10x to 1.19x), limit ≥ 1.20x',
    );
    expect(text('latency.max', '<=', 20, [18, 19, 19.5])).toBe('latency 19.0 ms (18.0 ms to 19.5 ms), limit ≤ 20.0 ms');
    expect(text('size.max-ratio', '<=', 0.3, [0.26, 0.26, 0.26])).toBe('size over FP32 0.26, limit ≤ 0.30');
    expect(text('size.max', '<=', 4e6, [3e6, 3e6, 3e6])).toBe('size 3.00 MB, limit ≤ 4.00 MB');
    expect(text('memory.max-ratio', '<=', 0.9, [0.7, 0.7, 0.7])).toBe('memory over FP32 0.70, limit ≤ 0.90');
  });

  test('shows a limit as it is written, and no number that misses it as the limit itself', () => {
    expect(text('accuracy.max-drop', '<=', 0.0025, [-0.004, 0.002, 0.008])).toBe(
      'top1 −0.20 points (−0.80 to +0.40), limit −0.25',
    );
    expect(text('accuracy.max-drop', '<=', 0.01, [0.0101, 0.0104, 0.0107])).toBe(
      'top1 −1.04 points (−1.07 to −1.01), limit −1.00',
    );
    expect(text('size.max-ratio', '<=', 0.255, [0.298, 0.298, 0.298])).toBe('size over FP32 0.298, limit ≤ 0.255');
    expect(text('size.max-ratio', '<=', 0.3, [0.3004, 0.3004, 0.3004])).toBe('size over FP32 0.3004, limit ≤ 0.3000');
    expect(text('size.max-ratio', '<=', 0.3, [0.2996, 0.2996, 0.2996])).toBe('size over FP32 0.30, limit ≤ 0.30');
    expect(text('latency.min-speedup', '>=', 1.125, [1.1, 1.1234, 1.2])).toBe(
      'speed-up 1.123x (1.100x to 1.200x), limit ≥ 1.125x',
    );
    expect(text('accuracy.min', '>=', 0.6875, [0.66, 0.687, 0.7])).toBe(
      'top1 68.70 % (66.00 % to 70.00 %), limit ≥ 68.75 %',
    );
    expect(text('size.max', '<=', 4e6, [4_000_123, 4_000_123, 4_000_123])).toBe('size 4.0001 MB, limit ≤ 4.0000 MB');
  });

  test('shows what is worse as more, where lower is better', () => {
    const own = check('accuracy.max-drop', '<=', 0.1, [-0.004, 0.002, 0.008]);
    const format = checkFormat(own, { metric: 'rmse' });
    expect(`${measured(own, format)}, limit ${format.limit}`).toBe('+0.00200 (−0.00400 to +0.00800), limit +0.100');
    expect(dropText({ metric: 'perplexity' }, 0.5)).toBe('+0.500');
    expect(dropText({ metric: 'psnr' }, 0.5)).toBe('−0.50 dB');
  });

  test('says where it has no interval', () => {
    const open = { ...check('accuracy.max-drop', '<=', 0.01, [0, 0, 0]), low: null, high: null };
    expect(measured(open, checkFormat(open, { metric: 'command' }))).toBe('0 (no interval)');
  });

  test('belongs to one column of the table', () => {
    expect(columnOf({ name: 'accuracy.per-class.max-drop' })).toBe('accuracy');
    expect(columnOf({ name: 'regression.speedup' })).toBe('latency');
    expect(columnOf({ name: 'regression.size' })).toBe('size');
    expect(columnOf({ name: 'something else' })).toBeUndefined();
  });

  test('without a number is not measured', () => {
    const missing = { ...check('size.max', '<=', 1, [0, 0, 0]), estimate: null, low: null, high: null };
    expect(measured(missing, checkFormat(missing, undefined))).toBe('not measured');
  });
});

import { describe, expect, it } from 'vitest';
import { parametersFor, quantizationError } from '../../src/calibrate/error.ts';
import {
  distributionOf,
  FloatHistogram,
  mergeStatistics,
  samplingStep,
  type TensorStatistics,
} from '../../src/calibrate/histogram.ts';
import { leastDivergence, linearMagnitudes } from '../../src/calibrate/observers/entropy.ts';
import { observers } from '../../src/calibrate/observers/index.ts';
import { roundHalfToEven } from '../../src/numbers.ts';
import { Random } from '../../src/random.ts';
import type { IntegerGrid } from '../../src/targets/index.ts';

const u8: IntegerGrid = { type: 'uint8', qmin: 0, qmax: 255 };
const s8: IntegerGrid = { type: 'int8', qmin: -127, qmax: 127, zeroPoint: 0 };

function statisticsOf(...samples: Float32Array[]): TensorStatistics {
  const histogram = new FloatHistogram();
  const ends = samples.map((sample) => {
    histogram.add(sample);
    return [Math.min(...sample), Math.max(...sample)] as const;
  });
  const mean = (at: 0 | 1) => ends.reduce((sum, end) => sum + end[at], 0) / ends.length;
  return {
    histogram: histogram.sparse(),
    min: Math.min(...ends.map(([min]) => min)),
    max: Math.max(...ends.map(([, max]) => max)),
    meanMin: mean(0),
    meanMax: mean(1),
    samples: samples.length,
  };
}

const random = new Random(7, 'observers');
const normal = (count: number, scale = 1) => Float32Array.from({ length: count }, () => random.normal() * scale);
const heavy = (count: number) =>
  Float32Array.from({ length: count }, () => random.normal() / Math.max(0.02, random.uniform()));
const tensors: [string, Float32Array][] = [
  ['normal', normal(20_000)],
  ['after ReLU', normal(20_000).map((x) => Math.max(0, x))],
  ['heavy tails', heavy(20_000)],
  ['small', normal(20_000, 1e-6)],
  ['large and shifted', normal(20_000, 50).map((x) => x + 300)],
  ['negative', normal(20_000).map((x) => -Math.abs(x))],
];

/** Quantizes every value as ONNX does. */
function trueError(
  values: Float32Array,
  range: readonly [number, number],
  grid: IntegerGrid,
  behind = (x: number) => x,
): number {
  const { scale, zeroPoint } = parametersFor(range, grid);
  let sum = 0;
  for (const value of values) {
    const level = Math.min(Math.max(roundHalfToEven(value / scale) + zeroPoint, grid.qmin), grid.qmax);
    sum += (behind(value) - behind((level - zeroPoint) * scale)) ** 2;
  }
  return sum / values.length;
}

describe.each(tensors)('observers of a tensor: %s', (_name, values) => {
  const statistics = statisticsOf(values);
  const sorted = values.toSorted();
  const [min, max] = [sorted[0]!, sorted.at(-1)!];

  it('min-max is the exact range', () => {
    expect(observers['min-max'].range(statistics, u8)).toEqual([min, max]);
  });

  it('percentile is within a bin of the sorted values', () => {
    const [low, high] = observers.percentile.range(statistics, u8);
    // 99.999 % of 20,000: a tenth of a value is cut at each end.
    expect(Math.abs(low - min)).toBeLessThanOrEqual(Math.abs(min) / 64 + 1e-12);
    expect(Math.abs(high - max)).toBeLessThanOrEqual(Math.abs(max) / 64 + 1e-12);
  });

  it.each([u8, s8])('the error from the histogram is that of the values ($type)', (grid) => {
    for (const part of [1, 0.5, 0.2]) {
      const range = [min * part, max * part] as const;
      const estimated = quantizationError(distributionOf(statistics), parametersFor(range, grid), grid);
      const exact = trueError(values, range, grid);
      expect(estimated).toBeGreaterThan(exact * 0.93);
      expect(estimated).toBeLessThan(exact * 1.07);
    }
  });

  it.each([u8, s8])('histogram finds a range as good as a search over the values ($type)', (grid) => {
    let least = Infinity;
    const low = Math.min(min, 0);
    const high = Math.max(max, 0);
    for (let a = 0; a <= 40; a++) {
      for (let b = 0; b <= 40; b++) {
        if ((low === 0 && a > 0) || (high === 0 && b > 0)) continue;
        least = Math.min(least, trueError(values, [low * 0.9 ** a, high * 0.9 ** b], grid));
      }
    }
    expect(trueError(values, observers.histogram.range(statistics, grid), grid)).toBeLessThan(least * 1.05);
  });

  it('entropy keeps as many bins as the divergence computed the plain way', () => {
    const greatest = Math.max(-min, max);
    const magnitudes = linearMagnitudes(distributionOf(statistics), greatest);
    const levels = 128;
    expect(leastDivergence(magnitudes, levels)).toBe(plainLeastDivergence(magnitudes, levels));
  });
});

/** The algorithm of the TensorRT slides with arrays for P and Q. */
function plainLeastDivergence(histogram: Float64Array, levels: number): number {
  let best = histogram.length;
  let least = Infinity;
  for (let kept = levels; kept <= histogram.length; kept += Math.max(1, levels >> 4)) {
    const reference = Array.from(histogram.slice(0, kept));
    const candidate = reference.slice();
    reference[kept - 1]! += histogram.slice(kept).reduce((a, b) => a + b, 0);
    reference[0] = 0;
    candidate[0] = 0;
    const quantized = new Array<number>(kept).fill(0);
    for (let level = 0; level < levels; level++) {
      const from = Math.floor((level * kept) / levels);
      const to = Math.floor(((level + 1) * kept) / levels);
      const part = candidate.slice(from, to);
      const filled = part.filter((count) => count > 0).length;
      const mean = filled > 0 ? part.reduce((a, b) => a + b, 0) / filled : 0;
      for (let i = from; i < to; i++) if (candidate[i]! > 0) quantized[i] = mean;
    }
    const sumP = reference.reduce((a, b) => a + b, 0);
    const sumQ = quantized.reduce((a, b) => a + b, 0);
    if (sumP === 0 || sumQ === 0) continue;
    let divergence = 0;
    reference.forEach((count, i) => {
      const p = count / sumP;
      const q = quantized[i]! > 0 ? quantized[i]! / sumQ : 1e-9;
      if (p > 0) divergence += p * Math.log(p / q);
    });
    if (divergence < least - 1e-12) [best, least] = [kept, divergence];
  }
  return best;
}

describe('moving average', () => {
  it('is the mean of the extremes of the samples', () => {
    const statistics = statisticsOf(Float32Array.of(-1, 2), Float32Array.of(-3, 4), Float32Array.of(0, 12));
    expect(observers['moving-average'].range(statistics, u8)).toEqual([-4 / 3, 6]);
  });
});

describe('the histogram', () => {
  it('does not depend on the order of samples, and has infinities and NaN apart', () => {
    const a = Float32Array.of(1, -2, Infinity, NaN, 0, -0);
    const b = Float32Array.of(3e38, -1e-40, -Infinity, 7);
    const [one, two] = [new FloatHistogram(), new FloatHistogram()];
    one.add(a);
    one.add(b);
    two.add(b);
    two.add(a);
    expect(one.sparse()).toEqual(two.sparse());
    const distribution = distributionOf({
      histogram: one.sparse(),
      min: -2,
      max: 3e38,
      meanMin: 0,
      meanMax: 0,
      samples: 2,
    });
    expect(distribution).toMatchObject({ total: 7, nonFinite: 3 });
    expect(Array.from(distribution.low)).toEqual(Array.from(distribution.low).toSorted((x, y) => x - y));
  });

  it('merges two tensors into the histogram of both', () => {
    const [a, b] = [normal(500), normal(700, 3)];
    const merged = mergeStatistics(statisticsOf(a), statisticsOf(b));
    const together = statisticsOf(Float32Array.from([...a, ...b]));
    expect(merged.histogram).toEqual(together.histogram);
    expect([merged.min, merged.max]).toEqual([together.min, together.max]);
  });

  it('samples large tensors with a step that meets every row and channel', () => {
    expect(samplingStep(1000)).toBe(1);
    const count = 96 * 112 * 112;
    const step = samplingStep(count);
    expect(count / step).toBeLessThan(17_000);
    const columns = new Set(Array.from({ length: Math.ceil(count / step) }, (_, i) => (i * step) % 112));
    expect(columns.size).toBe(112);
  });
});

describe('scale and zero point', () => {
  it('keep zero exact, cover the range, and are never subnormal', () => {
    const cases: [readonly [number, number], number][] = [
      [[-1, 3], 64],
      [[0.5, 3], 0],
      [[-3, -0.5], 255],
    ];
    for (const [range, zeroPoint] of cases) expect(parametersFor(range, u8).zeroPoint).toBe(zeroPoint);
    expect(parametersFor([0, 0], u8)).toEqual({ scale: 1, zeroPoint: 0 });
    expect(parametersFor([0, 1e-42], u8)).toEqual({ scale: 1, zeroPoint: 0 });
    expect(parametersFor([-2, 1], s8)).toEqual({ scale: Math.fround(2 / 127), zeroPoint: 0 });
    expect(() => parametersFor([0, Infinity], u8)).toThrow(/not finite/);
  });

  it('rounds halves to even', () => {
    expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5].map(roundHalfToEven).map((x) => x + 0)).toEqual([-2, -2, 0, 0, 2, 2]);
  });
});

describe.each<[string, (x: number) => number]>([
  ['LeakyRelu', (x) => (x < 0 ? 0.02 * x : x)],
  ['SiLU', (x) => x / (1 + Math.exp(-x))],
])('behind %s', (_name, behind) => {
  const values = normal(20_000, 3).map((x) => x - 2);

  it.each(['histogram', 'absolute'] as const)('%s errs less than where it looks at the tensor alone', (name) => {
    const statistics = statisticsOf(values);
    const alone = trueError(values, observers[name].range(statistics, u8), u8, behind);
    expect(trueError(values, observers[name].range(statistics, u8, behind), u8, behind)).toBeLessThan(0.8 * alone);
  });
});

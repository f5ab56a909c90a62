import { describe, expect, it } from 'vitest';
import { bcaIntervals, quantile, type Statistic } from '../../../src/measure/accuracy/bootstrap.ts';
import { halfSampleIntervals } from '../../../src/measure/accuracy/half-samples.ts';
import { mcnemarExact, tangoInterval, wilsonInterval } from '../../../src/measure/accuracy/paired-proportions.ts';
import { Random } from '../../../src/random.ts';
import { vectors } from '../metrics/support.ts';

describe('paired proportions', () => {
  it("gives Tango's interval as published: airway reactivity before and after transplantation", () => {
    // M. Fagerland, S. Lydersen, P. Laake, Statistics in Medicine 33 (2014), table of intervals: -0.517 to -0.026.
    const { low, high } = tangoInterval(1, 7, 21, 0.95);
    expect([low.toFixed(3), high.toFixed(3)]).toEqual(['-0.517', '-0.026']);
  });

  for (const { lost, gained, samples, confidence, interval, pValue } of vectors.proportions.paired) {
    it(`agrees with numeric likelihood and statsmodels for ${lost} lost, ${gained} gained of ${samples}`, () => {
      const { estimate, low, high } = tangoInterval(lost, gained, samples, confidence);
      expect(estimate).toBe((lost - gained) / samples);
      expect(low).toBeCloseTo(interval[0], 6);
      expect(high).toBeCloseTo(interval[1], 6);
      expect(mcnemarExact(lost, gained)).toBeCloseTo(pValue, 7);
    });
  }

  it('mirrors the interval where lost and gained change places', () => {
    const one = tangoInterval(3, 11, 200, 0.95);
    const other = tangoInterval(11, 3, 200, 0.95);
    expect(one.low).toBeCloseTo(-other.high, 12);
    expect(one.high).toBeCloseTo(-other.low, 12);
  });

  it('holds where every sample flips', () => {
    expect(tangoInterval(5, 0, 5, 0.95)).toMatchObject({ estimate: 1, high: 1 });
    expect(tangoInterval(0, 5, 5, 0.95)).toMatchObject({ estimate: -1, low: -1 });
  });

  it('ends at 1 where all are right and at 0 where none is, so that neither is beyond a limit there', () => {
    for (let samples = 1; samples < 1000; samples++) {
      expect(wilsonInterval(samples, samples, 0.95).high).toBe(1);
      expect(wilsonInterval(0, samples, 0.95).low).toBe(0);
    }
  });

  for (const { successes, samples, interval } of vectors.proportions.wilson) {
    it(`gives Wilson's interval for ${successes} of ${samples}`, () => {
      const { low, high } = wilsonInterval(successes, samples, 0.95);
      expect(low).toBeCloseTo(interval[0], 9);
      expect(high).toBeCloseTo(interval[1], 9);
    });
  }
});

const mean = (values: readonly number[]): Statistic => ({
  size: 1,
  cost: values.length,
  evaluate(weights, out) {
    let sum = 0;
    let count = 0;
    for (const [index, weight] of weights.entries()) {
      sum += weight * values[index]!;
      count += weight;
    }
    out[0] = sum / count;
  },
});

describe('bootstrap', () => {
  it("comes as close to scipy's BCa as other resamples do", () => {
    const { values, low, high } = vectors.bootstrap;
    const [interval] = bcaIntervals(values.length, mean(values), {
      confidence: 0.95,
      random: new Random(1),
      resamples: 20_000,
    });
    const width = high - low;
    // Wider by the small-sample factor, 1.03 for 60 samples.
    expect(Math.abs(interval!.low - low)).toBeLessThan(0.04 * width);
    expect(Math.abs(interval!.high - high)).toBeLessThan(0.04 * width);
  });

  it('is the same for the same seed and differs for another', () => {
    const values = Array.from({ length: 40 }, (_, index) => Math.sin(index));
    const run = (seed: number) => bcaIntervals(40, mean(values), { confidence: 0.95, random: new Random(seed) })[0];
    expect(run(3)).toEqual(run(3));
    expect(run(3)).not.toEqual(run(4));
  });

  it("is Student's interval where so few samples show no tail", () => {
    // scipy.stats.t.interval(0.95, n - 1, mean, sem)
    for (const [values, low, high] of [
      [[1, 2], -4.853102, 7.853102],
      [[1, 2, 3], -0.484138, 4.484138],
      [[0, 1, 3, 4], -0.905163, 4.905163],
    ] as const) {
      const [interval] = bcaIntervals(values.length, mean(values), { confidence: 0.95, random: new Random(1) });
      // The bias of the replicates, which is chance here, may move an end outwards.
      const slack = 0.02 * (high - low);
      expect(interval!.low).toBeLessThan(low + 1e-5);
      expect(interval!.low).toBeGreaterThan(low - slack);
      expect(interval!.high).toBeGreaterThan(high - 1e-5);
      expect(interval!.high).toBeLessThan(high + slack);
    }
  });

  it('holds the truth as often as it says with few samples and at high confidence', () => {
    const random = new Random(3);
    for (const [samples, confidence, least] of [
      [2, 0.95, 0.92],
      [3, 0.95, 0.92],
      [4, 0.95, 0.92],
      [6, 0.95, 0.9],
      [5, 0.999, 0.98],
    ] as const) {
      const draws = 300;
      let held = 0;
      for (let draw = 0; draw < draws; draw++) {
        const values = Array.from({ length: samples }, () => random.normal());
        const [interval] = bcaIntervals(samples, mean(values), { confidence, random });
        if (interval!.low <= 0 && interval!.high >= 0) held++;
      }
      expect(held / draws, `${samples} samples at ${confidence}`).toBeGreaterThan(least);
    }
  });

  it('has no width where nothing varies, and no ends where resamples have no value', () => {
    const options = { confidence: 0.95, random: new Random(1) };
    expect(bcaIntervals(20, mean(Array(20).fill(2)), options)[0]).toEqual({ estimate: 2, low: 2, high: 2 });
    const rare: Statistic = {
      size: 1,
      cost: 1,
      evaluate: (weights, out) => {
        out[0] = weights[0] ? weights[0] : Number.NaN;
      },
    };
    expect(bcaIntervals(20, rare, options)[0]!.low).toBeNaN();
  });

  it('interpolates quantiles as numpy does', () => {
    expect(quantile([1, 2, 4, 8], 0.5)).toBe(3);
    expect(quantile([1, 2, 4, 8], 0.9)).toBeCloseTo(6.8, 12);
  });
});

describe('half-samples', () => {
  const intervalOf = (statistic: Statistic, samples: number, random = new Random(1)) =>
    halfSampleIntervals(samples, statistic, { confidence: 0.95, random })[0]!;

  it("give Student's interval of a mean, of an even number of samples or an odd one", () => {
    // scipy.stats.t.interval(0.95, n - 1, mean, sem) is -0.905163 to 4.905163, and 0.036757 to 3.963243.
    for (const [values, half] of [
      [[0, 1, 3, 4], 2.905163],
      [[0, 1, 2, 3, 4], 1.963243],
    ] as const) {
      const { estimate, low, high } = intervalOf(mean(values), values.length);
      expect(estimate).toBe(2);
      // Halves drawn at random are not quite balanced, and the values' kurtosis may leave fewer degrees of freedom.
      expect((high - low) / 2 / half).toBeGreaterThan(0.95);
      expect((high - low) / 2 / half).toBeLessThan(1.2);
      expect(Math.abs((high + low) / 2 - 2)).toBeLessThan(0.1 * half);
    }
  });

  it('hold the truth as often as they say', () => {
    const random = new Random(3);
    for (const samples of [2, 3, 7, 40]) {
      const draws = 400;
      let held = 0;
      for (let draw = 0; draw < draws; draw++) {
        const values = Array.from({ length: samples }, () => random.normal());
        const { low, high } = intervalOf(mean(values), samples, random);
        if (low <= 0 && high >= 0) held++;
      }
      expect(held / draws, `${samples} samples`).toBeGreaterThan(0.92);
    }
  });

  it('lie about the value without the bias that few samples give it, and hold the value', () => {
    const values = Array.from({ length: 40 }, (_, index) => Math.sin(7 * index));
    const plain = intervalOf(mean(values), 40);
    // Too high by 20 / n: of 40 samples by 0.5, of 20 by as much again.
    const biased = intervalOf(
      {
        size: 1,
        cost: 40,
        evaluate(weights, out) {
          mean(values).evaluate(weights, out);
          out[0]! += 20 / weights.reduce((sum, weight) => sum + weight, 0);
        },
      },
      40,
    );
    expect((biased.low + biased.high) / 2).toBeCloseTo(biased.estimate - 0.5, 1);
    expect(biased.high).toBeGreaterThan(biased.estimate);
    expect(biased.high - biased.low).toBeGreaterThan(plain.high - plain.low);
  });

  it('have no width where nothing varies, and no ends where halves have no value', () => {
    expect(intervalOf(mean(Array(20).fill(2)), 20)).toEqual({ estimate: 2, low: 2, high: 2 });
    const rare: Statistic = {
      size: 1,
      cost: 1,
      evaluate: (weights, out) => {
        out[0] = weights[0] ? 1 : Number.NaN;
      },
    };
    expect(intervalOf(rare, 20).low).toBeNaN();
  });
});

describe('random numbers', () => {
  it('repeat for a seed and differ by stream', () => {
    const draw = (seed: number, stream: string) => {
      const random = new Random(seed, stream);
      return Array.from({ length: 5 }, () => random.uint32());
    };
    expect(draw(7, 'a')).toEqual(draw(7, 'a'));
    expect(draw(7, 'a')).not.toEqual(draw(7, 'b'));
    expect(draw(7, 'a')).not.toEqual(draw(8, 'a'));
  });

  it('resample every item as often as any other', () => {
    const random = new Random(3);
    const counts = new Uint16Array(7);
    const totals = new Array(7).fill(0);
    for (let round = 0; round < 2000; round++) {
      random.resample(counts);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(7);
      for (const [index, count] of counts.entries()) totals[index] += count;
    }
    const chiSquare = totals.reduce((sum, total) => sum + (total - 2000) ** 2 / 2000, 0);
    // 0.999 quantile of chi-square with 6 degrees of freedom.
    expect(chiSquare).toBeLessThan(22.5);
  });

  it('are uniform and normal', () => {
    const random = new Random(11);
    const counts = new Array(10).fill(0);
    for (let index = 0; index < 10_000; index++) counts[random.below(10)]++;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 0.999 quantile of chi-square with 9 degrees of freedom.
    expect(chiSquare).toBeLessThan(27.9);
    const normals = Array.from({ length: 10_000 }, () => random.normal());
    const average = normals.reduce((sum, value) => sum + value, 0) / 10_000;
    const variance = normals.reduce((sum, value) => sum + value * value, 0) / 10_000;
    expect(Math.abs(average)).toBeLessThan(0.04);
    expect(Math.abs(variance - 1)).toBeLessThan(0.06);
  });
});

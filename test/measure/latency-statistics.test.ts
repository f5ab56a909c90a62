import { describe, expect, test } from 'vitest';
import { type PairedBlock, percentileInterval, speedupInterval, widen } from '../../src/measure/latency-statistics.ts';
import { Random } from '../../src/random.ts';
import { median } from '../../src/statistics.ts';

interface Machine {
  /** Spread of a block around the machine's level, and of a run around its block. */
  block: number;
  run: number;
  /** How often a block is hit by something that makes it up to twice as slow. */
  bursts: number;
  /** Of a block's spread with that of the block before. */
  correlation: number;
  /** Spread of what one session has over another of the same file. */
  luck: number;
}
const quiet: Machine = { block: 0.01, run: 0.02, bursts: 0, correlation: 0, luck: 0 };
const busy: Machine = { ...quiet, bursts: 0.25 };

interface Size {
  generations: number;
  /** Pairs of each. */
  pairs: number;
}

/** Blocks of a machine whose level wanders for both sides alike. */
function simulate(random: Random, { generations, pairs }: Size, speedup: number, machine: Machine): PairedBlock[] {
  let level = 0;
  const before = { fp32: 0, variant: 0 };
  const side = (name: keyof typeof before, time: number) => {
    const { correlation } = machine;
    before[name] = correlation * before[name] + Math.sqrt(1 - correlation ** 2) * random.normal();
    const burst = random.uniform() < machine.bursts ? 1 + random.uniform() : 1;
    const block = time * Math.exp(level + machine.block * before[name]) * burst;
    return Array.from({ length: 7 }, () => block * (1 + machine.run * Math.abs(random.normal())));
  };
  return Array.from({ length: generations }, (_, generation) => {
    const luck = Math.exp(machine.luck * random.normal());
    return Array.from({ length: pairs }, () => {
      level = 0.9 * level + 0.1 * random.normal();
      return { fp32: side('fp32', 5 * speedup * luck), variant: side('variant', 5), generation };
    });
  }).flat();
}

function coverage(machine: Machine, size: Size, percentile: number, repeats = 400): number {
  const random = new Random(11, 'coverage');
  let covered = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const blocks = simulate(random, size, 1.3, machine);
    const { low, high } = speedupInterval(blocks, percentile, { confidence: 0.95, seed: repeat, resamples: 200 });
    if (low <= 1.3 && 1.3 <= high) covered++;
  }
  return covered / repeats;
}

describe('the interval of a speed-up', () => {
  test.each([
    ['quiet', quiet, { generations: 3, pairs: 4 }, 0.5],
    ['quiet', quiet, { generations: 7, pairs: 4 }, 0.5],
    ['quiet', quiet, { generations: 7, pairs: 4 }, 0.9],
    ['busy', busy, { generations: 5, pairs: 5 }, 0.5],
    ['busy', busy, { generations: 10, pairs: 5 }, 0.9],
    ['correlated', { ...quiet, correlation: 0.5 }, { generations: 5, pairs: 10 }, 0.5],
  ] as const)('keeps its promise on a %s machine', (_name, machine, size, percentile) => {
    // 95 %, less three standard errors of 400 repeats.
    expect(coverage(machine, size, percentile)).toBeGreaterThan(0.917);
  });

  test('covers what one session has over another of the same file', () => {
    expect(coverage({ ...quiet, luck: 0.02 }, { generations: 5, pairs: 5 }, 0.5)).toBeGreaterThan(0.917);
  });

  test('is not touched by drift that both sides share', () => {
    const blocks = simulate(new Random(3, 'drift'), { generations: 8, pairs: 5 }, 1.5, quiet);
    const { estimate, low, high } = speedupInterval(blocks, 0.5, { confidence: 0.95, seed: 1 });
    expect(Math.abs(estimate - 1.5)).toBeLessThan(0.03);
    expect((high - low) / estimate).toBeLessThan(0.04);
  });

  test('is the same twice', () => {
    const blocks = simulate(new Random(1), { generations: 4, pairs: 3 }, 1.2, busy);
    const once = () => speedupInterval(blocks, 0.9, { confidence: 0.95, seed: 5 });
    expect(once()).toEqual(once());
  });

  test('says nothing from sessions that were made once', () => {
    const one = { fp32: [2], variant: [1], generation: 1 };
    expect(speedupInterval([one, one], 0.5, { confidence: 0.95, seed: 1 })).toEqual({
      estimate: 2,
      low: 0,
      high: Number.POSITIVE_INFINITY,
    });
  });

  test('grows with the noise of the machine, on both sides', () => {
    const wide = widen({ estimate: 2, low: 1.96, high: 2.04 }, 0.1);
    expect(wide.low).toBeCloseTo(2 / 1.102, 2);
    expect(wide.high).toBeCloseTo(2 * 1.102, 2);
    expect(widen({ estimate: 2, low: 1.96, high: 2.04 }, 0).low).toBeCloseTo(1.96, 10);
  });
});

test('a percentile of the time of a run is that of all runs', () => {
  const blocks = [
    { times: [1, 2, 3, 4, 5], generation: 1 },
    { times: [6, 7, 8, 9, 10], generation: 2 },
  ];
  const options = { confidence: 0.95, seed: 1 };
  expect(percentileInterval(blocks, 0.5, options).estimate).toBeCloseTo(5.5, 10);
  expect(percentileInterval(blocks, 0.9, options).estimate).toBeCloseTo(9.5, 10);
  expect(percentileInterval(blocks, 0.99, options).estimate).toBeCloseTo(10, 10);
});

test('a 99th percentile is not known above the longest of a few runs', () => {
  const random = new Random(7);
  // One run in fifty takes ten times as long.
  const blocks = (count: number) =>
    Array.from({ length: count }, (_, block) => ({
      times: Array.from({ length: 3 }, () => (random.uniform() < 0.02 ? 40 : 4) * (1 + 0.01 * random.uniform())),
      generation: block % 5,
    }));
  const high = (count: number) => percentileInterval(blocks(count), 0.99, { confidence: 0.95, seed: 1 }).high;
  const repeats = Array.from({ length: 100 }, () => high(20));
  expect(repeats.filter((value) => value < 40)).toEqual([]);
  expect(high(122)).toBe(Number.POSITIVE_INFINITY);
  expect(high(200)).toBeLessThan(45);
});

test('median', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

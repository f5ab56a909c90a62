import { expect, test } from 'vitest';
import { serialiseReport } from '../../src/bundle/write-output.ts';
import { withOpenEnds } from '../../src/engine/open-ends.ts';
import { againId, fp32Id, noiseOf, Rounds, speedupOf, summarize } from '../../src/measure/latency-rounds.ts';
import { Random } from '../../src/random.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { passing } from '../report/fixtures.ts';

/** What a small transformer took on two CPUs, in milliseconds: near each other, and apart. One thread: 1.1. */
const together = { [fp32Id]: 0.76, [againId]: 0.76, int8: 0.53 };
const apart = { [fp32Id]: 1.45, [againId]: 1.45, int8: 1.25 };
const serialMs = 1.1;

/** Generations of six rounds each, scattered by two percent. */
function rounds(generations: readonly Record<string, number>[], serial: number | undefined = serialMs): Rounds {
  const random = new Random(1, 'rounds');
  const result = new Rounds(serial);
  for (const [generation, times] of generations.entries()) {
    for (let round = 0; round < 6; round++) {
      const block = (ms: number) => ({
        firstFeed: 0,
        times: Array.from({ length: 9 }, () => ms * (1 + 0.02 * random.normal())),
        waited: 0,
        preemptions: 0,
      });
      const blocks = new Map(Object.entries(times).map(([id, ms]) => [id, block(ms)]));
      result.add({ generation, blocks, steal: 0 });
    }
  }
  return result;
}

const options = { batch: 1, percentile: 'p50', confidence: 0.95, seed: 1, resamples: 200 } as const;
const speedup = (of: Rounds) => speedupOf(of, 'int8', noiseOf(of, options), options);

test('rounds in which threads only cost are left out where enough others show that threads pay', () => {
  const mixed = rounds([apart, apart, apart, apart, together, together, together]);
  const { estimate, low, high } = speedup(mixed);
  expect(estimate).toBeCloseTo(0.76 / 0.53, 1);
  expect(low).toBeGreaterThan(1.3);
  expect(high).toBeLessThan(1.6);
  expect(mixed.discarded).toBe(24);
  expect(mixed.apart).toBe(0);
  expect(mixed.oneThread).toBeCloseTo(1.1 / 0.76, 1);
});

test('where all are such rounds, or too few are not, they count, and the interval covers what speed-ups are else', () => {
  for (const generations of [
    [apart, apart, apart],
    [apart, together, apart, together, apart],
  ]) {
    const few = rounds(generations);
    expect(few.discarded).toBe(0);
    expect(few.oneThread).toBeLessThan(0.95);
    const { estimate, low, high } = speedup(few);
    expect(estimate).toBeLessThan(1.3);
    expect(low).toBeLessThan(1.05);
    expect(high).toBeGreaterThan(0.76 / 0.53);
  }
});

test('of a model that gains nothing from threads no round is picked by its time', () => {
  const flat = { [fp32Id]: 1.13, [againId]: 1.13, int8: 0.9 };
  expect(rounds([flat, flat, flat, flat]).discarded).toBe(0);
});

test('on one thread there is nothing to tell', () => {
  const alone = new Rounds();
  expect(alone.oneThread).toBeUndefined();
  const all = rounds([apart, together, together, together], Number.POSITIVE_INFINITY);
  expect([all.discarded, all.apart]).toEqual([0, 0]);
});

test('of so few runs that they bound nothing, the report has open ends and no noise', () => {
  const few = { ...options, percentile: 'p99' } as const;
  const of = rounds([together, together, together]);
  const measured = summarize(of, { id: 'int8', loadMs: [1], shapes: [] }, noiseOf(of, few), few);
  expect(measured.speedup).toMatchObject({ low: 0, high: Number.POSITIVE_INFINITY });
  expect(measured.noise).toBeUndefined();
  const { models } = passing;
  const [model] = models;
  const [variant] = model!.variants;
  const measurements = { ...variant!.measurements, ...withOpenEnds({ latency: [measured] }) };
  const report = { ...passing, models: [{ ...model!, variants: [{ ...variant!, measurements }] }] };
  expect(JSON.parse(serialiseReport(report)).models[0].variants[0].measurements.latency[0].speedup.high).toBeNull();
  for (const page of [renderMarkdown(report), renderHtml(report), renderTerminal(report, 'out')]) {
    expect(page).not.toMatch(/Infinity|NaN|null/);
  }
});

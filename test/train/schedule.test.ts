import { expect, test } from 'vitest';
import { affordableBatches, planSteps, usualTime } from '../../src/train/schedule.ts';

const wanted = { part: 200, whole: 300 };
const parts = [
  { stepMs: 10, damage: 0.1 },
  { stepMs: 20, damage: 0.5 },
  { stepMs: 0, damage: 9 },
  { stepMs: 10, damage: 0.3 },
];
const whole = { stepMs: 40, damage: 0 };
const cost = ({ parts: steps, whole: end }: ReturnType<typeof planSteps>) =>
  steps.reduce((sum, count, at) => sum + count * parts[at]!.stepMs, end * whole.stepMs);

test('a budget that holds everything gives all steps, and none to what cannot be trained', () => {
  expect(planSteps(parts, whole, wanted, 600_000)).toEqual({ parts: [200, 200, 0, 200], whole: 300, share: 1 });
});

test('a small budget is kept, and goes to the block with the largest error first', () => {
  for (const budget of [3_000, 8_000, 15_000]) {
    const schedule = planSteps(parts, whole, wanted, budget);
    expect(schedule.share).toBeLessThan(1);
    expect(cost(schedule)).toBeLessThanOrEqual(budget);
    expect(schedule.parts[1]).toBeGreaterThan(0);
    // By damage: the second, the fourth, the first.
    const [first, second, , fourth] = schedule.parts as [number, number, number, number];
    expect(second).toBeGreaterThanOrEqual(fourth);
    expect(fourth).toBeGreaterThanOrEqual(first);
    expect(schedule.parts[2]).toBe(0);
  }
});

test('what the blocks cannot use goes to the end-to-end training', () => {
  // Of the 9,000 ms for steps, 1,600 are too few to train the other blocks for twice as long too.
  const schedule = planSteps(parts, whole, wanted, 12_000);
  expect(schedule).toMatchObject({ parts: [84, 84, 0, 84], whole: 126 });
  expect(cost(schedule)).toBeGreaterThan(0.9 * 9_000);
});

test('an end-to-end training that would be too short leaves its time to the blocks', () => {
  expect(planSteps(parts, whole, wanted, 2_000)).toMatchObject({ parts: [0, 50, 0, 50], whole: 0 });
});

test('what is left after a first round goes to the worst blocks again', () => {
  const light = { stepMs: 1000, damage: 0 };
  const schedule = planSteps(parts, light, wanted, 6_000);
  // 4,500 ms: 50 steps each take 2,000, 50 more of the second 1,000, of the fourth and the first 500 each.
  expect(schedule).toMatchObject({ parts: [100, 100, 0, 100], whole: 0 });
});

test('speeds that differ by little give the same steps', () => {
  const slower = parts.map(({ stepMs, damage }) => ({ stepMs: 1.05 * stepMs, damage }));
  const steps = (of: typeof parts) => planSteps(of, whole, wanted, 9_000).parts;
  expect(steps(slower)).toEqual(steps(parts));
});

test('passes over the samples are counted, and where they leave no time for blocks only the whole is trained', () => {
  const passes = { parts: 6_000, whole: 1_000 };
  const schedule = planSteps(parts, whole, wanted, 15_000, passes);
  expect(cost(schedule)).toBeLessThanOrEqual(15_000 - 7_000);
  expect(planSteps(parts, whole, wanted, 13_000, { ...passes, parts: 13_000 })).toMatchObject({
    parts: [0, 0, 0, 0],
    whole: 212,
  });
});

test('a budget that passes over all samples would eat up uses fewer, and never so few that nothing can be told', () => {
  const all = { training: 60, held: 15 };
  const known = { parts: 4, batch: 16, passMs: 100 };
  expect(affordableBatches(all, { ...known, budgetMs: 600_000 })).toEqual(all);
  // 4 x 60 + 29 x 15 passes of 100 ms: 67.5 s.
  expect(affordableBatches(all, { ...known, budgetMs: 67_500 })).toEqual({ training: 30, held: 7 });
  for (const budgetMs of [1, -1_000]) {
    expect(affordableBatches(all, { ...known, budgetMs })).toEqual({ training: 1, held: 2 });
    expect(affordableBatches(all, { ...known, batch: 1, budgetMs })).toEqual({ training: 1, held: 15 });
  }
});

test('the first steps of a session, and one that something else held up, do not tell what a step takes', () => {
  expect(usualTime([103, 67, 60, 55, 76, 54, 320])).toBe(60);
  expect(usualTime([140, 155, 53])).toBe(53);
});

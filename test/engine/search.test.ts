import { expect, it } from 'vitest';
import { simultaneous } from '../../src/measure/accuracy/paired.ts';
import { tangoInterval } from '../../src/measure/accuracy/paired-proportions.ts';
import type { AccuracyMeasurement } from '../../src/measure/contract.ts';
import { type Progress, silent } from '../../src/progress.ts';
import { digitsFolder, digitsPolicy, gateDigits } from './digits.ts';

const folder = digitsFolder();

const gate = (policy: string, change = (text: string) => text, progress?: Progress) =>
  gateDigits(folder, change(digitsPolicy(policy)), progress);

it('keeps as few nodes in FP32 as the accuracy limit needs, and shows what was tried', {
  timeout: 180_000,
}, async () => {
  // Three bits and one scale for a whole weight lose far more than half a point where rounding does not look at the data; the search
  // has to win that back. `prefer: size`, so that a network this small is not left in FP32 because integers do not make it faster.
  const { report, exitCode } =
    await gate(`levels: { 2: { bits: 3, per-channel: false, recover: [bias-correction, mixed-precision], prefer: size, search-budget: 2m, limits: { accuracy: { max-drop: 0.005 } } } }
measure: { latency-budget: 1s }`);
  const [model] = report.models;
  const [variant] = model?.variants ?? [];
  const { frontier, keptFloat } = variant?.search ?? { frontier: [], keptFloat: [] };
  expect(exitCode).toBe(0);
  expect(frontier[0]?.metricDrop).toBeGreaterThan(0.05);
  expect(keptFloat.length).toBeGreaterThan(0);
  expect(keptFloat.length).toBeLessThan(8);
  // More nodes in FP32 than were needed lose no more.
  const [least] = frontier.filter(({ chosen }) => chosen);
  for (const { keptFloat: kept, metricDrop } of frontier) {
    if (kept.length > keptFloat.length) expect(metricDrop).toBeLessThanOrEqual(least!.metricDrop! + 0.005);
  }
  expect(frontier.filter(({ chosen }) => chosen).map((trial) => trial.keptFloat)).toEqual([keptFloat]);
  expect(model?.sensitivity?.map(({ node }) => node)).toEqual(expect.arrayContaining(keptFloat));
  // It was chosen on the data that judges it: intervals hold for all mixtures together, and the check says so.
  const { drop, flips, samples } = variant!.measurements.accuracy as AccuracyMeasurement;
  expect(drop).toEqual(tangoInterval(flips!.lost, flips!.gained, samples, simultaneous(0.95, 16)));
  expect(variant!.checks[0]).toMatchObject({ name: 'accuracy.max-drop', low: drop.low, high: drop.high });
  expect(variant!.checks[0]!.message).toContain('chosen among mixtures on the same samples');
  // What stayed in FP32 is said, node by node.
  expect(variant?.placement?.floatNodes.map(({ node }) => node)).toEqual(expect.arrayContaining(keptFloat));
});

it.each([
  // As above; a budget of a second leaves no time for training, one of a millisecond none for the search.
  { found: 'Training did not reach the accuracy limit', searchBudget: '2m', exit: 0 },
  {
    found: 'Neither training nor keeping nodes in FP32 reached the accuracy limit: the file is that of Level 2.',
    searchBudget: '1ms',
    exit: 1,
  },
])(
  'looks for nodes to keep in FP32 where training misses the accuracy limit: $found',
  {
    timeout: 180_000,
  },
  async ({ found, searchBudget, exit }) => {
    const stages: string[] = [];
    const stage = (name: string) => {
      stages.push(name.replace(/^.*: /, ''));
      return silent.stage(name);
    };
    const { report, exitCode } = await gate(
      `levels: { 3: { bits: 3, per-channel: false, recover: [bias-correction, mixed-precision], prefer: size, budget: 1s, search-budget: ${searchBudget}, limits: { accuracy: { max-drop: 0.005 } } } }
gate: { require: [3] }
measure: { latency-budget: 1s }`,
      undefined,
      { ...silent, stage },
    );
    const [variant] = report.models[0]!.variants;
    const { search, placement, notes, training } = variant!;
    expect(exitCode).toBe(exit);
    expect(notes.at(-1)).toContain(found);
    expect(training).toBeDefined();
    // The search goes on from the Level 2 from which the training started: it is not made twice.
    expect(stages.filter((name) => name === 'calibrate')).toHaveLength(1);
    if (exit === 0) {
      expect(search!.keptFloat.length).toBeGreaterThan(0);
      expect(placement!.floatNodes.map(({ node }) => node)).toEqual(expect.arrayContaining(search!.keptFloat));
      expect(training!.tiers.some(({ kept }) => kept)).toBe(false);
    }
  },
);

it('advises Level 3 where Level 2 has nothing to win, and not where it is Level 3', { timeout: 300_000 }, async () => {
  const { report } = await gate(
    `levels:
  2: { recover: [mixed-precision], prefer: size, search-budget: 2m, limits: { accuracy: { min: 70 } } }
  3: { recover: [mixed-precision], prefer: size, budget: 1s, search-budget: 2m, limits: { accuracy: { min: 70 } } }
measure: { latency-budget: 1s }`,
    (text) => text.replace('task: classification', 'metric: sqnr'),
  );
  const said = report.models[0]!.variants.map(({ notes }) => notes.join('\n'));
  const nothing = 'there is nothing to win by rounding the weights as they are';
  expect(said[0]).toContain(`${nothing}. Allow a larger drop, or train with Level 3.`);
  expect(said[1]).toContain(`${nothing}. Allow a larger drop.\n`);
  expect(said[1]).not.toContain('train with Level 3');
});

it('trains on from the nodes that stay in FP32 where training in integers alone misses the accuracy limit', {
  timeout: 300_000,
}, async () => {
  // Sixteen images are too few to train all layers on.
  const { report, exitCode } = await gate(
    `levels: { 3: { bits: 3, per-channel: false, recover: [bias-correction, mixed-precision], prefer: size, budget: 5m, search-budget: 2m, limits: { accuracy: { max-drop: 0.0 } } } }
gate: { require: [3] }
measure: { latency-budget: 1s }`,
    (text) => text.replace('calibration.npz }', 'calibration.npz, limit: 16 }'),
  );
  const { search, placement, notes, training, measurements } = report.models[0]!.variants[0]!;
  expect(exitCode).toBe(0);
  expect(notes.at(-1)).toMatch(/nodes stayed in FP32 as at Level 2, and the rest was trained further/);
  expect(placement!.floatNodes.map(({ node }) => node)).toEqual(expect.arrayContaining(search!.keptFloat));
  expect(training!.tiers.some(({ kept }) => kept)).toBe(true);
  const mixture = search!.frontier.find(({ chosen }) => chosen)!;
  const { drop } = measurements.accuracy as { drop: { estimate: number } };
  expect(drop.estimate).toBeLessThanOrEqual(mixture.metricDrop!);
});

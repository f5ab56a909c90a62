import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { serialiseReport } from '../../../src/bundle/write-output.ts';
import type { Label } from '../../../src/data/dataset.ts';
import { openNpz } from '../../../src/data/npy.ts';
import { withOpenEnds } from '../../../src/engine/open-ends.ts';
import { openScoring, type ScoringOptions } from '../../../src/measure/accuracy/open.ts';
import { givenOutputs } from '../../../src/measure/accuracy/outputs.ts';
import { compareAccuracy, scoreReference } from '../../../src/measure/accuracy/score.ts';
import type { AccuracyMeasurement, NotMeasured } from '../../../src/measure/contract.ts';
import type { Outputs } from '../../../src/measure/metrics/metric.ts';
import { modelSchema } from '../../../src/policy/schema.ts';
import { Random } from '../../../src/random.ts';
import { passing } from '../../report/fixtures.ts';
import { classLabel, float32, output, valueLabel } from '../metrics/support.ts';

const options = { confidence: 0.95, seed: 1 };

/** A command of the policy, run by the shell as the gate does it. */
const run: ScoringOptions['run'] = async (command, { env }) => {
  const { status, stdout, stderr } = spawnSync(command, {
    shell: true,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
};

function scoringOf(model: object, rest: Partial<ScoringOptions> = {}) {
  return openScoring(modelSchema.parse({ path: 'model.onnx', ...model }), { labelled: true, run, ...rest });
}

async function compare(
  model: object,
  fp32: readonly Outputs[],
  variant: readonly Outputs[],
  labels: readonly (Label | undefined)[] = [],
  rest: Partial<ScoringOptions> = {},
): Promise<AccuracyMeasurement | NotMeasured> {
  const samples = fp32.map((_, index) => ({ id: `image ${index}`, ...(labels[index] && { label: labels[index] }) }));
  const reference = await scoreReference(scoringOf(model, rest), givenOutputs(fp32), samples, options);
  return compareAccuracy(reference, givenOutputs(variant), options);
}

const measured = (result: AccuracyMeasurement | NotMeasured): AccuracyMeasurement => {
  if ('notMeasured' in result) throw new Error(result.notMeasured);
  return result;
};

/** Scores of two classes that say `predicted`. */
const says = (predicted: number) => output([1, 2], predicted === 0 ? [1, 0] : [0, 1]);

describe('right and wrong', () => {
  const labels = Array.from({ length: 100 }, () => classLabel(1));
  const fp32 = labels.map((_, index) => says(index < 90 ? 1 : 0));
  // Loses images 0 to 4, gains 90 and 91.
  const variant = labels.map((_, index) => says(index < 5 || index >= 92 ? 0 : 1));

  it('pairs the samples: flips by name, exact test, score interval', async () => {
    const result = measured(await compare({ task: 'classification' }, fp32, variant, labels));
    expect(result).toMatchObject({ metric: 'top1', direction: 'higher', value: 0.87, samples: 100, fp32: 0.9 });
    expect(result.flips).toMatchObject({
      lost: 5,
      gained: 2,
      lostSamples: ['image 0', 'image 1', 'image 2', 'image 3', 'image 4'],
      gainedSamples: ['image 90', 'image 91'],
    });
    // 2 * P(X <= 2) of Binomial(7, 1/2) = 2 * 29 / 128.
    expect(result.flips!.pValue).toBeCloseTo(58 / 128, 9);
    expect(result.drop.estimate).toBeCloseTo(0.03, 12);
    expect(result.drop.low).toBeLessThan(0);
    expect(result.drop.high).toBeGreaterThan(0.05);
    expect(result.relativeDrop!.estimate).toBeCloseTo(0.03 / 0.9, 12);
    expect(result.interval!.low).toBeCloseTo(0.7902, 3);
  });

  it('has an interval around zero for the same file twice: no flip is not no doubt', async () => {
    const result = measured(await compare({ task: 'classification' }, fp32, fp32, labels));
    expect(result.drop.estimate).toBe(0);
    expect(result.drop.high).toBeCloseTo(1.959964 ** 2 / (100 + 1.959964 ** 2), 6);
    expect(result.drop.low).toBeCloseTo(-result.drop.high, 9);
    expect(result.sqnrDb).toBe(200);
  });

  it('counts a NaN as wrong and says so', async () => {
    const broken = [output([1, 2], [Number.NaN, 1]), ...fp32.slice(1)];
    const result = measured(await compare({ task: 'classification' }, fp32, broken, labels));
    expect(result.flips).toMatchObject({ lost: 1, lostSamples: ['image 0'] });
    expect(result.note).toContain('1 of 100 samples is not a number (NaN), first "image 0"');
  });

  it('gives every class its drop, the worst first', async () => {
    const two = labels.map((_, index) => classLabel(index % 2));
    const right = two.map((_, index) => says(index % 2));
    const worse = right.map((each, index) => (index < 20 && index % 2 === 1 ? says(0) : each));
    const result = measured(await compare({ task: 'classification' }, right, worse, two, { classes: ['cat', 'dog'] }));
    expect(result.perClass).toMatchObject([
      { name: 'dog', samples: 50, fp32: 1, value: 0.8, drop: { estimate: 0.2 } },
      { name: 'cat', samples: 50, fp32: 1, value: 1, drop: { estimate: 0 } },
    ]);
  });

  it('knows the class of a sequence in which one position alone is labelled, wherever it is', async () => {
    const last = labels.map((_, index): Label => ({ kind: 'values', values: [-100, index % 2] }));
    const saying = (predicted: number) => output([1, 2, 2], [0, 0, 1 - predicted, predicted]);
    const right = last.map((_, index) => saying(index % 2));
    const worse = right.map((each, index) => (index < 20 && index % 2 === 1 ? saying(0) : each));
    const result = measured(await compare({ task: 'language-model', metric: 'top1' }, right, worse, last));
    expect(result.perClass).toMatchObject([
      { name: '1', samples: 50, value: 0.8 },
      { name: '0', samples: 50, value: 1 },
    ]);
  });
});

describe('other metrics', () => {
  const random = new Random(5);
  const truth = Array.from({ length: 80 }, () => random.normal());
  const labels = truth.map((value) => valueLabel([value]));
  const noisy = (size: number) => truth.map((value) => output([1, 1], [value + size * random.normal()]));
  const fp32 = noisy(0.3);
  const variant = noisy(0.6);

  it('counts a drop as worse whichever way the metric points', async () => {
    const rmse = measured(await compare({ task: 'regression' }, fp32, variant, labels));
    expect(rmse).toMatchObject({ metric: 'rmse', direction: 'lower' });
    expect(rmse.drop.estimate).toBeCloseTo(rmse.value - rmse.fp32, 12);
    expect(rmse.drop.low).toBeGreaterThan(0);
    const r2 = measured(await compare({ task: 'regression', metric: 'r2' }, fp32, variant, labels));
    expect(r2.drop.estimate).toBeCloseTo(r2.fp32 - r2.value, 12);
    expect(r2.drop.low).toBeGreaterThan(0);
    expect(r2.interval!.low).toBeLessThan(r2.value);
  });

  it('does not take a few flips for all there can be: f1 without a flip has an interval', async () => {
    const classes = truth.map((value) => classLabel(value > 0 ? 1 : 0));
    const scores = truth.map((value) => output([1, 1], [value + 0.5]));
    const shifted = truth.map((value) => output([1, 1], [value + 0.5 + 1e-6]));
    const f1 = measured(await compare({ task: 'classification', metric: 'f1' }, scores, shifted, classes));
    expect(f1.drop.estimate).toBe(0);
    // As wide as for accuracy, about z^2 flips' worth.
    expect(f1.drop.high).toBeGreaterThan(1 / 80);
    expect(f1.drop.high).toBeLessThan(8 / 80);
    expect(f1.drop.low).toBeCloseTo(-f1.drop.high, 12);
  });

  describe('of equal outputs', () => {
    const z2 = 1.959964 ** 2;
    const dropOf = async (model: object, outputs: readonly Outputs[], own: readonly Label[]) =>
      measured(await compare(model, outputs, outputs, own)).drop;
    const classes = Array.from({ length: 40 }, (_, index) => classLabel(index % 2));
    const perfect = classes.map((_, index) => says(index % 2));
    const image = (data: readonly number[]): Label => ({ kind: 'tensor', tensor: float32([1, 2, 2], data) });
    const tokens: Label = {
      kind: 'tensor',
      tensor: { type: 'int32', dims: [8], data: Int32Array.from([0, 1, 0, 1, 0, 1, 0, 1]) },
    };
    const sequence = output([1, 8, 2], [1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1]);
    const box: Label = {
      kind: 'boxes',
      boxes: [{ classIndex: 0, x0: 0, y0: 0, x1: 10, y1: 10 }],
      width: 20,
      height: 20,
    };
    const found: Outputs = {
      boxes: float32([1, 1, 4], [0, 0, 10, 10]),
      scores: float32([1, 1], [0.9]),
      labels: { type: 'int64', dims: [1, 1], data: BigInt64Array.of(0n) },
    };

    it('is not sure of a metric that changes in steps: no step is not no doubt', async () => {
      const ranked = truth.map((value) => output([1, 1], [value]));
      const masks = classes.map((_, index) =>
        output([1, 2, 2, 2], index % 2 ? [0, 0, 0, 0, 1, 1, 1, 1] : [1, 1, 1, 1, 0, 0, 0, 0]),
      );
      const maskLabels = classes.map((_, index) => image(new Array(4).fill(index % 2)));
      const rare = classes.map((_, index) => classLabel(index < 4 ? 1 : 0));
      const rarelyFound = rare.map((_, index) => says(index < 4 ? 1 : 0));
      const cases: [object, readonly Outputs[], readonly Label[], number][] = [
        [{ task: 'classification', metric: 'f1' }, perfect, classes, 40],
        [{ task: 'classification', metric: 'auc' }, perfect, classes, 20],
        // Four samples can be out of order, however many others there are.
        [{ task: 'classification', metric: 'auc' }, rarelyFound, rare, 4],
        [{ task: 'language-model', metric: 'top1' }, new Array(10).fill(sequence), new Array(10).fill(tokens), 80],
        [{ task: 'language-model', metric: 'agreement' }, new Array(10).fill(sequence), [], 80],
        [{ task: 'regression', metric: 'spearman' }, ranked, labels, 80],
        [{ task: 'segmentation', metric: 'miou' }, masks, maskLabels, 40],
        [{ task: 'detection', metric: 'map50' }, new Array(40).fill(found), new Array(40).fill(box), 40],
      ];
      for (const [model, outputs, own, independent] of cases) {
        const drop = await dropOf(model, outputs, own);
        const expected = z2 / (independent + z2);
        expect(drop.estimate, JSON.stringify(model)).toBe(0);
        expect(drop.high, JSON.stringify(model)).toBeCloseTo(expected, 6);
        expect(drop.low, JSON.stringify(model)).toBeCloseTo(-expected, 6);
      }
    });

    it('is not sure that a model without an error makes none', async () => {
      const { value, interval } = measured(
        await compare({ metric: 'f1', task: 'classification' }, perfect, perfect, classes),
      );
      expect([value, interval!.high]).toEqual([1, 1]);
      expect(interval!.low).toBeCloseTo(1 - z2 / (40 + z2), 6);
    });

    it('is nowhere more than a share can be', async () => {
      const few = [0, 1, 2, 0, 1].map((index) =>
        output([1, 3], [index === 0 ? 1 : 0, index === 1 ? 1 : 0, index === 2 ? 1 : 0]),
      );
      const own = [0, 1, 2, 1, 1].map(classLabel);
      const { interval, drop } = measured(await compare({ metric: 'f1', task: 'classification' }, few, few, own));
      expect(interval!.low).toBeGreaterThanOrEqual(0);
      expect(interval!.high).toBeLessThanOrEqual(1);
      expect([drop.low >= -1, drop.high <= 1]).toEqual([true, true]);
    });

    it('is sure of a metric that every change of a number changes', async () => {
      const images = labels.map((_, index) => output([1, 1, 2, 2], [0, 0.1, 0.2, index / 80]));
      const targets = labels.map((_, index) => image([0, 0, 0, index / 100]));
      const cases: [object, readonly Outputs[], readonly Label[]][] = [
        ...['mae', 'rmse', 'r2'].map((metric): [object, Outputs[], Label[]] => [
          { task: 'regression', metric },
          fp32,
          labels,
        ]),
        [{ metric: 'sqnr' }, fp32, []],
        [{ metric: 'cosine' }, images, []],
        [{ task: 'regression', metric: 'psnr' }, images, targets],
        [{ task: 'classification', metric: 'kl' }, perfect, []],
        [{ task: 'language-model' }, new Array(10).fill(sequence), new Array(10).fill(tokens)],
      ];
      for (const [model, outputs, own] of cases) {
        expect(await dropOf(model, outputs, own), JSON.stringify(model)).toEqual({ estimate: 0, low: 0, high: 0 });
      }
    });
  });

  it('keeps a class that few samples have: its drop is open, not unseen', async () => {
    const threeSay = (predicted: number) =>
      output(
        [1, 3],
        [0, 1, 2].map((index) => Number(index === predicted)),
      );
    const own = Array.from({ length: 60 }, (_, index) => (index === 59 ? 2 : index % 2));
    const model = { task: 'classification', metric: 'f1' };
    const variant = own.map((label) => threeSay(label === 2 ? 0 : label));
    const { perClass } = measured(await compare(model, own.map(threeSay), variant, own.map(classLabel)));
    expect(perClass).toHaveLength(3);
    expect(perClass![0]).toEqual({ name: '2', samples: 1, fp32: 1, value: 0, drop: { estimate: 1, low: -1, high: 1 } });
  });

  it('is as unsure as the few samples that make the difference', async () => {
    const few = fp32.map((outputs, index) =>
      index < 3 ? output([1, 1], [Number(outputs['output']!.data[0]) + 3]) : outputs,
    );
    const all = fp32.map((outputs) => output([1, 1], [Number(outputs['output']!.data[0]) + 3 * Math.sqrt(3 / 80)]));
    const width = async (variant: readonly Outputs[]) => {
      const { drop } = measured(await compare({ task: 'regression', metric: 'mae' }, fp32, variant, labels));
      return (drop.high - drop.low) / Math.abs(drop.estimate);
    };
    expect(await width(few)).toBeGreaterThan(2 * (await width(all)));
  });

  it('has no number where the metric has none', async () => {
    const broken = [output([1, 1], [Number.NaN]), ...variant.slice(1)];
    const result = await compare({ task: 'regression' }, fp32, broken, labels);
    expect(result).toEqual({
      notMeasured:
        'the output of 1 of 80 samples is not a number (NaN), first "image 0"; rmse of this variant is not a number (NaN)',
      failed: true,
    });
  });

  it('has an open end where a resample is beyond any number, and the report can say so', async () => {
    const token: Label = { kind: 'tensor', tensor: { type: 'int32', dims: [1], data: Int32Array.of(0) } };
    const tokens = new Array<Label>(10).fill(token);
    const sure = (by: number) => output([1, 1, 2], [0, by]);
    const before = tokens.map((_, index) => sure(index / 10));
    // One token in ten costs 3,000 nats: a perplexity of e^300, or e^900 where it is drawn three times.
    const after = [sure(3000), ...before.slice(1)];
    const result = measured(await compare({ task: 'language-model' }, before, after, tokens));
    expect(result.interval!.high).toBe(Number.POSITIVE_INFINITY);
    expect(result.drop.estimate).toBeGreaterThan(1e100);
    const [model] = passing.models;
    const [variant] = model!.variants;
    const measurements = { ...variant!.measurements, ...withOpenEnds({ accuracy: result }) };
    const report = { ...passing, models: [{ ...model!, variants: [{ ...variant!, measurements }] }] };
    expect(JSON.parse(serialiseReport(report)).models[0].variants[0].measurements.accuracy.interval.high).toBeNull();
  });

  it('measures fidelity to FP32 without labels', async () => {
    const sqnr = measured(await compare({ task: 'generic' }, fp32, variant, [], { labelled: false }));
    expect(sqnr).toMatchObject({ metric: 'sqnr', fp32: 200 });
    const classes = measured(
      await compare({ task: 'classification' }, [says(0), says(1)], [says(0), says(0)], [], { labelled: false }),
    );
    expect(classes).toMatchObject({ metric: 'agreement', fp32: 1, value: 0.5, flips: { lost: 1, gained: 0 } });
  });

  it('does not call texts equal that it cannot compare', async () => {
    const text = (value: string): Outputs => ({ output: { type: 'string', dims: [1], data: [value] } });
    const unlabelled = { labelled: false };
    await expect(compare({ task: 'generic' }, [text('cat')], [text('dog')], [], unlabelled)).rejects.toThrow(
      /"image 0": metric sqnr compares numbers, and every output is text/,
    );
  });
});

describe('commands', () => {
  const labels = Array.from({ length: 40 }, (_, index) => valueLabel([index]));
  const fp32 = labels.map((_, index) => output([1, 1], [index + 0.5]));
  const variant = labels.map((_, index) => output([1, 1], [index + (index % 2)]));
  // Reads the float32 body of `output.npy` out of the stored zip: the last 4 * 40 bytes before the central directory.
  const program = (print: string) =>
    `${JSON.stringify(process.execPath)} -e ${JSON.stringify(
      'const b = require("fs").readFileSync(process.env.QUANT_GATE_OUTPUTS);' +
        'const at = b.indexOf("NUMPY") - 1; const start = at + 10 + b.readUInt16LE(at + 8);' +
        'const n = Number(/\\((\\d+),/.exec(b.toString("latin1", at, start))[1]);' +
        'const errors = Array.from({ length: n }, (_, i) => Math.abs(b.readFloatLE(start + 4 * i) % 1 ? 0.5 : 0));' +
        `console.log("scoring"); console.log(${print});`,
    )}`;

  it('takes a number for each sample', async () => {
    const metric = { command: program('JSON.stringify(errors)'), direction: 'lower' };
    const result = measured(await compare({ metric }, fp32, variant, labels));
    expect(result).toMatchObject({
      metric: 'command',
      direction: 'lower',
      fp32: 0.5,
      value: 0,
      drop: { estimate: -0.5 },
    });
  });

  it('takes a list of zeros and ones for what is right and wrong', async () => {
    const right = (drop: number) => Array.from({ length: 40 }, (_, index) => Number(index >= 8 + drop));
    const lists = async (direction: string, before: number[], after: number[]) => {
      const printed = [before, after];
      const outputs = before.map(() => output([1, 1], [0]));
      const print: ScoringOptions['run'] = async () => JSON.stringify(printed.shift());
      return measured(await compare({ metric: { command: 'score', direction } }, outputs, outputs, [], { run: print }));
    };
    const same = await lists('higher', right(0), right(0));
    expect(same).toMatchObject({ fp32: 0.8, value: 0.8, flips: { lost: 0, gained: 0 } });
    expect(same.drop.high).toBeCloseTo(1.959964 ** 2 / (40 + 1.959964 ** 2), 6);
    const worse = await lists('higher', right(0), right(2));
    expect(worse).toMatchObject({ fp32: 0.8, value: 0.75, flips: { lost: 2, lostSamples: ['image 8', 'image 9'] } });
    const errors = await lists(
      'lower',
      right(2).map((each) => 1 - each),
      right(0).map((each) => 1 - each),
    );
    expect(errors).toMatchObject({ direction: 'lower', fp32: 0.25, flips: { lost: 0, gained: 2 } });
    expect(errors.value).toBeCloseTo(0.2, 12);
    expect(errors.drop.estimate).toBeCloseTo(-0.05, 12);
    expect([errors.interval!.low < 0.2, errors.interval!.high > 0.2, errors.interval!.high < 0.5]).toEqual([
      true,
      true,
      true,
    ]);
  });

  describe('that print one number', () => {
    /** A command that prints, for FP32 and then for the variant, what `score` makes of the samples that it is given. */
    const single = (score: (outputs: readonly number[]) => number) => {
      const given: number[][] = [];
      const run: ScoringOptions['run'] = async (_, { env }) => {
        const outputs = await openNpz(env!['QUANT_GATE_OUTPUTS']!, 'outputs');
        given.push([...((await (await outputs.open('output')).read()) as Float32Array)]);
        return String(score(given.at(-1)!));
      };
      return { given, run };
    };
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const of = (values: readonly number[]) => values.map((value) => output([1, 1], [value]));
    const metric = { command: 'score', direction: 'lower' };

    it('leave out a tenth of the samples at a time for the interval', async () => {
      const { given, run } = single(mean);
      const before = labels.map((_, index) => 1 + Math.sin(index));
      const after = before.map((value, index) => value + 0.5 + 0.1 * Math.cos(index));
      const result = measured(await compare({ metric }, of(before), of(after), [], { run }));
      expect(given.map(({ length }) => length)).toEqual([40, ...Array(10).fill(36), 40, ...Array(10).fill(36)]);
      expect(result.drop.estimate).toBeCloseTo(mean(after) - mean(before), 6);
      // 0.1 cos has a standard deviation of 0.07; 2.26 / sqrt(40) of it.
      expect(result.drop.high - result.drop.low).toBeGreaterThan(0.01);
      expect(result.drop.high - result.drop.low).toBeLessThan(0.1);
      expect(result.note).toBeUndefined();
    });

    it('have no interval where leaving out samples changes nothing, and say so', async () => {
      // The share of samples above 0: none flips, which 40 samples do not prove of others.
      const { run } = single((values) => values.filter((value) => value > 0).length / values.length);
      const before = of(labels.map((_, index) => (index % 4 ? 1 : -1)));
      const after = of(labels.map((_, index) => (index % 4 ? 2 : -2)));
      const result = measured(await compare({ metric }, before, after, [], { run }));
      const open = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
      expect(result).toMatchObject({ fp32: 0.75, value: 0.75, drop: { estimate: 0, ...open } });
      expect(result.relativeDrop).toMatchObject(open);
      expect(result.interval!.low).toBeGreaterThan(0);
      expect(result.note).toContain('a list with a number for each sample');
      const right = of(labels.map(() => 1));
      expect(measured(await compare({ metric }, right, right, [], { run })).interval).toEqual(open);
    });

    it('are not measured on one sample, nor where a part of the samples has no number', async () => {
      const one = single(mean);
      expect(await compare({ metric }, of([1]), of([2]), [], { run: one.run })).toMatchObject({
        notMeasured: expect.stringContaining('one sample'),
      });
      expect(one.given.map(({ length }) => length)).toEqual([1, 1]);
      const rare = single((values) => (values.includes(0) ? mean(values) : Number.NaN));
      const values = of(labels.map((_, index) => index));
      expect(await compare({ metric }, values, values, [], { run: rare.run })).toMatchObject({
        notMeasured: 'the metric command gave no finite number without a tenth of the samples',
        failed: true,
      });
    });
  });

  it('says what was printed where it is no number', async () => {
    const metric = { command: program('"done"') };
    await expect(compare({ metric }, fp32, variant, labels)).rejects.toThrow(/last line is "done"; expected a number/);
  });

  it('decodes boxes, each sample on its own', async () => {
    const boxes: Label = {
      kind: 'boxes',
      boxes: [{ classIndex: 2, x0: 0, y0: 0, x1: 10, y1: 10 }],
      width: 20,
      height: 20,
    };
    const script =
      'const fs = require("fs"); const samples = JSON.parse(fs.readFileSync(process.env.QUANT_GATE_SAMPLES));' +
      'fs.writeFileSync(process.env.QUANT_GATE_OUTPUT, JSON.stringify(samples.map(({ width }, i) => i ? [] : [[2, 0.9, 0, 0, width / 2, 10]])));';
    const decoder = { command: `${JSON.stringify(process.execPath)} -e ${JSON.stringify(script)}` };
    const raw = [{ head: float32([1, 3], [1, 2, 3]) }, { head: float32([1, 3], [1, 2, 3]) }];
    const result = measured(await compare({ task: 'detection', decoder }, raw, raw, [boxes, boxes]));
    // One of two boxes is found: precision 1 up to recall 0.5, 51 of 101 points.
    expect(result).toMatchObject({ metric: 'map50', value: expect.closeTo(51 / 101, 12), sqnrDb: 200 });
  });
});

it('names the sample whose label does not fit', async () => {
  const outputs = [says(0), says(1)];
  const samples = [
    { id: 'a.jpg', label: classLabel(0) },
    { id: 'b.jpg', label: classLabel(7) },
  ];
  const scoring = scoringOf({ task: 'classification' });
  await expect(scoreReference(scoring, givenOutputs(outputs), samples, options)).rejects.toThrow(/"b.jpg": .*label 7/);
  const unlabelled = [{ id: 'a.jpg', label: classLabel(0) }, { id: 'b.jpg' }];
  await expect(scoreReference(scoring, givenOutputs(outputs), unlabelled, options)).rejects.toThrow(/"b.jpg" has none/);
});

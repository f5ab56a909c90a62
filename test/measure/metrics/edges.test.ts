import { describe, expect, it } from 'vitest';
import type { Label } from '../../../src/data/dataset.ts';
import { decodeBoxes, detectionOutputs } from '../../../src/measure/metrics/decode.ts';
import type { Outputs } from '../../../src/measure/metrics/metric.ts';
import { metrics } from '../../../src/measure/metrics/table.ts';
import { halfToNumber } from '../../../src/numbers.ts';
import { metricNames } from '../../../src/policy/schema.ts';
import { classLabel, contextOf, float32, metricOn, output, valueLabel } from './support.ts';

const nan = Number.NaN;

describe('the table', () => {
  it('has a row for every metric of quant.yml, under its own name', () => {
    for (const name of metricNames) expect(metrics[name].name).toBe(name);
  });
});

describe('ties and NaN', () => {
  const value = (name: 'top1' | 'top5' | 'accuracy' | 'agreement', row: number[], label: number) => {
    const outputs = [output([1, row.length], row)];
    return metricOn(
      metrics[name],
      contextOf('classification', [
        output(
          [1, row.length],
          row.map(() => 3),
        ),
      ]),
      outputs,
      [classLabel(label)],
    );
  };

  it('gives a tie to the lowest class', () => {
    expect(value('top1', [1, 5, 5, 0], 1)).toBe(1);
    expect(value('top1', [1, 5, 5, 0], 2)).toBe(0);
    expect(value('top5', [0, 0, 0, 0, 0, 0], 4)).toBe(1);
    expect(value('top5', [0, 0, 0, 0, 0, 0], 5)).toBe(0);
  });

  it('never counts a NaN as right', () => {
    expect(value('top1', [9, nan, 0], 0)).toBe(0);
    expect(value('top5', [9, nan, 0, 0, 0, 0], 0)).toBe(0);
    expect(value('accuracy', [nan], 0)).toBe(0);
    expect(value('agreement', [nan, nan], 0)).toBe(0);
  });

  it('refuses a metric that no output can miss', () => {
    expect(() => value('top5', [3, 1, 0, 0, 0], 4)).toThrow(
      /top5 is right whatever the model says: the output has 5 classes/,
    );
    const one = [output([1, 1], [3])];
    expect(() => metricOn(metrics.cosine, contextOf('embedding', one), one, [undefined])).toThrow(/only its sign/);
  });

  it('lets a NaN score lose every comparison of auc', () => {
    const outputs = [0.1, 0.2, nan, nan].map((score) => output([1, 1], [score]));
    const labels = [0, 1, 1, 0].map(classLabel);
    // Pairs (positive, negative): (0.2, 0.1) is right, the three with a NaN are not, though two NaN meet.
    expect(metricOn(metrics.auc, contextOf('classification', outputs), outputs, labels)).toBe(1 / 4);
  });

  it('has no value where a number is NaN', () => {
    const outputs = [output([1, 1], [nan]), output([1, 1], [1])];
    const labels = [valueLabel([0]), valueLabel([1])];
    for (const name of ['mae', 'rmse', 'r2', 'spearman'] as const) {
      expect(metricOn(metrics[name], contextOf('regression', outputs), outputs, labels)).toBeNaN();
    }
  });
});

describe('how outputs are read', () => {
  it('takes a class index that the model chose itself', () => {
    const outputs: Outputs[] = [{ output: { type: 'int64', dims: [1], data: BigInt64Array.of(3n) } }];
    expect(metricOn(metrics.top1, contextOf('classification', outputs), outputs, [classLabel(3)])).toBe(1);
  });

  it('reads classes as channels of the one pixel that pooling left', () => {
    const rows = [
      [0.1, 0.7, 0.2],
      [0.6, 0.3, 0.1],
    ];
    const flat = rows.map((row) => output([1, 3], row));
    const pooled = rows.map((row) => output([1, 3, 1, 1], row));
    const other = rows.map((row) => output([1, 3, 1, 1], row.toReversed()));
    const labels = [1, 1].map(classLabel);
    for (const name of ['top1', 'f1', 'auc', 'agreement', 'kl'] as const) {
      const value = (outputs: readonly Outputs[], reference = outputs) =>
        metricOn(metrics[name], contextOf('classification', reference), outputs, labels, reference);
      if (name !== 'auc') expect(value(pooled)).toBe(value(flat));
      expect(value(other, pooled)).toBe(
        value(
          rows.map((row) => output([1, 3], row.toReversed())),
          flat,
        ),
      );
    }
    // Of two samples the first has its best class in the middle, the second at an end.
    expect(metricOn(metrics.agreement, contextOf('classification', pooled), other, [], pooled)).toBe(1 / 2);
    // A score for each position of a sequence stays one.
    const positions = [output([1, 4, 1], [0.9, 0.1, 0.8, 0.2])];
    const flipped = [output([1, 4, 1], [0.9, 0.6, 0.8, 0.2])];
    expect(metricOn(metrics.agreement, contextOf('classification', positions), flipped, [], positions)).toBe(3 / 4);
  });

  it('reads half precision', () => {
    const bits = [0x3c00, 0xc000, 0x3555, 0x0001, 0x7c00, 0x8000];
    expect(bits.map(halfToNumber)).toEqual([1, -2, 0.333251953125, 2 ** -24, Number.POSITIVE_INFINITY, -0]);
    const outputs: Outputs[] = [{ output: { type: 'float16', dims: [1, 2], data: Uint16Array.of(0xc000, 0x3c00) } }];
    expect(metricOn(metrics.top1, contextOf('classification', outputs), outputs, [classLabel(1)])).toBe(1);
  });

  it('keeps one threshold for FP32 and the variant: probabilities at 0.5, logits at 0', () => {
    const label = [classLabel(1)];
    const probability = contextOf('classification', [output([1, 1], [0.9]), output([1, 1], [0.1])]);
    const logit = contextOf('classification', [output([1, 1], [0.9]), output([1, 1], [-2])]);
    expect(metricOn(metrics.accuracy, probability, [output([1, 1], [0.4])], label)).toBe(0);
    expect(metricOn(metrics.accuracy, logit, [output([1, 1], [0.4])], label)).toBe(1);
  });

  it('names the label that is no class, and the shape that does not fit', () => {
    const outputs = [output([1, 3], [1, 2, 3])];
    const context = contextOf('classification', outputs);
    expect(() => metricOn(metrics.top1, context, outputs, [classLabel(3)])).toThrow(/label 3 is not a class.*0 to 2/);
    expect(() => metricOn(metrics.top1, context, outputs, [valueLabel([0, 1])])).toThrow(/\[1,3\] for 2 labels/);
    expect(() => metricOn(metrics.mae, context, outputs, [valueLabel([0, 1])])).toThrow(/3 values.*has 2/);
  });

  it('compares an image with a label of the same order of axes only', () => {
    const channelsFirst = [output([1, 3, 1, 2], [0, 0.1, 0.2, 0.3, 0.4, 0.5])];
    const gray = [output([1, 1, 2, 3], [0, 0.1, 0.2, 0.3, 0.4, 0.5])];
    const value = (name: 'psnr' | 'mae', outputs: readonly Outputs[], dims: number[]) => {
      const tensor = { ...outputs[0]!['output']!, dims };
      return metricOn(metrics[name], contextOf('regression', outputs), outputs, [{ kind: 'tensor', tensor }]);
    };
    const psnr = (outputs: readonly Outputs[], dims: number[]) => value('psnr', outputs, dims);
    expect(psnr(channelsFirst, [3, 1, 2])).toBe(100);
    for (const dims of [
      [2, 3],
      [1, 2, 3],
      [2, 3, 1],
    ])
      expect(psnr(gray, dims)).toBe(100);
    for (const name of ['psnr', 'mae'] as const) {
      expect(() => value(name, channelsFirst, [1, 2, 3])).toThrow(/"output" is \[1,3,1,2\], the label is \[1,2,3\]/);
    }
    expect(value('mae', channelsFirst, [6])).toBe(0);
  });

  it('scores f1 of a variant as that of FP32 where the variant alone predicts a third class', () => {
    const says = (index: number): Outputs => ({
      output: { type: 'int64', dims: [1], data: BigInt64Array.of(BigInt(index)) },
    });
    const labels = Array.from({ length: 100 }, (_, at) => at % 2);
    const context = contextOf('classification', [says(0)]);
    const records = (outputs: readonly Outputs[]) =>
      outputs.map((each, at) => metrics.f1.record(context, each, classLabel(labels[at]!), each));
    const fp32 = records(labels.map(says));
    const variant = records(labels.map((label, at) => says(at === 7 ? 2 : label)));
    const ones = new Uint16Array(100).fill(1);
    expect(metrics.f1.estimator(fp32).evaluate(ones)).toBe(1);
    // 49 of the 50 samples of class 1 are found, and nothing else is taken for one.
    expect(metrics.f1.estimator(variant, fp32).evaluate(ones)).toBeCloseTo((2 * 49) / (49 + 50), 12);
  });

  it('reports sqnr of the worst output unless one is named', () => {
    const reference: Outputs[] = [{ a: float32([2], [1, 1]), b: float32([2], [1, 1]) }];
    const outputs: Outputs[] = [{ a: float32([2], [1, 1]), b: float32([2], [1, 1.1]) }];
    const expected = 10 * Math.log10(2 / (Math.fround(1.1) - 1) ** 2);
    const context = contextOf('generic', reference);
    expect(metricOn(metrics.sqnr, context, outputs, [], reference)).toBeCloseTo(expected, 6);
    expect(metricOn(metrics.sqnr, { ...context, outputNamed: true }, outputs, [], reference)).toBe(200);
  });

  it('counts what only one of the two found as wrong', () => {
    const reference = [output([1, 2, 2], [1, 2, 3, 4])];
    const shorter = [output([1, 1, 2], [1, 2])];
    const context = contextOf('generic', reference);
    const missing = 10 * Math.log10(30 / 25);
    expect(metricOn(metrics.sqnr, context, shorter, [], reference)).toBeCloseTo(missing, 6);
    expect(metricOn(metrics.sqnr, context, reference, [], shorter)).toBeCloseTo(10 * Math.log10(5 / 25), 6);
    const wider = [output([1, 2, 3], [1, 2, 5, 3, 4, 0])];
    expect(metricOn(metrics.sqnr, context, wider, [], reference)).toBeCloseTo(10 * Math.log10(30 / 25), 6);
    for (const [own, other] of [
      [shorter, reference],
      [reference, shorter],
    ] as const) {
      expect(metricOn(metrics.agreement, context, own, [], other)).toBe(0.5);
    }
  });

  it('takes kl along the axis of the classes, of probabilities as of logits', () => {
    const rows = (scale: number) =>
      Array.from({ length: 6 }, (_, at) => [0, 1, 2].map((c) => scale * Math.sin(3 * at + c)));
    const probabilities = (row: number[]) => {
      const powers = row.map(Math.exp);
      return powers.map((power) => power / powers.reduce((sum, each) => sum + each, 0));
    };
    const [p, q] = [rows(2).map(probabilities), rows(3).map(probabilities)];
    const expected =
      p
        .flatMap((row, at) => row.map((value, c) => value * Math.log(value / q[at]![c]!)))
        .reduce((sum, each) => sum + each, 0) / p.length;
    const masks = (all: number[][]) => [
      output(
        [1, 3, 2, 3],
        [0, 1, 2].flatMap((c) => all.map((row) => row[c]!)),
      ),
    ];
    const sequence = (all: number[][]) => [output([1, 6, 3], all.flat())];
    for (const [task, lay] of [
      ['segmentation', masks],
      ['language-model', sequence],
    ] as const) {
      for (const [fp32, own] of [
        [p, q],
        [rows(2), rows(3)],
      ] as const) {
        const [reference, outputs] = [lay(fp32), lay(own)];
        expect(metricOn(metrics.kl, contextOf(task, reference), outputs, [], reference)).toBeCloseTo(expected, 5);
        expect(metricOn(metrics.kl, contextOf(task, reference), reference, [], reference)).toBe(0);
      }
    }
  });

  it('adds nothing to kl for the classes that FP32 rules out', () => {
    const certain = (rest: number) =>
      output(
        [1, 1, 5000],
        Array.from({ length: 5000 }, (_, at) => (at === 0 ? 1 - 4999 * rest : rest)),
      );
    const [reference, outputs] = [[certain(0)], [certain(2e-6)]];
    const context = contextOf('language-model', reference);
    expect(metricOn(metrics.kl, context, outputs, [], reference)).toBeCloseTo(-Math.log(1 - 4999 * 2e-6), 6);
    expect(metricOn(metrics.kl, context, reference, [], reference)).toBe(0);
    const index: Outputs[] = [{ output: { type: 'int64', dims: [1], data: BigInt64Array.of(3n) } }];
    expect(() => metricOn(metrics.kl, contextOf('classification', index), index)).toThrow(/the output is a class/);
  });

  it('does not take the beginning of an output for all of it', () => {
    const whole = [output([1, 2, 2], [1, 1, 1, 1])];
    const others = [output([1, 1, 2], [1, 1]), output([1, 3, 2], [1, 1, 1, 1, 1, 1]), output([1, 2, 1], [1, 1])];
    const context = contextOf('generic', whole);
    const miss = 24 * Math.LN2;
    const kl = others.map((each) => metricOn(metrics.kl, context, [each], [], whole));
    expect(kl.map((value) => Number((value / miss).toFixed(9)))).toEqual([1 / 2, Number((1 / 3).toFixed(9)), 1]);
    for (const each of others) expect(metricOn(metrics.cosine, context, [each], [], whole)).toBe(-1);
    const label = [valueLabel([1, 1])];
    expect(metricOn(metrics.cosine, context, [others[0]!], label, [output([1, 3], [1, 1, 1])])).toBe(-1);
  });

  it('compares embeddings with FP32 where there are no labels', () => {
    const reference = [output([1, 2], [1, 0])];
    const context = contextOf('embedding', reference);
    expect(metricOn(metrics.cosine, context, [output([1, 2], [1, 1])], [], reference)).toBeCloseTo(Math.SQRT1_2, 7);
    expect(metricOn(metrics.cosine, context, [output([1, 2], [nan, 1])], [], reference)).toBe(-1);
  });
});

describe('boxes from outputs', () => {
  const label: Label = { kind: 'boxes', boxes: [], width: 200, height: 100 };
  const read = (outputs: Outputs, preprocess = {}) => {
    const context = contextOf('detection', [outputs], { detection: { preprocess } });
    const { data } = decodeBoxes({ ...context, output: 'boxes' }, outputs, label).detections!;
    return [...(data as Float64Array)].map((value) => Number(value.toFixed(4)));
  };

  it('takes fractions of the image, best first', () => {
    const outputs = {
      boxes: float32([1, 2, 4], [0, 0, 0.5, 0.5, 0.25, 0.5, 1, 1]),
      scores: float32([1, 2], [0.25, 0.75]),
      labels: { type: 'int64', dims: [1, 2], data: BigInt64Array.of(4n, 7n) },
    } as const;
    expect(read(outputs)).toEqual([7, 0.75, 50, 50, 200, 100, 4, 0.25, 0, 0, 100, 50]);
  });

  it('undoes a letterbox', () => {
    // 200 x 100 into 50 x 50: scaled by 1/4 to 50 x 25, 12 pixels above.
    const outputs = { boxes: float32([1, 1, 4], [10, 12, 30, 37]), scores: float32([1, 1], [0.5]) };
    expect(read(outputs, { letterbox: 50 })).toEqual([0, 0.5, 40, 0, 120, 100]);
  });

  it('refuses scores in an order of axes that it would read as those of other boxes', () => {
    const boxes = float32([1, 4, 4], Array(16).fill(1));
    const scores = (dims: number[]) => ({ boxes, scores: float32(dims, Array(8).fill(0.5)) });
    expect(() => read(scores([1, 2, 4]))).toThrow(/boxes are \[1,4,4\] and scores \[1,2,4\]; expected/);
    expect(read(scores([1, 4, 2])).length).toBeGreaterThan(0);
    const labels = { type: 'int64', dims: [1, 4], data: BigInt64Array.of(0n, 0n, 0n, 0n) } as const;
    expect(() => read({ ...scores([1, 4, 2]), labels })).toThrow(/scores \[1,4,2\]; expected/);
  });

  it('counts a box of a class that nothing is labelled with nowhere, whatever number a broken model calls it by', () => {
    const box = { classIndex: 1, x0: 10, y0: 10, x1: 50, y1: 50 };
    const found = (classes: readonly number[]) =>
      detectionOutputs(Float64Array.from(classes.flatMap((index) => [index, 0.9, 10, 10, 50, 50])));
    const labels: Label[] = [{ kind: 'boxes', boxes: [box], width: 100, height: 100 }];
    const value = (classes: readonly number[]) =>
      metricOn(metrics.map50, contextOf('classification', [output([1], [0])]), [found(classes)], labels);
    for (const index of [7, 1e12, Number.POSITIVE_INFINITY, nan, -1]) {
      expect(value([1, index])).toBeCloseTo(1, 12);
      expect(value([index])).toBe(0);
    }
  });

  it('suppresses raw boxes class by class', () => {
    const outputs = {
      boxes: float32([1, 3, 4], [0, 0, 10, 10, 1, 0, 11, 10, 50, 50, 60, 60]),
      scores: float32([1, 3, 2], [0.875, 0, 0.75, 0.5, 0.25, 0]),
    };
    expect(read(outputs)).toEqual([0, 0.875, 0, 0, 10, 10, 0, 0.25, 50, 50, 60, 60, 1, 0.5, 1, 0, 11, 10]);
  });

  it('suppresses raw boxes of a model of one class', () => {
    const outputs = {
      boxes: float32([1, 3, 4], [0, 0, 10, 10, 1, 0, 11, 10, 50, 50, 60, 60]),
      scores: float32([1, 3, 1], [0.875, 0.75, 0.25]),
    };
    expect(read(outputs)).toEqual([0, 0.875, 0, 0, 10, 10, 0, 0.25, 50, 50, 60, 60]);
  });
});

describe('an answer that knows nothing of its input', () => {
  const records = (name: 'top1' | 'top5' | 'auc', classes: number, labels: number[]) => {
    const outputs = labels.map(() => output([1, classes], Array<number>(classes).fill(0)));
    const context = contextOf('classification', outputs);
    const { record } = metrics[name];
    return labels.map((label, i) => record(context, outputs[i]!, classLabel(label), outputs[i]!));
  };

  it('is right on the most frequent classes', () => {
    expect(metrics.top1.chance!(records('top1', 8, [3, 3, 3, 1, 2]))).toBe(0.6);
    expect(metrics.top5.chance!(records('top5', 8, [0, 0, 1, 2, 3, 4, 5, 6, 7, 7]))).toBe(0.7);
  });

  it('orders half of the pairs', () => {
    expect(metrics.auc.chance!(records('auc', 2, [0, 1, 1]))).toBe(0.5);
  });
});

import { describe, expect, it } from 'vitest';
import { buildModel, type OnnxModel } from '../../../src/onnx/model.ts';
import { outputParts } from '../../../src/quantize/static/output-parts.ts';
import { StaticRun } from '../../../src/quantize/static/run.ts';
import { sizeOf } from '../../../src/tensor.ts';
import { ints } from '../../onnx/ort.ts';
import { sqnrOf } from '../helpers.ts';
import { normal, requestOf, runAll } from './helpers.ts';

const positions = 1200;
/** Where the detector finds something. */
const found = 7;

type Numbers = { type: 'float32'; dims: number[]; data: Float32Array };
const tensor = (dims: number[], value: (position: number) => number): Numbers => {
  const each = sizeOf(dims) / positions;
  return { type: 'float32', dims, data: new Float32Array(positions * each).map((_, i) => value(Math.floor(i / each))) };
};

/** Logits of three classes: clearly below zero, but for one position. */
const logits = { logits: tensor([1, positions, 3], (position) => (position === found ? 3 : -6)) };

type Factors = { boxes?: Numbers; scores?: Numbers };
const layouts = [
  'two outputs',
  'two outputs, Softmax with a background',
  'one output',
  'one output, channels first',
  'one output of two strides',
] as const;

/** A detector's head: scores of three classes, boxes of some hundred pixels; with factors on what it gives. */
function head(layout: (typeof layouts)[number], { boxes, scores }: Factors = {}): OnnxModel {
  const ones = tensor([1, positions, 1], () => 1);
  return buildModel((b) => {
    const x = b.input('logits', 'float32', [1, positions, 3]);
    const score = b.op('Mul', [b.op('Sigmoid', [x]), b.constant(scores ?? ones)]);
    // As a Sigmoid again: what is behind another operator is no probability.
    const again = (value: typeof score) => {
      const rest = b.op('Sub', [b.constant({ type: 'float32', dims: [], data: Float32Array.of(1) }), value]);
      return b.op('Sigmoid', [b.op('Log', [b.op('Div', [value, rest])])]);
    };
    const box = b.op('Mul', [
      b.op('Add', [b.op('Mul', [x, x]), b.constant(normal([1, positions, 3], 1, 40))]),
      b.constant(boxes ?? ones),
    ]);
    const joined = (from = 0, to = positions) => {
      const part = (value: typeof score) =>
        b.op('Slice', [value, b.constant(ints([from])), b.constant(ints([to])), b.constant(ints([1]))]);
      return b.op('Concat', [part(box), part(again(score))], { axis: -1 });
    };
    switch (layout) {
      case 'two outputs':
        b.output(b.op('Concat', [box, b.op('Neg', [box])], { axis: 2 }), 'boxes');
        return b.output(again(score), 'scores');
      case 'two outputs, Softmax with a background': {
        const scaled = b.op('Mul', [b.op('Sigmoid', [x]), b.constant(scores ?? ones)]);
        const third = b.op('Mul', [scaled, b.constant({ type: 'float32', dims: [], data: Float32Array.of(1 / 3) })]);
        const sum = b.op('ReduceSum', [third, b.constant(ints([2]))]);
        const one = b.constant({ type: 'float32', dims: [], data: Float32Array.of(1) });
        const background = b.op('Sub', [one, sum]);
        b.output(b.op('Softmax', [b.op('Log', [b.op('Concat', [background, third], { axis: 2 })])]), 'scores');
        return b.output(box, 'boxes');
      }
      case 'one output':
        return b.output(joined(), 'y');
      case 'one output, channels first':
        return b.output(b.op('Transpose', [joined()], { perm: [0, 2, 1] }), 'y');
      case 'one output of two strides': {
        const strides = b.op('Concat', [joined(0, 1000), joined(1000)], { axis: 1 });
        return b.output(b.op('Reshape', [strides, b.constant(ints([1, 2, -1, 6]))]), 'y');
      }
    }
  }, 13);
}

describe.each(layouts)("the outputs of a detector's head, %s", (layout) => {
  const fidelityOf = async (factors: Factors) => {
    const run = await StaticRun.start(await requestOf(head(layout), [logits]));
    try {
      return await run.fidelity(head(layout, factors));
    } finally {
      await run.close();
    }
  };
  it('is compared on the images in which something is found, however few they are', async () => {
    const nothing = { logits: tensor([1, positions, 3], () => -6) };
    const images = Array.from({ length: 128 }, (_, image) => (image === 5 || image === 9 ? logits : nothing));
    const run = await StaticRun.start(await requestOf(head(layout), images));
    try {
      const halfBlind = head(layout, { scores: at((position) => position === found, 0.3) });
      expect(await run.fidelity(halfBlind)).toBeLessThan(8);
      expect(await run.fidelity(halfBlind, 2)).toBeLessThan(8);
    } finally {
      await run.close();
    }
  });

  const at = (where: (position: number) => boolean, factor: number) =>
    tensor([1, positions, 1], (position) => (where(position) ? factor : 1));

  it('counts an error of a box by what was found there', async () => {
    const background = await fidelityOf({ boxes: at((position) => position !== found, 1.2) });
    const detection = await fidelityOf({ boxes: at((position) => position === found, 1.2) });
    expect(background).toBeGreaterThan(detection + 10);
  });

  it('counts scores as much as boxes, though those are numbers a hundred times as large', async () => {
    expect(await fidelityOf({ scores: at((position) => position === found, 0.3) })).toBeLessThan(8);
  });

  it('counts what is found where there is nothing', async () => {
    expect(await fidelityOf({ scores: at((position) => position === 3, 300) })).toBeLessThan(8);
  });

  it('does not count scores of the background', async () => {
    expect(await fidelityOf({ scores: at((position) => position !== found, 2) })).toBeGreaterThan(35);
  });
});

describe('outputs that are no sparse scores', () => {
  it('are compared as they are, a Sigmoid as well', async () => {
    const mask = (scale: number) =>
      buildModel((b) => {
        const x = b.input('x', 'float32', [1, positions, 3]);
        const factor = b.constant({ type: 'float32', dims: [], data: Float32Array.of(scale) });
        b.output(b.op('Sigmoid', [b.op('Mul', [x, factor])]), 'mask');
        b.output(b.op('Mul', [x, factor]), 'numbers');
      }, 13);
    const rows = [{ x: normal([1, positions, 3], 1) }];
    const [model, variant] = [mask(1), mask(1.01)];
    const run = await StaticRun.start(await requestOf(model, rows));
    try {
      const [wanted, given] = [(await runAll(model, rows))[0]!, (await runAll(variant, rows))[0]!];
      const ratios = ['mask', 'numbers'].map(
        (name) => 10 ** (-sqnrOf({ [name]: wanted[name]! }, { [name]: given[name]! }) / 10),
      );
      const expected = -10 * Math.log10((ratios[0]! + ratios[1]!) / 2);
      expect(await run.fidelity(variant)).toBeCloseTo(expected, 3);
    } finally {
      await run.close();
    }
  });

  it('are one part where places of an axis cannot be told', () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 4, 'n']);
      b.output(b.op('Concat', [x, b.op('Sigmoid', [x])], { axis: 2 }), 'y');
    }, 13);
    const infos = new Map([['y', { type: 'float32', dims: [1, 4, 'm'] } as const]]);
    expect(outputParts(model.graph, infos)).toEqual([{ output: 'y', kind: 'plain' }]);
  });
});

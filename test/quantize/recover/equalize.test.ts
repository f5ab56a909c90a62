import { describe, expect, it } from 'vitest';
import type { GraphBuilder } from '../../../src/onnx/builder.ts';
import { buildModel, type OnnxModel } from '../../../src/onnx/model.ts';
import type { Value } from '../../../src/onnx/value.ts';
import { equalizeChannels } from '../../../src/quantize/recover/equalize-step.ts';
import { StaticRun } from '../../../src/quantize/static/run.ts';
import { startingRecipe } from '../../../src/quantize/static/static.ts';
import { ints } from '../../onnx/ort.ts';
import { normal, outputSqnr, quantizeWith, requestOf } from '../static/helpers.ts';

const samples = [1, 2, 3, 4].map((seed) => ({ x: normal([1, 4, 10, 10], seed) }));

/** Eight channels that differ by a factor of a thousand, as tensors do that only small ones matter of. */
const sizes = (channel: number) => 10 ** ((channel % 4) - 2);

/** Writes channels of different sizes. */
function writes(b: GraphBuilder, x: Value, from: number, name: string): Value {
  const weight = normal([8, from, 3, 3], name.length, 0.2);
  weight.data.forEach((value, i) => {
    weight.data[i] = value * sizes(Math.floor(i / (from * 9)));
  });
  const bias = normal([8], name.length + 10, 0.1);
  bias.data.forEach((value, c) => {
    bias.data[c] = value * sizes(c);
  });
  const inputs = [x, b.constant(weight, `${name}_w`), b.constant(bias, `${name}_b`)];
  return b.op('Conv', inputs, { pads: [1, 1, 1, 1] }, { name });
}

/** Reads eight channels of different sizes so that each counts as much as another. */
function reads(b: GraphBuilder, x: Value, name: string, size: (channel: number) => number = sizes): Value {
  const weight = normal([8, 8, 1, 1], name.length, 0.2);
  weight.data.forEach((value, i) => {
    weight.data[i] = value / size(i % 8);
  });
  return b.op('Conv', [x, b.constant(weight, `${name}_w`)], {}, { name });
}

function network(fill: (b: GraphBuilder, x: Value) => Value): OnnxModel {
  return buildModel((b) => b.output(fill(b, b.input('x', 'float32', [1, 4, 10, 10])), 'y'), 13);
}

/** Everything between two convolutions that hands channels on. */
const ways: Record<string, (b: GraphBuilder, first: Value, x: Value) => Value> = {
  'LeakyRelu and pooling': (b, first) =>
    reads(b, b.op('MaxPool', [b.op('LeakyRelu', [first])], { kernel_shape: [2, 2] }), 'last'),
  'a residual addition': (b, first) => {
    const branch = writes(b, b.op('Relu', [reads(b, first, 'inner')]), 8, 'branch');
    return reads(b, b.op('Add', [branch, first]), 'last');
  },
  'a convolution of each channel by itself': (b, first) => {
    const inputs = [b.op('Relu', [first]), b.constant(normal([8, 1, 3, 3], 5), 'own_w')];
    return reads(b, b.op('Conv', inputs, { group: 8, pads: [1, 1, 1, 1] }, { name: 'own' }), 'last');
  },
  'a transposed convolution in groups': (b, first) => {
    const weight = normal([8, 2, 2, 2], 5);
    weight.data.forEach((value, i) => {
      weight.data[i] = value / sizes(Math.floor(i / 8));
    });
    return b.op('ConvTranspose', [first, b.constant(weight, 'w')], { group: 2 }, { name: 'last' });
  },
  'concatenation, shuffling and a split': (b, first, x) => {
    const both = b.op('Concat', [b.op('Relu', [first]), b.op('Relu', [writes(b, x, 4, 'second')])], { axis: 1 });
    const apart = b.op('Reshape', [both, b.constant(ints([1, 2, 8, 10, 10]), 'apart')]);
    const shuffled = b.op('Transpose', [apart], { perm: [0, 2, 1, 3, 4] });
    const together = b.op('Reshape', [shuffled, b.constant(ints([1, 16, 10, 10]), 'together')]);
    const parts = [0, 8].map((from) =>
      b.op('Slice', [
        together,
        b.constant(ints([from]), 'from'),
        b.constant(ints([from + 8]), 'to'),
        b.constant(ints([1]), 'axes'),
      ]),
    );
    // Both halves have every size twice now.
    const [one, other] = parts.map((part, i) => reads(b, part, `last_${i}`, (c) => sizes(Math.floor(c / 2))));
    return b.op('Add', [one!, other!]);
  },
  'Split and Resize': (b, first) => {
    const split = b.ops('Split', [first], { axis: 1 }, { outputs: 2 });
    const resized = split.map((half) =>
      b.op('Resize', [half, undefined, b.constant([1, 1, 2, 2], 'scales')], { mode: 'nearest' }),
    );
    return reads(b, b.op('Concat', resized, { axis: 1 }), 'last');
  },
  'an added constant': (b, first) => {
    const one = b.op('Add', [b.op('Relu', [first]), b.constant([0.5], 'shift')]);
    const each = b.constant(normal([8, 1, 1], 9, 0.1), 'shifts');
    return reads(b, b.op('Add', [each, one]), 'last');
  },
  'flattening for Gemm': (b, first) => {
    const pooled = b.op('Flatten', [b.op('GlobalAveragePool', [b.op('Relu', [first])])]);
    const weight = normal([8, 3], 5);
    weight.data.forEach((value, i) => {
      weight.data[i] = value / sizes(Math.floor(i / 3));
    });
    return b.op('Gemm', [pooled, b.constant(weight, 'w')], {}, { name: 'last' });
  },
  'a Gemm that adds what another computed': (b, first) => {
    const pooled = b.op('Flatten', [b.op('GlobalAveragePool', [b.op('Relu', [first])])]);
    const weight = (name: string, size: (channel: number) => number) => {
      const tensor = normal([8, 8], name.length, 0.3);
      tensor.data.forEach((value, i) => {
        tensor.data[i] = value * size(i);
      });
      return b.constant(tensor, name);
    };
    const by = (i: number) => 1 / sizes(Math.floor(i / 8));
    const other = b.op('Gemm', [pooled, weight('spread', (i) => by(i) * sizes(i % 8))]);
    const sum = b.op('Gemm', [pooled, weight('sum', by), other]);
    return b.op('Add', [sum, b.op('Gemm', [other, weight('level', by)])]);
  },
  SiLU: (b, first) => reads(b, b.op('Mul', [first, b.op('Sigmoid', [first])]), 'last'),
  HardSwish: (b, first) => {
    const line = b.op('Add', [first, b.constant([3], 'three')]);
    const gate = b.op('Clip', [line, b.constant(0, 'low'), b.constant(6, 'high')]);
    return reads(b, b.op('Mul', [b.op('Mul', [gate, first]), b.constant([1 / 6], 'sixth')]), 'last');
  },
  'squeeze and excitation': (b, first) => {
    const squeezed = reads(b, b.op('GlobalAveragePool', [first]), 'squeezed');
    return reads(b, b.op('Mul', [first, b.op('Sigmoid', [squeezed])]), 'last');
  },
};

const hasGate = new Set(['SiLU', 'HardSwish']);

describe('equalization', () => {
  it.each(Object.entries(ways))('passes %s and leaves what is computed as it is', async (way, between) => {
    const model = network((b, x) => between(b, writes(b, x, 4, 'first'), x));
    const run = await StaticRun.start(await requestOf(model, samples));
    try {
      const start = startingRecipe(run);
      const made = (await equalizeChannels(run, start, hasGate.has(way) ? 'gates' : undefined))!;
      expect([...made.changed]).toContain('first_output');
      expect(await run.fidelity(made.recipe.base)).toBeGreaterThan(100);
    } finally {
      await run.close();
    }
  });

  it('passes HardSwish of one operator, which is taken apart', async () => {
    const model = buildModel((b) => {
      const first = writes(b, b.input('x', 'float32', [1, 4, 10, 10]), 4, 'first');
      b.output(reads(b, b.op('HardSwish', [first]), 'last'), 'y');
    }, 14);
    const run = await StaticRun.start(await requestOf(model, samples));
    try {
      const start = startingRecipe(run);
      expect(await equalizeChannels(run, start)).toBeUndefined();
      const made = (await equalizeChannels(run, start, 'gates'))!;
      expect(made.recipe.base.graph.nodes.map(({ op }) => op)).toEqual(['Conv', 'Conv', 'Clip', 'Mul', 'Conv']);
      expect(await run.fidelity(made.recipe.base)).toBeGreaterThan(100);
    } finally {
      await run.close();
    }
  });

  it.each<[string, (b: GraphBuilder, first: Value) => Value]>([
    ['a function that is not homogeneous', (b, first) => reads(b, b.op('Tanh', [first]), 'last')],
    ['an output', (b, first) => reads(b, b.output(first, 'features'), 'last')],
    [
      'a weight that others read',
      (b, first) => {
        const read = reads(b, first, 'last');
        return b.op('Conv', [read, read.producer!.input(1)!]);
      },
    ],
    [
      'a shift of channels that a Reshape took apart',
      (b, first) => {
        const shape = (...dims: number[]) => b.constant(ints([1, ...dims, 10, 10]));
        const apart = b.op('Add', [b.op('Reshape', [first, shape(2, 4)]), b.constant(0.5)]);
        const shuffled = b.op('Transpose', [apart], { perm: [0, 2, 1, 3, 4] });
        return reads(b, b.op('Reshape', [shuffled, shape(8)]), 'last');
      },
    ],
  ])('leaves channels as they are before %s', async (_, fill) => {
    const model = network((b, x) => fill(b, writes(b, x, 4, 'first')));
    const run = await StaticRun.start(await requestOf(model, samples));
    try {
      expect(await equalizeChannels(run, startingRecipe(run))).toBeUndefined();
    } finally {
      await run.close();
    }
  });

  it.each(['a residual addition', 'concatenation, shuffling and a split', 'SiLU', 'squeeze and excitation'])(
    'wins back what channels of different sizes lose through %s',
    async (way) => {
      const model = network((b, x) => ways[way]!(b, writes(b, x, 4, 'first'), x));
      const plain = await quantizeWith(model, samples, { observer: 'min-max' });
      const equalized = await quantizeWith(model, samples, { observer: 'min-max', recover: ['equalize'] });
      const [before, after] = [plain, equalized].map(({ model: made }) => outputSqnr(model, made, samples));
      expect((await after!)[0]).toBeGreaterThan((await before!)[0]! + 3);
      expect(equalized.notes.join()).toContain('equalize');
    },
  );
});

import { describe, expect, it } from 'vitest';
import { buildModel, type OnnxModel } from '../../../src/onnx/model.ts';
import { absorbHighBias } from '../../../src/quantize/recover/bias-absorption.ts';
import { correctBiases } from '../../../src/quantize/recover/bias-correction.ts';
import { chooseRanges } from '../../../src/quantize/static/choose.ts';
import { type StaticOptions, StaticRun } from '../../../src/quantize/static/run.ts';
import { analyseSensitivity } from '../../../src/quantize/static/sensitivity.ts';
import { recoverBest, startingRecipe } from '../../../src/quantize/static/static.ts';
import { ints, runModel } from '../../onnx/ort.ts';
import { sqnrOf } from '../helpers.ts';
import { normal, outputSqnr, quantizeWith, requestOf, runAll } from './helpers.ts';

const samples = [1, 2, 3, 4].map((seed) => ({ x: normal([1, 4, 10, 10], seed) }));

/** Two residual blocks whose channels differ by a factor of a thousand. */
function unbalanced(): OnnxModel {
  return buildModel((b) => {
    const x = b.input('x', 'float32', [1, 4, 10, 10]);
    const layer = (
      input: Parameters<typeof b.op>[1][number],
      from: number,
      to: number,
      seed: number,
      spread: boolean,
    ) => {
      const weight = normal([to, from, 3, 3], seed, 0.2);
      const bias = normal([to], seed + 10, 0.1);
      const size = from * 9;
      for (let i = 0; i < weight.data.length; i++)
        weight.data[i]! *= spread ? 10 ** ((Math.floor(i / size) % 4) - 2) : 1;
      for (let c = 0; c < to; c++) bias.data[c]! *= spread ? 10 ** ((c % 4) - 2) : 1;
      return b.op(
        'Conv',
        [input, b.constant(weight, `w${seed}`), b.constant(bias, `b${seed}`)],
        { pads: [1, 1, 1, 1] },
        { name: `conv${seed}` },
      );
    };
    const wide = (input: Parameters<typeof b.op>[1][number], seed: number) => {
      // Reads the channels so that the small ones matter as much as the large ones.
      const weight = normal([8, 8, 3, 3], seed, 0.2);
      weight.data.forEach((value, i) => {
        weight.data[i] = value * 10 ** (2 - (Math.floor(i / 9) % 4));
      });
      return b.op('Conv', [input, b.constant(weight, `w${seed}`)], { pads: [1, 1, 1, 1] }, { name: `conv${seed}` });
    };
    const first = layer(x, 4, 8, 1, true);
    const branch = layer(b.op('Relu', [wide(first, 2)]), 8, 8, 3, true);
    b.output(wide(b.op('Add', [branch, first]), 4), 'y');
  }, 13);
}

describe('bias absorption', () => {
  it('moves a constant that ReLU never cuts into the next layer', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 4, 10, 10]);
      const w = b.constant(normal([4, 4, 1, 1], 1, 0.05), 'w');
      const relu = b.op('Relu', [b.op('Conv', [x, w, b.constant([5, 5, 5, -5], 'b')], {}, { name: 'first' })]);
      b.output(b.op('Conv', [relu, b.constant(normal([4, 4, 3, 3], 2), 'w2')]), 'y');
    }, 13);
    const before = await runModel(model, samples[0]!);
    const absorbed = absorbHighBias(model, () => Float32Array.of(3, 3, 3, -7));
    expect(absorbed).toBe(3);
    const after = await runModel(model, samples[0]!);
    const [a, b] = [before['y']!.data as Float32Array, after['y']!.data as Float32Array];
    expect(Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))).toBeLessThan(1e-4);
  });
});

describe('in a run', () => {
  it('bias correction brings the means of the channels back', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 4, 10, 10]);
      const layer = (value: typeof x, from: number, seed: number) =>
        b.op('Conv', [value, b.constant(normal([8, from, 3, 3], seed, 0.2), `w${seed}`)]);
      b.output(layer(b.op('Relu', [layer(b.op('Relu', [layer(x, 4, 1)]), 8, 2)]), 8, 3), 'y');
    }, 13);
    const run = await StaticRun.start(await requestOf(model, samples, { bits: 3, target: 'cpu-x64-vnni' }));
    try {
      const [start] = await chooseRanges(run, startingRecipe(run));
      const corrected = (await correctBiases(run, start))!;
      expect(corrected.sqnrDb).toBeGreaterThan(start.sqnrDb);
      const wanted = await channelMeans(model);
      const error = (means: number[]) => Math.hypot(...means.map((mean, c) => mean - wanted[c]!));
      const before = error(await channelMeans(run.emit(start.recipe).model));
      expect(error(await channelMeans(run.emit(corrected.recipe).model))).toBeLessThan(before / 4);
    } finally {
      await run.close();
    }
  });

  it('bias correction leaves a candidate as it was where no layer brings the outputs nearer to FP32', async () => {
    const model = buildModel((b) => {
      let value = b.input('x', 'float32', [1, 4, 10, 10]);
      for (let layer = 1; layer <= 14; layer++) {
        value = b.op('Conv', [value, b.constant(normal([4, 4, 1, 1], layer, 0.5), `w${layer}`)]);
      }
      b.output(value, 'y');
    }, 13);
    const run = await StaticRun.start(await requestOf(model, samples));
    try {
      const unbeatable = { ...(await chooseRanges(run, startingRecipe(run)))[0], sqnrDb: 150, course: [150, 150] };
      expect(await correctBiases(run, unbeatable)).toBe(unbeatable);
    } finally {
      await run.close();
    }
  });

  it('a value that is only moved keeps its numbers where what it is moved from goes back to float', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 4, 10, 10]);
      const first = b.op('Conv', [x, b.constant(normal([8, 4, 3, 3], 1), 'w1')], {}, { name: 'first' });
      const pooled = b.op('MaxPool', [first], { kernel_shape: [2, 2], strides: [2, 2] });
      b.output(b.op('Conv', [pooled, b.constant(normal([8, 8, 3, 3], 2), 'w2')], {}, { name: 'second' }), 'y');
    }, 13);
    const run = await StaticRun.start(await requestOf(model, samples));
    try {
      const [{ recipe, sqnrDb }] = await chooseRanges(run, startingRecipe(run));
      const mixed = await run.measure({ ...recipe, floatNodes: new Map([['first', 'too sensitive']]) });
      expect(mixed.sqnrDb).toBeGreaterThan(sqnrDb);
    } finally {
      await run.close();
    }
  });

  it('stops measuring a candidate that is far behind, and ranks it below its rival', async () => {
    const run = await StaticRun.start(await requestOf(unbalanced(), samples, { observer: 'auto', recover: 'auto' }));
    try {
      const [best] = await chooseRanges(run, startingRecipe(run));
      const worse = { ...best.recipe, weightRange: 'max', rounding: 'nearest', exact: best.recipe.base } as const;
      const clipped = new Map([...worse.parameters].map(([name, each]) => [name, { ...each, scale: each.scale / 64 }]));
      const behind = await run.measure({ ...worse, parameters: clipped }, best);
      expect(behind.course!.length).toBeLessThan(best.course!.length);
      expect(behind.sqnrDb).toBeLessThan(best.sqnrDb - 0.25);
    } finally {
      await run.close();
    }
  });

  it.each(['Softmax', 'Exp over its sum'])(
    'compares probabilities (%s) as logarithms, those below 0.01 as nothing',
    async (kind) => {
      const classifier = (weight: ReturnType<typeof normal>) =>
        buildModel((b) => {
          const x = b.input('x', 'float32', [1, 16]);
          const logits = b.op('MatMul', [x, b.constant(weight, 'w')]);
          const exp = kind === 'Softmax' ? logits : b.op('Exp', [logits]);
          const spelled = () => b.op('Div', [exp, b.op('ReduceSum', [exp, b.constant(ints([1]))])]);
          b.output(kind === 'Softmax' ? b.op('Softmax', [logits]) : spelled(), 'y');
        }, 13);
      const weight = normal([16, 5], 1);
      const [model, variant] = [classifier(weight), classifier({ ...weight, data: weight.data.map((w) => w * 1.02) })];
      const rows = [1, 2, 3, 4].map((seed) => ({ x: normal([1, 16], seed) }));
      const logarithms = async (each: OnnxModel) =>
        (await runAll(each, rows)).map(({ y }) => {
          const data = (y!.data as Float32Array).map((p) => Math.log(Math.max(p, 0.01) / 0.01));
          return { y: { ...y!, data } };
        });
      const expected = sqnrOf(await logarithms(model), await logarithms(variant));
      const run = await StaticRun.start(await requestOf(model, rows));
      try {
        expect(await run.fidelity(variant)).toBeCloseTo(expected, 3);
      } finally {
        await run.close();
      }
    },
  );

  it('starts from other ranges as well in a small network, and keeps the best end', async () => {
    const run = await StaticRun.start(await requestOf(unbalanced(), samples, { observer: 'auto', recover: 'auto' }));
    try {
      const [good] = await chooseRanges(run, startingRecipe(run));
      const clipped = [...good.recipe.parameters].map(
        ([name, each]) => [name, { ...each, scale: each.scale / 64 }] as const,
      );
      const bad = await run.measure({ ...good.recipe, parameters: new Map(clipped) });
      const end = await recoverBest(run, [bad, good]);
      expect(end.sqnrDb).toBeGreaterThanOrEqual(good.sqnrDb);
      // The notes are of what was kept alone.
      expect(run.notes.filter((note) => note.startsWith('rounding'))).toHaveLength(1);
    } finally {
      await run.close();
    }
  });

  it('rounds the weights of products between float operators for what they read', async () => {
    // Sixteen directions, as in the residual stream of a transformer, and a little of everything.
    const directions = normal([16, 64], 1);
    const correlated = (seed: number) => {
      const [parts, rest] = [normal([24, 16], seed), normal([24, 64], seed + 100, 0.1)];
      const data = rest.data.map((noise, at) => {
        const [row, column] = [Math.floor(at / 64), at % 64];
        return parts.data
          .subarray(row * 16, (row + 1) * 16)
          .reduce((sum, part, d) => sum + part * directions.data[d * 64 + column]!, noise);
      });
      return { x: { type: 'float32', dims: [1, 24, 64], data } as const };
    };
    const model = buildModel((b) => {
      const up = b.op('MatMul', [b.input('x', 'float32', [1, 24, 64]), b.constant(normal([64, 96], 2, 0.05), 'w1')]);
      const down = b.op('MatMul', [b.op('Softsign', [up]), b.constant(normal([96, 8], 3), 'w2')]);
      b.output(down, 'y');
    }, 21);
    const seen = Array.from({ length: 16 }, (_, seed) => correlated(seed));
    const unseen = Array.from({ length: 4 }, (_, seed) => correlated(seed + 50));
    const [nearest, lattice] = await Promise.all(
      (['none', ['rounding']] satisfies StaticOptions['recover'][]).map(async (recover) => {
        const { model: quantized } = await quantizeWith(model, seen, { bits: 4, recover });
        return (await outputSqnr(model, quantized, unseen))[0]!;
      }),
    );
    expect(lattice).toBeGreaterThan(nearest! + 4);
  });

  it('sensitivity finds the layer that cannot be quantized', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 4, 10, 10]);
      const good = b.op('Conv', [x, b.constant(normal([4, 4, 3, 3], 1, 0.2), 'w1')], {}, { name: 'good' });
      // One huge weight and many small ones that matter: with one scale for the tensor they vanish.
      const weight = normal([4, 4, 3, 3], 2, 0.001);
      weight.data[0] = 0.5;
      const bad = b.op('Conv', [b.op('Relu', [good]), b.constant(weight, 'w2')], {}, { name: 'bad' });
      b.output(b.op('Slice', [bad, b.constant(ints([1])), b.constant(ints([4])), b.constant(ints([1]))]), 'y');
    }, 13);
    const run = await StaticRun.start(await requestOf(model, samples, { 'per-channel': false }));
    try {
      const table = await analyseSensitivity(run, (await chooseRanges(run, startingRecipe(run)))[0].recipe);
      const worst = table.toSorted((a, b) => b.allButDb - a.allButDb)[0]!;
      expect(worst.node).toBe('bad');
      expect(worst.onlyDb).toBeLessThan(table.find(({ node }) => node === 'good')!.onlyDb);
    } finally {
      await run.close();
    }
  });
});

/** Of the output y [1, 8, h, w], over all samples. */
async function channelMeans(model: OnnxModel): Promise<number[]> {
  const sums = new Array<number>(8).fill(0);
  for (const sample of samples) {
    const { data } = (await runModel(model, sample))['y']!;
    const size = data.length / 8;
    (data as Float32Array).forEach((value, i) => {
      sums[Math.floor(i / size)]! += value / size / samples.length;
    });
  }
  return sums;
}

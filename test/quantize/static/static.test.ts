import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  buildModel,
  type GraphBuilder,
  loadModel,
  modelToBytes,
  type OnnxModel,
  saveModel,
} from '../../../src/onnx/model.ts';
import { DataType } from '../../../src/onnx/proto.ts';
import { readTensor } from '../../../src/onnx/tensor.ts';
import type { Value } from '../../../src/onnx/value.ts';
import { chooseRanges } from '../../../src/quantize/static/choose.ts';
import { reportNodes } from '../../../src/quantize/static/report-nodes.ts';
import { StaticRun } from '../../../src/quantize/static/run.ts';
import { quantizeStatic, startingRecipe } from '../../../src/quantize/static/static.ts';
import { ints } from '../../onnx/ort.ts';
import { scratch, sqnrOf } from '../helpers.ts';
import { normal, optimizedOperators, outputSqnr, quantizeWith, requestOf, runAll } from './helpers.ts';

const image = (seed: number) => ({ x: normal([1, 3, 12, 12], seed) });
const images = Array.from({ length: 6 }, (_, i) => image(i + 1));

function conv(b: GraphBuilder, x: Value, from: number, to: number, seed: number, attributes = {}, kernel = 3): Value {
  const w = b.constant(normal([to, from, kernel, kernel], seed, 1 / Math.sqrt(from * kernel * kernel)), `w${seed}`);
  const bias = b.constant(normal([to], seed + 1000, 0.1), `b${seed}`);
  const pad = kernel >> 1;
  return b.op('Conv', [x, w, bias], { pads: [pad, pad, pad, pad], ...attributes }, { name: `conv${seed}` });
}

/** Convolution, depthwise convolution with ReLU6, residual addition, pooling, classifier. */
const network = (opset = 13): OnnxModel =>
  buildModel((b) => {
    const x = b.input('x', 'float32', ['batch', 3, 12, 12]);
    const stem = b.op('Relu', [conv(b, x, 3, 16, 1)], {}, { name: 'relu1' });
    const depthwise = conv(b, stem, 1, 16, 2, { group: 16 });
    const clip = b.op('Clip', [depthwise, b.constant(0, 'zero'), b.constant(6, 'six')], {}, { name: 'relu6' });
    const sum = b.op('Add', [conv(b, clip, 16, 16, 3, {}, 1), stem], {}, { name: 'residual' });
    const pooled = b.op('Flatten', [b.op('GlobalAveragePool', [b.op('Relu', [sum], {}, { name: 'relu2' })])]);
    const w = b.constant(normal([10, 16], 4, 0.3), 'w4');
    b.output(
      b.op('Gemm', [pooled, w, b.constant(normal([10], 5), 'b4')], { transB: 1 }, { name: 'classifier' }),
      'logits',
      {
        type: 'float32',
        dims: ['batch', 10],
      },
    );
  }, opset);

/** A slope for each of 24 channels. */
const slopesOf = (of: (channel: number) => number) => ({
  type: 'float32' as const,
  dims: [24, 1, 1],
  data: Float32Array.from({ length: 24 }, (_, c) => of(c)),
});

describe('a small convolutional network', () => {
  it.each(['cpu-x64-avx2', 'cpu-x64-vnni', 'cpu-arm64'] as const)(
    'runs in integer kernels alone on %s',
    async (target) => {
      const model = network();
      const result = await quantizeWith(model, images, { target });
      const operators = await optimizedOperators(result.model);
      expect(operators.filter((op) => op === 'QLinearConv')).toHaveLength(3);
      expect(operators).toEqual(expect.arrayContaining(['QLinearAdd', 'QLinearGlobalAveragePool', 'QGemm']));
      expect(operators).not.toEqual(expect.arrayContaining(['Conv']));
      expect(operators).not.toContain('Relu');
      expect(operators).not.toContain('Clip');
      expect(result.nodes.every(({ quantized }) => quantized)).toBe(true);
      const [sqnr] = await outputSqnr(model, result.model, images, target);
      expect(sqnr).toBeGreaterThan(28);
    },
  );

  it('keeps 7 bits of every weight that meets the saturating kernel, and 8 of depthwise ones', async () => {
    const { model } = await quantizeWith(network(), images, { target: 'cpu-x64-avx2' });
    const range = (name: string) => {
      const values = [...(readTensor(model.graph.value(name)!.initializer!).data as Int8Array)];
      return [Math.min(...values), Math.max(...values)] as const;
    };
    for (const name of ['w1_quantized', 'w3_quantized', 'w4_quantized']) {
      expect(range(name)[0]).toBeGreaterThanOrEqual(-64);
      expect(range(name)[1]).toBeLessThanOrEqual(63);
    }
    expect(Math.max(...range('w2_quantized').map(Math.abs))).toBe(127);
  });

  it('computes in float what is slower in integers, and stores its weight as int8 all the same', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', ['batch', 3, 12, 12]);
      const stem = b.op('Relu', [conv(b, x, 3, 24, 1)], {}, { name: 'relu1' });
      b.output(b.op('GlobalAveragePool', [conv(b, stem, 24, 32, 2)]), 'y');
    }, 13);
    const run = await StaticRun.start(await requestOf(model, images));
    try {
      const [{ recipe }] = await chooseRanges(run, startingRecipe(run));
      const slowNodes = new Map([['conv2', 'slower here']]);
      const { model: made, plan, rest } = run.emit({ ...recipe, slowNodes });
      expect(made.graph.value('w2_quantized')!.initializer!.dataType).toBe(DataType.INT8);
      expect(made.graph.value('w2')?.initializer).toBeUndefined();
      expect((await optimizedOperators(made)).filter((op) => op === 'QLinearConv')).toHaveLength(1);
      expect(reportNodes(plan, rest)).toContainEqual(
        expect.objectContaining({ node: 'conv2', quantized: false, why: expect.stringContaining('slower here') }),
      );
      expect(reportNodes(plan, rest)).toContainEqual(
        expect.objectContaining({ op: 'GlobalAveragePool', quantized: false, why: expect.stringMatching(/is float/) }),
      );
      const [sqnr] = await outputSqnr(model, made, images);
      expect(sqnr).toBeGreaterThan(28);
    } finally {
      await run.close();
    }
  });

  it('keeps the scale of what was computed to be joined where the concatenation is slower in integers', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', ['batch', 3, 12, 12]);
      const joined = b.op('Concat', [conv(b, x, 3, 8, 1), conv(b, x, 3, 8, 2)], { axis: 1 }, { name: 'joined' });
      const again = b.op('Concat', [joined, conv(b, x, 3, 8, 3)], { axis: 1 }, { name: 'again' });
      b.output(conv(b, again, 24, 8, 4), 'y');
    }, 13);
    const run = await StaticRun.start(await requestOf(model, images));
    try {
      const [{ recipe }] = await chooseRanges(run, startingRecipe(run));
      const slowNodes = new Map(['joined', 'again'].map((name) => [name, 'slower here']));
      const { model: made } = run.emit({ ...recipe, slowNodes });
      const [sqnr] = await outputSqnr(model, made, images);
      expect(sqnr).toBeGreaterThan(28);
    } finally {
      await run.close();
    }
  });

  it('computes in float what the policy keeps float, between integer neighbours too', async () => {
    const model = buildModel((b) => {
      const x = conv(b, b.input('x', 'float32', ['batch', 3, 12, 12]), 3, 24, 1);
      const middle = b.op('Relu', [conv(b, x, 24, 24, 2)]);
      b.output(conv(b, middle, 24, 8, 3), 'y');
    }, 13);
    const kept = await quantizeWith(model, images, { 'keep-float': ['conv2'] });
    expect((await optimizedOperators(kept.model)).filter((op) => op === 'QLinearConv')).toHaveLength(2);
    const all = await quantizeWith(model, images);
    expect((await optimizedOperators(all.model)).filter((op) => op === 'QLinearConv')).toHaveLength(3);
    const [whole] = await outputSqnr(model, all.model, images);
    expect((await outputSqnr(model, kept.model, images))[0]).toBeGreaterThan(whole!);
  });

  it('adds a constant of -120 in integers, which is no mask where no Softmax follows', async () => {
    const model = buildModel((b) => {
      const x = conv(b, b.input('x', 'float32', [1, 3, 12, 12]), 3, 16, 1);
      const places = {
        type: 'float32',
        dims: [1, 1, 12, 12],
        data: Float32Array.from({ length: 144 }, (_, i) => -i),
      } as const;
      b.output(conv(b, b.op('Add', [x, b.constant(places)], {}, { name: 'places' }), 16, 8, 2), 'y');
    }, 13);
    const { nodes } = await quantizeWith(model, images);
    expect(nodes).toContainEqual(expect.objectContaining({ node: 'places', quantized: true }));
  });

  it('computes a spectrum whose logarithm is taken in float', async () => {
    const model = buildModel((b) => {
      const power = b.op('Pow', [conv(b, b.input('x', 'float32', ['batch', 3, 12, 12]), 3, 16, 1), b.constant(2)]);
      const spectrum = b.op('Log', [b.op('Add', [power, b.constant(1e-6)])]);
      b.output(conv(b, spectrum, 16, 8, 2), 'y');
    }, 13);
    const { nodes } = await quantizeWith(model, images);
    const [first, second] = ['conv1', 'conv2'].map((name) => nodes.find(({ node }) => node === name));
    expect(first).toMatchObject({ quantized: false, why: expect.stringContaining('logarithm') });
    expect(second).toMatchObject({ quantized: true });
  });

  describe('at a concatenation', () => {
    const joining = (parts: (b: GraphBuilder, stem: Value) => Value[]) =>
      buildModel((b) => {
        const x = b.input('x', 'float32', [1, 3, 12, 12]);
        const stem = b.op('Relu', [conv(b, x, 3, 8, 1)], {}, { name: 'relu1' });
        const joined = b.op('Concat', parts(b, stem), { axis: 1 }, { name: 'join' });
        b.output(conv(b, joined, 24, 4, 4), 'y');
      }, 13);
    /** Of the inputs of Concat and of its output, and how near the outputs are. */
    async function scales(model: OnnxModel) {
      const { model: made } = await quantizeWith(model, images);
      const scaleOf = (value: Value | undefined) => readTensor(value!.producer!.input(1)!.initializer!).data[0];
      const join = made.graph.nodes.find((node) => node.is('Concat'))!;
      const [sqnr] = await outputSqnr(model, made, images, 'cpu-x64-avx2');
      const inputs = [0, 1, 2].map((index) => scaleOf(join.input(index)));
      return { inputs, whole: scaleOf(join.output().uses[0]!.node.output()), sqnr };
    }

    it('has one scale for what is computed only to be joined, and its own for what others read', async () => {
      const model = joining((b, stem) => [conv(b, stem, 8, 8, 2), conv(b, stem, 8, 8, 3), stem]);
      const { inputs, whole, sqnr } = await scales(model);
      expect(inputs.slice(0, 2)).toEqual([whole, whole]);
      expect(inputs[2]).not.toBe(whole);
      expect(sqnr).toBeGreaterThan(28);
    });

    it('widens no range that stands for a Relu', async () => {
      const relu = (b: GraphBuilder, stem: Value, seed: number) => b.op('Relu', [conv(b, stem, 8, 8, seed)]);
      const mixed = await scales(joining((b, stem) => [relu(b, stem, 2), conv(b, stem, 8, 8, 3), stem]));
      expect(mixed.inputs[0]).not.toBe(mixed.whole);
      expect(mixed.inputs[1]).toBe(mixed.whole);
      expect(mixed.sqnr).toBeGreaterThan(28);
      const alike = await scales(
        joining((b, stem) => [relu(b, stem, 2), relu(b, stem, 3), b.op('MaxPool', [stem], { kernel_shape: [1, 1] })]),
      );
      expect(alike.inputs.slice(0, 2)).toEqual([alike.whole, alike.whole]);
      expect(alike.sqnr).toBeGreaterThan(28);
    });
  });

  it.each(['cpu-x64-avx2', 'cpu-x64-vnni', 'cpu-arm64'] as const)(
    'writes HardSwish and HardSigmoid in integers on %s',
    async (target) => {
      const model = buildModel((b) => {
        const x = b.input('x', 'float32', [1, 3, 12, 12]);
        const stem = b.op('HardSwish', [conv(b, x, 3, 24, 1)], {}, { name: 'swish' });
        const squeezed = conv(b, b.op('GlobalAveragePool', [stem]), 24, 24, 2, {}, 1);
        const gate = b.op('HardSigmoid', [squeezed], { alpha: 0.3, beta: 0.4 }, { name: 'gate' });
        b.output(conv(b, b.op('Mul', [stem, gate]), 24, 24, 3), 'y');
      }, 14);
      const { model: made, nodes } = await quantizeWith(model, images, { target });
      const operators = await optimizedOperators(made);
      expect(operators).not.toEqual(expect.arrayContaining(['HardSwish', 'HardSigmoid', 'Add', 'Mul', 'Conv']));
      expect(operators.filter((op) => op === 'QLinearAdd')).toHaveLength(2);
      expect(nodes.every(({ quantized }) => quantized)).toBe(true);
      const [sqnr] = await outputSqnr(model, made, images, target);
      expect(sqnr).toBeGreaterThan(28);
    },
  );

  it.each(
    (['cpu-x64-avx2', 'cpu-x64-vnni', 'cpu-arm64'] as const).flatMap((target) => [
      [target, 'no slope above 1', slopesOf((c) => (c - 20) / 8), 'Max'] as const,
      [target, 'slopes above 1', slopesOf((c) => (c - 4) / 15), 'QLinearAdd'] as const,
    ]),
  )('writes PRelu in integers on %s with %s', async (target, _, slopes, kernel) => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 3, 12, 12]);
      const first = b.op('PRelu', [conv(b, x, 3, 24, 1), b.constant(slopes, 'slopes')], {}, { name: 'prelu' });
      b.output(conv(b, first, 24, 24, 2), 'y');
    }, 13);
    const { model: made, nodes } = await quantizeWith(model, images, { target });
    const operators = await optimizedOperators(made);
    expect(operators).toEqual(expect.arrayContaining(['QLinearConv', kernel]));
    expect(operators).not.toEqual(expect.arrayContaining(['PRelu', 'Conv']));
    expect(nodes.find(({ node }) => node === 'prelu')).toMatchObject({ op: 'PRelu', quantized: true });
    const [sqnr] = await outputSqnr(model, made, images, target);
    expect(sqnr).toBeGreaterThan(30);
  });

  it.each([
    ['its slopes are computed at run time', undefined],
    ['its slopes are not one for each channel', normal([1, 12, 1], 3)],
  ])('leaves PRelu in float where %s', async (why, slopes) => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 3, 12, 12]);
      const first = conv(b, x, 3, 24, 1);
      const given = slopes ? b.constant(slopes, 'slopes') : b.op('GlobalAveragePool', [first]);
      b.output(conv(b, b.op('PRelu', [first, given], {}, { name: 'prelu' }), 24, 24, 2), 'y');
    }, 16);
    const { model: made, nodes } = await quantizeWith(model, images);
    expect(nodes.find(({ node }) => node === 'prelu')).toMatchObject({ quantized: false, why });
    expect((await outputSqnr(model, made, images))[0]).toBeGreaterThan(30);
  });

  it('makes PRelu with one slope LeakyRelu, which has a kernel', async () => {
    const model = buildModel((b) => {
      const first = conv(b, b.input('x', 'float32', [1, 3, 12, 12]), 3, 24, 1);
      b.output(conv(b, b.op('PRelu', [first, b.constant([0.25], 'slope')]), 24, 24, 2), 'y');
    }, 13);
    const { model: made } = await quantizeWith(model, images);
    expect(await optimizedOperators(made)).toContain('QLinearLeakyRelu');
    expect((await outputSqnr(model, made, images))[0]).toBeGreaterThan(30);
  });

  it.each([1, 24])('keeps the dimensions that %i slopes of PRelu add', async (count) => {
    const slopes = normal([1, 1, count, 1, 1], 3, 0.2);
    const model = buildModel((b) => {
      const first = conv(b, b.input('x', 'float32', [1, 3, 12, 12]), 3, 24, 1);
      const stack = b.op('PRelu', [first, b.constant(slopes, 'slopes')]);
      b.output(stack, 'y');
      const image = b.op('Reshape', [stack, b.constant(ints([1, 24, 12, 12]))]);
      b.output(conv(b, image, 24, 24, 2), 'z');
    }, 13);
    const { model: made } = await quantizeWith(model, images);
    for (const sqnr of await outputSqnr(model, made, images)) expect(sqnr).toBeGreaterThan(30);
  });

  it('is the same file twice', async () => {
    const options = { observer: 'auto', recover: 'auto', prefer: 'size' } as const;
    const [a, b] = [await quantizeWith(network(), images, options), await quantizeWith(network(), images, options)];
    expect(Buffer.compare(modelToBytes(a.model), modelToBytes(b.model))).toBe(0);
  });

  it('leaves no candidate behind, nor the weights of one whose model has external data', async () => {
    const path = join(await scratch(), 'model.onnx');
    await saveModel(network(), path, { externalData: 'always' });
    const request = await requestOf(await loadModel(path), images, { observer: 'auto', recover: 'auto' });
    await quantizeStatic(request);
    expect((await readdir(request.workDir)).filter((name) => name.startsWith('candidate'))).toEqual([]);
  });

  it('does not get worse by anything that recovery tries', async () => {
    const model = network();
    const plain = await quantizeWith(model, images, { observer: 'min-max' });
    const recovered = await quantizeWith(model, images, { observer: 'auto', recover: 'auto' });
    const [before, after] = [plain, recovered].map(({ model: made }) => outputSqnr(model, made, images));
    expect((await after!)[0]).toBeGreaterThanOrEqual((await before!)[0]!);
    expect(recovered.sqnrDb).toBeCloseTo((await after!)[0]!, 3);
  });

  it('leaves a result in float that a product gives and nothing but the shape is changed of', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [4, 16]);
      const inner = b.op('Relu', [b.op('Gemm', [x, b.constant(normal([16, 32], 1, 0.2))])]);
      const rows = b.op('Gemm', [inner, b.constant(normal([32, 12], 2, 0.2)), b.constant(normal([12], 3))]);
      b.output(b.op('Reshape', [rows, b.constant(ints([4, 3, 4]))]), 'y');
    }, 13);
    const samples = [1, 2, 3].map((seed) => ({ x: normal([4, 16], seed) }));
    const { model: quantized } = await quantizeWith(model, samples);
    const operators = await optimizedOperators(quantized);
    expect(operators).toEqual(['QuantizeLinear', 'QGemm', 'QGemm', 'Reshape']);
    // What is larger than all that was seen is not cut off.
    expect((await outputSqnr(model, quantized, [{ x: normal([4, 16], 4) }]))[0]).toBeGreaterThan(30);
  });

  it('says of a small table that it, and not what picks from it, is constant', async () => {
    const model = buildModel((b) => {
      const tokens = b.input('tokens', 'int64', [4]);
      const rows = b.op('Gather', [b.constant(normal([50, 16], 1), 'table'), tokens], {}, { name: 'embed' });
      b.output(b.op('MatMul', [rows, b.constant(normal([16, 8], 2), 'w')], {}, { name: 'product' }), 'y');
    }, 13);
    const { nodes } = await quantizeWith(model, [{ tokens: ints([1, 3, 5, 7]) }]);
    const { why } = nodes.find(({ node }) => node === 'embed')!;
    expect(why).toMatch(/^what it moves is constant; small table stored as integers/);
  });

  it('leaves in float what the policy names, by node, glob or operator, and says so', async () => {
    const { nodes, model } = await quantizeWith(network(), images, { 'keep-float': ['conv[12]', 'Gemm'] });
    const why = new Map(nodes.map((node) => [node.node, node]));
    for (const name of ['conv1', 'conv2', 'classifier']) {
      expect(why.get(name)).toMatchObject({ quantized: false, why: expect.stringContaining('by the policy') });
    }
    expect(why.get('conv3')?.quantized).toBe(true);
    expect(model.graph.nodes.find((node) => node.name === 'conv1')?.input(1)?.initializer).toBeDefined();
  });

  it.each([4, 3] as const)('stores weights of %i bits as int4 and still runs integer kernels', async (bits) => {
    const model = network();
    const result = await quantizeWith(model, images, { bits, target: 'cpu-x64-vnni' });
    expect(result.model.opset()).toBe(21);
    const operators = await optimizedOperators(result.model);
    expect(operators.filter((op) => op === 'QLinearConv')).toHaveLength(3);
    const [sqnr] = await outputSqnr(model, result.model, images);
    // Each bit less costs about 6 dB.
    expect(sqnr).toBeGreaterThan(bits === 4 ? 12 : 6);
  });

  it.each([4, 3] as const)(
    'stores at %i bits what does not run in static kernels: products and tables too',
    async (bits) => {
      const model = buildModel((b) => {
        const ids = b.input('ids', 'int64', ['batch', 128]);
        const rows = b.op('Gather', [b.constant(normal([50, 96], 1), 'table'), ids]);
        const product = b.op(
          'MatMul',
          [rows, b.constant(normal([96, 128], 2, 0.1), 'dynamic')],
          {},
          { name: 'product' },
        );
        const scores = b.op('MatMul', [b.op('Tanh', [product]), b.constant(normal([128, 8], 3, 0.1), 'stored')]);
        b.output(scores, 'y');
      }, 13);
      const ids = (seed: number) => ({
        ids: {
          type: 'int64' as const,
          dims: [1, 128],
          data: BigInt64Array.from({ length: 128 }, (_, i) => BigInt((i * seed) % 50)),
        },
      });
      const samples = [ids(3), ids(7)];
      const { model: made } = await quantizeWith(model, samples, { bits });
      for (const name of ['table', 'dynamic', 'stored']) {
        expect(made.graph.value(`${name}_quantized_int4`)?.initializer?.dataType).toBe(DataType.INT4);
      }
      expect(await optimizedOperators(made)).toContain('DynamicQuantizeMatMul');
      const [sqnr] = await outputSqnr(model, made, samples);
      expect(sqnr).toBeGreaterThan(bits === 4 ? 12 : 6);
      expect(sqnr).toBeLessThan(30);
    },
  );

  it('does not repeat the names of hundreds of characters that TensorFlow gives', async () => {
    const named = (prefix: string) =>
      buildModel((b) => {
        let x = b.input('x', 'float32', ['batch', 3, 12, 12]);
        for (const [i, from] of [3, 8, 8].entries()) {
          const w = b.constant(normal([8, from, 3, 3], i, 0.3), `${prefix}w${i}`);
          x = b.op(
            'Relu',
            [b.op('Conv', [x, w], {}, { name: `${prefix}conv${i}` })],
            {},
            { name: `${prefix}relu${i}` },
          );
        }
        b.output(x, 'y', { type: 'float32', dims: ['batch', 8, 6, 6] });
      });
    const [short, long] = [named(''), named('StatefulPartitionedCall/model_1/model/block_1_expand/'.repeat(4))];
    const [less, more] = [await quantizeWith(short, images), await quantizeWith(long, images)];
    const added = (a: OnnxModel, b: OnnxModel) => modelToBytes(b).length - modelToBytes(a).length;
    expect(added(less.model, more.model)).toBeLessThan(added(short, long));
    expect(await outputSqnr(long, more.model, images)).toEqual(await outputSqnr(short, less.model, images));
  });

  it('is quantized per tensor where the policy wants that', async () => {
    const { model } = await quantizeWith(network(), images, { 'per-channel': false });
    expect(readTensor(model.graph.value('w1_scale')!.initializer!).dims).toEqual([]);
  });

  it('puts Q/DQ on inputs only, symmetric and without bias, for TensorRT', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 16, 12, 12]);
      const first = b.op('Relu', [conv(b, x, 16, 16, 1)]);
      b.output(b.op('Relu', [b.op('Add', [conv(b, first, 16, 16, 2), first])]), 'y');
    }, 13);
    const samples = [1, 2, 3].map((seed) => ({ x: normal([1, 16, 12, 12], seed) }));
    const { graph } = (await quantizeWith(model, samples, { target: 'tensorrt' })).model;
    expect(graph.nodes.filter((node) => node.is('Relu'))).toHaveLength(2);
    for (const node of graph.nodes.filter((candidate) => candidate.is('QuantizeLinear', 'DequantizeLinear'))) {
      expect(readTensor(node.input(2)!.initializer!).type).toBe('int8');
      expect([...(readTensor(node.input(2)!.initializer!).data as Int8Array)].every((zero) => zero === 0)).toBe(true);
    }
    const add = graph.nodes.find((node) => node.is('Add'))!;
    // The branch that comes straight from a convolution fuses with the Add; only the residual one is quantized.
    expect(add.inputs.map((value) => value?.producer?.op)).toEqual(['Conv', 'DequantizeLinear']);
    for (const node of graph.nodes.filter((candidate) => candidate.is('Conv'))) {
      expect(node.input(0)?.producer?.op).toBe('DequantizeLinear');
      expect(node.input(2)?.producer).toBeUndefined();
    }
  });
});

it('judges a file for TensorRT by exact sums, not by those that saturate on this CPU', async () => {
  const model = buildModel((b) => {
    const weight = normal([16, 16], 1);
    // All of them at the end of the int8 grid: two products exceed 16 bits.
    weight.data.forEach((value, i) => {
      weight.data[i] = Math.sign(value) * 0.1;
    });
    b.output(
      b.op('MatMul', [b.input('x', 'float32', [1, 8, 16]), b.constant(weight, 'w')], {}, { name: 'product' }),
      'y',
    );
  }, 13);
  const samples = [1, 2, 3].map((seed) => ({ x: normal([1, 8, 16], seed, 0.1) }));
  for (const { x } of samples) for (let i = 0; i < x.data.length; i++) x.data[i]! += 1;
  const result = await quantizeWith(model, samples, { recover: ['weight-range'], target: 'tensorrt' });
  const exact = sqnrOf(await runAll(model, samples), await runAll(result.model, samples));
  expect(result.sqnrDb).toBeCloseTo(exact, 2);
});

describe('details that lose accuracy where they are missed', () => {
  it('raises the scale of a channel whose bias does not fit int32', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 3, 12, 12]);
      const w = normal([4, 3, 1, 1], 1);
      for (let i = 0; i < 3; i++) w.data[i] = 1e-9;
      const bias = b.constant([40, 1, 1, 1], 'bias');
      b.output(conv(b, b.op('Relu', [b.op('Conv', [x, b.constant(w, 'w'), bias])]), 4, 4, 2), 'y');
    }, 13);
    const { model: quantized } = await quantizeWith(model, images);
    const [sqnr] = await outputSqnr(model, quantized, images);
    expect(sqnr).toBeGreaterThan(30);
  });

  it('keeps the bias of a pruned channel, which has no weights to take a scale from', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 3, 12, 12]);
      const w = normal([4, 3, 3, 3], 1, 0.02);
      w.data.fill(0, 0, 27);
      const bias = b.constant([0.033, 0.01, -0.02, 0.01], 'bias');
      b.output(b.op('MaxPool', [b.op('Conv', [x, b.constant(w, 'w'), bias])], { kernel_shape: [2, 2] }), 'y');
    }, 13);
    const { model: quantized } = await quantizeWith(model, images);
    const y = (await runAll(quantized, images.slice(0, 1)))[0]!['y']!.data as Float32Array;
    const pruned = y.subarray(0, y.length / 4);
    for (const value of pruned) expect(Math.abs(value - 0.033)).toBeLessThan(0.002);
  });

  it('gives each of two convolutions that share a bias its own integers', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 3, 12, 12]);
      const bias = b.constant(normal([8], 9), 'bias');
      const [w1, w2] = [b.constant(normal([8, 3, 1, 1], 1), 'w1'), b.constant(normal([8, 8, 1, 1], 2), 'w2')];
      const first = b.op('Relu', [b.op('Conv', [x, w1, bias])]);
      b.output(b.op('Conv', [first, w2, bias]), 'y');
    }, 13);
    const { model: quantized } = await quantizeWith(model, images);
    expect((await optimizedOperators(quantized)).filter((op) => op === 'QLinearConv')).toHaveLength(2);
    expect((await outputSqnr(model, quantized, images))[0]).toBeGreaterThan(28);
  });

  it.each(['cpu-x64-avx2', 'cpu-x64-vnni'] as const)(
    'stores a weight that two layers share once on %s',
    async (target) => {
      const model = buildModel((b) => {
        const x = b.input('x', 'float32', [1, 8, 12, 12]);
        const w = b.constant(normal([8, 8, 3, 3], 1, 0.1), 'w');
        const layer = (value: Value) => b.op('Relu', [b.op('Conv', [value, w], { pads: [1, 1, 1, 1] })]);
        b.output(layer(layer(x)), 'y');
      }, 13);
      const samples = [1, 2].map((seed) => ({ x: normal([1, 8, 12, 12], seed) }));
      const { model: quantized } = await quantizeWith(model, samples, { target });
      const weights = quantized.graph.initializers.filter((value) => value.initializer!.dims.length === 4);
      expect(weights).toHaveLength(1);
      expect((await optimizedOperators(quantized)).filter((op) => op === 'QLinearConv')).toHaveLength(2);
      expect((await outputSqnr(model, quantized, samples, target))[0]).toBeGreaterThan(28);
    },
  );

  it.each([8, 4] as const)(
    'stores what is added to the scores of attention as int8 where weights have %i bits',
    async (bits) => {
      const model = buildModel((b) => {
        const x = b.input('x', 'float32', [1, 4, 64, 16]);
        const keys = b.op('Transpose', [b.op('Mul', [x, b.constant(0.5)])], { perm: [0, 1, 3, 2] });
        const biases = b.constant(normal([1, 4, 64, 64], 2, 2));
        const scores = b.op('Add', [b.op('MatMul', [x, keys]), biases], {}, { name: 'add' });
        b.output(b.op('MatMul', [b.op('Softmax', [scores], { axis: -1 }), x]), 'y');
      }, 13);
      const samples = [1, 2, 3].map((seed) => ({ x: normal([1, 4, 64, 16], seed) }));
      const { model: quantized, nodes } = await quantizeWith(model, samples, { bits });
      expect(modelToBytes(quantized).length).toBeLessThan(0.3 * modelToBytes(model).length);
      expect((await outputSqnr(model, quantized, samples))[0]).toBeGreaterThan(35);
      expect(nodes.find(({ node }) => node === 'add')?.why).toMatch(/constant stored as integers/);
    },
  );

  it('leaves masks with huge constants alone', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 'n', 16]);
      const mask = b.input('mask', 'float32', [1, 1, 'n']);
      const project = (seed: number) => b.op('MatMul', [x, b.constant(normal([16, 16], seed, 0.25), `w${seed}`)]);
      const scores = b.op('MatMul', [project(1), b.op('Transpose', [project(2)], { perm: [0, 2, 1] })]);
      const masked = b.op('Add', [scores, b.op('Mul', [b.op('Sub', [b.constant(1), mask]), b.constant(-10000)])]);
      b.output(b.op('MatMul', [b.op('Softmax', [masked], { axis: -1 }), project(3)]), 'y');
    }, 13);
    const samples = [5, 7, 9].map((n) => ({
      x: normal([1, n, 16], n),
      mask: {
        type: 'float32' as const,
        dims: [1, 1, n],
        data: Float32Array.from({ length: n }, (_, i) => (i < 4 ? 1 : 0)),
      },
    }));
    const { model: quantized } = await quantizeWith(model, samples);
    expect((await outputSqnr(model, quantized, samples))[0]).toBeGreaterThan(25);
  });

  it.each([
    ['', 32],
    [' of an open size', 'features'],
  ])('quantizes a fully connected layer on sequences%s as one integer product with its bias', async (_, size) => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', ['batch', 6, size]);
      const layer = (value: Value, seed: number) => {
        const w = b.constant(normal([32, 32], seed, 0.2), `w${seed}`);
        return b.op('Add', [b.op('MatMul', [value, w]), b.constant(normal([32], seed + 50), `b${seed}`)]);
      };
      b.output(layer(b.op('Relu', [layer(x, 1)]), 2), 'y');
    }, 13);
    const samples = [1, 2, 3].map((seed) => ({ x: normal([1, 6, 32], seed) }));
    const { model: quantized } = await quantizeWith(model, samples);
    expect((await optimizedOperators(quantized)).filter((op) => op === 'QGemm')).toHaveLength(2);
    expect((await outputSqnr(model, quantized, samples))[0]).toBeGreaterThan(28);
  });

  it('does the same where an image is flattened by its shape, as exporters of PyTorch write it', async () => {
    const model = buildModel((b) => {
      const features = conv(b, b.input('x', 'float32', [1, 3, 12, 12]), 3, 16, 1);
      const leading = b.op('Slice', [b.op('Shape', [features]), ...[[0], [2], [0]].map((at) => b.constant(ints(at)))]);
      const shape = b.op('Concat', [leading, b.constant(ints([-1]))], { axis: 0 });
      const tokens = b.op('Transpose', [b.op('Reshape', [features, shape])], { perm: [0, 2, 1] });
      const layer = (value: Value, seed: number) => {
        const w = b.constant(normal([16, 16], seed, 0.2), `w${seed}`);
        return b.op('Add', [b.op('MatMul', [value, w]), b.constant(normal([16], seed + 50), `b${seed}`)]);
      };
      b.output(layer(b.op('Relu', [layer(tokens, 2)]), 3), 'y');
    }, 13);
    const { model: quantized } = await quantizeWith(model, images);
    expect((await optimizedOperators(quantized)).filter((op) => op === 'QGemm')).toHaveLength(2);
    expect((await outputSqnr(model, quantized, images))[0]).toBeGreaterThan(28);
  });

  it('goes without static ranges where none fits, for inputs that differ by orders of magnitude', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 96, 64]);
      const layer = (value: Value, seed: number) =>
        b.op('MatMul', [value, b.constant(normal([64, 64], seed, 0.2), `w${seed}`)]);
      const hidden = layer(b.op('Relu', [layer(b.op('Relu', [layer(x, 1)]), 2)]), 3);
      const norm = b.op('ReduceMax', [b.op('Abs', [hidden])], { axes: [1, 2], keepdims: 1 });
      b.output(b.op('Div', [hidden, norm]), 'y');
    }, 13);
    const samples = Array.from({ length: 8 }, (_, i) => ({ x: normal([1, 96, 64], i + 1, 10 ** -i) }));
    const { model: quantized, notes } = await quantizeWith(model, samples, { prefer: 'size', recover: 'auto' });
    expect((await outputSqnr(model, quantized, samples))[0]).toBeGreaterThan(25);
    expect(notes.join()).toMatch(/ranges that are fixed beforehand/);
    // What wins accuracy back is tried there too.
    const fewBits = await quantizeWith(model, samples, { prefer: 'size', recover: 'auto', bits: 4 });
    expect(fewBits.notes.join()).toMatch(/^With ranges that are fixed beforehand.*,rounding: /);
  });

  it('leaves Gelu in the form that ONNX Runtime finds it by', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 8, 64]);
      const product = (value: Value, seed: number) =>
        b.op('MatMul', [value, b.constant(normal([64, 64], seed, 0.2), `w${seed}`)]);
      const hidden = product(x, 1);
      const error = b.op('Erf', [b.op('Div', [hidden, b.constant(Math.SQRT2)])]);
      const gelu = b.op('Mul', [b.op('Mul', [hidden, b.op('Add', [error, b.constant(1)])]), b.constant(0.5)]);
      b.output(product(gelu, 2), 'y');
    }, 13);
    const { model: quantized } = await quantizeWith(model, [{ x: normal([1, 8, 64], 3) }]);
    expect(await optimizedOperators(quantized)).toContain('Gelu');
  });

  it('converts a model of an old operator set instead of relabelling it', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 3, 12, 12]);
      const clipped = b.op('Clip', [conv(b, x, 3, 8, 1)], { min: { float: 0 }, max: { float: 6 } });
      b.output(b.op('Softmax', [b.op('Flatten', [conv(b, clipped, 8, 4, 2)])], { axis: 1 }), 'y');
    }, 9);
    const { model: quantized } = await quantizeWith(model, images);
    expect(quantized.opset()).toBe(13);
    expect((await outputSqnr(model, quantized, images))[0]).toBeGreaterThan(20);
  });
});

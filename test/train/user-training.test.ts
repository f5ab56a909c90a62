import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openNpz } from '../../src/data/npy.ts';
import { UserError } from '../../src/errors.ts';
import { buildModel, GraphBuilder, loadModel, type OnnxModel, saveModel } from '../../src/onnx/model.ts';
import { DataType } from '../../src/onnx/proto.ts';
import { rawTensorProto } from '../../src/onnx/tensor.ts';
import { makeTypeProto } from '../../src/onnx/types.ts';
import type { Value } from '../../src/onnx/value.ts';
import { silent } from '../../src/progress.ts';
import { quantizeStatic } from '../../src/quantize/static/static.ts';
import { sizeOf } from '../../src/tensor.ts';
import { runUserTraining, useQatExport } from '../../src/train/user-training.ts';
import { verifyQatExport } from '../../src/train/verify-export.ts';
import { expectSame, random, runModel } from '../onnx/ort.ts';
import { runOptimized } from '../quantize/helpers.ts';
import { optimizedOperators } from '../quantize/static/helpers.ts';
import { writeStore } from '../runtime/store-file.ts';
import { imagesStore, qatRequest, scratch, smallNetwork } from './support.ts';

/** A convolution as PyTorch's eager quantization-aware training exports it, reduced-range activations and float weights. */
function torchExport(): { fp32: OnnxModel; exported: OnnxModel } {
  const weight = random([4, 2, 3, 3], 5);
  const scales = Float32Array.of(0.02, 0.03, 0.025, 0.04);
  const build = (quantized: boolean) => {
    const b = new GraphBuilder();
    const pair = (x: ReturnType<GraphBuilder['input']>, scale: number, zero: number) => {
      if (!quantized) return x;
      const [s, z] = [b.constant(scale), b.constant({ type: 'uint8', dims: [], data: Uint8Array.of(zero) })];
      const bound = (value: number) => b.constant({ type: 'uint8', dims: [], data: Uint8Array.of(value) });
      const clipped = b.op('Clip', [b.op('QuantizeLinear', [x, s, z]), bound(0), bound(127)]);
      return b.op('DequantizeLinear', [clipped, s, z]);
    };
    let w = b.constant(weight, 'weight');
    if (quantized) {
      const s = b.constant({ type: 'float32', dims: [4], data: scales });
      const z = b.constant({ type: 'int8', dims: [4], data: new Int8Array(4) });
      w = b.op('DequantizeLinear', [b.op('QuantizeLinear', [w, s, z], { axis: 0 }), s, z], { axis: 0 });
    }
    const x = pair(b.input('x', 'float32', ['batch', 2, 6, 6]), 0.05, 64);
    const y = b.op('Conv', [x, w], { kernel_shape: { ints: [3, 3] } }, { name: 'conv' });
    b.output(pair(b.op('Relu', [y]), 0.2, 0), 'y', { type: 'float32', dims: ['batch', 4, 4, 4] });
    return b.build(17);
  };
  return { fp32: build(false), exported: build(true) };
}

describe('verifyQatExport', () => {
  test('a PyTorch export computes the same with integer weights and without the Clip', async () => {
    const { fp32, exported } = torchExport();
    const { model, nodes } = verifyQatExport(fp32, exported, 'qat.onnx');
    expect(model.graph.nodes.map(({ op }) => op)).not.toContain('Clip');
    const conv = model.graph.nodes.find((node) => node.is('Conv'));
    const weight = conv?.input(1)?.producer?.input(0);
    expect(weight?.staticInfo).toMatchObject({ type: 'int8', dims: [4, 2, 3, 3] });
    expect(nodes).toEqual([{ node: 'conv', op: 'Conv', quantized: true, why: 'quantized by its own training' }]);
    // Within the range that training observed nothing changes.
    const x = random([3, 2, 6, 6], 9);
    const small = { ...x, data: x.data.map((value) => Math.max(-3, Math.min(3, value))) };
    expectSame(await runModel(model, { x: small }), await runModel(exported, { x: small }), 1e-5);
  });

  test('what PyTorch leaves between DequantizeLinear and the next layer keeps neither from an integer kernel', async () => {
    const build = (quantized: boolean) => {
      const b = new GraphBuilder();
      const pair = (x: ReturnType<GraphBuilder['input']>, scale: number, zero: number) => {
        if (!quantized) return x;
        const [s, z] = [b.constant(scale), b.constant({ type: 'uint8', dims: [], data: Uint8Array.of(zero) })];
        return b.op('DequantizeLinear', [b.op('QuantizeLinear', [x, s, z]), s, z]);
      };
      const weight = (dims: number[], seed: number) => {
        const w = b.constant(random(dims, seed));
        if (!quantized) return w;
        const count = dims[0] as number;
        const s = b.constant({ type: 'float32', dims: [count], data: new Float32Array(count).fill(0.05) });
        const z = b.constant({ type: 'int8', dims: [count], data: new Int8Array(count) });
        return b.op('DequantizeLinear', [b.op('QuantizeLinear', [w, s, z], { axis: 0 }), s, z], { axis: 0 });
      };
      const x = pair(b.input('x', 'float32', ['batch', 4, 6, 6]), 0.05, 128);
      const relu = b.op('Relu', [
        pair(b.op('Conv', [x, weight([8, 4, 3, 3], 1), b.constant(random([8], 2))]), 0.1, 120),
      ]);
      const inner = pair(b.op('Conv', [relu, weight([8, 8, 3, 3], 3), b.constant(random([8], 4))]), 0.2, 115);
      const relu6 = pair(b.op('Clip', [inner, b.constant(0), b.constant(6)]), 6 / 255, 0);
      const pooled = pair(b.op('GlobalAveragePool', [relu6]), 6 / 255, 0);
      const classes = b.op('Gemm', [b.op('Flatten', [pooled]), weight([4, 8], 5), b.constant(random([4], 6))], {
        transB: 1,
      });
      b.output(pair(classes, 0.05, 128), 'y', { type: 'float32', dims: ['batch', 4] });
      return b.build(17);
    };
    const exported = build(true);
    const { model } = verifyQatExport(build(false), exported, 'qat.onnx');
    const x = random([3, 4, 6, 6], 9);
    expectSame(await runModel(model, { x }), await runModel(exported, { x }));
    const operators = await optimizedOperators(model);
    expect(operators).toEqual(expect.arrayContaining(['QLinearConv', 'QLinearGlobalAveragePool', 'QGemm']));
    expect(operators).not.toEqual(expect.arrayContaining(['Conv']));
    expect(operators).not.toEqual(expect.arrayContaining(['Relu']));
  });

  test('a Relu on integers is no reduced range: its Clip stays', async () => {
    const { fp32, exported } = torchExport();
    for (const node of exported.graph.nodes.filter((each) => each.is('Clip'))) {
      node.setInput(1, node.input(0)!.producer!.input(2));
    }
    const { model } = verifyQatExport(fp32, exported, 'qat.onnx');
    expect(model.graph.nodes.filter(({ op }) => op === 'Clip')).toHaveLength(1);
    const x = random([3, 2, 6, 6], 9);
    const small = { ...x, data: x.data.map((value) => Math.max(-3, Math.min(3, value))) };
    expectSame(await runModel(model, { x: small }), await runModel(exported, { x: small }), 1e-5);
  });

  test('scales that PyTorch writes as vectors of one element load into fused additions', async () => {
    const weight = random([2, 2, 1, 1], 5);
    const build = (quantized: boolean) => {
      const b = new GraphBuilder();
      const pair = (x: ReturnType<GraphBuilder['input']>) => {
        if (!quantized) return x;
        const s = b.constant({ type: 'float32', dims: [1], data: Float32Array.of(0.05) });
        const z = b.constant({ type: 'uint8', dims: [1], data: Uint8Array.of(100) });
        return b.op('DequantizeLinear', [b.op('QuantizeLinear', [x, s, z]), s, z]);
      };
      let w = b.constant(weight, 'weight');
      if (quantized) {
        const [s, z] = [b.constant(0.02), b.constant({ type: 'int8', dims: [], data: new Int8Array(1) })];
        w = b.op('DequantizeLinear', [b.op('QuantizeLinear', [w, s, z]), s, z]);
      }
      const x = pair(b.input('x', 'float32', ['batch', 2, 4, 4]));
      const y = pair(b.op('Conv', [x, w], {}, { name: 'conv' }));
      b.output(pair(b.op('Add', [x, y])), 'y', { type: 'float32', dims: ['batch', 2, 4, 4] });
      return b.build(17);
    };
    const { model } = verifyQatExport(build(false), build(true), 'qat.onnx');
    const { y } = await runOptimized(model, { x: random([3, 2, 4, 4], 9) });
    expect(y?.dims).toEqual([3, 2, 4, 4]);
  });

  test('integer operators of ONNX Runtime itself are quantized weights, as its own tool writes them', async () => {
    const weight = random([3, 4], 5);
    const y = { type: 'float32' as const, dims: ['batch', 3] };
    const fp32 = buildModel((b) => {
      const x = b.input('x', 'float32', ['batch', 4]);
      b.output(b.op('Gemm', [x, b.constant(weight, 'w')], { transB: 1 }, { name: 'classes' }), 'y', y);
    }, 17);
    const exported = buildModel((b) => {
      const x = b.input('x', 'float32', ['batch', 4]);
      const zero = (type: 'uint8' | 'int8') =>
        b.constant({ type, dims: [], data: type === 'int8' ? new Int8Array(1) : Uint8Array.of(128) });
      const integers = { type: 'int8' as const, dims: [3, 4], data: Int8Array.from(weight.data, (w) => w / 0.05) };
      const [s, z] = [b.constant(0.05), zero('uint8')];
      const quantized = b.op('QuantizeLinear', [x, s, z]);
      const inputs = [quantized, s, z, b.constant(integers), b.constant(0.05), zero('int8')];
      const options = { name: 'classes_quant', domain: 'com.microsoft' };
      b.output(b.op('QGemm', inputs, { transB: 1 }, options), 'y', y);
    }, 17);
    exported.setOpset('com.microsoft', 1);
    const { nodes, model } = verifyQatExport(fp32, exported, 'qat.onnx');
    expect(nodes).toEqual([{ node: 'classes', op: 'Gemm', quantized: true, why: 'quantized by its own training' }]);
    const x = random([2, 4], 7);
    expectSame(await runModel(model, { x }), await runModel(exported, { x }));
  });

  test.each<['uint8' | 'int16', number, string]>([
    ['uint8', 17, 'com.microsoft'],
    // ONNX has them from opset 21 on.
    ['int16', 17, 'com.microsoft'],
    // ONNX Runtime cannot load it as it is: it adds a Round, which is of opset 11.
    ['uint8', 10, ''],
  ])('activations of %s at opset %i, quantized by operators of "%s", are taken', async (type, opset, domain) => {
    const build = (quantized: boolean) => {
      const b = new GraphBuilder();
      const zero = { uint8: Uint8Array.of(100), int16: Int16Array.of(50) }[type];
      const node = (op: string, inputs: Value[], name: string) =>
        quantized ? b.graph.addNode({ op, domain, name, inputs }).output() : inputs[0]!;
      const grid = [b.constant(0.02), b.constant({ type, dims: [], data: zero })];
      const pair = (x: Value) => node('DequantizeLinear', [node('QuantizeLinear', [x, ...grid], 'q'), ...grid], 'dq');
      const x = pair(b.input('x', 'float32', ['batch', 2, 6, 6]));
      const integers = { type: 'int8' as const, dims: [4, 2, 3, 3], data: Int8Array.from({ length: 72 }, (_, i) => i) };
      const w = quantized
        ? node('DequantizeLinear', [b.constant(integers), b.constant(0.01)], 'w')
        : b.constant({ ...integers, type: 'float32', data: Float32Array.from(integers.data, (q) => 0.01 * q) });
      const bias = b.constant(random([4], 3));
      const y = pair(b.op('Conv', [x, w, bias], {}, { name: 'conv' }));
      b.output(y, 'y', { type: 'float32', dims: ['batch', 4, 4, 4] });
      const model = b.build(opset);
      if (domain !== '') model.setOpset(domain, 1);
      return model;
    };
    const exported = build(true);
    const { model, nodes } = verifyQatExport(build(false), exported, 'qat.onnx');
    expect(nodes).toMatchObject([{ node: 'conv', quantized: true }]);
    const feeds = { x: random([3, 2, 6, 6], 9) };
    // A level of the grid.
    expectSame(await runOptimized(model, feeds), await runModel(exported, feeds), 0.0201);
  });

  test.each(['stored', 'rounded'])('a weight of 8-bit floats is a quantized one: %s', (how) => {
    const { fp32, exported } = torchExport();
    const { graph } = exported;
    const dq = graph.nodes.find((node) => node.is('Conv'))!.input(1)!.producer!;
    const q = dq.input(0)!.producer!;
    const float8 = (dims: number[]) =>
      graph.addInitializer('float8', rawTensorProto(DataType.FLOAT8E4M3FN, dims, new Uint8Array(sizeOf(dims))));
    for (const node of how === 'stored' ? [dq] : [q, dq]) node.setInput(2, float8([4]));
    if (how === 'stored') dq.setInput(0, float8([4, 2, 3, 3]));
    expect(verifyQatExport(fp32, exported, 'qat.onnx').nodes).toMatchObject([{ node: 'conv', quantized: true }]);
  });

  const int8 = (dims: number[], data: readonly number[]) => ({
    type: 'int8' as const,
    dims,
    data: Int8Array.from(data),
  });

  test.each<{ how: string; make: (b: GraphBuilder, w: Value, bounds: readonly [Value, Value]) => Value }>([
    {
      how: 'stored',
      make: (b, _, bounds) => b.op('Clip', [b.constant(int8([2, 2, 1, 1], [-128, 7, -8, 3])), ...bounds]),
    },
    {
      how: 'rounded',
      make: (b, w, bounds) =>
        b.op('Clip', [b.op('QuantizeLinear', [w, b.constant(0.1), b.constant(int8([], [0]))]), ...bounds]),
    },
  ])(
    'a weight within the bounds of a Clip on integers, as Brevitas writes it, is a quantized one: $how',
    async ({ make }) => {
      const bits = [
        [-127, 127],
        [-64, 63],
        [-8, 7],
      ] as const;
      for (const [low, high] of bits) {
        const build = (quantized: boolean) => {
          const b = new GraphBuilder();
          const [s, z] = [b.constant(0.1), b.constant(int8([], [0]))];
          let w = b.constant({ type: 'float32', dims: [2, 2, 1, 1], data: Float32Array.of(-20, 0.7, -0.8, 9) }, 'w');
          if (quantized) {
            const bounds = [b.constant(int8([], [low])), b.constant(int8([], [high]))] as const;
            w = b.op('DequantizeLinear', [make(b, w, bounds), s, z]);
          }
          const y = b.op('Conv', [b.input('x', 'float32', ['batch', 2, 4, 4]), w], {}, { name: 'conv' });
          b.output(y, 'y', { type: 'float32', dims: ['batch', 2, 4, 4] });
          return b.build(17);
        };
        const exported = build(true);
        const { model, nodes } = verifyQatExport(build(false), exported, 'qat.onnx');
        expect(nodes).toMatchObject([{ node: 'conv', quantized: true }]);
        expect(model.graph.nodes.map(({ op }) => op)).toEqual(['DequantizeLinear', 'Conv']);
        const x = random([3, 2, 4, 4], 9);
        expectSame(await runModel(model, { x }), await runModel(exported, { x }));
      }
    },
  );

  test('the weight of a product may be its left operand', () => {
    const build = (quantized: boolean) => {
      const b = new GraphBuilder();
      const stored = b.constant(
        int8(
          [3, 4],
          [...random([12], 2).data].map((value) => Math.round(20 * value)),
        ),
      );
      const w = quantized
        ? b.op('DequantizeLinear', [stored, b.constant(0.05), b.constant(int8([], [0]))])
        : b.constant(random([3, 4], 2));
      const y = b.op('MatMul', [w, b.input('x', 'float32', ['batch', 4, 5])], {}, { name: 'product' });
      b.output(y, 'y', { type: 'float32', dims: ['batch', 3, 5] });
      return b.build(17);
    };
    expect(verifyQatExport(build(false), build(true), 'qat.onnx').nodes).toMatchObject([
      { node: 'product', quantized: true },
    ]);
  });

  test('a weight that is given another shape behind its integers is a quantized one, as of a Conv1D of Keras', () => {
    const build = (quantized: boolean) => {
      const b = new GraphBuilder();
      const stored = b.constant(
        int8(
          [4, 2, 3],
          [...random([24], 2).data].map((value) => Math.round(20 * value)),
        ),
      );
      const w = quantized
        ? b.op('DequantizeLinear', [stored, b.constant(0.05), b.constant(int8([], [0]))])
        : b.constant(random([4, 2, 3], 2));
      const wide = b.op('Unsqueeze', [w, b.constant({ type: 'int64', dims: [1], data: BigInt64Array.of(2n) })]);
      const y = b.op('Conv', [b.input('x', 'float32', ['batch', 2, 1, 8]), wide], {}, { name: 'conv' });
      b.output(y, 'y', { type: 'float32', dims: ['batch', 4, 1, 6] });
      return b.build(17);
    };
    expect(verifyQatExport(build(false), build(true), 'qat.onnx').nodes).toMatchObject([{ quantized: true }]);
  });

  test('a float product of quantized activations is no quantized weight', () => {
    const build = (quantized: boolean) => {
      const b = new GraphBuilder();
      const [s, z] = [b.constant(0.05), b.constant(int8([], [0]))];
      const x = b.input('x', 'float32', ['batch', 4]);
      const fake = quantized ? b.op('DequantizeLinear', [b.op('QuantizeLinear', [x, s, z]), s, z]) : x;
      const y = b.op('MatMul', [fake, b.constant(random([4, 3], 2))], {}, { name: 'product' });
      b.output(y, 'y', { type: 'float32', dims: ['batch', 3] });
      return b.build(17);
    };
    expect(() => verifyQatExport(build(false), build(true), 'qat.onnx')).toThrow(/no weight that goes through them/);
  });

  test('fake-quantization in operators of another tool is refused by their name', () => {
    const { fp32 } = torchExport();
    const exported = fp32.clone();
    const conv = exported.graph.nodes.find((node) => node.is('Conv'))!;
    const quant = exported.graph.addNode({ op: 'Quant', domain: 'onnx.brevitas', inputs: [conv.input(1)!] });
    conv.setInput(1, quant.output());
    expect(() => verifyQatExport(fp32, exported, 'model: qat.onnx')).toThrow(
      /model: qat.onnx has Quant of onnx.brevitas, .* QuantizeLinear and DequantizeLinear/,
    );
  });

  test('the FP32 model under another name is refused', () => {
    const { fp32 } = torchExport();
    expect(() => verifyQatExport(fp32, fp32.clone(), 'model: qat.onnx')).toThrow(
      /model: qat.onnx has no QuantizeLinear .* it is a float model/,
    );
  });

  test('other names and shapes are refused, with the cure', () => {
    const { fp32, exported } = torchExport();
    const renamed = exported.clone();
    renamed.graph.rename(renamed.graph.outputs[0]!, 'output');
    expect(() => verifyQatExport(fp32, renamed, 'qat.onnx')).toThrow(
      /no output "y"; its outputs are output.*output_names/,
    );
  });
});

describe('the command of level 3', () => {
  async function request(script: string, allowCommands = true) {
    const folder = scratch();
    const fp32 = smallNetwork();
    const calibration = imagesStore(join(folder, 'calibration.feeds'), 16);
    writeFileSync(join(folder, 'train.mjs'), script);
    const start = await quantizeStatic({
      ...(await qatRequest(fp32, calibration, folder)),
      options: (await qatRequest(fp32, calibration, folder, { bits: 8 })).options,
    });
    await saveModel(start.model, join(folder, 'quantized.onnx'));
    return {
      folder,
      request: {
        command: `"${process.execPath}" train.mjs`,
        folder,
        allowCommands,
        fp32,
        policy: { name: 'small', task: 'classification' },
        calibration,
        budget: 20_000,
        seed: 5,
        device: 'cpu' as const,
        workDir: join(folder, 'work'),
        progress: silent,
      },
    };
  }

  test('finds its task in the environment, and what it writes is taken', async () => {
    const { folder, request: given } = await request(`
      import { copyFileSync, writeFileSync } from 'node:fs';
      const { env } = process;
      copyFileSync('quantized.onnx', env.QUANT_GATE_OUTPUT);
      writeFileSync('seen.json', JSON.stringify(Object.fromEntries(
        Object.entries(env).filter(([name]) => name.startsWith('QUANT_GATE_')))));
    `);
    const result = await runUserTraining(given);
    expect(result.nodes.filter(({ quantized }) => quantized).length).toBe(7);
    const seen = JSON.parse(await import('node:fs').then((fs) => fs.readFileSync(join(folder, 'seen.json'), 'utf8')));
    expect(seen).toMatchObject({ QUANT_GATE_BUDGET_SECONDS: '20', QUANT_GATE_SEED: '5', QUANT_GATE_DEVICE: 'cpu' });
    expect(JSON.parse(seen.QUANT_GATE_POLICY)).toMatchObject({ name: 'small' });
    expect((await loadModel(seen.QUANT_GATE_FP32_MODEL)).graph.inputs[0]?.name).toBe('image');
    const npz = await openNpz(seen.QUANT_GATE_CALIBRATION, 'calibration.npz');
    expect(npz.keys).toEqual(['image']);
    expect((await npz.open('image')).shape).toEqual([16, 2, 8, 8]);
  });

  test('finds the samples of a model of a fixed batch as entries of one more axis', async () => {
    const { folder, request: given } = await request(
      "import { copyFileSync } from 'node:fs'; copyFileSync('quantized.onnx', process.env.QUANT_GATE_OUTPUT);",
    );
    const fp32 = given.fp32.clone();
    fp32.graph.inputs[0]!.info!.type = makeTypeProto('float32', [4, 2, 8, 8]);
    const fours = Array.from({ length: 6 }, (_, at) => ({ image: random([4, 2, 8, 8], at + 1) }));
    const calibration = writeStore(join(folder, 'fours.feeds'), fours);
    await runUserTraining({ ...given, fp32, calibration });
    const npz = await openNpz(join(folder, 'work/calibration.npz'), 'calibration.npz');
    expect((await npz.open('image')).shape).toEqual([6, 4, 2, 8, 8]);
  });

  test('does not run where commands are not allowed', async () => {
    const { request: given } = await request('', false);
    await expect(runUserTraining(given)).rejects.toThrow(/is not run: commands are refused here/);
  });

  test('that writes what is no model is told that its own file is meant', async () => {
    const { request: given } = await request(
      "import { writeFileSync } from 'node:fs'; writeFileSync(process.env.QUANT_GATE_OUTPUT, 'epoch 1, loss 0.3');",
    );
    const error = await runUserTraining(given).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(/^what the training wrote cannot be read: .*is a text file/);
  });

  test('that writes nothing, or the FP32 model, is an error of the user', async () => {
    const { request: nothing } = await request('');
    await expect(runUserTraining(nothing)).rejects.toThrow(/without writing its model.*QUANT_GATE_OUTPUT/);
    const { request: renamed } = await request(
      "import { copyFileSync } from 'node:fs'; copyFileSync(process.env.QUANT_GATE_FP32_MODEL, process.env.QUANT_GATE_OUTPUT);",
    );
    await expect(runUserTraining(renamed)).rejects.toThrow(UserError);
    await expect(runUserTraining(renamed)).rejects.toThrow(/it is a float model/);
  });
});

test('a committed export is taken as it is', async () => {
  const folder = scratch();
  const { fp32, exported } = torchExport();
  await saveModel(exported, join(folder, 'qat.onnx'));
  const { notes } = await useQatExport(fp32, join(folder, 'qat.onnx'), 'qat.onnx');
  expect(notes).toEqual(['1 weighted operators of the export are quantized.']);
});

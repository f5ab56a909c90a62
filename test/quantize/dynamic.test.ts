import { describe, expect, it } from 'vitest';
import type { GraphBuilder } from '../../src/onnx/builder.ts';
import { buildModel, modelToBytes, type OnnxModel } from '../../src/onnx/model.ts';
import { readTensor } from '../../src/onnx/tensor.ts';
import type { Value } from '../../src/onnx/value.ts';
import type { Tensor } from '../../src/tensor.ts';
import { ints, random, runModel } from '../onnx/ort.ts';
import { dynamic, placementOf, runOptimized, sqnrOf } from './helpers.ts';

const scaled = (dims: number[], seed: number, factor = 0.1) => {
  const tensor = random(dims, seed);
  return { ...tensor, data: tensor.data.map((x) => x * factor) };
};
const bytes = (model: OnnxModel) => modelToBytes(model).length;
const opsOf = (model: OnnxModel) => [...model.graph.allNodes()].map((node) => node.op);

function product(b: GraphBuilder, rows: number, k: number, n: number, name = 'product'): void {
  const x = b.input('x', 'float32', [rows, k]);
  const y = b.op('MatMul', [x, b.constant(scaled([k, n], 1), 'w')], {}, { name });
  b.output(b.op('Add', [y, b.constant(scaled([n], 2), 'bias')], {}, { name: 'add' }), 'y');
}

describe('quantizeDynamic', () => {
  it('runs a big product in one integer kernel, bias included', async () => {
    const source = buildModel((b) => product(b, 64, 256, 256), 13);
    const { model, nodes } = await dynamic(source);
    expect(bytes(model)).toBeLessThan(0.3 * bytes(source));
    const feeds = { x: random([64, 256], 5) };
    expect(sqnrOf(await runOptimized(source, feeds), await runOptimized(model, feeds))).toBeGreaterThan(30);
    const { kernels, placement } = await placementOf(source, model, nodes);
    expect(kernels).toEqual({ DynamicQuantizeMatMul: 1 });
    expect(placement).toMatchObject({ quantizedNodes: 1, integerKernels: 1, providers: { cpu: 1 } });
  });

  it('stores a small product as int8 and runs it in the kernels of FP32', async () => {
    const source = buildModel((b) => product(b, 4, 64, 64), 13);
    const { model, nodes } = await dynamic(source);
    expect(bytes(model)).toBeLessThan(0.4 * bytes(source));
    const before = await placementOf(source, source, []);
    const after = await placementOf(source, model, nodes);
    expect(after.kernels).toEqual(before.kernels);
    expect(after.placement.integerKernels).toBe(0);
    expect(after.placement.floatNodes).toContainEqual({
      node: 'product',
      op: 'MatMul',
      why: expect.stringContaining('too small to gain from integers (4x64x64)'),
    });
  });

  it('runs a product in integers that gains on some machines only where it was found to', async () => {
    const source = buildModel((b) => product(b, 98, 64, 64), 13);
    const made = async (smallProducts: boolean) => {
      const { model, nodes } = await dynamic(source, {
        speed: { slow: new Map(), slowProducts: new Map(), smallProducts },
      });
      return (await placementOf(source, model, nodes)).kernels;
    };
    expect(await made(true)).toEqual({ DynamicQuantizeMatMul: 1 });
    expect(await made(false)).not.toHaveProperty('DynamicQuantizeMatMul');
  });

  it('gives a vector for a vector, whatever ONNX Runtime fuses', async () => {
    const source = buildModel((b) => {
      const x = b.op('Relu', [b.input('x', 'float32', [500])]);
      b.output(b.op('MatMul', [x, b.constant(scaled([500, 500], 1))], {}, { name: 'product' }), 'y');
    }, 13);
    const { model, nodes } = await dynamic(source);
    const feeds = { x: random([500], 5) };
    expect(sqnrOf(await runModel(source, feeds), await runModel(model, feeds))).toBeGreaterThan(30);
    expect(nodes).toEqual([expect.objectContaining({ node: 'product', why: expect.stringContaining('vector') })]);
  });

  it('rounds what a convolution stores so that each of its kernels keeps its sum', async () => {
    const weight = scaled([16, 8, 3, 3], 3);
    const source = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 8, 12, 12]);
      b.output(b.op('Conv', [x, b.constant(weight, 'w')], { pads: [1, 1, 1, 1] }, { name: 'conv' }), 'y');
    }, 13);
    const { model } = await dynamic(source);
    const levels = readTensor(model.graph.value('w_quantized')!.initializer!).data as Int8Array;
    const scales = readTensor(model.graph.value('w_scale')!.initializer!).data as Float32Array;
    for (let kernel = 0; kernel < 16 * 8; kernel++) {
      const sum = (values: ArrayLike<number>) =>
        Array.from({ length: 9 }, (_, i) => values[kernel * 9 + i]!).reduce((total, value) => total + value, 0);
      const error = sum(weight.data as Float32Array) / scales[kernel >> 3]! - sum(levels);
      // Half a step, and one more where the whole channel had to be balanced.
      expect(Math.abs(error)).toBeLessThanOrEqual(1.5);
    }
    // A constant image, which nearest rounding shifts by the sum of all errors.
    const ones = { x: { type: 'float32', dims: [1, 8, 12, 12], data: new Float32Array(8 * 144).fill(1) } } as const;
    expect(sqnrOf(await runOptimized(source, ones), await runOptimized(model, ones))).toBeGreaterThan(45);
  });

  /** Attention of 4 heads over 64 positions: these numbers are added to its scores. */
  const attention = (added: Tensor): OnnxModel =>
    buildModel((b) => {
      const x = b.input('x', 'float32', [1, 4, 64, 16]);
      const keys = b.op('Transpose', [b.op('Mul', [x, b.constant(0.5)])], { perm: [0, 1, 3, 2] });
      const scores = b.op('Add', [b.op('MatMul', [x, keys]), b.constant(added, 'added')], {}, { name: 'add' });
      b.output(b.op('MatMul', [b.op('Softmax', [scores], { axis: -1 }), x]), 'y');
    }, 13);

  it('stores what is added to the scores of attention as int8, for each head', async () => {
    const biases = random([1, 4, 64, 64], 7);
    biases.data.forEach((bias, at) => {
      biases.data[at] = bias * 4 ** Math.floor(at / 4096 - 2);
    });
    const source = attention(biases);
    const { model, nodes } = await dynamic(source);
    expect(bytes(model)).toBeLessThan(0.3 * bytes(source));
    const feeds = { x: random([1, 4, 64, 16], 5) };
    expect(sqnrOf(await runOptimized(source, feeds), await runOptimized(model, feeds))).toBeGreaterThan(35);
    expect(nodes).toContainEqual(
      expect.objectContaining({ node: 'add', quantized: true, why: expect.stringMatching(/^constant stored as int/) }),
    );
    const before = await placementOf(source, source, []);
    expect((await placementOf(source, model, nodes)).kernels).toEqual(before.kernels);
  });

  it('leaves what masks scores as it is, relative positions included', async () => {
    const source = attention({
      ...random([1, 4, 64, 64], 7),
      data: random([1, 4, 64, 64], 7).data.map((x) => (x > 1 ? -1e4 : x)),
    });
    const { model } = await dynamic(source);
    expect(readTensor(model.graph.value('added')!.initializer!)).toMatchObject({ type: 'float32' });
    const feeds = { x: random([1, 4, 64, 16], 5) };
    expect(await runModel(model, feeds)).toEqual(await runModel(source, feeds));
  });

  it('stores the weights of an Einsum of three inputs as int8, and says why it is computed in float', async () => {
    const source = buildModel((b) => {
      const hidden = b.input('x', 'float32', [2, 6, 4, 32]);
      const gate = b.op('Softmax', [b.op('ReduceMax', [hidden], { axes: { ints: [3] }, keepdims: 0 })]);
      const experts = b.constant(scaled([4, 32, 16], 1), 'experts');
      const equation = { equation: 'btef,efd,bte->btd' };
      b.output(b.op('Einsum', [hidden, experts, gate], equation, { name: 'mixture' }), 'y');
    }, 13);
    const { model, nodes } = await dynamic(source);
    expect(bytes(model)).toBeLessThan(0.4 * bytes(source));
    const feeds = { x: random([2, 6, 4, 32], 5) };
    expect(sqnrOf(await runOptimized(source, feeds), await runOptimized(model, feeds))).toBeGreaterThan(38);
    expect(nodes).toEqual([expect.objectContaining({ node: 'mixture', why: expect.stringContaining('for Einsum') })]);
  });

  it('leaves the bias of a classifier as it is, which a Softmax follows as well', async () => {
    const source = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 64]);
      const product = b.op('MatMul', [x, b.constant(scaled([64, 600], 1), 'w')]);
      b.output(b.op('Softmax', [b.op('Add', [product, b.constant(scaled([1, 600], 2), 'bias')])], { axis: -1 }), 'y');
    }, 13);
    const { model } = await dynamic(source);
    expect(readTensor(model.graph.value('bias')!.initializer!)).toMatchObject({ type: 'float32' });
  });

  it('quantizes one activation once for several products', async () => {
    const source = buildModel((b) => {
      const x = b.input('x', 'float32', [128, 128]);
      for (const name of ['q', 'k', 'v']) {
        b.output(
          b.op('MatMul', [x, b.constant(scaled([128, 128], name.charCodeAt(0)), name)], {}, { name }),
          `${name}_out`,
        );
      }
    }, 17);
    const { model, nodes } = await dynamic(source);
    expect(opsOf(model).filter((op) => op === 'DynamicQuantizeLinear')).toHaveLength(1);
    expect((await placementOf(source, model, nodes)).placement.integerKernels).toBe(3);
    const feeds = { x: random([128, 128], 5) };
    expect(sqnrOf(await runOptimized(source, feeds), await runOptimized(model, feeds))).toBeGreaterThan(30);
  });

  it('keeps alpha, beta, bias and both layouts of Gemm', async () => {
    const source = buildModel((b) => {
      const x = b.input('x', 'float32', [32, 200]);
      const c = b.constant(scaled([200], 3, 1), 'c');
      const first = b.op('Gemm', [x, b.constant(scaled([200, 200], 1), 'w1'), c], { alpha: 0.5, beta: 2, transB: 1 });
      b.output(b.op('Gemm', [first, b.constant(scaled([200, 256], 2), 'w2')], { alpha: 3 }), 'y');
    }, 13);
    const { model, nodes } = await dynamic(source);
    expect((await placementOf(source, model, nodes)).kernels['DynamicQuantizeMatMul']).toBe(2);
    const feeds = { x: random([32, 200], 5) };
    expect(sqnrOf(await runOptimized(source, feeds), await runOptimized(model, feeds))).toBeGreaterThan(30);
  });

  /** The output layer of a table of embeddings: [tokens, 128] times the table's transpose. */
  const heads: Record<string, (b: GraphBuilder, rows: Value, table: Value, transposed: Tensor) => Value> = {
    'transposed by a node': (b, rows, table) =>
      b.op('MatMul', [rows, b.op('Transpose', [table], { perm: [1, 0] })], {}, { name: 'head' }),
    'written twice, transposed': (b, rows, _, transposed) =>
      b.op('MatMul', [rows, b.constant(transposed, 'copy')], {}, { name: 'head' }),
    'written twice, for a Gemm': (b, rows, _, transposed) =>
      b.op('Gemm', [rows, b.constant(transposed, 'copy')], {}, { name: 'head' }),
  };
  it.each(Object.entries(heads))(
    'stores a weight that an embedding and the output layer share once, %s',
    async (_, head) => {
      const table = scaled([1500, 128], 1);
      const data = Float32Array.from(table.data, (_, i) => table.data[(i % 1500) * 128 + Math.floor(i / 1500)]!);
      const source = buildModel((b) => {
        const stored = b.constant(table, 'table');
        const rows = b.op('Gather', [stored, b.input('tokens', 'int64', [64])], {}, { name: 'embed' });
        b.output(head(b, rows, stored, { type: 'float32', dims: [128, 1500], data }), 'logits');
      }, 13);
      const { model, nodes } = await dynamic(source);
      expect(bytes(model)).toBeLessThan(0.28 * 4 * 1500 * 128);
      expect(nodes.map(({ node, quantized }) => [node, quantized])).toEqual([
        ['embed', true],
        ['head', true],
      ]);
      const feeds = {
        tokens: ints(
          Array.from({ length: 64 }, (_, i) => (i * 97) % 1500),
          [64],
        ),
      };
      expect(sqnrOf(await runOptimized(source, feeds), await runOptimized(model, feeds))).toBeGreaterThan(30);
      expect((await placementOf(source, model, nodes)).placement.integerKernels).toBe(2);
    },
  );

  it('keeps in FP32 what a glob names, also of names with a dot in front', async () => {
    const source = buildModel((b) => product(b, 64, 256, 256, '/block/.product'), 13);
    const { model, nodes } = await dynamic(source, { keepFloat: ['/block/*'] });
    expect(nodes).toMatchObject([
      { node: '/block/.product', quantized: false, why: expect.stringContaining('/block/*') },
    ]);
    expect(bytes(model)).toBeGreaterThan(0.9 * bytes(source));
  });

  it('leaves a shared weight float where one of its readers has to', async () => {
    const source = buildModel((b) => {
      const table = b.constant(scaled([1500, 64], 1), 'table');
      const rows = b.op('Gather', [table, b.input('tokens', 'int64', [8])], {}, { name: 'embed' });
      b.output(b.op('Gemm', [rows, table], { transB: 1 }, { name: 'head' }), 'logits');
    }, 13);
    const { model, nodes } = await dynamic(source, { keepFloat: ['he*'] });
    expect(nodes.every(({ quantized }) => !quantized)).toBe(true);
    expect(nodes[0]?.why).toContain("the weight 'table' is shared and is not stored twice");
    expect(opsOf(model)).toEqual(['Gather', 'Gemm']);
  });

  it.each(['LSTM', 'GRU'])('stores the weights of a small %s as int8, in the branch of an If too', async (op) => {
    const gates = op === 'LSTM' ? 4 : 3;
    const source = buildModel((b) => {
      const x = b.input('x', 'float32', [5, 1, 32]);
      const w = b.constant(scaled([1, gates * 48, 32], 1, 0.3), 'w');
      const r = b.constant(scaled([1, gates * 48, 48], 2, 0.3), 'r');
      const branch = (name: string, factor: number) =>
        buildModel((inner) => {
          const own = inner.constant(scaled([1, gates * 48, 48], 7, factor), `${name}_r`);
          const dummy = inner.input('outer_x', 'float32', [5, 1, 32]);
          const outer = inner.input('outer_w', 'float32');
          inner.output(inner.op(op, [dummy, outer, own], { hidden_size: 48 }, { name }), `${name}_y`);
        }).proto.graph!;
      const [then, other] = [branch('then', 0.3), branch('other', 0.2)];
      for (const graph of [then, other]) {
        graph.input = [];
        for (const node of graph.node) {
          node.input = node.input.map((name) => (name === 'outer_x' ? x.name : name === 'outer_w' ? w.name : name));
        }
      }
      const cond = b.input('cond', 'bool', []);
      b.output(b.op('If', [cond], { then_branch: then, else_branch: other }), 'branched');
      b.output(b.op(op, [x, w, r], { hidden_size: 48 }, { name: 'top' }), 'y');
    }, 13);
    // As it is read from a file: the branches' reads of outer values are connected.
    const reread = source.clone();
    const { model, nodes } = await dynamic(reread);
    expect(nodes.map(({ node, quantized }) => [node, quantized])).toEqual(
      expect.arrayContaining([
        ['then', true],
        ['other', true],
        ['top', true],
      ]),
    );
    expect(bytes(model)).toBeLessThan(0.4 * bytes(reread));
    for (const cond of [0, 1]) {
      const feeds = { x: random([5, 1, 32], 5), cond: { type: 'bool', dims: [], data: Uint8Array.of(cond) } as const };
      expect(sqnrOf(await runOptimized(reread, feeds), await runOptimized(model, feeds))).toBeGreaterThan(30);
    }
    expect((await placementOf(reread, model, nodes)).kernels).toEqual({ If: 1, [op]: 3 });
  });

  it('runs a big LSTM in DynamicQuantizeLSTM', async () => {
    const source = buildModel((b) => {
      const x = b.input('x', 'float32', [4, 1, 256]);
      const w = b.constant(scaled([2, 1024, 256], 1, 0.05), 'w');
      const r = b.constant(scaled([2, 1024, 256], 2, 0.05), 'r');
      const bias = b.constant(scaled([2, 2048], 3), 'b');
      const attributes = { hidden_size: 256, direction: 'bidirectional', layout: 0 };
      const [y, h] = b.ops('LSTM', [x, w, r, bias], attributes, { name: 'lstm', outputs: ['a', 'b', ''] });
      b.output(y!, 'y');
      b.output(h!, 'h');
    }, 14);
    const { model, nodes } = await dynamic(source);
    expect(opsOf(model)).toEqual(['DynamicQuantizeLSTM']);
    expect(bytes(model)).toBeLessThan(0.27 * bytes(source));
    const feeds = { x: random([4, 1, 256], 5) };
    expect(sqnrOf(await runOptimized(source, feeds), await runOptimized(model, feeds))).toBeGreaterThan(20);
    expect((await placementOf(source, model, nodes)).placement.integerKernels).toBe(1);
  });

  it('does so with one that has no name and gives its last states alone', async () => {
    const source = buildModel((b) => {
      const x = b.input('x', 'float32', [4, 1, 256]);
      const weights = [1, 2].map((seed) => b.constant(scaled([1, 1200, seed === 1 ? 256 : 300], seed, 0.05)));
      const [, h, c] = b.ops('LSTM', [x, ...weights], { hidden_size: 300 }, { outputs: ['', 'h', 'c'] });
      for (const value of [h!, c!]) b.output(value);
      h!.producer!.proto.name = '';
    }, 13);
    const { model, nodes } = await dynamic(source);
    expect(opsOf(model)).toEqual(['DynamicQuantizeLSTM']);
    expect(nodes).toMatchObject([{ node: 'h', quantized: true }]);
    const feeds = { x: random([4, 1, 256], 5) };
    expect(sqnrOf(await runOptimized(source, feeds), await runOptimized(model, feeds))).toBeGreaterThan(20);
  });

  it('finds weights that are put together from constants', async () => {
    const source = buildModel((b) => {
      const x = b.input('x', 'float32', [3, 1, 32]);
      const gates = b.constant(scaled([128, 32], 1, 0.3), 'w');
      const piece = (from: number) =>
        b.op('Slice', [gates, b.constant(ints([from]), 'from'), b.constant(ints([from + 32]), 'to')]);
      const joined = b.op('Concat', [piece(0), piece(96), piece(32), piece(64)], { axis: { int: 0 } });
      const w = b.op('Unsqueeze', [joined, b.constant(ints([0]), 'axes')]);
      const r = b.constant(scaled([1, 128, 32], 2, 0.3), 'r');
      b.output(b.op('LSTM', [x, w, r], { hidden_size: 32 }, { name: 'lstm' }), 'y');
    }, 13);
    const { model } = await dynamic(source);
    expect(bytes(model)).toBeLessThan(0.4 * bytes(source));
    const feeds = { x: random([3, 1, 32], 5) };
    expect(sqnrOf(await runOptimized(source, feeds), await runOptimized(model, feeds))).toBeGreaterThan(30);
  });

  it('turns fused attention into QAttention', async () => {
    const source = buildModel(
      (b) => {
        const x = b.input('x', 'float32', [1, 64, 128]);
        const w = b.constant(scaled([128, 384], 1), 'w');
        const bias = b.constant(scaled([384], 2), 'b');
        const options = { domain: 'com.microsoft', name: 'attention' };
        b.output(b.op('Attention', [x, w, bias], { num_heads: 4 }, options), 'y');
      },
      13,
      { domains: { 'com.microsoft': 1 } },
    );
    const { model, nodes } = await dynamic(source);
    expect(opsOf(model)).toEqual(['DynamicQuantizeLinear', 'QAttention']);
    const feeds = { x: random([1, 64, 128], 5) };
    expect(sqnrOf(await runOptimized(source, feeds), await runOptimized(model, feeds))).toBeGreaterThan(25);
    expect((await placementOf(source, model, nodes)).placement.integerKernels).toBe(1);
  });

  it('computes what goes into a logarithm in float', async () => {
    const source = buildModel((b) => {
      const spectrum = b.op('MatMul', [b.input('x', 'float32', [64, 256]), b.constant(scaled([256, 256], 1), 'dft')]);
      const power = b.op('Pow', [spectrum, b.constant(2)]);
      const mel = b.op('MatMul', [
        power,
        b.constant({ ...random([256, 40], 2), data: new Float32Array(10240).fill(0.1) }, 'mel'),
      ]);
      const log = b.op('Log', [b.op('Add', [mel, b.constant(1e-6)])]);
      b.output(b.op('MatMul', [log, b.constant(scaled([40, 800], 1), 'w')], {}, { name: 'layer' }), 'y');
    }, 13);
    const { model } = await dynamic(source);
    expect(opsOf(model).filter((op) => op === 'MatMul')).toHaveLength(2);
    expect(opsOf(model).filter((op) => op === 'MatMulInteger')).toHaveLength(1);
    const feeds = { x: random([64, 256], 5) };
    // Frames of very different loudness.
    feeds.x.data.forEach((x, i) => {
      feeds.x.data[i] = x * 10 ** -((i >> 8) % 4);
    });
    expect(sqnrOf(await runOptimized(source, feeds), await runOptimized(model, feeds))).toBeGreaterThan(30);
  });

  it('says so where the opset is too old for weights that are stored as integers', async () => {
    const source = buildModel((b) => {
      const x = b.input('x', 'float32', [1, 8, 6, 6]);
      b.output(b.op('Conv', [x, b.constant(scaled([32, 8, 3, 3], 1), 'w')], { kernel_shape: [3, 3] }), 'y');
    }, 6);
    await expect(dynamic(source)).rejects.toThrow(/has opset 6; opset 7 is the oldest/);
  });

  it('brings an old opset up where integers need it', async () => {
    const source = buildModel((b) => product(b, 64, 256, 256), 9);
    const { model } = await dynamic(source);
    expect(model.opset()).toBeGreaterThanOrEqual(11);
    const feeds = { x: random([64, 256], 5) };
    expect(sqnrOf(await runOptimized(source, feeds), await runOptimized(model, feeds))).toBeGreaterThan(30);
  });

  it('uses 7 bits where full-range products saturate', async () => {
    const source = buildModel((b) => product(b, 64, 256, 256), 13);
    const { model } = await dynamic(source, { target: 'cpu-x64-avx2' });
    const stored = readTensor(model.graph.value('w_quantized')!.initializer!).data as Int8Array;
    expect(Math.min(...stored)).toBeGreaterThanOrEqual(-64);
    expect(Math.max(...stored)).toBeLessThanOrEqual(63);
  });

  it.each([
    [4, 18],
    [3, 11],
  ] as const)('stores %d-bit weights in half a byte, still in integer kernels', async (bits, sqnrDb) => {
    const source = buildModel((b) => {
      const tokens = b.input('tokens', 'int64', [64]);
      const rows = b.op('Gather', [b.constant(scaled([500, 256], 3), 'table'), tokens], {}, { name: 'embed' });
      b.output(b.op('MatMul', [rows, b.constant(scaled([256, 256], 1), 'w')], {}, { name: 'product' }), 'y');
    }, 13);
    const { model, nodes } = await dynamic(source, { bits });
    expect(bytes(model)).toBeLessThan(0.16 * bytes(source));
    const feeds = { tokens: ints(Array.from({ length: 64 }, (_, i) => (i * 7) % 500)) };
    expect(sqnrOf(await runOptimized(source, feeds), await runOptimized(model, feeds))).toBeGreaterThan(sqnrDb - 4);
    expect((await placementOf(source, model, nodes)).placement.integerKernels).toBe(2);
  });

  it('adds no node to a run for a small table', async () => {
    const source = buildModel((b) => {
      const rows = b.op('Gather', [b.constant(scaled([500, 32], 3), 'table'), b.input('tokens', 'int64', [8])]);
      b.output(b.op('Relu', [rows]), 'y');
    }, 13);
    const { model, nodes } = await dynamic(source);
    expect(bytes(model)).toBeLessThan(0.4 * bytes(source));
    expect((await placementOf(source, model, nodes)).kernels).toEqual((await placementOf(source, source, [])).kernels);
  });

  it.each([
    [0, [500, 256]],
    [-2, [500, 256]],
    [-1, [256, 500]],
  ] as const)('gives what a Gather along axis %d picks a scale each', async (axis, dims) => {
    const source = buildModel((b) => {
      const table = scaled([...dims], 3);
      const picked = (i: number) => (axis === -1 ? i % 500 : Math.floor(i / 256));
      table.data = table.data.map((x, i) => x * 10 ** (picked(i) % 4));
      b.output(b.op('Gather', [b.constant(table, 'table'), b.input('tokens', 'int64', [8])], { axis }), 'y');
    }, 13);
    const { model } = await dynamic(source);
    expect(bytes(model)).toBeLessThan(0.27 * bytes(source));
    for (const token of [0, 1, 2, 3, -1]) {
      const feeds = { tokens: ints(new Array<number>(8).fill(token)) };
      expect(sqnrOf(await runOptimized(source, feeds), await runOptimized(model, feeds))).toBeGreaterThan(35);
    }
  });

  it('leaves weights with NaN, tiny weights and activations alone, and says so', async () => {
    const source = buildModel((b) => {
      const x = b.input('x', 'float32', [4, 32]);
      const bad = scaled([32, 32], 1);
      bad.data[7] = Number.NaN;
      b.output(b.op('MatMul', [x, b.constant(bad, 'bad')], {}, { name: 'nan' }), 'a');
      b.output(b.op('MatMul', [x, b.constant(scaled([32, 4], 2), 'tiny')], {}, { name: 'small' }), 'b');
      b.output(b.op('MatMul', [x, b.op('Transpose', [x])], {}, { name: 'both' }), 'c');
    }, 13);
    const { model, nodes } = await dynamic(source);
    expect(nodes.map(({ node, quantized, why }) => [node, quantized, why])).toEqual([
      ['nan', false, "its weight 'bad' holds NaN or infinity"],
      ['small', false, expect.stringContaining('128 values')],
      ['both', false, expect.stringContaining('no constant weight')],
    ]);
    expect(opsOf(model).sort()).toEqual(['MatMul', 'MatMul', 'MatMul', 'Transpose']);
  });

  it('writes the same bytes again', async () => {
    const source = buildModel((b) => product(b, 64, 256, 256), 13);
    const [first, second] = [await dynamic(source), await dynamic(source)];
    expect(Buffer.compare(modelToBytes(first.model), modelToBytes(second.model))).toBe(0);
  });
});

import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder as Builder, type GraphBuilder, modelToBytes, type OnnxModel } from '../../src/onnx/model.ts';
import type { Node } from '../../src/onnx/node.ts';
import { constantsToInitializers } from '../../src/onnx/passes/constants-to-initializers.ts';
import { DataType, StringStringEntryProtoSchema } from '../../src/onnx/proto.ts';
import type { Value } from '../../src/onnx/value.ts';
import { toCanonicalForm } from '../../src/quantize/canonical-form.ts';
import { foldConstants } from '../../src/quantize/fold-constants.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { WorkerProcess } from '../../src/runtime/worker-process.ts';
import type { Tensor } from '../../src/tensor.ts';
import { expectSame, ints, random, runModel } from '../onnx/ort.ts';
import { scratch } from './helpers.ts';

let worker: WorkerProcess;
beforeAll(async () => {
  worker = await WorkerProcess.start({ runtime: await locateRuntime(), label: 'constants' });
});
afterAll(() => worker.close());

const size = 40;
const halves = (values: Float32Array): Tensor => ({
  type: 'float16',
  dims: [size, size],
  data: new Uint16Array(new Float16Array(values).buffer),
});

function product(write: (b: GraphBuilder, x: Value, w: Value) => Value | Value[], opset = 13): OnnxModel {
  const b = new Builder();
  const x = b.input('x', 'float32', ['n', size]);
  const results = [write(b, x, b.constant(random([size, size]), 'w'))].flat();
  for (const [i, y] of results.entries()) b.output(y, `y${i}`);
  return b.build(opset, { domains: { 'com.microsoft': 1 } });
}

async function folded(model: OnnxModel): Promise<OnnxModel> {
  const copy = model.clone();
  await toCanonicalForm(copy, worker, await scratch());
  const feeds = { x: random([3, size], 7) };
  expectSame(await runModel(copy, feeds), await runModel(model, feeds), 1e-5);
  return copy;
}

const opsOf = (model: OnnxModel) => model.graph.nodes.map(({ op }) => op);
const numbersOf = ({ graph }: OnnxModel) =>
  graph.initializers.reduce((sum, { initializer }) => sum + initializer!.dims.reduce((a, b) => a * Number(b), 1), 0);

const weights: { name: string; write: (b: GraphBuilder, w: Value) => Value }[] = [
  { name: 'transposed', write: (b, w) => b.op('Transpose', [w]) },
  { name: 'reshaped', write: (b, w) => b.op('Reshape', [w, b.constant(ints([size, -1]))]) },
  { name: 'kept as float16', write: (b) => b.op('Cast', [b.constant(halves(random([size, size]).data))], { to: 1 }) },
  {
    name: 'normalized',
    write: (b, w) => {
      const norm = b.op('ReduceL2', [w], { axes: { ints: [0] } });
      return b.op('Mul', [b.op('Div', [w, norm]), b.constant(random([1, size], 3), 'g')]);
    },
  },
  {
    name: 'put together from halves',
    write: (b, w) => b.op('Concat', b.ops('Split', [w], { axis: 0 }, { outputs: 2 }).reverse(), { axis: 0 }),
  },
];

describe('the canonical form', () => {
  it.each(weights)('makes a constant of a weight that is $name', async ({ write }) => {
    const model = await folded(product((b, x, w) => b.op('MatMul', [x, write(b, w)])));
    expect(opsOf(model)).toEqual(['MatMul']);
    expect(numbersOf(model)).toBe(size * size);
  });

  it('makes a constant of the weight of an Einsum, and of it a product', async () => {
    const model = await folded(
      product((b, x, w) => {
        const heads = b.op('Reshape', [w, b.constant(ints([size, 5, 8]))]);
        return b.op('Einsum', [x, heads], { equation: 'nd,dhk->nhk' });
      }),
    );
    expect(opsOf(model)).toEqual(['MatMul', 'Reshape']);
    expect(model.graph.nodes[0]!.input(1)!.initializer?.dims).toEqual([size, size].map(BigInt));
  });

  it('takes apart what ONNX Runtime fused', async () => {
    const model = await folded(
      product((b, x, w) => {
        const fused = { domain: 'com.microsoft' };
        const y = b.op('FusedMatMul', [x, w], { alpha: { float: 0.5 }, transB: 1 }, fused);
        return b.op(
          'FusedGemm',
          [y, b.constant(random([size, size], 5))],
          { activation: 'Relu', alpha: { float: 0.5 } },
          fused,
        );
      }),
    );
    expect(opsOf(model)).toEqual(['MatMul', 'Mul', 'Gemm', 'Relu']);
  });

  it('leaves a tied weight one weight', async () => {
    const source = product((b, x, w) => [
      b.op('MatMul', [x, b.op('Transpose', [w])]),
      b.op('MatMul', [x, w]),
      b.op('MatMul', [x, b.op('Reshape', [w, b.constant(ints([size, -1]))])]),
    ]);
    const model = await folded(source);
    expect(opsOf(model)).toEqual(expect.arrayContaining(['Transpose', 'Reshape']));
    expect(numbersOf(model)).toBe(numbersOf(source));
  });

  it('makes one weight of equal ones, which layers share before they are exported; not of biases', async () => {
    const layer = (b: GraphBuilder, x: Value, w: Tensor) =>
      b.op('Gemm', [x, b.constant(w), b.constant(new Array(size).fill(0.5), 'bias')]);
    const almost = random([size, size]);
    almost.data[size * size - 1]! += 1;
    const source = product((b, x) =>
      layer(b, layer(b, layer(b, x, random([size, size])), almost), random([size, size])),
    );
    expect(numbersOf(source)).toBe(4 * size * size + 3 * size);
    expect(numbersOf(await folded(source))).toBe(2 * size * size + 3 * size);
  });

  it('leaves two readings of one weight, each of its size', async () => {
    const source = product((b, x, w) => [
      b.op('MatMul', [x, b.op('Transpose', [w])]),
      b.op('MatMul', [x, b.op('Reshape', [w, b.constant(ints([size, -1]))])]),
    ]);
    expect(numbersOf(await folded(source))).toBe(numbersOf(source));
  });

  it('does not write out zeros', async () => {
    const source = product((b, x, w) => {
      const zeros = b.op('ConstantOfShape', [b.constant(ints([200, size]))]);
      return b.op('Concat', [b.op('MatMul', [x, w]), zeros], { axis: 0 });
    });
    expect(opsOf(await folded(source))).toContain('ConstantOfShape');
  });

  it('folds in parts what is too much at once, and leaves what is too much by itself', async () => {
    const model = product((b, x, w) => {
      const large = b.op('Transpose', [b.constant(random([2 * size, size], 2), 'large')]);
      const products = [1, 2, 3].map((seed) =>
        b.op('MatMul', [x, b.op('Transpose', [b.constant(random([size, size], seed))])]),
      );
      return [...products, b.op('MatMul', [x, w]), b.op('MatMul', [x, large])];
    });
    const copy = model.clone();
    constantsToInitializers(copy);
    await foldConstants(copy, worker, await scratch(), size * size);
    expect(opsOf(copy).filter((op) => op === 'Transpose')).toHaveLength(1);
    const feeds = { x: random([3, size], 7) };
    expectSame(await runModel(copy, feeds), await runModel(model, feeds), 1e-5);
  });

  it('leaves constants of types that no session gives out', async () => {
    const source = product((b, x, w) => {
      const eight = b.op('Cast', [b.op('Transpose', [w])], { to: DataType.FLOAT8E4M3FN });
      return b.op('MatMul', [x, b.op('DequantizeLinear', [eight, b.constant(1)])]);
    }, 19);
    expect(opsOf(await folded(source))).toContain('DequantizeLinear');
  });

  it('leaves stored integers and random numbers', async () => {
    const source = product((b, x, w) => {
      const stored = b.constant({ type: 'int8', dims: [size, size], data: Int8Array.from(random([size, size]).data) });
      const unpacked = b.op('DequantizeLinear', [stored, b.constant(0.1)]);
      const drawn = b.op('RandomNormalLike', [w], { seed: { float: 1 } });
      return [b.op('MatMul', [x, unpacked]), b.op('Mul', [x, b.op('ReduceMax', [b.op('Abs', [drawn])])])];
    });
    const copy = source.clone();
    await toCanonicalForm(copy, worker, await scratch());
    expect(opsOf(copy)).toEqual(expect.arrayContaining(['DequantizeLinear', 'RandomNormalLike', 'ReduceMax']));
  });
});

describe('what an exporter notes of each node', () => {
  it('is gone where it is a stack trace or said twice, in branches too, and stays where it is anything else', async () => {
    const noted = (node: Node, key: string, value: string) =>
      node.proto.metadataProps.push(create(StringStringEntryProtoSchema, { key, value }));
    const source = product((b, x, w) => {
      const inner = new Builder();
      inner.output(inner.op('Neg', [inner.constant(random([size, size]), 'inner_w')]), 'negative');
      noted(inner.graph.nodes[0]!, 'pkg.torch.onnx.stack_trace', 'File "/home/someone/model.py", line 7');
      const branch = inner.build(13).proto.graph!;
      const chosen = b.op('If', [b.op('Equal', [b.op('Size', [x]), b.constant(ints([0], []))])], {
        then_branch: branch,
        else_branch: branch,
      });
      return b.op('MatMul', [b.op('MatMul', [x, w]), chosen]);
    }).clone();
    for (const node of source.graph.nodes) {
      noted(node, 'pkg.torch.onnx.stack_trace', 'File "/home/someone/model.py", line 8');
      noted(node, 'pkg.torch.onnx.fx_node', '%y : call_function');
      noted(node, 'pkg.torch.onnx.name_scopes', "['', 'encoder']");
      if (node.is('If')) continue;
      noted(node, 'pkg.torch.onnx.class_hierarchy', "['Net', 'Encoder']");
      noted(node, 'namespace', ': Net/encoder: Encoder');
    }
    const text = new TextDecoder('latin1').decode(modelToBytes(await folded(source)));
    expect(text).not.toContain('someone');
    expect(text).not.toContain('call_function');
    expect(text).toContain('encoder: Encoder');
    expect(text).not.toContain("'Encoder'");
    // Of the If nothing else says it.
    expect(text.match(/\['', 'encoder'\]/g)).toHaveLength(1);
  });
});

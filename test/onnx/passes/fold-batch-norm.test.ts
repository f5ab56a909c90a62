import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/onnx/model.ts';
import { foldBatchNorm } from '../../../src/onnx/passes/fold-batch-norm.ts';
import type { Value } from '../../../src/onnx/value.ts';
import { expectSame, ints, random, runModel } from '../ort.ts';

function batchNorm(b: GraphBuilder, x: Value, channels: number, seed = 5): Value {
  const variance = random([channels], seed + 3);
  variance.data.forEach((v, i) => {
    variance.data[i] = Math.abs(v) + 0.1;
  });
  const inputs = [random([channels], seed), random([channels], seed + 1), random([channels], seed + 2), variance];
  return b.op('BatchNormalization', [x, ...inputs.map((tensor) => b.constant(tensor, 'bn'))], { epsilon: 1e-3 });
}

const cases: { name: string; dims: number[]; channels: number; linear: (b: GraphBuilder, x: Value) => Value }[] = [
  {
    name: 'Conv without bias',
    dims: [2, 3, 6, 6],
    channels: 4,
    linear: (b, x) => b.op('Conv', [x, b.constant(random([4, 3, 3, 3]), 'w')]),
  },
  {
    name: 'depthwise Conv with bias',
    dims: [1, 4, 6, 6],
    channels: 8,
    linear: (b, x) => b.op('Conv', [x, b.constant(random([8, 1, 3, 3])), b.constant(random([8], 3))], { group: 4 }),
  },
  {
    name: 'grouped ConvTranspose',
    dims: [1, 6, 5, 5],
    channels: 4,
    linear: (b, x) =>
      b.op('ConvTranspose', [x, b.constant(random([6, 2, 3, 3])), b.constant(random([4], 9))], {
        group: 2,
        strides: [2, 2],
      }),
  },
  {
    name: 'Gemm with transB, alpha, beta and a scalar bias',
    dims: [3, 5],
    channels: 4,
    linear: (b, x) =>
      b.op('Gemm', [x, b.constant(random([4, 5])), b.constant(0.7)], { transB: 1, alpha: 0.5, beta: 2 }),
  },
  {
    name: 'Gemm without bias',
    dims: [3, 5],
    channels: 4,
    linear: (b, x) => b.op('Gemm', [x, b.constant(random([5, 4]))]),
  },
  {
    name: 'MatMul and Add',
    dims: [3, 5],
    channels: 4,
    linear: (b, x) => b.op('Add', [b.constant(random([1, 4], 8)), b.op('MatMul', [x, b.constant(random([5, 4]))])]),
  },
  {
    name: 'MatMul without bias',
    dims: [3, 5],
    channels: 4,
    linear: (b, x) => b.op('MatMul', [x, b.constant(random([5, 4]))]),
  },
  {
    name: 'MatMul and Add whose rows a Reshape joins',
    dims: [2, 3, 5],
    channels: 4,
    linear: (b, x) => {
      const product = b.op('Add', [b.op('MatMul', [x, b.constant(random([5, 4]))]), b.constant(random([4], 8))]);
      return b.op('Reshape', [product, b.constant(ints([-1, 4]))]);
    },
  },
  {
    name: 'MatMul without bias behind a Reshape',
    dims: [2, 3, 5],
    channels: 4,
    linear: (b, x) => b.op('Reshape', [b.op('MatMul', [x, b.constant(random([5, 4]))]), b.constant(ints([6, 4]))]),
  },
  {
    name: 'MatMul without bias behind a Flatten',
    dims: [2, 3, 5],
    channels: 4,
    linear: (b, x) => b.op('Flatten', [b.op('MatMul', [x, b.constant(random([5, 4]))])], { axis: 2 }),
  },
];

test.each(cases)('folds into $name and gives the same numbers', async ({ dims, channels, linear }) => {
  const b = new GraphBuilder();
  b.output(batchNorm(b, linear(b, b.input('x', 'float32', dims)), channels), 'y');
  const model = b.build(15);
  const folded = model.clone();
  expect(foldBatchNorm(folded).modified).toBe(true);
  expect(folded.graph.nodes.map((node) => node.op)).not.toContain('BatchNormalization');
  expect(folded.graph.outputs.map((value) => value.name)).toEqual(['y']);
  const feeds = { x: random(dims, 77) };
  expectSame(await runModel(folded, feeds), await runModel(model, feeds), 2e-5);
});

test('folds into a MatMul whose shape is read as well', async () => {
  const b = new GraphBuilder();
  const product = b.op('MatMul', [b.input('x', 'float32', [2, 3, 5]), b.constant(random([5, 4]))]);
  const rows = batchNorm(b, b.op('Flatten', [product], { axis: 2 }), 4);
  b.output(b.op('Reshape', [rows, b.op('Shape', [product])]), 'y');
  const model = b.build(15);
  const folded = model.clone();
  expect(foldBatchNorm(folded).modified).toBe(true);
  const feeds = { x: random([2, 3, 5], 77) };
  expectSame(await runModel(folded, feeds), await runModel(model, feeds), 2e-5);
});

test('weights that another node shares keep their numbers for that node', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', [1, 3, 6, 6]);
  const w = b.constant(random([4, 3, 3, 3]), 'w');
  b.output(batchNorm(b, b.op('Conv', [x, w]), 4), 'y');
  b.output(b.op('Conv', [x, w]), 'z');
  const model = b.build(15);
  const folded = model.clone();
  foldBatchNorm(folded);
  expect(folded.graph.initializers.map((value) => value.name)).toEqual(['w', 'w_1', 'Conv_output_bias']);
  const feeds = { x: random([1, 3, 6, 6], 77) };
  expectSame(await runModel(folded, feeds), await runModel(model, feeds), 1e-5);
});

test('stays where the Conv is seen by others, the statistics are inputs, or a MatMul has another channel axis', () => {
  const seen = new GraphBuilder();
  const y = seen.op('Conv', [seen.input('x', 'float32', [1, 3, 6, 6]), seen.constant(random([4, 3, 3, 3]))]);
  seen.output(batchNorm(seen, y, 4), 'y');
  seen.output(y, 'raw');
  const fed = new GraphBuilder();
  const z = fed.op('Conv', [fed.input('x', 'float32', [1, 3, 6, 6]), fed.constant(random([4, 3, 3, 3]))]);
  const vectors = [1, 2, 3].map((seed) => fed.constant(random([4], seed)));
  fed.output(fed.op('BatchNormalization', [z, fed.input('scale', 'float32', [4]), ...vectors]), 'y');
  const axis = new GraphBuilder();
  const product = axis.op('MatMul', [axis.input('x', 'float32', [2, 4, 5]), axis.constant(random([5, 4]))]);
  axis.output(batchNorm(axis, product, 4), 'y');
  const raised = new GraphBuilder();
  const matrix = raised.op('MatMul', [raised.input('x', 'float32', [4, 5]), raised.constant(random([5, 4]))]);
  raised.output(batchNorm(raised, raised.op('Add', [matrix, raised.constant(random([1, 1, 4]))]), 4), 'y');
  const cut = new GraphBuilder();
  const long = cut.op('MatMul', [cut.input('x', 'float32', [2, 5]), cut.constant(random([5, 8]))]);
  cut.output(batchNorm(cut, cut.op('Reshape', [long, cut.constant(ints([-1, 4]))]), 4), 'y');
  const image = new GraphBuilder();
  const pixels = image.op('Conv', [image.input('x', 'float32', [1, 3, 2, 2]), image.constant(random([4, 3, 1, 1]))]);
  image.output(batchNorm(image, image.op('Reshape', [pixels, image.constant(ints([-1, 4]))]), 4), 'y');
  for (const b of [seen, fed, axis, raised, cut, image]) expect(foldBatchNorm(b.build(15)).modified).toBe(false);
});

import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/onnx/model.ts';
import { foldFactorAhead } from '../../../src/onnx/passes/fold-factor-ahead.ts';
import type { Value } from '../../../src/onnx/value.ts';
import { expectSame, ints, random, runModel } from '../ort.ts';

const conv = (b: GraphBuilder, x: Value, w: Value) => b.op('Conv', [x, w]);
const cases: { name: string; keeps: number; write: (b: GraphBuilder, x: Value, w: Value) => Value[] }[] = [
  { name: 'a convolution', keeps: 0, write: (b, x, w) => [conv(b, b.op('Mul', [x, b.constant(1 / 6)]), w)] },
  {
    name: 'two that read it, with one weight',
    keeps: 0,
    write: (b, x, w) => {
      const y = b.op('Mul', [b.constant(0.3), x]);
      return [conv(b, y, w), b.op('Conv', [y, w], { strides: [2, 2] })];
    },
  },
  {
    name: 'a transposed convolution, though its input is read too',
    keeps: 0,
    write: (b, x, w) => [b.op('ConvTranspose', [b.op('Mul', [x, b.constant(-2)]), w]), b.op('Relu', [x])],
  },
  {
    name: 'a product',
    keeps: 0,
    write: (b, x) => [b.op('MatMul', [b.op('Mul', [x, b.constant(7)]), b.constant(random([6, 5], 3), 'm')])],
  },
  {
    name: 'nothing where it makes a matrix of a vector',
    keeps: 1,
    write: (b, x) => {
      const vector = b.op('Reshape', [x, b.constant(ints([-1]))]);
      const one = b.constant({ type: 'float32', dims: [1, 1], data: Float32Array.of(7) });
      return [b.op('MatMul', [b.op('Mul', [vector, one]), b.constant(random([108, 5], 3), 'm')])];
    },
  },
  {
    name: 'nothing where others read it',
    keeps: 1,
    write: (b, x, w) => {
      const y = b.op('Mul', [x, b.constant(0.3)]);
      return [conv(b, y, w), b.op('Relu', [y])];
    },
  },
  {
    name: 'nothing where others read the weight',
    keeps: 1,
    write: (b, x, w) => [conv(b, b.op('Mul', [x, b.constant(0.3)]), w), conv(b, x, w)],
  },
  {
    name: 'nothing where there is a number for each channel',
    keeps: 1,
    write: (b, x, w) => [conv(b, b.op('Mul', [x, b.constant(random([3, 1, 1], 4))]), w)],
  },
];

test.each(cases)('folds a factor into $name', async ({ keeps, write }) => {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', [1, 3, 6, 6]);
  for (const [i, y] of write(b, x, b.constant(random([3, 3, 3, 3]), 'w')).entries()) b.output(y, `y${i}`);
  const model = b.build(13);
  const folded = model.clone();
  expect(foldFactorAhead(folded).modified).toBe(keeps === 0);
  expect(folded.graph.nodes.filter((node) => node.is('Mul'))).toHaveLength(keeps);
  const feeds = { x: random([1, 3, 6, 6], 9) };
  expectSame(await runModel(folded, feeds), await runModel(model, feeds), 1e-5);
});

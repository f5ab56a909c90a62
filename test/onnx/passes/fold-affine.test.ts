import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/onnx/model.ts';
import { foldAffine } from '../../../src/onnx/passes/fold-affine.ts';
import type { Value } from '../../../src/onnx/value.ts';
import { expectSame, random, runModel } from '../ort.ts';

const perChannel = [1, 4, 1, 1];
const cases: { name: string; ops: string[]; after: (b: GraphBuilder, y: Value) => Value }[] = [
  {
    name: 'Mul and Add',
    ops: ['Conv'],
    after: (b, y) =>
      b.op('Add', [b.op('Mul', [y, b.constant(random(perChannel, 2))]), b.constant(random([4, 1, 1], 3))]),
  },
  {
    name: 'Sub and Div',
    ops: ['Conv'],
    after: (b, y) => b.op('Div', [b.op('Sub', [y, b.constant(0.5)]), b.constant(4)]),
  },
  { name: 'a constant minus it', ops: ['Conv'], after: (b, y) => b.op('Sub', [b.constant(random(perChannel, 2)), y]) },
  {
    name: 'not a Mul along the width',
    ops: ['Conv', 'Mul'],
    after: (b, y) => b.op('Mul', [y, b.constant(random([4], 2))]),
  },
  { name: 'not a division by it', ops: ['Conv', 'Div'], after: (b, y) => b.op('Div', [b.constant(1), y]) },
  {
    name: 'not an Add that raises the rank',
    ops: ['Conv', 'Add'],
    after: (b, y) => b.op('Add', [y, b.constant(random([1, 1, 1, 1, 1], 2))]),
  },
];

test.each(cases)('Conv: $name', async ({ ops, after }) => {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', [1, 3, 6, 6]);
  b.output(after(b, b.op('Conv', [x, b.constant(random([4, 3, 3, 3]), 'w')])), 'y');
  const model = b.build(13);
  const folded = model.clone();
  foldAffine(folded);
  expect(folded.graph.nodes.map((node) => node.op)).toEqual(ops);
  const feeds = { x: random([1, 3, 6, 6], 77) };
  expectSame(await runModel(folded, feeds), await runModel(model, feeds), 1e-5);
});

test('Gemm takes a Mul along its columns; the Add behind a MatMul stays its bias', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', [2, 5]);
  const gemm = b.op('Gemm', [x, b.constant(random([5, 4])), b.constant(random([4], 6))], { beta: 0.5 });
  b.output(b.op('Mul', [gemm, b.constant(random([4], 7))]), 'y');
  const product = b.op('MatMul', [x, b.constant(random([5, 4], 8))]);
  b.output(b.op('Mul', [b.op('Add', [product, b.constant(random([4], 9))]), b.constant(3)]), 'z');
  const model = b.build(13);
  const folded = model.clone();
  foldAffine(folded);
  expect(folded.graph.nodes.map((node) => node.op)).toEqual(['Gemm', 'MatMul', 'Add']);
  const feeds = { x: random([2, 5], 77) };
  expectSame(await runModel(folded, feeds), await runModel(model, feeds), 1e-5);
});

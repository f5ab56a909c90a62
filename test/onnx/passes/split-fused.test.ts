import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/onnx/model.ts';
import { splitFused } from '../../../src/onnx/passes/split-fused.ts';
import { expectSame, random, runModel } from '../ort.ts';

const fused = { domain: 'com.microsoft', name: 'fused' };
const build = (b: GraphBuilder) => b.build(13, { domains: { 'com.microsoft': 1 } });

const activations: { activation: string; numbers: number[] }[] = [
  { activation: 'Relu', numbers: [] },
  { activation: 'Sigmoid', numbers: [] },
  { activation: 'Tanh', numbers: [] },
  { activation: 'LeakyRelu', numbers: [0.2] },
  { activation: 'Clip', numbers: [-0.5, 1.5] },
  { activation: 'HardSigmoid', numbers: [0.2, 0.4] },
];

test.each(activations)('takes FusedConv with $activation apart', async ({ activation, numbers }) => {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', [1, 3, 8, 8]);
  const [weight, bias] = [b.constant(random([4, 3, 3, 3]), 'w'), b.constant(random([4], 2), 'bias')];
  const attributes = {
    activation,
    ...(numbers.length > 0 && { activation_params: { floats: numbers } }),
    pads: [1, 1, 1, 1],
  };
  b.output(b.op('FusedConv', [x, weight, bias, b.input('z', 'float32', [1, 4, 8, 8])], attributes, fused), 'y');
  b.output(b.op('FusedConv', [x, weight], { ...attributes, strides: [2, 2] }, { domain: 'com.microsoft' }), 'small');
  const source = build(b);
  const model = source.clone();
  expect(splitFused(model).modified).toBe(true);
  expect(model.graph.nodes.find((node) => node.name === 'fused')?.op).toBe('Conv');
  expect(model.graph.nodes.every((node) => node.domain === '')).toBe(true);
  const feeds = { x: random([1, 3, 8, 8], 3), z: random([1, 4, 8, 8], 4) };
  expectSame(await runModel(model, feeds), await runModel(source, feeds), 1e-5);
});

test('takes FusedGemm and FusedMatMul apart', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', [2, 5, 4]);
  const y = b.op('FusedMatMul', [x, x], { transB: 1, alpha: { float: 0.5 } }, { domain: 'com.microsoft' });
  b.output(b.op('FusedMatMul', [x, y], { transA: 1 }, { domain: 'com.microsoft' }), 'y');
  const row = b.input('row', 'float32', [3, 6]);
  const attributes = { activation: 'LeakyRelu', activation_alpha: { float: 0.3 }, transB: 1, alpha: { float: 0.5 } };
  b.output(b.op('FusedGemm', [row, b.constant(random([7, 6], 2)), b.constant(random([7], 3))], attributes, fused), 'z');
  const hard = { activation: 'HardSigmoid', activation_alpha: { float: 0.3 }, activation_beta: { float: 0.4 } };
  const second = { domain: 'com.microsoft', name: 'second' };
  b.output(b.op('FusedGemm', [row, b.constant(random([6, 7], 5)), b.constant(random([7], 6))], hard, second), 'gate');
  const source = build(b);
  const model = source.clone();
  expect(splitFused(model).modified).toBe(true);
  expect(model.graph.nodes.some(({ domain }) => domain !== '')).toBe(false);
  const feeds = { x: random([2, 5, 4], 3), row: random([3, 6], 4) };
  expectSame(await runModel(model, feeds), await runModel(source, feeds), 1e-5);
});

test('leaves an activation that it does not know', () => {
  const b = new GraphBuilder();
  const inputs = [b.input('x', 'float32', [1, 3, 8, 8]), b.constant(random([4, 3, 3, 3]), 'w')];
  b.output(b.op('FusedConv', inputs, { activation: 'Mystery' }, fused), 'y');
  expect(splitFused(build(b)).modified).toBe(false);
});

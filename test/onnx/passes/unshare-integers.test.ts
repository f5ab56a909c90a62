import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { GraphBuilder, modelToBytes, type OnnxModel } from '../../../src/onnx/model.ts';
import { unshareIntegers } from '../../../src/onnx/passes/unshare-integers.ts';
import type { Value } from '../../../src/onnx/value.ts';
import { expectSame, random, runModel } from '../ort.ts';

const rows = [4, 8];
const feeds = { x: random(rows, 3) };

/** x, quantized, times one int8 weight in each of two products that `tie` shares in some way; y is their sum. */
function tied(tie: (weight: () => Value) => [Value, Value]): OnnxModel {
  const b = new GraphBuilder();
  const activation = {
    scale: b.constant(0.05),
    zero: b.constant({ type: 'uint8', dims: [], data: Uint8Array.of(128) }),
  };
  const pair = (value: Value) =>
    b.op('DequantizeLinear', [
      b.op('QuantizeLinear', [value, activation.scale, activation.zero]),
      activation.scale,
      activation.zero,
    ]);
  const x = pair(b.input('x', 'float32', rows));
  const numbers = random([8, 8], 5).data;
  const stored = b.constant({ type: 'int8', dims: [8, 8], data: Int8Array.from(numbers, (value) => 40 * value) }, 'w');
  const [scale, zero] = [b.constant(0.01), b.constant({ type: 'int8', dims: [], data: Int8Array.of(0) }, 'z')];
  const [first, second] = tie(() => b.op('DequantizeLinear', [stored, scale, zero]));
  const products = [first, second].map((weight) => pair(b.op('MatMul', [x, weight])));
  b.output(b.op('Add', products), 'y');
  return b.build(17);
}

const weightsOf = (model: OnnxModel) =>
  model.graph.nodes.filter(({ op }) => op === 'MatMul').map((node) => node.input(1)!.producer!);

test.each<[string, (weight: () => Value) => [Value, Value]]>([
  ['one DequantizeLinear with two readers', (weight) => Array(2).fill(weight()) as [Value, Value]],
  ['two DequantizeLinear of one weight and zero point', (weight) => [weight(), weight()]],
])('%s: each product gets integers and a zero point of its own, and computes the same', async (_, tie) => {
  const model = tied(tie);
  const before = await runModel(model, feeds);
  expect(unshareIntegers(model).modified).toBe(true);
  expectSame(await runModel(model, feeds), before);
  const [one, other] = weightsOf(model);
  for (const input of [0, 2]) expect(one!.input(input)).not.toBe(other!.input(input));
  // Where it has to be rewritten for exact sums, ONNX Runtime opens it.
  const session = await InferenceSession.create(modelToBytes(model), {
    logSeverityLevel: 3,
    extra: { session: { x64quantprecision: '1' } },
  });
  await session.release();
});

test('a weight of several scales gets the zero points that it has none of, and computes the same', async () => {
  const b = new GraphBuilder();
  const weight = b.constant({
    type: 'int8',
    dims: [4, 8, 1],
    data: Int8Array.from(random([32], 5).data, (w) => 40 * w),
  });
  const scales = b.constant([0.01, 0.02, 0.03, 0.04]);
  const x = b.input('x', 'float32', [1, 8, 4]);
  b.output(b.op('Conv', [x, b.op('DequantizeLinear', [weight, scales], { axis: 0 })]), 'y');
  const model = b.build(17);
  const given = { x: random([1, 8, 4], 3) };
  const before = await runModel(model, given);
  expect(unshareIntegers(model).modified).toBe(true);
  expectSame(await runModel(model, given), before);
  const exact = await InferenceSession.create(modelToBytes(model), {
    logSeverityLevel: 3,
    extra: { session: { x64quantprecision: '1' } },
  });
  const { y } = await exact.run({ x: new Tensor('float32', given.x.data, given.x.dims) });
  expect(Array.from(y!.data as Float32Array)).toEqual(Array.from(before['y']!.data as Float32Array));
  await exact.release();
});

test('a model without shared integers stays as it is', () => {
  const b = new GraphBuilder();
  const zero = () => b.constant({ type: 'int8', dims: [], data: Int8Array.of(0) });
  const weight = b.constant({ type: 'int8', dims: [8, 8], data: new Int8Array(64).fill(3) });
  b.output(
    b.op('MatMul', [b.input('x', 'float32', rows), b.op('DequantizeLinear', [weight, b.constant(0.1), zero()])]),
    'y',
  );
  expect(unshareIntegers(b.build(17)).modified).toBe(false);
});

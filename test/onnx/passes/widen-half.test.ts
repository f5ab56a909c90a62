import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { halfToNumber } from '../../../src/numbers.ts';
import { GraphBuilder } from '../../../src/onnx/model.ts';
import { widenHalf } from '../../../src/onnx/passes/widen-half.ts';
import { DataType, SparseTensorProtoSchema, ValueInfoProtoSchema } from '../../../src/onnx/proto.ts';
import { tensorProto } from '../../../src/onnx/tensor.ts';
import { makeTypeProto } from '../../../src/onnx/types.ts';
import type { Value } from '../../../src/onnx/value.ts';
import type { Tensor } from '../../../src/tensor.ts';
import { type Feeds, ints, random, runModel } from '../ort.ts';

const halves = (dims: readonly number[], seed: number): Tensor => ({
  type: 'float16',
  dims,
  data: new Uint16Array(new Float16Array(random(dims, seed).data).buffer),
});

function expectNear(actual: Feeds, expected: Feeds): void {
  for (const [name, { type, dims, data }] of Object.entries(expected)) {
    expect(actual[name]).toMatchObject({ type, dims });
    const numbers = ({ data: values }: Pick<Tensor, 'data'>) =>
      Array.from(values as Float32Array, (x) => (type === 'float16' ? halfToNumber(x) : x));
    for (const [at, x] of numbers({ data }).entries()) expect(numbers(actual[name]!)[at]).toBeCloseTo(x, 1);
  }
}

test('computes a model of float16 in float32, with inputs and outputs as they were', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', 'float16', [1, 3, 8, 8]);
  const y = b.op('Relu', [b.op('Conv', [x, b.constant(halves([4, 3, 3, 3], 1)), b.constant(halves([4], 2))])]);
  const sum = b.op('Add', [y, b.op('ConstantOfShape', [b.op('Shape', [y])], { value: halves([1], 5) })]);
  b.output(y, 'y', { type: 'float16', dims: [1, 4, 6, 6] });
  b.output(b.op('Cast', [b.op('Mul', [sum, y])], { to: DataType.FLOAT }), 'wide', {
    type: 'float32',
    dims: [1, 4, 6, 6],
  });
  const source = b.build(13);
  const model = source.clone();
  expect(widenHalf(model).modified).toBe(true);
  expect(model.graph.nodes.find((node) => node.is('Conv'))!.input(1)!.staticInfo.type).toBe('float32');
  const feeds = { x: halves([1, 3, 8, 8], 3) };
  expectNear(await runModel(model, feeds), await runModel(source, feeds));
});

test('drops the casts between float16 and float32 inside', async () => {
  const b = new GraphBuilder();
  const half = b.op('Cast', [b.input('x', 'float32', [2, 8])], { to: DataType.FLOAT16 });
  const product = b.op('MatMul', [half, b.constant(halves([8, 8], 1))]);
  const soft = b.op('Softmax', [b.op('Cast', [product], { to: DataType.FLOAT })]);
  b.output(soft, 'y', { type: 'float32', dims: [2, 8] });
  b.output(b.op('Cast', [b.op('Greater', [product, half])], { to: DataType.FLOAT16 }), 'z', {
    type: 'float16',
    dims: [2, 8],
  });
  const source = b.build(13);
  const model = source.clone();
  expect(widenHalf(model).modified).toBe(true);
  // Of what was compared to a number, and that number to the output's type.
  expect(model.graph.nodes.filter((node) => node.is('Cast'))).toHaveLength(2);
  const feeds = { x: random([2, 8], 4) };
  expectNear(await runModel(model, feeds), await runModel(source, feeds));
});

test('finds float16 that nothing but the casts around it tells of', async () => {
  const b = new GraphBuilder();
  const half = (value: Value) => b.op('Cast', [value], { to: DataType.FLOAT16 });
  const product = b.op('MatMul', [half(b.input('x', 'float32', [2, 8])), half(b.constant(random([8, 8], 1)))]);
  b.output(b.op('Cast', [product], { to: DataType.FLOAT }), 'y', { type: 'float32', dims: [2, 8] });
  const source = b.build(13).clone();
  const model = source.clone();
  expect(widenHalf(model).modified).toBe(true);
  expect(model.graph.nodes.map(({ op }) => op)).not.toContain('Cast');
  const feeds = { x: random([2, 8], 4) };
  expectNear(await runModel(model, feeds), await runModel(source, feeds));
});

test('knows the attributes that newer operator sets name element types by, or that go with them', async () => {
  const b = new GraphBuilder();
  const half = b.op('Cast', [b.input('x', 'float32', [2, 8])], { to: DataType.FLOAT16, saturate: 1 });
  const scale = b.constant({ type: 'float16', dims: [], data: Uint16Array.of(0x2e66) });
  const quantized = b.op('QuantizeLinear', [half, scale], { output_dtype: DataType.INT8 });
  const back = b.op('DequantizeLinear', [quantized, scale], { output_dtype: DataType.FLOAT16 });
  const product = b.op('MatMul', [b.op('Add', [back, half]), b.constant(halves([8, 8], 1))]);
  b.output(b.op('Cast', [product], { to: DataType.FLOAT, saturate: 1 }), 'y', { type: 'float32', dims: [2, 8] });
  const source = b.build(23);
  const model = source.clone();
  expect(widenHalf(model).modified).toBe(true);
  const feeds = { x: random([2, 8], 4) };
  expectNear(await runModel(model, feeds), await runModel(source, feeds));
});

test.each(['declared', 'undeclared'])('keeps the type of an output that is listed twice, %s', async (how) => {
  const b = new GraphBuilder();
  const info = how === 'declared' ? ({ type: 'float16', dims: [2, 8] } as const) : undefined;
  const y = b.output(b.op('MatMul', [b.input('x', 'float16', [2, 8]), b.constant(halves([8, 8], 1))]), 'y', info);
  b.graph.addOutput(y, info);
  b.output(b.op('Relu', [y]), 'z', info);
  const source = b.build(13).clone();
  const model = source.clone();
  expect(widenHalf(model).modified).toBe(true);
  const [first, second] = model.clone().proto.graph!.output;
  expect(first).toEqual(second);
  const feeds = { x: halves([2, 8], 3) };
  expectNear(await runModel(model, feeds), await runModel(source, feeds));
});

test.each(['SequenceConstruct', 'Optional'])('widens what a %s holds, as the file describes it', async (op) => {
  const b = new GraphBuilder();
  const held = b.op(op, [b.op('Relu', [b.input('x', 'float16', [2, 8])])]);
  const index = b.constant({ type: 'int64', dims: [], data: BigInt64Array.of(0n) });
  const back = op === 'Optional' ? b.op('OptionalGetElement', [held]) : b.op('SequenceAt', [held, index]);
  b.output(b.op('MatMul', [back, b.constant(halves([8, 8], 1))]), 'y', { type: 'float16', dims: [2, 8] });
  const elemType = makeTypeProto('float16', [2, 8]);
  const value = { case: op === 'Optional' ? 'optionalType' : 'sequenceType', value: { elemType } } as const;
  held.info = create(ValueInfoProtoSchema, { name: held.name, type: { value } });
  const source = b.build(15).clone();
  const model = source.clone();
  expect(widenHalf(model).modified).toBe(true);
  const feeds = { x: halves([2, 8], 3) };
  expectNear(await runModel(model, feeds), await runModel(source, feeds));
});

test('widens sparse constants, and knows a mask from a number', async () => {
  const b = new GraphBuilder();
  const sparse = b.constant(0, 'sparse');
  sparse.initializer = undefined;
  sparse.sparseInitializer = create(SparseTensorProtoSchema, {
    dims: [8n, 8n],
    values: tensorProto(halves([3], 1), sparse.name),
    indices: tensorProto(ints([1, 20, 40])),
  });
  const product = b.op('MatMul', [b.input('x', 'float16', [2, 8]), sparse]);
  const [kept, mask] = b.ops('Dropout', [product], {}, { outputs: 2 });
  b.output(b.op('Mul', [kept, b.op('Cast', [mask], { to: DataType.FLOAT16 })]), 'y', { type: 'float16', dims: [2, 8] });
  const source = b.build(13).clone();
  const model = source.clone();
  expect(widenHalf(model).modified).toBe(true);
  const feeds = { x: halves([2, 8], 3) };
  expectNear(await runModel(model, feeds), await runModel(source, feeds));
});

test.each([
  ['is no tensor', (b: GraphBuilder, y: Value) => b.output(b.op('SequenceConstruct', [y]), 'y')],
  [
    'has a type that no rule knows',
    (b: GraphBuilder, y: Value) => b.output(b.op('Mystery', [y], {}, { domain: 'own' })),
  ],
])('leaves a model of which an output %s', (_, end) => {
  const b = new GraphBuilder();
  end(b, b.op('MatMul', [b.input('x', 'float16', [2, 8]), b.constant(halves([8, 8], 1))]));
  expect(widenHalf(b.build(13)).modified).toBe(false);
});

test('leaves a model without float16', () => {
  const b = new GraphBuilder();
  b.output(b.op('Relu', [b.input('x', 'float32', [2])]), 'y');
  expect(widenHalf(b.build(13)).modified).toBe(false);
});

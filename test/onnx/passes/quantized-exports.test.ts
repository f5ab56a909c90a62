import { expect, test } from 'vitest';
import { GraphBuilder, type OnnxModel } from '../../../src/onnx/model.ts';
import { dequantizeLate } from '../../../src/onnx/passes/dequantize-late.ts';
import { foldQuantizedConstants } from '../../../src/onnx/passes/fold-quantized-constants.ts';
import { removeIdleClips } from '../../../src/onnx/passes/remove-idle-clips.ts';
import { DataType } from '../../../src/onnx/proto.ts';
import type { Value } from '../../../src/onnx/value.ts';
import { expectSame, ints, random, runModel } from '../ort.ts';

const dims = [2, 3, 4, 4];
const feeds = { x: { ...random(dims, 7), data: random(dims, 7).data.map((value) => 4 * value) } };

const zeroPoint = (type: 'uint8' | 'int8', ...values: number[]) => ({
  type,
  dims: values.length > 1 ? [values.length] : [],
  data: type === 'uint8' ? Uint8Array.from(values) : Int8Array.from(values),
});

/** A graph from x to y, x quantized first. */
function graphOf(
  make: (b: GraphBuilder, x: Value) => Value,
  { type = 'uint8' as 'uint8' | 'int8', zero = 112, opset = 17 } = {},
): OnnxModel {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', dims);
  const [s, z] = [b.constant(0.065), b.constant(zeroPoint(type, zero))];
  const y = make(b, b.op('DequantizeLinear', [b.op('QuantizeLinear', [x, s, z]), s, z]));
  b.output(y, 'y');
  return b.build(opset);
}

async function same(model: OnnxModel, changed: OnnxModel): Promise<void> {
  expectSame(await runModel(changed, feeds), await runModel(model, feeds));
}

const operators = (model: OnnxModel) => model.graph.nodes.map(({ op }) => op);

const requantized = (b: GraphBuilder, x: Value, scale: number, type: 'uint8' | 'int8', zero: number) => {
  const [s, z] = [b.constant(scale), b.constant(zeroPoint(type, zero))];
  return b.op('DequantizeLinear', [b.op('QuantizeLinear', [x, s, z]), s, z]);
};
const relu6 = (b: GraphBuilder, x: Value) => b.op('Clip', [x, b.constant(0), b.constant(6)]);

const clips: { name: string; idle: boolean; make: (b: GraphBuilder, x: Value) => Value }[] = [
  { name: 'ReLU6 on its own grid', idle: true, make: (b, x) => requantized(b, relu6(b, x), 6 / 255, 'uint8', 0) },
  { name: 'ReLU6 on a smaller grid', idle: true, make: (b, x) => requantized(b, relu6(b, x), 0.02, 'uint8', 0) },
  { name: 'ReLU6 on int8', idle: true, make: (b, x) => requantized(b, relu6(b, x), 6 / 255, 'int8', -128) },
  { name: 'ReLU6 less half a level', idle: true, make: (b, x) => requantized(b, relu6(b, x), 6 / 254.6, 'uint8', 0) },
  { name: 'ReLU6 below half a level', idle: false, make: (b, x) => requantized(b, relu6(b, x), 6 / 254.4, 'uint8', 0) },
  { name: 'ReLU6 on a larger grid', idle: false, make: (b, x) => requantized(b, relu6(b, x), 0.03, 'uint8', 0) },
  { name: 'ReLU6 on a signed grid', idle: false, make: (b, x) => requantized(b, relu6(b, x), 6 / 255, 'uint8', 9) },
  { name: 'Relu', idle: true, make: (b, x) => requantized(b, b.op('Relu', [x]), 0.5, 'uint8', 0) },
  { name: 'Relu on a signed grid', idle: false, make: (b, x) => requantized(b, b.op('Relu', [x]), 0.05, 'int8', 0) },
  {
    name: 'Relu that something else reads',
    idle: false,
    make: (b, x) => {
      const y = b.op('Relu', [x]);
      return b.op('Add', [requantized(b, y, 0.05, 'uint8', 0), y]);
    },
  },
];

test.each(clips)('a clip that quantization does itself goes: $name', async ({ idle, make }) => {
  const model = graphOf(make);
  const changed = model.clone();
  expect(removeIdleClips(changed).modified).toBe(idle);
  expect(operators(changed).some((op) => op === 'Clip' || op === 'Relu')).toBe(!idle);
  await same(model, changed);
});

test('a type that a QuantizeLinear without zero point names is its grid', async () => {
  const quantized = (b: GraphBuilder, x: Value) =>
    b.op('DequantizeLinear', [
      b.op('QuantizeLinear', [x, b.constant(0.05)], { output_dtype: DataType.INT8 }),
      b.constant(0.05),
    ]);
  const model = graphOf(
    (b, x) => b.op('Mul', [quantized(b, b.op('Relu', [x])), quantized(b, b.constant(random(dims, 3)))]),
    {
      opset: 21,
    },
  );
  const changed = model.clone();
  expect(removeIdleClips(changed).modified).toBe(false);
  expect(foldQuantizedConstants(changed).modified).toBe(true);
  await same(model, changed);
});

const late: { name: string; make: (b: GraphBuilder, x: Value) => Value }[] = [
  { name: 'Relu', make: (b, x) => b.op('Relu', [x]) },
  { name: 'Relu and Flatten', make: (b, x) => b.op('Flatten', [b.op('Relu', [x])]) },
  {
    name: 'MaxPool',
    make: (b, x) => b.op('MaxPool', [x], { kernel_shape: { ints: [2, 2] }, pads: { ints: [1, 1, 1, 1] } }),
  },
  { name: 'Transpose', make: (b, x) => b.op('Transpose', [x], { perm: { ints: [0, 2, 3, 1] } }) },
  { name: 'Reshape', make: (b, x) => b.op('Reshape', [x, b.constant(ints([2, -1]))]) },
];

test.each(['uint8', 'int8'] as const)('DequantizeLinear of %s follows what does the same to integers', async (type) => {
  for (const { make } of late) {
    const model = graphOf(make, { type, zero: type === 'uint8' ? 112 : -20 });
    const changed = model.clone();
    expect(dequantizeLate(changed).modified).toBe(true);
    expect(operators(changed).at(-1)).toBe('DequantizeLinear');
    expect(operators(changed)).not.toContain('Relu');
    await same(model, changed);
  }
});

test('it stays where something else reads it too, and goes along a Transpose of a weight with its scales', async () => {
  const model = graphOf((b, x) => {
    const s = b.constant({ type: 'float32', dims: [5], data: Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5) });
    const z = b.constant(zeroPoint('int8', 0, 0, 0, 0, 0));
    const data = Int8Array.from({ length: 20 }, (_, i) => 6 * i - 60);
    const w = b.op('DequantizeLinear', [b.constant({ type: 'int8', dims: [5, 4], data }), s, z], { axis: 0 });
    const product = b.op('MatMul', [b.op('Relu', [x]), b.op('Transpose', [w], { perm: { ints: [1, 0] } })]);
    return b.op('Concat', [product, x], { axis: -1 });
  });
  const changed = model.clone();
  dequantizeLate(changed);
  const product = changed.graph.nodes.find((node) => node.is('MatMul'))!;
  expect(product.inputs.map((value) => value?.producer?.op)).toEqual(['DequantizeLinear', 'DequantizeLinear']);
  expect(operators(changed).filter((op) => op === 'DequantizeLinear')).toHaveLength(3);
  await same(model, changed);
});

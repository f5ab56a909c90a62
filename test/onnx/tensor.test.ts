import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { DataType, TensorProtoSchema } from '../../src/onnx/proto.ts';
import {
  packNibbles,
  rawTensorProto,
  readTensor,
  tensorBytes,
  tensorProto,
  unpackNibbles,
} from '../../src/onnx/tensor.ts';
import type { Tensor } from '../../src/tensor.ts';

const tensors: Tensor[] = [
  { type: 'float32', dims: [3], data: Float32Array.of(1.5, -0, Number.NaN) },
  { type: 'float64', dims: [2, 1], data: Float64Array.of(1e300, 2) },
  { type: 'float16', dims: [2], data: Uint16Array.of(0x3c00, 0x7bff) },
  { type: 'int8', dims: [2], data: Int8Array.of(-128, 127) },
  { type: 'uint8', dims: [2], data: Uint8Array.of(0, 255) },
  { type: 'int16', dims: [1], data: Int16Array.of(-5) },
  { type: 'uint16', dims: [1], data: Uint16Array.of(65535) },
  { type: 'int32', dims: [], data: Int32Array.of(-7) },
  { type: 'uint32', dims: [1], data: Uint32Array.of(4294967295) },
  { type: 'int64', dims: [1], data: BigInt64Array.of(-(2n ** 63n)) },
  { type: 'uint64', dims: [1], data: BigUint64Array.of(2n ** 64n - 1n) },
  { type: 'bool', dims: [2], data: Uint8Array.of(1, 0) },
  { type: 'string', dims: [2], data: ['a', 'ü'] },
  { type: 'float32', dims: [0, 3], data: new Float32Array(0) },
];

test.each(tensors)('$type $dims is written and read back', (tensor) => {
  expect(readTensor(tensorProto(tensor, 't'))).toEqual(tensor);
});

describe('typed fields instead of raw bytes', () => {
  const read = (dataType: DataType, dims: bigint[], fields: object): Tensor =>
    readTensor(create(TensorProtoSchema, { dataType, dims, ...fields }));

  test.each<[string, Tensor, Tensor]>([
    [
      'float_data',
      read(DataType.FLOAT, [2n], { floatData: [0.5, -1] }),
      { type: 'float32', dims: [2], data: Float32Array.of(0.5, -1) },
    ],
    [
      'double_data',
      read(DataType.DOUBLE, [1n], { doubleData: [0.1] }),
      { type: 'float64', dims: [1], data: Float64Array.of(0.1) },
    ],
    [
      'int32_data of int8',
      read(DataType.INT8, [2n], { int32Data: [-1, 127] }),
      { type: 'int8', dims: [2], data: Int8Array.of(-1, 127) },
    ],
    [
      'int32_data of float16',
      read(DataType.FLOAT16, [1n], { int32Data: [0x3c00] }),
      { type: 'float16', dims: [1], data: Uint16Array.of(0x3c00) },
    ],
    [
      'int32_data of int16',
      read(DataType.INT16, [1n], { int32Data: [-2] }),
      { type: 'int16', dims: [1], data: Int16Array.of(-2) },
    ],
    [
      'int32_data of bool',
      read(DataType.BOOL, [2n], { int32Data: [1, 0] }),
      { type: 'bool', dims: [2], data: Uint8Array.of(1, 0) },
    ],
    [
      'int64_data',
      read(DataType.INT64, [1n], { int64Data: [-3n] }),
      { type: 'int64', dims: [1], data: BigInt64Array.of(-3n) },
    ],
    [
      'uint64_data of uint32',
      read(DataType.UINT32, [1n], { uint64Data: [7n] }),
      { type: 'uint32', dims: [1], data: Uint32Array.of(7) },
    ],
  ])('%s', (_, actual, expected) => {
    expect(actual).toEqual(expected);
  });

  test('packed 4-bit numbers in int32_data', () => {
    const proto = create(TensorProtoSchema, { dataType: DataType.INT4, dims: [3n], int32Data: [0x8f, 0x07] });
    expect(Array.from(unpackNibbles(tensorBytes(proto), 3, true))).toEqual([-1, -8, 7]);
  });
});

test('bytes that lie unaligned in their file are read', () => {
  const file = new Uint8Array(13);
  new DataView(file.buffer).setFloat64(5, 2.5, true);
  const proto = rawTensorProto(DataType.DOUBLE, [], file.subarray(5), 'd');
  expect(readTensor(proto).data).toEqual(Float64Array.of(2.5));
  expect(tensorBytes(proto).buffer).toBe(file.buffer);
});

test('aligned bytes are not copied', () => {
  const data = Float32Array.of(1, 2, 3);
  const read = readTensor(tensorProto({ type: 'float32', dims: [3], data })).data as Float32Array;
  expect(read.buffer).toBe(data.buffer);
});

test('4-bit numbers, an odd count of them', () => {
  const signed = Int8Array.of(-8, 7, -1, 0, 3);
  expect(unpackNibbles(packNibbles(signed), 5, true)).toEqual(signed);
  const unsigned = Uint8Array.of(0, 15, 8);
  expect(unpackNibbles(packNibbles(unsigned), 3, false)).toEqual(unsigned);
  expect(rawTensorProto(DataType.INT4, [5], packNibbles(signed)).rawData).toHaveLength(3);
});

test.each([
  [
    'too few bytes',
    create(TensorProtoSchema, { name: 'w', dataType: DataType.FLOAT, dims: [2n, 2n], rawData: new Uint8Array(15) }),
    /'w' is damaged: FLOAT \[2, 2\] needs 16 bytes and has 15/,
  ],
  [
    'no data',
    create(TensorProtoSchema, { name: 'w', dataType: DataType.FLOAT, dims: [1n] }),
    /needs 4 bytes and has 0/,
  ],
  [
    'no numbers',
    create(TensorProtoSchema, { name: 'w', dataType: DataType.BFLOAT16, dims: [1n], rawData: new Uint8Array(2) }),
    /BFLOAT16/,
  ],
  [
    'a type of the future',
    create(TensorProtoSchema, { name: 'w', dataType: 99, dims: [1n], rawData: new Uint8Array(2) }),
    /type 99/,
  ],
  [
    'a negative dimension',
    create(TensorProtoSchema, { name: 'w', dataType: DataType.FLOAT, dims: [-1n], rawData: new Uint8Array(4) }),
    /'w'/,
  ],
])('%s is a UserError that names the tensor', (_, proto, message) => {
  expect(() => readTensor(proto)).toThrow(
    expect.objectContaining({ name: 'UserError', message: expect.stringMatching(message) }),
  );
});

test('bytes that do not fit the dims are a mistake of the caller', () => {
  expect(() => rawTensorProto(DataType.UINT8, [3], new Uint8Array(2), 'w')).toThrow(
    /'w': 2 bytes for UINT8 \[3\], needs 3/,
  );
});

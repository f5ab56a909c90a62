import { create } from '@bufbuild/protobuf';
import { UserError } from '../errors.ts';
import { arrayTypes, type NumericValues, type Tensor, type TensorType } from '../tensor.ts';
import { DataLocation, DataType, type TensorProto, TensorProtoSchema } from './proto.ts';
import type { ByteSource } from './source.ts';

/** The element types that our own tensors can hold; https://onnx.ai/onnx/api/classes.html#tensorproto */
const TYPES = new Map<DataType, TensorType>([
  [DataType.FLOAT, 'float32'],
  [DataType.DOUBLE, 'float64'],
  [DataType.FLOAT16, 'float16'],
  [DataType.INT8, 'int8'],
  [DataType.UINT8, 'uint8'],
  [DataType.INT16, 'int16'],
  [DataType.UINT16, 'uint16'],
  [DataType.INT32, 'int32'],
  [DataType.UINT32, 'uint32'],
  [DataType.INT64, 'int64'],
  [DataType.UINT64, 'uint64'],
  [DataType.BOOL, 'bool'],
  [DataType.STRING, 'string'],
]);
const CODES = new Map([...TYPES].map(([code, type]) => [type, code]));

/** Bits of one element; strings have none. */
const BITS = new Map<DataType, number>([
  ...(['UINT2', 'INT2'] as const).map((name) => [DataType[name], 2] as const),
  ...(['UINT4', 'INT4', 'FLOAT4E2M1'] as const).map((name) => [DataType[name], 4] as const),
  ...(['FLOAT6E2M3', 'FLOAT6E3M2'] as const).map((name) => [DataType[name], 8] as const),
  ...(
    ['UINT8', 'INT8', 'BOOL', 'FLOAT8E4M3FN', 'FLOAT8E4M3FNUZ', 'FLOAT8E5M2', 'FLOAT8E5M2FNUZ', 'FLOAT8E8M0'] as const
  ).map((name) => [DataType[name], 8] as const),
  ...(['UINT16', 'INT16', 'FLOAT16', 'BFLOAT16'] as const).map((name) => [DataType[name], 16] as const),
  ...(['UINT32', 'INT32', 'FLOAT'] as const).map((name) => [DataType[name], 32] as const),
  ...(['UINT64', 'INT64', 'DOUBLE', 'COMPLEX64'] as const).map((name) => [DataType[name], 64] as const),
  [DataType.COMPLEX128, 128],
]);

/** Where the bytes of a tensor are that are not in its message; set on loading, so that it can be read by itself. */
const sources = new WeakMap<TensorProto, ByteSource>();

/** The part of a file that holds a tensor's bytes; undefined where the bytes are in the message. */
export function tensorSource(proto: TensorProto): ByteSource | undefined {
  return sources.get(proto);
}

/** What copies of a tensor share and no other tensor has; undefined where its numbers are in the message itself. */
export function sharedBytes(proto: TensorProto): object | undefined {
  return tensorSource(proto) ?? (proto.rawData.length > 0 ? proto.rawData : undefined);
}

export function setTensorSource(proto: TensorProto, source: ByteSource): void {
  sources.set(proto, source);
}

/** Another message for the same numbers, whose name may differ; the numbers are shared. */
export function copyTensor(proto: TensorProto): TensorProto {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(proto)), proto) as TensorProto;
  const source = sources.get(proto);
  if (source) sources.set(copy, source);
  return copy;
}

export function isExternal(proto: TensorProto): boolean {
  return proto.dataLocation === DataLocation.EXTERNAL;
}

/** The name of an ONNX element type in our tensors, or undefined where they have none (bfloat16, float8, int4, ...). */
export function tensorType(dataType: number): TensorType | undefined {
  return TYPES.get(dataType);
}

export function dataTypeOf(type: TensorType): DataType {
  return CODES.get(type) as DataType;
}

/** `FLOAT`, `INT4`, ... as the specification writes it. */
export function dataTypeName(dataType: number): string {
  return DataType[dataType] ?? `type ${dataType}`;
}

export function isTensorProto(tensor: Tensor | TensorProto): tensor is TensorProto {
  return '$typeName' in tensor;
}

/** Product of the dims; 1 for a scalar. */
export function elementCount(proto: TensorProto): number {
  return proto.dims.reduce((product, dim) => product * Number(dim), 1);
}

/** Bytes that `count` elements take in raw_data; 2- and 4-bit types are packed. */
export function rawLength(dataType: number, count: number): number {
  const bits = BITS.get(dataType);
  if (bits === undefined) throw new UserError(`tensors of ${dataTypeName(dataType)} have no raw bytes`);
  return Math.ceil((count * bits) / 8);
}

/**
 * A tensor's elements as little-endian bytes, in whichever field or file they are kept. Bytes of raw_data come without a
 * copy; those that are in a file are read anew at every call.
 *
 * @throws UserError where the data does not fit type and dims.
 */
export function tensorBytes(proto: TensorProto): Uint8Array {
  const expected = rawLength(proto.dataType, elementCount(proto));
  const bytes = storedBytes(proto);
  if (bytes.length !== expected) {
    throw new UserError(
      `tensor '${proto.name}' is damaged: ${dataTypeName(proto.dataType)} [${proto.dims.join(', ')}] needs ${expected} bytes and has ${bytes.length}`,
    );
  }
  return bytes;
}

function storedBytes(proto: TensorProto): Uint8Array {
  const source = sources.get(proto);
  if (source) return source.read(0, source.length);
  if (isExternal(proto)) throw new Error(`tensor '${proto.name}' has external data that was not loaded`);
  if (Object.hasOwn(proto, 'rawData')) return proto.rawData;
  // https://github.com/onnx/onnx/blob/main/onnx/onnx.proto: which typed field holds which types.
  switch (proto.dataType) {
    case DataType.FLOAT:
    case DataType.COMPLEX64:
      return asBytes(Float32Array.from(proto.floatData));
    case DataType.DOUBLE:
    case DataType.COMPLEX128:
      return asBytes(Float64Array.from(proto.doubleData));
    case DataType.INT64:
      return asBytes(BigInt64Array.from(proto.int64Data));
    case DataType.UINT64:
      return asBytes(BigUint64Array.from(proto.uint64Data));
    case DataType.UINT32:
      return asBytes(Uint32Array.from(proto.uint64Data, Number));
    case DataType.INT32:
      return asBytes(Int32Array.from(proto.int32Data));
    default:
      return BITS.get(proto.dataType) === 16
        ? asBytes(Uint16Array.from(proto.int32Data))
        : Uint8Array.from(proto.int32Data);
  }
}

function asBytes(array: NumericValues): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/**
 * Reads a tensor. Numbers are a view of the stored bytes where these are aligned: do not write to them.
 *
 * @throws UserError for an element type that our tensors do not have (use tensorBytes), or damaged data.
 */
export function readTensor(proto: TensorProto): Tensor {
  const type = tensorType(proto.dataType);
  if (type === undefined) {
    throw new UserError(
      `tensor '${proto.name}' has elements of ${dataTypeName(proto.dataType)}, which cannot be read as numbers`,
    );
  }
  const dims = proto.dims.map(Number);
  if (type === 'string') return { type, dims, data: proto.stringData.map((bytes) => new TextDecoder().decode(bytes)) };
  const bytes = tensorBytes(proto);
  const Values = arrayTypes[type];
  const width = rawLength(proto.dataType, 1);
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  return { type, dims, data: new Values(aligned.buffer, aligned.byteOffset, bytes.length / width) };
}

/** Makes a TensorProto in raw form. Shares the values' memory: do not change them afterwards. */
export function tensorProto(tensor: Tensor, name = ''): TensorProto {
  const dataType = dataTypeOf(tensor.type);
  if (tensor.type === 'string') {
    return create(TensorProtoSchema, {
      name,
      dataType,
      dims: tensor.dims.map(BigInt),
      stringData: (tensor.data as string[]).map((text) => new TextEncoder().encode(text)),
    });
  }
  return rawTensorProto(dataType, tensor.dims, asBytes(tensor.data as NumericValues), name);
}

/** Makes a TensorProto of any element type from its little-endian bytes; see packNibbles for 4-bit types. */
export function rawTensorProto(dataType: DataType, dims: readonly number[], bytes: Uint8Array, name = ''): TensorProto {
  const proto = create(TensorProtoSchema, {
    name,
    dataType,
    dims: dims.map(BigInt),
    rawData: bytes as Uint8Array<ArrayBuffer>,
  });
  const expected = rawLength(dataType, elementCount(proto));
  if (bytes.length !== expected) {
    throw new Error(
      `tensor '${name}': ${bytes.length} bytes for ${dataTypeName(dataType)} [${dims.join(', ')}], needs ${expected}`,
    );
  }
  return proto;
}

/** Packs one 4-bit number a byte (signed or unsigned) into two a byte, the first in the low half. */
export function packNibbles(values: Int8Array | Uint8Array): Uint8Array {
  const packed = new Uint8Array(Math.ceil(values.length / 2));
  for (let i = 0; i < values.length; i++) {
    packed[i >> 1] = (packed[i >> 1] as number) | (((values[i] as number) & 0xf) << ((i & 1) * 4));
  }
  return packed;
}

/** Undoes packNibbles for `count` numbers. */
export function unpackNibbles(packed: Uint8Array, count: number, signed: boolean): Int8Array | Uint8Array {
  const values = signed ? new Int8Array(count) : new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const nibble = ((packed[i >> 1] as number) >> ((i & 1) * 4)) & 0xf;
    values[i] = signed && nibble > 7 ? nibble - 16 : nibble;
  }
  return values;
}

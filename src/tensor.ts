/** Element types that cross between the stages; the names are those of onnxruntime's JavaScript API. */
export type TensorType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'string';

/** float16 travels as its bits in a Uint16Array, bool as 0/1 in a Uint8Array. */
export type TensorValues =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | string[];

export type NumericType = Exclude<TensorType, 'string'>;
export type NumericValues = Exclude<TensorValues, string[]>;

/** The typed array of each numeric element type. */
export const arrayTypes: Readonly<
  Record<NumericType, new (buffer: ArrayBufferLike, offset?: number, length?: number) => NumericValues>
> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
};

/** A dense row-major tensor. `data.length` is the product of `dims`; a scalar has `dims` []. */
export interface Tensor {
  type: TensorType;
  dims: readonly number[];
  data: TensorValues;
}

/** A graph input or output: dims are numbers, or names of symbolic dimensions, or undefined where nothing is known. */
export interface TensorInfo {
  name: string;
  type: TensorType;
  dims: readonly (number | string | undefined)[];
}

/** How many elements a tensor of these dimensions has; 1 for a scalar. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((count, dim) => count * dim, 1);
}

/** Whether a constant of these dimensions has one number, or one for each channel (axis 1), for a tensor of those, and no more of them. */
export function isPerChannel(dims: readonly number[], of: TensorInfo['dims']): boolean {
  const axis = dims.length - of.length + 1;
  return dims.length <= of.length && dims.every((dim, i) => dim === 1 || (i === axis && dim === of[1]));
}

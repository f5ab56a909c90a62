import { UserError } from '../errors.ts';
import { numberToHalf } from '../numbers.ts';
import type { NumericValues, TensorType } from '../tensor.ts';

type IntegerType = Exclude<TensorType, 'float32' | 'float64' | 'float16' | 'string' | 'bool'>;

const ranges: Record<IntegerType, readonly [bigint, bigint]> = {
  int8: [-128n, 127n],
  uint8: [0n, 255n],
  int16: [-32768n, 32767n],
  uint16: [0n, 65535n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};
const arrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
} as const;

/**
 * Converts numbers to a tensor's type. Nothing is changed silently: a fraction for an integer input, a value out of
 * range, a NaN are errors; float rounding to float32 or float16 is not.
 *
 * @param where names the values in a message, given the index of the bad one
 * @throws UserError
 */
export function convertNumbers(
  values: ArrayLike<number | bigint>,
  type: TensorType,
  where: (index: number) => string,
): NumericValues {
  if (type === 'string') throw new UserError(`${where(0)} holds numbers, and the model wants strings.`);
  const { length } = values;
  if (type === 'int64' || type === 'uint64') return toBigInts(values, type, where);
  if (type === 'float32' || type === 'float64' || type === 'float16') {
    const result = type === 'float64' ? new Float64Array(length) : new Float32Array(length);
    for (let index = 0; index < length; index++) {
      const value = Number(values[index]);
      if (Number.isNaN(value)) throw new UserError(`${where(index)} is NaN; the data must hold numbers only.`);
      result[index] = value;
      if (!Number.isFinite(result[index]) && Number.isFinite(value)) throw outOfRange(value, type, where(index));
    }
    return type === 'float16' ? toFloat16(result as Float32Array, where) : result;
  }
  const bool = type === 'bool';
  const result = bool ? new Uint8Array(length) : new arrays[type](length);
  for (let index = 0; index < length; index++) {
    const value = Number(values[index]);
    result[index] = value;
    // The typed array wraps and truncates: what does not come back as it went in does not fit.
    if (result[index] !== value || (bool && value > 1)) throw outOfRange(value, type, where(index));
  }
  return result;
}

function toBigInts(values: ArrayLike<number | bigint>, type: 'int64' | 'uint64', where: (index: number) => string) {
  const result = type === 'int64' ? new BigInt64Array(values.length) : new BigUint64Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (typeof value === 'number' && !Number.isInteger(value)) throw outOfRange(value, type, where(index));
    const [low, high] = ranges[type];
    const big = BigInt(value);
    if (big < low || big > high) throw outOfRange(value, type, where(index));
    result[index] = big;
  }
  return result;
}

function outOfRange(value: number | bigint, type: TensorType, where: string): UserError {
  if (Number.isNaN(value)) return new UserError(`${where} is NaN; the data must hold numbers only.`);
  const range = type in ranges ? ranges[type as IntegerType] : undefined;
  const wanted =
    type === 'bool' ? 'bool, 0 or 1' : range ? `${type}, whole numbers from ${range[0]} to ${range[1]}` : type;
  return new UserError(`${where} is ${value}, and the model wants ${wanted}.`);
}

function toFloat16(values: Float32Array, where: (index: number) => string): Uint16Array {
  const result = new Uint16Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const bits = numberToHalf(values[index]!);
    if ((bits & 0x7fff) === 0x7c00 && Number.isFinite(values[index])) {
      throw outOfRange(values[index]!, 'float16', where(index));
    }
    result[index] = bits;
  }
  return result;
}

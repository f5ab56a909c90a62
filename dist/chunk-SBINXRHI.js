import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  numberToHalf
} from "./chunk-F3FP2IUP.js";
import {
  UserError
} from "./chunk-76VSL6HO.js";

// src/data/convert.ts
var ranges = {
  int8: [-128n, 127n],
  uint8: [0n, 255n],
  int16: [-32768n, 32767n],
  uint16: [0n, 65535n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n]
};
var arrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array
};
function convertNumbers(values, type, where) {
  if (type === "string") throw new UserError(`${where(0)} holds numbers, and the model wants strings.`);
  const { length } = values;
  if (type === "int64" || type === "uint64") return toBigInts(values, type, where);
  if (type === "float32" || type === "float64" || type === "float16") {
    const result2 = type === "float64" ? new Float64Array(length) : new Float32Array(length);
    for (let index = 0; index < length; index++) {
      const value = Number(values[index]);
      if (Number.isNaN(value)) throw new UserError(`${where(index)} is NaN; the data must hold numbers only.`);
      result2[index] = value;
      if (!Number.isFinite(result2[index]) && Number.isFinite(value)) throw outOfRange(value, type, where(index));
    }
    return type === "float16" ? toFloat16(result2, where) : result2;
  }
  const bool = type === "bool";
  const result = bool ? new Uint8Array(length) : new arrays[type](length);
  for (let index = 0; index < length; index++) {
    const value = Number(values[index]);
    result[index] = value;
    if (result[index] !== value || bool && value > 1) throw outOfRange(value, type, where(index));
  }
  return result;
}
function toBigInts(values, type, where) {
  const result = type === "int64" ? new BigInt64Array(values.length) : new BigUint64Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (typeof value === "number" && !Number.isInteger(value)) throw outOfRange(value, type, where(index));
    const [low, high] = ranges[type];
    const big = BigInt(value);
    if (big < low || big > high) throw outOfRange(value, type, where(index));
    result[index] = big;
  }
  return result;
}
function outOfRange(value, type, where) {
  if (Number.isNaN(value)) return new UserError(`${where} is NaN; the data must hold numbers only.`);
  const range = type in ranges ? ranges[type] : void 0;
  const wanted = type === "bool" ? "bool, 0 or 1" : range ? `${type}, whole numbers from ${range[0]} to ${range[1]}` : type;
  return new UserError(`${where} is ${value}, and the model wants ${wanted}.`);
}
function toFloat16(values, where) {
  const result = new Uint16Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const bits = numberToHalf(values[index]);
    if ((bits & 32767) === 31744 && Number.isFinite(values[index])) {
      throw outOfRange(values[index], "float16", where(index));
    }
    result[index] = bits;
  }
  return result;
}

export {
  convertNumbers
};

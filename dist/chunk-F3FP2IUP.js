import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));

// src/numbers.ts
function roundHalfToEven(x) {
  return Math.abs(x) < 2 ** 51 ? x + 1.5 * 2 ** 52 - 1.5 * 2 ** 52 : Math.round(x);
}
var scratch = new DataView(new ArrayBuffer(4));
function numberToHalf(value) {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = bits >>> 16 & 32768;
  const magnitude = bits & 2147483647;
  if (magnitude >= 2139095040) return sign | 31744 | (magnitude > 2139095040 ? 512 : 0);
  if (magnitude < 947912704) return sign | roundHalfToEven(Math.abs(value) * 2 ** 24);
  const rounded = magnitude + 4095 + (magnitude >>> 13 & 1);
  return rounded >= 1199570944 ? sign | 31744 : sign | rounded - 939524096 >>> 13;
}
function halfToNumber(bits) {
  const sign = bits & 32768 ? -1 : 1;
  const exponent = bits >> 10 & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export {
  roundHalfToEven,
  numberToHalf,
  halfToNumber
};

import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));

// src/tensor.ts
function sizeOf(dims) {
  return dims.reduce((count, dim) => count * dim, 1);
}
function isPerChannel(dims, of) {
  const axis = dims.length - of.length + 1;
  return dims.every((dim, i) => dim === 1 || i === axis && dim === of[1]);
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
  sizeOf,
  isPerChannel,
  halfToNumber
};

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

export {
  sizeOf,
  isPerChannel
};

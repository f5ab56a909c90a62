import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));

// src/runtime/tensors.ts
function toOrt(ort, { type, data, dims }) {
  const tensor = new ort.Tensor(type, data, dims);
  return type === "float16" ? Object.assign(tensor, { cpuData: data }) : tensor;
}
function fromOrt({ type, dims, data }) {
  const bits = type === "float16" && !(data instanceof Uint16Array);
  const values = bits ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data;
  return { type, dims, data: values };
}

export {
  toOrt,
  fromOrt
};

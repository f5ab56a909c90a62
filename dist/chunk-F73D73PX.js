import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  sizeOf,
  tensorBytes
} from "./chunk-2VKI3IRN.js";
import {
  UserError
} from "./chunk-76VSL6HO.js";

// src/data/batch.ts
function batchAxes(inputs) {
  const symbols = /* @__PURE__ */ new Set();
  for (const { dims } of inputs) if (typeof dims[0] === "string") symbols.add(dims[0]);
  const axes = {};
  for (const { name, dims } of inputs) {
    const symbolic = dims.findIndex((dim) => typeof dim === "string" && (symbols.has(dim) || /^(batch|n$)/i.test(dim)));
    const first = dims[0];
    if (symbolic >= 0) axes[name] = symbolic;
    else axes[name] = dims.length > 0 && (typeof first !== "number" || first === 1) ? 0 : void 0;
  }
  return axes;
}
function stackFeeds(samples, axes) {
  const first = samples[0];
  if (!first) throw new RangeError("a batch of no samples");
  if (samples.length === 1) return { ...first.inputs };
  const feeds = {};
  for (const [name, tensor] of Object.entries(first.inputs)) {
    const axis = axes && Object.hasOwn(axes, name) ? axes[name] : tensor.dims.length > 0 ? 0 : void 0;
    const parts = samples.map((sample) => {
      const part = sample.inputs[name];
      if (!part) throw new Error(`${sample.id} lacks input ${name}`);
      if (part.dims.join() !== tensor.dims.join()) {
        throw new UserError(
          `${first.id} and ${sample.id} cannot share a batch: input "${name}" is [${tensor.dims}] in one and [${part.dims}] in the other. Use batch 1, or make all samples one size (padding: max-length, crop, length).`
        );
      }
      return part;
    });
    feeds[name] = axis === void 0 ? constant(name, samples, parts) : concatenate(parts, axis);
  }
  return feeds;
}
function constant(name, samples, parts) {
  const [first, ...rest] = parts;
  const bytes = tensorBytes(first);
  const other = rest.findIndex((part) => Buffer.compare(tensorBytes(part), bytes) !== 0);
  if (other >= 0) {
    throw new UserError(
      `${samples[0]?.id} and ${samples[other + 1]?.id} cannot share a batch: input "${name}" has no batch axis and differs between them. Use batch 1.`
    );
  }
  return first;
}
function concatenate(parts, axis) {
  const { type, dims } = parts[0];
  const outer = sizeOf(dims.slice(0, axis));
  const joined = dims.map((dim, at) => at === axis ? dim * parts.length : dim);
  const block = sizeOf(dims.slice(axis));
  if (type === "string") {
    const data2 = Array.from(
      { length: outer },
      (_, row) => parts.flatMap((part) => part.data.slice(row * block, (row + 1) * block))
    ).flat();
    return { type, dims: joined, data: data2 };
  }
  const arrays = parts.map((part) => part.data);
  const data = new arrays[0].constructor(outer * block * parts.length);
  for (let row = 0; row < outer; row++) {
    for (const [at, array] of arrays.entries()) {
      data.set(array.subarray(row * block, (row + 1) * block), (row * parts.length + at) * block);
    }
  }
  return { type, dims: joined, data };
}

export {
  batchAxes,
  stackFeeds
};

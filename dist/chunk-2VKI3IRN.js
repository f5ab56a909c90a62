import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));

// src/tensor.ts
var arrayTypes = {
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
  bool: Uint8Array
};
function sizeOf(dims) {
  return dims.reduce((count, dim) => count * dim, 1);
}
function isPerChannel(dims, of) {
  const axis = dims.length - of.length + 1;
  return dims.length <= of.length && dims.every((dim, i) => dim === 1 || i === axis && dim === of[1]);
}

// src/data/store.ts
import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { endianness } from "node:os";
var storeFormat = "quant-gate-feeds-3";
function openStore(reference) {
  const { path, range } = typeof reference === "string" ? { path: reference, range: void 0 } : reference;
  const index = readIndex(path);
  const store = storeOf(path, index);
  return range ? sliceStore(store, range.from, range.to) : store;
}
function readIndex(path) {
  const index = JSON.parse(readFileSync(`${path}.json`, "utf8"));
  if (index.format !== storeFormat) throw new Error(`${path}.json: format ${index.format}, this is ${storeFormat}`);
  return index;
}
function storeOf(path, index) {
  const samples = index.samples.map(({ id, inputs, label, digest }) => ({
    id,
    inputs,
    digest,
    ...label && { label: label.kind === "tensor" ? new StoredTensorLabel(path, label) : label }
  }));
  return {
    path,
    samples,
    digest: digestOf(samples),
    ...index.classes && { classes: index.classes }
  };
}
var StoredTensorLabel = class {
  kind = "tensor";
  digest;
  #path;
  #stored;
  constructor(path, label) {
    this.#path = path;
    this.#stored = label.stored;
    this.digest = label.digest;
  }
  get tensor() {
    const fd = openSync(this.#path, "r");
    try {
      return readTensor(fd, this.#stored);
    } finally {
      closeSync(fd);
    }
  }
};
function shapeKey(inputs) {
  return JSON.stringify(Object.entries(inputs).map(([name, { dims }]) => [name, dims]));
}
function sliceStore(store, from, to = store.samples.length) {
  const base = store.range?.from ?? 0;
  const samples = store.samples.slice(from, to);
  return {
    ...store,
    samples,
    digest: digestOf(samples),
    range: { from: base + from, to: base + from + samples.length }
  };
}
function storeReference({ path, range }) {
  return range ? { path, range } : { path };
}
function digestOf(samples) {
  const hash = createHash("sha256");
  for (const { id, inputs, label, digest } of samples) {
    const shapes = Object.entries(inputs).map(([name, { type, dims }]) => [name, type, dims]);
    hash.update(JSON.stringify([id, shapes, digest, label?.kind === "tensor" ? labelDigest(label) : label]));
  }
  return hash.digest("hex");
}
function labelDigest(label) {
  if (label instanceof StoredTensorLabel) return label.digest;
  return createHash("sha256").update(tensorBytes(label.tensor)).digest("hex");
}
function readSample(store, index, fd) {
  const sample = store.samples[index];
  if (!sample) throw new RangeError(`sample ${index} of ${store.samples.length}`);
  const open = fd ?? openSync(store.path, "r");
  try {
    const inputs = {};
    for (const [name, stored] of Object.entries(sample.inputs)) inputs[name] = readTensor(open, stored);
    return { id: sample.id, inputs, ...sample.label && { label: sample.label } };
  } finally {
    if (fd === void 0) closeSync(open);
  }
}
function readTensor(fd, { type, dims, offset, bytes }) {
  const buffer = new ArrayBuffer(bytes);
  const view = new Uint8Array(buffer);
  let done = 0;
  while (done < bytes) {
    const count = readSync(fd, view, done, bytes - done, offset + done);
    if (count === 0)
      throw new Error(`the store of decoded data ends ${bytes - done} bytes early; it was cut or replaced`);
    done += count;
  }
  return { type, dims, data: bytesToValues(type, buffer) };
}
function bytesToValues(type, buffer) {
  if (type === "string") return JSON.parse(new TextDecoder().decode(buffer));
  assertLittleEndian();
  return new arrayTypes[type](buffer);
}
function tensorBytes({ type, data }) {
  if (type === "string" || Array.isArray(data)) return new TextEncoder().encode(JSON.stringify(data));
  assertLittleEndian();
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
function assertLittleEndian() {
  if (endianness() !== "LE") throw new Error("a big-endian machine cannot read little-endian tensors in place");
}

export {
  arrayTypes,
  sizeOf,
  isPerChannel,
  storeFormat,
  openStore,
  readIndex,
  storeOf,
  shapeKey,
  sliceStore,
  storeReference,
  readSample,
  readTensor,
  tensorBytes
};

import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  batchAxes,
  stackFeeds
} from "./chunk-F73D73PX.js";
import {
  openStore,
  readSample,
  sizeOf,
  storeFormat,
  tensorBytes
} from "./chunk-2VKI3IRN.js";
import {
  fromOrt,
  toOrt
} from "./chunk-V2K54ILI.js";
import {
  defineJob
} from "./chunk-GJ3MWU23.js";
import {
  tensorInfos
} from "./chunk-OVWQFC67.js";
import {
  temporaryPath
} from "./chunk-WIJZFTFA.js";
import {
  UserError
} from "./chunk-76VSL6HO.js";

// src/runtime/run-store.ts
import { createHash } from "node:crypto";
import { closeSync as closeSync2, openSync as openSync2 } from "node:fs";

// src/data/store-writer.ts
import { closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
var alignment = 64;
var bufferBytes = 4 << 20;
var StoreWriter = class {
  index;
  #path;
  #temporary;
  #fd;
  #isOpen = true;
  #parts = [];
  #buffered = 0;
  /** A tensor that many samples share (the same object) is written once. */
  #written = /* @__PURE__ */ new WeakMap();
  /** @param path of the store's file, in a folder that is there; the index is `path + '.json'` */
  constructor(path, about = {}) {
    this.#path = path;
    this.#temporary = temporaryPath(path);
    this.#fd = openSync(this.#temporary, "wx");
    this.index = { format: storeFormat, ...about, bytes: 0, samples: [] };
  }
  /** @param tensor must not be changed afterwards: it is written when the buffer is full */
  write(tensor) {
    const known = this.#written.get(tensor);
    if (known) return known;
    const bytes = tensorBytes(tensor);
    this.#append(new Uint8Array((alignment - this.index.bytes % alignment) % alignment));
    const stored = { type: tensor.type, dims: [...tensor.dims], offset: this.index.bytes, bytes: bytes.length };
    this.#append(bytes);
    this.#written.set(tensor, stored);
    if (this.#buffered >= bufferBytes) this.#flush();
    return stored;
  }
  add(sample) {
    this.index.samples.push(sample);
  }
  /** Puts the file and its index in their places. */
  finish(more = {}) {
    this.#flush();
    this.#close();
    const index = { ...this.index, ...more };
    const place = `${this.#path}.json`;
    rmSync(place, { force: true });
    renameSync(this.#temporary, this.#path);
    const temporary = temporaryPath(place);
    writeFileSync(temporary, JSON.stringify(index));
    renameSync(temporary, place);
    return index;
  }
  /** Leaves what was there before; after `finish` it does nothing. */
  abandon() {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }
  #append(bytes) {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#buffered += bytes.length;
    this.index.bytes += bytes.length;
  }
  #flush() {
    const bytes = Buffer.concat(this.#parts, this.#buffered);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done, bytes.length - done);
    this.#parts = [];
    this.#buffered = 0;
  }
  #close() {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }
};

// src/runtime/run-store.ts
var runStoreJob = defineJob("run-store", async (context, params) => {
  const session = await context.sessions.open(params.session);
  const fetches = params.outputs ?? session.outputNames;
  const inputs = tensorInfos(session.inputMetadata);
  const axes = batchAxes(inputs);
  const outputAxes = outputBatchAxes(inputs, axes, tensorInfos(session.outputMetadata));
  const store = openStore(params.store);
  const { to: path, key } = params;
  const writer = path === void 0 ? void 0 : new StoreWriter(path, key === void 0 ? {} : { key });
  const collected = [];
  const result = { samples: store.samples.length, nans: {}, inferenceMs: 0 };
  const found = /* @__PURE__ */ new Map();
  const fd = openSync2(store.path, "r");
  try {
    for (let from = 0; from < store.samples.length; from += params.batch) {
      const to = Math.min(from + params.batch, store.samples.length);
      const samples = Array.from({ length: to - from }, (_, index) => readSample(store, from + index, fd));
      const feeds = Object.fromEntries(
        Object.entries(stackFeeds(samples, axes)).map(([name, tensor]) => [name, toOrt(context.ort, tensor)])
      );
      const start = performance.now();
      const outputs = await session.run(feeds, fetches);
      result.inferenceMs += performance.now() - start;
      const batch = Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)]);
      for (const [index, { id }] of samples.entries()) {
        const own = {};
        for (const [name, tensor] of batch) {
          const part = slice(name, tensor, outputAxes[name], index, samples.length);
          const nans = countNans(part);
          if (nans > 0) {
            const before = found.get(name) ?? { count: 0, first: id };
            found.set(name, { ...before, count: before.count + nans });
          }
          own[name] = part;
        }
        if (writer) writer.add(writeOutputs(writer, id, own));
        else collected.push(own);
      }
      context.progress(to, store.samples.length);
    }
    result.nans = Object.fromEntries(found);
    writer?.finish({ nans: result.nans });
  } finally {
    writer?.abandon();
    closeSync2(fd);
  }
  return writer ? result : { ...result, outputs: collected };
});
function outputBatchAxes(inputs, axes, outputs) {
  const symbols = /* @__PURE__ */ new Set();
  for (const { name, dims } of inputs) {
    const axis = axes[name];
    if (axis !== void 0 && typeof dims[axis] === "string") symbols.add(dims[axis]);
  }
  return Object.fromEntries(
    outputs.map(({ name, dims }) => [
      name,
      Math.max(
        0,
        dims.findIndex((dim) => symbols.has(dim))
      )
    ])
  );
}
function slice(name, tensor, axis = 0, index, count) {
  if (count === 1) return tensor;
  const { type, dims, data } = tensor;
  if (dims[axis] !== count) {
    throw new UserError(
      `output "${name}" is [${dims}] for a batch of ${count}: it cannot be told apart by sample. Use batch 1.`
    );
  }
  const block = sizeOf(dims.slice(axis + 1));
  const outer = sizeOf(dims.slice(0, axis));
  const own = dims.map((dim, at) => at === axis ? 1 : dim);
  const values = data;
  if (outer === 1) return { type, dims: own, data: values.slice(index * block, (index + 1) * block) };
  const parts = Array.from({ length: outer }, (_, row) => {
    const start = (row * count + index) * block;
    return values.slice(start, start + block);
  });
  if (Array.isArray(data)) return { type, dims: own, data: parts.flatMap((part) => [...part]) };
  const joined = new values.constructor(outer * block);
  for (const [row, part] of parts.entries()) joined.set(part, row * block);
  return { type, dims: own, data: joined };
}
function countNans({ type, data }) {
  let count = 0;
  if (type === "float32" || type === "float64") {
    const values = data;
    for (let index = 0; index < values.length; index++) if (Number.isNaN(values[index])) count++;
  } else if (type === "float16") {
    for (const bits of data) if ((bits & 32767) > 31744) count++;
  }
  return count;
}
function writeOutputs(writer, id, outputs) {
  const hash = createHash("sha256");
  const inputs = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    hash.update(tensorBytes(tensor));
    inputs[name] = writer.write(tensor);
  }
  return { id, inputs, digest: hash.digest("hex") };
}

export {
  StoreWriter,
  runStoreJob
};

import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  batchAxes,
  stackFeeds
} from "./chunk-N4M3C4I7.js";
import {
  openStore,
  readSample,
  storeFormat,
  tensorBytes
} from "./chunk-626LV67F.js";
import {
  fromOrt,
  toOrt
} from "./chunk-V2K54ILI.js";
import {
  defineJob
} from "./chunk-GJ3MWU23.js";
import {
  tensorInfos
} from "./chunk-WRBI6IVE.js";
import {
  temporaryPath
} from "./chunk-WIWNDQCD.js";
import {
  UserError
} from "./chunk-XHXPEXMH.js";

// src/runtime/run-store.ts
import { createHash } from "node:crypto";
import { closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from "node:fs";
var runStoreJob = defineJob("run-store", async (context, params) => {
  const session = await context.sessions.open(params.session);
  const fetches = params.outputs ?? session.outputNames;
  const inputs = tensorInfos(session.inputMetadata);
  const axes = batchAxes(inputs);
  const outputAxes = outputBatchAxes(inputs, axes, tensorInfos(session.outputMetadata));
  const store = openStore(params.store);
  const writer = params.to === void 0 ? void 0 : new OutputWriter(params.to, params.key);
  const collected = [];
  const result = { samples: store.samples.length, nans: {}, inferenceMs: 0 };
  const fd = openSync(store.path, "r");
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
            result.nans[name] ??= { count: 0, first: id };
            result.nans[name].count += nans;
          }
          own[name] = part;
        }
        if (writer) writer.add(id, own);
        else collected.push(own);
      }
      context.progress(to, store.samples.length);
    }
    writer?.finish(result.nans);
  } catch (error) {
    writer?.abandon();
    throw error;
  } finally {
    closeSync(fd);
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
  const block = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const outer = dims.slice(0, axis).reduce((product, dim) => product * dim, 1);
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
var alignment = 64;
var OutputWriter = class {
  #path;
  #temporary;
  #fd;
  #index;
  #open = true;
  constructor(path, key) {
    this.#path = path;
    this.#temporary = temporaryPath(path);
    this.#fd = openSync(this.#temporary, "wx");
    this.#index = { format: storeFormat, bytes: 0, samples: [], ...key !== void 0 && { key } };
  }
  add(id, outputs) {
    const hash = createHash("sha256");
    const inputs = {};
    for (const [name, tensor] of Object.entries(outputs)) {
      const bytes = tensorBytes(tensor);
      hash.update(bytes);
      inputs[name] = this.#append(tensor, bytes);
    }
    this.#index.samples.push({ id, inputs, digest: hash.digest("hex") });
  }
  #append({ type, dims }, bytes) {
    const offset = this.#index.bytes;
    for (let done = 0; done < bytes.length; ) {
      done += writeSync(this.#fd, bytes, done, bytes.length - done, offset + done);
    }
    this.#index.bytes = Math.ceil((offset + bytes.length) / alignment) * alignment;
    return { type, dims, offset, bytes: bytes.length };
  }
  finish(nans) {
    this.#close();
    const index = `${this.#path}.json`;
    rmSync(index, { force: true });
    renameSync(this.#temporary, this.#path);
    const temporary = temporaryPath(index);
    writeFileSync(temporary, JSON.stringify({ ...this.#index, nans }));
    renameSync(temporary, index);
  }
  abandon() {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }
  #close() {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }
};

export {
  runStoreJob
};

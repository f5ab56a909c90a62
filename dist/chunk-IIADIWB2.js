import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  stackFeeds
} from "./chunk-F73D73PX.js";
import {
  openStore,
  readSample
} from "./chunk-2VKI3IRN.js";
import {
  fromOrt,
  toOrt
} from "./chunk-V2K54ILI.js";
import {
  defineJob
} from "./chunk-GJ3MWU23.js";

// src/train/shapes-job.ts
var mostNumbers = 4096;
var shapesJob = defineJob(
  "train-shapes",
  async ({ ort, sessions }, { session: spec, store: reference, samples, axes, fromShapes, ranged }) => {
    const session = await sessions.open(spec);
    try {
      const shapes = {};
      const numbers = {};
      const ranges = {};
      const wanted = new Set(fromShapes);
      const inferred = [];
      const measured = [];
      for (const value of session.outputMetadata) {
        if (!value.isTensor) continue;
        const dims = value.shape.filter((dim) => typeof dim === "number");
        const known = dims.length === value.shape.length && dims.length > 0;
        if (known) {
          shapes[value.name] = dims;
          inferred.push(value.name);
        }
        if (!known || wanted.has(value.name) || ranged.includes(value.name)) measured.push(value.name);
      }
      const store = openStore(reference);
      const feeds = stackFeeds(
        samples.map((index) => readSample(store, index)),
        axes
      );
      const given = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
      const outputs = await session.run(given, measured.length > 0 ? measured : session.outputNames.slice(0, 1));
      for (const name of measured) {
        const tensor = outputs[name];
        shapes[name] = [...tensor.dims];
        if (wanted.has(name) && tensor.size <= mostNumbers) numbers[name] = fromOrt(tensor);
        if (ranged.includes(name) && tensor.data instanceof Float32Array) ranges[name] = rangeOf(tensor.data);
      }
      return { shapes, inferred, numbers, ranges };
    } finally {
      await sessions.release(spec);
    }
  }
);
function rangeOf(values) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

export {
  shapesJob
};

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
  shapeKey
} from "./chunk-2VKI3IRN.js";
import {
  toOrt
} from "./chunk-V2K54ILI.js";
import {
  defineJob
} from "./chunk-GJ3MWU23.js";
import {
  tensorInfos
} from "./chunk-OVWQFC67.js";

// src/quantize/recover/channel-means-job.ts
import { closeSync, openSync } from "node:fs";
var meansJob = defineJob(
  "channel-means",
  async ({ ort, sessions }, { session: spec, store: reference, samples, outputs: names, combine, stack = 1 }) => {
    const session = await sessions.open(spec);
    const axes = batchAxes(tensorInfos(session.inputMetadata));
    const store = openStore(reference);
    const sums = {};
    const file = openSync(store.path, "r");
    try {
      const most = isOpen(session.inputMetadata, axes) ? stack : 1;
      for (const group of alike(samples, store, most)) {
        const read = group.map((index) => readSample(store, index, file));
        const feeds = Object.fromEntries(
          Object.entries(stackFeeds(read, axes)).map(([name, tensor]) => [name, toOrt(ort, tensor)])
        );
        const outputs = await session.run(feeds);
        for (const name of names) {
          const data = outputs[name].data;
          sums[name] ??= new Float32Array(data.length).fill(combine === "max" ? -Infinity : 0);
          (combine === "max" ? raise : add)(sums[name], data);
        }
      }
    } finally {
      closeSync(file);
      await sessions.release(spec);
    }
    if (combine !== "max") {
      for (const sum of Object.values(sums)) for (let i = 0; i < sum.length; i++) sum[i] = sum[i] / samples.length;
    }
    return sums;
  }
);
function isOpen(inputs, axes) {
  return tensorInfos(inputs).every(({ name, dims }) => {
    const axis = axes[name];
    const dim = axis === void 0 ? 1 : dims[axis];
    return typeof dim !== "number" && (dims.length >= 4 || /batch|^n$/i.test(dim ?? ""));
  });
}
function alike(samples, { samples: stored }, most) {
  const groups = [];
  let before;
  for (const index of samples) {
    const now = shapeKey(stored[index].inputs);
    const last = groups.at(-1);
    if (last && last.length < most && now === before) last.push(index);
    else groups.push([index]);
    before = now;
  }
  return groups;
}
function add(sum, data) {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i] + data[i];
}
function raise(greatest, data) {
  for (let i = 0; i < greatest.length; i++) greatest[i] = Math.max(greatest[i], data[i]);
}

export {
  meansJob
};

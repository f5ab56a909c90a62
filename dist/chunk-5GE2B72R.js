import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  openStore,
  readSample
} from "./chunk-RPY2JAHJ.js";
import {
  toOrt
} from "./chunk-SEOWJTYF.js";
import {
  defineJob
} from "./chunk-GJ3MWU23.js";

// src/quantize/static/fidelity-job.ts
import { closeSync, openSync } from "node:fs";
var hopelessDb = 0.25;
var leastProbability = 0.01;
var kept = /* @__PURE__ */ new Map();
var fidelityJob = defineJob(
  "fidelity",
  async (context, { reference, variant, store, samples, rival, probabilities = [] }) => {
    const key = JSON.stringify([reference, store, samples]);
    let expected = kept.get(key);
    if (!expected) {
      expected = [];
      for await (const found of run(context, reference, store, samples, probabilities)) expected.push(found);
      kept.set(key, expected);
    }
    const outputs = {};
    for (const [name, values] of Object.entries(expected[0] ?? {})) {
      if (values instanceof Float32Array) outputs[name] = { signal: 0, noise: 0 };
    }
    let index = 0;
    const course = [];
    let behindDb;
    const checkpoints = [Math.ceil(samples.length / 4), Math.ceil(samples.length / 2)];
    for await (const actual of run(context, variant, store, samples, probabilities)) {
      const wanted = expected[index++];
      for (const [name, sums] of Object.entries(outputs)) compare(wanted[name], actual[name], sums);
      if (index !== checkpoints[course.length]) continue;
      const now = sqnr(outputs);
      const behind = (rival?.[course.length] ?? -Infinity) - now;
      course.push(now);
      if (!(behind > hopelessDb)) continue;
      behindDb = behind;
      break;
    }
    return { sqnrDb: sqnr(outputs), course, outputs, ...behindDb !== void 0 && { behindDb } };
  }
);
async function* run({ ort, sessions }, spec, reference, samples, probabilities) {
  const session = await sessions.open(spec);
  const store = openStore(reference);
  const file = openSync(store.path, "r");
  try {
    for (const index of samples) {
      const { inputs } = readSample(store, index, file);
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
      const outputs = await session.run(feeds);
      yield Object.fromEntries(
        Object.entries(outputs).flatMap(
          ([name, { data }]) => data instanceof Float32Array ? [[name, probabilities.includes(name) ? data.map(logarithm) : data]] : []
        )
      );
    }
  } finally {
    closeSync(file);
    await sessions.release(spec);
  }
}
var logarithm = (probability) => Math.log(Math.max(probability, leastProbability));
function compare(wanted, actual, sums) {
  if (wanted.length !== actual.length) {
    for (const value of wanted) sums.signal += value * value;
    sums.noise += Math.max(sums.signal, 1);
    return;
  }
  for (let i = 0; i < wanted.length; i++) {
    const value = wanted[i];
    const other = actual[i];
    if (value === other || !Number.isFinite(value)) continue;
    const difference = value - other;
    sums.noise += difference * difference;
  }
  for (const value of wanted) if (Number.isFinite(value)) sums.signal += value * value;
}
function sqnr(outputs) {
  const ratios = Object.values(outputs).map(({ signal, noise }) => noise === 0 ? 0 : noise / Math.max(signal, 1e-30));
  if (ratios.length === 0) return Infinity;
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  return Number.isNaN(mean) ? -Infinity : -10 * Math.log10(mean);
}

export {
  fidelityJob
};

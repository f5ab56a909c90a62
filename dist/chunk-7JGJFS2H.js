import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  openStore,
  readSample,
  sizeOf
} from "./chunk-2VKI3IRN.js";
import {
  fromOrt,
  toOrt
} from "./chunk-V2K54ILI.js";
import {
  defineJob
} from "./chunk-GJ3MWU23.js";
import {
  halfToNumber
} from "./chunk-F3FP2IUP.js";

// src/quantize/static/fidelity-job.ts
import { closeSync, openSync } from "node:fs";

// src/quantize/static/part-error.ts
var leastProbability = 0.01;
var fewestScores = 1e3;
var rareMean = 0.05;
var logarithm = (probability) => Math.log(Math.max(probability, leastProbability) / leastProbability);
function partOf(output, { places, kind }, background) {
  const own = places ? cut(output, places) : output;
  if (kind !== "softmax") return own;
  if (!background) return { ...own, data: own.data.map(logarithm) };
  const placeOf = placesOf(own.dims, background.axis);
  return { ...own, data: own.data.map((value, at) => placeOf(at) === background.place ? 0 : value) };
}
function cut({ data, dims }, { axis, from, to }) {
  const size = sizeOf(dims.slice(axis + 1));
  const [row, length] = [dims[axis] * size, (to - from) * size];
  const cutData = new Float32Array(data.length / row * length);
  for (let start = 0, at = 0; start < data.length; start += row, at += length) {
    cutData.set(data.subarray(start + from * size, start + to * size), at);
  }
  return { data: cutData, dims: dims.with(axis, to - from) };
}
function expectedParts(samples, parts) {
  const all = samples.map(
    (outputs) => parts.flatMap((part) => {
      const tensor = Object.hasOwn(outputs, part.output) ? outputs[part.output] : void 0;
      return tensor ? [{ part, rare: false, ...partOf(tensor, part) }] : [];
    })
  );
  for (const [index] of (all[0] ?? []).entries()) {
    const same = all.map((sample) => sample[index]);
    const background = backgroundOf(same);
    if (background) {
      for (const [at, { part }] of same.entries()) {
        const scores = partOf(samples[at][part.output], part, background);
        all[at][index] = { part, ...scores, background, rare: true };
      }
      continue;
    }
    const rare = same.every(isDense) && mean(same) < rareMean;
    for (const each of same) each.rare = rare;
  }
  for (const sample of all) {
    const scores = sample.filter(({ rare }) => rare);
    for (const each of sample) if (!each.rare) weigh(each, scores);
  }
  return all;
}
var isDense = ({ part, data }) => part.kind === "sigmoid" && data.length >= fewestScores;
function backgroundOf(same) {
  const [{ part, dims }] = same;
  const axis = part.places?.axis ?? 2;
  if (part.kind !== "softmax" || dims.length !== 3) return void 0;
  if (!same.every((each) => each.data.length >= fewestScores && each.dims[axis] === dims[axis])) return void 0;
  const sums = new Float64Array(dims[axis]);
  let positions = 0;
  for (const each of same) {
    const placeOf = placesOf(each.dims, axis);
    for (const [at, value] of each.data.entries()) sums[placeOf(at)] += leastProbability * Math.exp(value);
    positions += each.data.length / sums.length;
  }
  const place = sums.indexOf(Math.max(...sums));
  return sums[place] / positions > 1 - rareMean ? { axis, place } : void 0;
}
function mean(tensors) {
  let [sum, count] = [0, 0];
  for (const { data } of tensors) {
    for (const value of data) sum += value;
    count += data.length;
  }
  return sum / count;
}
function weigh(each, scores) {
  for (const score of scores) {
    const axis = sharedAxis(each, score);
    if (axis === void 0) continue;
    const best = largest(score, axis);
    const known = each.weights?.axis === axis ? each.weights.values : void 0;
    each.weights = { axis, values: known ? best.map((value, at) => Math.max(value, known[at])) : best };
  }
}
function sharedAxis(one, other) {
  const { length } = one.dims;
  if (other.dims.length !== length || length < 3) return void 0;
  const different = one.dims.flatMap((dim, axis2) => dim === other.dims[axis2] ? [] : [axis2]);
  const known = one.part.places ?? other.part.places;
  const usual = length === 3 ? 2 : 1;
  const axis = known?.axis ?? different[0] ?? usual;
  return different.every((each) => each === axis) ? axis : void 0;
}
function placesOf(dims, axis) {
  const size = sizeOf(dims.slice(axis + 1));
  return (at) => Math.floor(at / size) % dims[axis];
}
function positionsOf(dims, axis) {
  const size = sizeOf(dims.slice(axis + 1));
  const row = dims[axis] * size;
  return (at) => Math.floor(at / row) * size + at % size;
}
function largest({ data, dims }, axis) {
  const positionOf = positionsOf(dims, axis);
  const found = new Float32Array(data.length / dims[axis]);
  for (const [at, value] of data.entries()) {
    const position = positionOf(at);
    if (value > found[position]) found[position] = value;
  }
  return found;
}
function signalOf(expected) {
  const sums = { signal: 0, noise: 0 };
  addError(expected, expected, sums);
  return sums.signal;
}
function addError(expected, actual, sums) {
  const { data, dims, rare, weights } = expected;
  if (data.length !== actual.data.length) {
    const own = data.reduce((sum, value) => sum + value * value, 0);
    sums.signal += own;
    sums.noise += Math.max(own, 1);
    return;
  }
  const positionOf = weights && positionsOf(dims, weights.axis);
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (!Number.isFinite(value)) continue;
    const other = actual.data[i];
    const weight = positionOf ? weights.values[positionOf(i)] : 1;
    const signal = (rare ? value : weight) * value;
    const noise = value === other ? 0 : (rare ? Math.max(value, other) : weight) * (value - other);
    sums.signal += signal * signal;
    sums.noise += noise * noise;
  }
}

// src/quantize/static/fidelity-job.ts
var hopelessDb = 0.25;
var kept = /* @__PURE__ */ new Map();
var fidelityJob = defineJob(
  "fidelity",
  async (context, { reference, variant, store, samples, rival, parts }) => {
    const key = JSON.stringify([reference, store, samples]);
    let expected = kept.get(key);
    if (!expected) {
      const found = [];
      for await (const outputs of runSamples(context, reference, store, samples)) found.push(outputs);
      expected = expectedParts(found, parts);
      kept.set(key, expected);
    }
    const sums = (expected[0] ?? []).map(() => ({ signal: 0, noise: 0 }));
    let index = 0;
    const course = [];
    let behindDb;
    const checkpoints = [Math.ceil(samples.length / 4), Math.ceil(samples.length / 2)];
    for await (const actual of runSamples(context, variant, store, samples)) {
      for (const [at, wanted] of expected[index].entries()) {
        addError(wanted, partOf(actual[wanted.part.output], wanted.part, wanted.background), sums[at]);
      }
      if (++index !== checkpoints[course.length]) continue;
      const now = sqnr(sums);
      const behind = (rival?.[course.length] ?? -Infinity) - now;
      course.push(now);
      if (!(behind > hopelessDb)) continue;
      behindDb = behind;
      break;
    }
    return { sqnrDb: sqnr(sums), course, ...behindDb !== void 0 && { behindDb } };
  }
);
async function* runSamples({ ort, sessions }, spec, reference, samples) {
  const session = await sessions.open(spec);
  const store = openStore(reference);
  const file = openSync(store.path, "r");
  try {
    for (const index of samples) {
      const { inputs } = readSample(store, index, file);
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
      const outputs = await session.run(feeds);
      yield Object.fromEntries(
        Object.entries(outputs).flatMap(([name, output]) => {
          const data = floatsOf(fromOrt(output));
          return data ? [[name, { data, dims: output.dims }]] : [];
        })
      );
    }
  } finally {
    closeSync(file);
    await sessions.release(spec);
  }
}
function floatsOf({ type, data }) {
  if (type === "float16") return Float32Array.from(data, halfToNumber);
  return data instanceof Float32Array ? data : void 0;
}
function sqnr(parts) {
  const ratios = parts.map(({ signal, noise }) => noise === 0 ? 0 : noise / Math.max(signal, 1e-30));
  if (ratios.length === 0) return Infinity;
  const mean2 = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  return Number.isNaN(mean2) ? -Infinity : -10 * Math.log10(mean2);
}

export {
  expectedParts,
  signalOf,
  fidelityJob,
  runSamples
};

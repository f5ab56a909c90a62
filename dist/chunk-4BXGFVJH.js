import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  openStore,
  readSample
} from "./chunk-2VKI3IRN.js";
import {
  toOrt
} from "./chunk-V2K54ILI.js";
import {
  defineJob
} from "./chunk-GJ3MWU23.js";

// src/calibrate/job.ts
import { closeSync, openSync } from "node:fs";

// src/calibrate/histogram.ts
var FloatHistogram = class {
  #counts = new Uint32Array(65536);
  /** Counts beyond 32 bits. */
  #overflow;
  #added = 0;
  /** Counts every `step`th value. */
  add(values, step = 1) {
    const counts = this.#counts;
    const upper = new Uint16Array(values.buffer, values.byteOffset, values.length * 2);
    for (let i = 1; i < upper.length; i += 2 * step) {
      const bin = upper[i];
      counts[bin] = counts[bin] + 1;
    }
    this.#added += values.length;
    if (this.#added > 2 ** 31) this.#spill();
  }
  #spill() {
    this.#overflow ??= new Float64Array(65536);
    for (let i = 0; i < 65536; i++) this.#overflow[i] = this.#overflow[i] + this.#counts[i];
    this.#counts.fill(0);
    this.#added = 0;
  }
  /** The bins that hold something, ascending by value. */
  sparse() {
    const bins = [];
    const counts = [];
    const visit = (bin) => {
      const count = this.#counts[bin] + (this.#overflow?.[bin] ?? 0);
      if (count === 0) return;
      bins.push(bin);
      counts.push(count);
    };
    for (let bin = 65535; bin >= 32768; bin--) visit(bin);
    for (let bin = 0; bin < 32768; bin++) visit(bin);
    return { bins: Uint16Array.from(bins), counts: Float64Array.from(counts) };
  }
};
function finiteRange(values) {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
var word = new Uint32Array(1);
var asFloat = new Float32Array(word.buffer);
function numberOf(bits) {
  word[0] = bits;
  return asFloat[0];
}
function distributionOf({ histogram: { bins, counts }, min, max }) {
  const finite = [];
  let nonFinite = 0;
  bins.forEach((bin, i) => {
    if ((bin & 32640) === 32640) nonFinite += counts[i];
    else finite.push(i);
  });
  const low = new Float64Array(finite.length);
  const high = new Float64Array(finite.length);
  const count = new Float64Array(finite.length);
  let total = 0;
  finite.forEach((from, to) => {
    const bin = bins[from];
    const near = numberOf(bin << 16 >>> 0);
    const next = (bin & 32767) + 1 << 16;
    const far = (bin & 32768 ? -1 : 1) * ((bin & 32767) === 32639 ? 2 ** 128 : numberOf(next));
    const zero = (bin & 32767) === 0;
    low[to] = zero ? 0 : Math.max(Math.min(near, far), min);
    high[to] = zero ? 0 : Math.min(Math.max(near, far), max);
    count[to] = counts[from];
    total += counts[from];
  });
  return { low, high, count, total, nonFinite, min, max };
}
function coarsen(distribution, width) {
  const { low, high, count } = distribution;
  const bins = [];
  for (let i = 0; i < count.length; i++) {
    const last = bins.at(-1);
    const joins = last && high[i] - last[0] <= width && last[0] >= 0 === low[i] >= 0 && last[0] < last[1] && low[i] < high[i];
    if (joins) {
      last[1] = high[i];
      last[2] += count[i];
    } else bins.push([low[i], high[i], count[i]]);
  }
  return {
    ...distribution,
    low: Float64Array.from(bins, (bin) => bin[0]),
    high: Float64Array.from(bins, (bin) => bin[1]),
    count: Float64Array.from(bins, (bin) => bin[2])
  };
}
function mergeStatistics(a, b) {
  const sums = /* @__PURE__ */ new Map();
  for (const { bins: bins2, counts } of [a.histogram, b.histogram]) {
    bins2.forEach((bin, i) => {
      sums.set(bin, (sums.get(bin) ?? 0) + counts[i]);
    });
  }
  const order = (bin) => bin & 32768 ? 32767 - (bin & 32767) : 32768 + bin;
  const bins = [...sums.keys()].sort((x, y) => order(x) - order(y));
  return {
    histogram: { bins: Uint16Array.from(bins), counts: Float64Array.from(bins, (bin) => sums.get(bin)) },
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    meanMin: Math.min(a.meanMin, b.meanMin),
    meanMax: Math.max(a.meanMax, b.meanMax),
    samples: Math.max(a.samples, b.samples)
  };
}
var sampledValues = 16384;
function samplingStep(count) {
  let step = Math.floor(count / sampledValues);
  if (step < 2) return 1;
  while (greatestCommonDivisor(step, count) !== 1) step++;
  return step;
}
function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

// src/calibrate/job.ts
var calibrateJob = defineJob(
  "calibrate",
  async ({ ort, sessions, progress }, { session: spec, store: reference, taps }) => {
    const session = await sessions.open(spec);
    const store = openStore(reference);
    const gathered = /* @__PURE__ */ new Map();
    const file = openSync(store.path, "r");
    try {
      for (let index = 0; index < store.samples.length; index++) {
        const { inputs } = readSample(store, index, file);
        const feeds = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
        const outputs = await session.run(feeds);
        const floats = (name) => {
          const data = outputs[name]?.data;
          if (!(data instanceof Float32Array)) throw new Error(`output '${name}' is not float32`);
          return data;
        };
        for (const { tensor, values, min, max } of taps) {
          const data = values === void 0 ? void 0 : floats(values);
          if (data?.length === 0) continue;
          const least = typeof min === "string" ? extremes(floats(min)).min : min;
          const ends = least !== void 0 && max ? { min: least, max: extremes(floats(max)).max } : extremes(data);
          accumulate(gathered, tensor, data, ends, max ? 1 : samplingStep(data.length));
        }
        progress(index + 1, store.samples.length);
      }
    } finally {
      closeSync(file);
    }
    await sessions.release(spec);
    return Object.fromEntries([...gathered].map(([name, accumulator]) => [name, statistics(accumulator)]));
  }
);
function extremes(values) {
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
function accumulate(gathered, name, data, ends, step) {
  let accumulator = gathered.get(name);
  if (!accumulator) {
    accumulator = { histogram: void 0, min: Infinity, max: -Infinity, sumMin: 0, sumMax: 0, samples: 0 };
    gathered.set(name, accumulator);
  }
  if (data) {
    accumulator.histogram ??= new FloatHistogram();
    accumulator.histogram.add(data, step);
  }
  const finite = Number.isFinite(ends.min) && Number.isFinite(ends.max);
  const { min, max } = finite || !data ? ends : finiteRange(data);
  if (min > max) return;
  accumulator.min = Math.min(accumulator.min, min);
  accumulator.max = Math.max(accumulator.max, max);
  accumulator.sumMin += min;
  accumulator.sumMax += max;
  accumulator.samples += 1;
}
function statistics({ histogram, min, max, sumMin, sumMax, samples }) {
  return {
    histogram: histogram?.sparse() ?? { bins: new Uint16Array(0), counts: new Float64Array(0) },
    min,
    max,
    meanMin: samples ? sumMin / samples : 0,
    meanMax: samples ? sumMax / samples : 0,
    samples
  };
}

export {
  distributionOf,
  coarsen,
  mergeStatistics,
  samplingStep,
  calibrateJob
};

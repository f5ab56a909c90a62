import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  Random
} from "./chunk-54GWRCG5.js";
import {
  batchAxes
} from "./chunk-F73D73PX.js";
import {
  openStore,
  readSample,
  sizeOf,
  storeFormat
} from "./chunk-2VKI3IRN.js";
import {
  toOrt
} from "./chunk-V2K54ILI.js";
import {
  defineJob
} from "./chunk-GJ3MWU23.js";
import {
  sessionOptions,
  tensorInfos
} from "./chunk-OVWQFC67.js";
import {
  convertNumbers
} from "./chunk-SBINXRHI.js";

// src/runtime/profile-job.ts
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

// src/data/generate.ts
import { createHash } from "node:crypto";
var namedSizes = [
  [/batch|^n$/i, 1],
  [/height|width|^[hw]$|image_?size/i, 224],
  [/past|cache/i, 1],
  [/seq|len|time|frames|steps|tokens|^[tls]$/i, 32],
  [/channel|^c$/i, 3]
];
var otherSize = 16;
var imageSide = 224;
var safeIndices = 10;
var namedValues = [
  [/mask/i, () => 1],
  [/token_?type|segment/i, () => 0],
  [/position/i, (at) => at],
  [/^sr$|sample_?rate/i, () => 16e3]
];
function generateInputs(inputs, count, seed) {
  const axes = batchAxes(inputs);
  return {
    description: `generated inputs (${count} samples)`,
    size: count,
    async cacheKey() {
      return createHash("sha256").update(JSON.stringify([storeFormat, "generated", inputs, count, seed])).digest("hex");
    },
    async *samples() {
      for (let index = 0; index < count; index++) {
        const tensors = inputs.map((input) => [
          input.name,
          generate(input, axes[input.name], new Random(seed, `generated ${input.name} ${index}`))
        ]);
        yield { id: `generated[${index}]`, inputs: Object.fromEntries(tensors) };
      }
    }
  };
}
function generate(input, batchAxis, random) {
  const dims = input.dims.map((dim, axis) => axis === batchAxis ? 1 : dimOf(dim, axis, input));
  const size = sizeOf(dims);
  if (input.type === "string") return { type: "string", dims, data: new Array(size).fill("text") };
  const values = input.type.startsWith("float") ? smoothNoise(dims, size, random) : indices(input, size, random);
  return { type: input.type, dims, data: convertNumbers(values, input.type, () => `generated "${input.name}"`) };
}
function dimOf(dim, axis, { dims, type }) {
  if (typeof dim === "number" && dim > 0) return dim;
  const named = typeof dim === "string" ? namedSizes.find(([pattern]) => pattern.test(dim))?.[1] : void 0;
  if (named !== void 0) return named;
  const isImage = dims.length === 4 && type.startsWith("float");
  const channelsLast = dims[3] === 1 || dims[3] === 3;
  if (isImage && axis >= (channelsLast ? 1 : 2)) return imageSide;
  return otherSize;
}
function indices({ name, type }, size, random) {
  const named = namedValues.find(([pattern]) => pattern.test(name))?.[1];
  const most = type === "bool" ? 2 : type === "uint8" ? 256 : safeIndices;
  return Array.from({ length: size }, (_, at) => type === "bool" ? 1 : named?.(at) ?? random.below(most));
}
function smoothNoise(dims, size, random) {
  const width = dims.at(-1) ?? 1;
  const height = dims.length > 1 ? dims.at(-2) : 1;
  const values = new Float64Array(size);
  const waves = 3;
  for (let plane = 0; plane < size; plane += width * height) {
    const parts = Array.from({ length: waves }, () => ({
      across: random.uniform() * 3,
      down: random.uniform() * 3,
      phase: random.uniform() * 2 * Math.PI
    }));
    for (let at = 0; at < width * height; at++) {
      const x = at % width / width;
      const y = Math.floor(at / width) / height;
      let value = random.normal() * Math.sqrt(0.2);
      for (const { across, down, phase } of parts) {
        value += Math.sqrt(0.8 * 2 / waves) * Math.sin(2 * Math.PI * (across * x + down * y) + phase);
      }
      values[plane + at] = value;
    }
  }
  return values;
}

// src/runtime/profile-job.ts
var warmUp = 2;
var profileJob = defineJob("profile", async (context, params) => {
  const folder = await mkdtemp(join(tmpdir(), "quant-gate-profile-"));
  const open = [];
  try {
    for (const [at, spec] of params.sessions.entries()) {
      const options = sessionOptions({ ...spec, profilePrefix: join(folder, `${at}`) });
      open.push(await context.ort.InferenceSession.create(spec.model, options));
    }
    const feeds = await profileFeeds(context, params.feeds, open[0]);
    const total = params.runs + warmUp;
    for (let run = 0; run < total; run++) {
      for (const session of open) await session.run(feeds[run % feeds.length]);
      context.progress(run + 1, total);
    }
    const results = [];
    for (const [at, session] of open.entries()) {
      session.endProfiling();
      const file = (await readdir(folder)).find((name) => name.startsWith(`${at}_`));
      if (!file) throw new Error("ONNX Runtime wrote no profile");
      results.push(readProfile(await readFile(join(folder, file), "utf8"), warmUp, params.quantile));
    }
    return results;
  } finally {
    for (const session of open) await session.release();
    await rm(folder, { recursive: true, force: true });
  }
});
async function profileNodes(worker, session, feeds, runs) {
  const [nodes] = await worker.call(profileJob, { sessions: [session], feeds, runs });
  return nodes;
}
async function profileFeeds({ ort }, feeds, session) {
  const samples = [];
  if ("store" in feeds) {
    const store = openStore(feeds.store);
    const count = Math.min(store.samples.length, feeds.samples ?? 1);
    for (let index = 0; index < count; index++) samples.push(readSample(store, index).inputs);
  } else if ("tensors" in feeds) samples.push(feeds.tensors);
  else {
    const inputs = withSize(tensorInfos(session.inputMetadata), feeds.size);
    for await (const { inputs: made } of generateInputs(inputs, 1, feeds.seed).samples()) samples.push(made);
  }
  return samples.map(
    (sample) => Object.fromEntries(session.inputNames.map((name) => [name, toOrt(ort, sample[name])]))
  );
}
function withSize(inputs, size) {
  if (size === void 0) return [...inputs];
  const axes = batchAxes(inputs);
  return inputs.map((info) => ({
    ...info,
    dims: info.dims.map((dim, axis) => typeof dim === "number" || axis === axes[info.name] ? dim : size)
  }));
}
function readProfile(json, skip, quantile = 0.5) {
  const events = JSON.parse(json).sort((a, b) => a.ts - b.ts);
  const runs = events.filter((event) => event.cat === "Session" && event.name === "model_run").slice(skip);
  const nodes = /* @__PURE__ */ new Map();
  let run = 0;
  for (const event of events) {
    if (event.cat !== "Node" || !event.name.endsWith("_kernel_time") || !event.args) continue;
    while (run < runs.length && event.ts > runs[run].ts + runs[run].dur) run += 1;
    if (run >= runs.length || event.ts < runs[run].ts) continue;
    const name = event.name.slice(0, -"_kernel_time".length);
    let entry = nodes.get(name);
    if (!entry) {
      const { op_name: op = "", provider = "", input_type_shape = [], output_type_shape = [] } = event.args;
      const node = { name, op, provider, microseconds: 0, executions: 0 };
      entry = {
        node: { ...node, inputs: input_type_shape.map(typed), outputs: output_type_shape.map(typed) },
        perRun: new Float64Array(runs.length)
      };
      nodes.set(name, entry);
    }
    entry.perRun[run] += event.dur;
    entry.node.executions += 1 / runs.length;
  }
  return [...nodes.values()].map(({ node, perRun }) => ({ ...node, microseconds: quantileOf(perRun, quantile) }));
}
function typed(entry) {
  const [[type, dims] = ["", []]] = Object.entries(entry);
  return { type, dims };
}
function quantileOf(values, quantile) {
  const sorted = values.slice().sort();
  const at = quantile * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? 0;
  return below + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? below) - below);
}

export {
  generateInputs,
  profileJob,
  profileNodes,
  profileFeeds
};

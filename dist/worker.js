import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  loadOrt,
  meter
} from "./chunk-O22CQTHR.js";
import {
  LoadError,
  Sessions
} from "./chunk-OVWQFC67.js";
import {
  UserError
} from "./chunk-76VSL6HO.js";
import "./chunk-TGMM3ZQG.js";

// src/runtime/serve.ts
var progressEveryMs = 100;
async function serveJobs(table) {
  process.on("disconnect", () => process.exit());
  let ort;
  try {
    ort = await loadOrt();
  } catch (error) {
    reply({ kind: "failed", message: error.message });
    return;
  }
  const time = meter(ort);
  const sessions = new Sessions(ort);
  const jobs = /* @__PURE__ */ new Map();
  async function answer({ call, job: name, params }) {
    let lastProgress = -Infinity;
    const before = { ...time };
    const spent = () => ({ runMs: time.runMs - before.runMs, loadMs: time.loadMs - before.loadMs });
    const progress = (done, total, detail) => {
      const now = performance.now();
      if (now - lastProgress < progressEveryMs) return;
      lastProgress = now;
      reply({ kind: "progress", call, done, total, ...detail !== void 0 && { detail } });
    };
    try {
      let job = jobs.get(name);
      if (!job) {
        const load = table[name];
        if (!load) throw new Error(`no job is called ${name}`);
        job = await load();
        jobs.set(name, job);
      }
      const value = await job.run({ ort, sessions, progress }, params);
      await reply({ kind: "result", call, value, spent: spent() });
    } catch (error) {
      const { message, stack = "" } = error instanceof Error ? error : new Error(String(error));
      const [user, loading] = [error instanceof UserError, error instanceof LoadError];
      await reply({ kind: "error", call, message, stack, user, loading, spent: spent() });
    }
  }
  let queue = Promise.resolve();
  process.on("message", (message) => {
    queue = queue.then(() => answer(message));
  });
  reply({ kind: "ready" });
}
function reply(message) {
  return new Promise((resolve) => {
    process.send?.(message, void 0, void 0, () => resolve());
  });
}

// src/worker/main.ts
await serveJobs({
  load: async () => (await import("./chunk-Z4M2LYWJ.js")).loadJob,
  "prepare-latency": async () => (await import("./chunk-I6HJV3CC.js")).prepareLatencyJob,
  "latency-block": async () => (await import("./chunk-I6HJV3CC.js")).blockJob,
  memory: async () => (await import("./chunk-BEMA3DSF.js")).memoryJob,
  run: async () => (await import("./chunk-Z4M2LYWJ.js")).runJob,
  profile: async () => (await import("./chunk-Y2LPEUNN.js")).profileJob,
  race: async () => (await import("./chunk-GZFTGDMB.js")).raceJob,
  "channel-means": async () => (await import("./chunk-2XTYT23W.js")).meansJob,
  calibrate: async () => (await import("./chunk-QIWXJPES.js")).calibrateJob,
  describe: async () => (await import("./chunk-2DQUPL4G.js")).describeJob,
  fidelity: async () => (await import("./chunk-HZIHY7SD.js")).fidelityJob,
  signals: async () => (await import("./chunk-ZADQVJS2.js")).signalsJob,
  train: async () => (await import("./chunk-PUUDTLHI.js")).trainJob,
  "train-shapes": async () => (await import("./chunk-URXLW3CN.js")).shapesJob,
  "run-store": async () => (await import("./chunk-UQTNFMP4.js")).runStoreJob
});

import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));

// src/runtime/meter.ts
var runtimeTime = { runMs: 0, loadMs: 0 };
function meter(ort) {
  const time = { runMs: 0, loadMs: 0 };
  const create = ort.InferenceSession.create.bind(ort.InferenceSession);
  const metered = async (...args) => {
    const start = performance.now();
    const session = await create(...args);
    time.loadMs += performance.now() - start;
    const run = session.run.bind(session);
    session.run = async (...feeds) => {
      const before = performance.now();
      try {
        return await run(...feeds);
      } finally {
        time.runMs += performance.now() - before;
      }
    };
    return session;
  };
  Object.assign(ort.InferenceSession, { create: metered });
  return time;
}

// src/runtime/load.ts
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
var bindingVariable = "QUANT_GATE_ORT_BINDING";
async function loadOrt() {
  const binding = process.env[bindingVariable];
  if (!binding) throw new Error(`${bindingVariable} is not set`);
  if (import.meta.url.endsWith(".ts")) useBinding(binding);
  return (await import("./chunk-ICOJ5LYQ.js")).default;
}
function useBinding(binding) {
  const require2 = createRequire(import.meta.url);
  const own = join(
    dirname(require2.resolve("onnxruntime-node")),
    `../bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`
  );
  if (own === binding) return;
  require2(binding);
  require2.cache[own] = require2.cache[binding];
}

export {
  runtimeTime,
  meter,
  bindingVariable,
  loadOrt
};

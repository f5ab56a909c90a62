import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));

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
  bindingVariable,
  loadOrt
};

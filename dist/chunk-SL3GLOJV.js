import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  fromOrt,
  toOrt
} from "./chunk-V2K54ILI.js";
import {
  defineJob
} from "./chunk-GJ3MWU23.js";
import {
  tensorInfos
} from "./chunk-OVWQFC67.js";

// src/runtime/session-jobs.ts
var loadJob = defineJob("load", async ({ sessions }, { session, release }) => {
  const start = performance.now();
  const opened = await sessions.open(session);
  const loaded = {
    inputs: tensorInfos(opened.inputMetadata),
    outputs: tensorInfos(opened.outputMetadata),
    loadMs: performance.now() - start
  };
  if (release) await sessions.release(session);
  return loaded;
});
var runJob = defineJob("run", async ({ ort, sessions }, params) => {
  const session = await sessions.open(params.session);
  const feeds = Object.fromEntries(Object.entries(params.feeds).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
  const outputs = await session.run(feeds, params.fetches ?? session.outputNames);
  if (params.release) await sessions.release(params.session);
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)]));
});

export {
  loadJob,
  runJob
};

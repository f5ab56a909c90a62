import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  expectedParts,
  runSamples,
  signalOf
} from "./chunk-7JGJFS2H.js";
import {
  defineJob
} from "./chunk-GJ3MWU23.js";

// src/quantize/static/signals-job.ts
var signalsJob = defineJob(
  "signals",
  async (context, { reference, store, samples, parts }) => {
    const found = { signals: [], rare: false };
    for await (const outputs of runSamples(context, reference, store, samples)) {
      const expected = expectedParts([outputs], parts)[0];
      found.signals.push(expected.map(signalOf));
      found.rare ||= expected.some(({ rare }) => rare);
    }
    return found;
  }
);

export {
  signalsJob
};

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
  readSample
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

// src/measure/memory-job.ts
var memoryJob = defineJob(
  "memory",
  async ({ ort, sessions }, { session: spec, store, batch }) => {
    const sample = readSample(openStore(store), 0);
    if (spec) {
      const session = await sessions.open(spec);
      const stacked = stackFeeds(Array(batch).fill(sample), batchAxes(tensorInfos(session.inputMetadata)));
      const feeds = Object.fromEntries(Object.entries(stacked).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
      for (let run = 0; run < 2; run++) await session.run(feeds);
    }
    return process.resourceUsage().maxRSS * 1024;
  }
);

export {
  memoryJob
};

import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  defineJob
} from "./chunk-GJ3MWU23.js";

// src/quantize/static/describe-job.ts
var describeJob = defineJob(
  "describe",
  async ({ sessions }, { session: spec }) => {
    const session = await sessions.open(spec);
    const infos = session.outputMetadata.flatMap(
      (value) => value.isTensor ? [
        {
          name: value.name,
          type: value.type,
          dims: value.shape.map((dim) => dim === "" ? void 0 : dim)
        }
      ] : []
    );
    await sessions.release(spec);
    return infos;
  }
);

export {
  describeJob
};

import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  errorOutcome
} from "./chunk-IGKYBSB3.js";
import {
  annotate
} from "./chunk-3BVLEO65.js";

// src/action/fail.ts
async function orFail(work) {
  try {
    return await work();
  } catch (error) {
    const outcome = errorOutcome(error);
    annotate(outcome);
    return outcome.exitCode;
  }
}

export {
  orFail
};

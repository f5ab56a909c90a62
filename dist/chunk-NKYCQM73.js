import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  asPathError
} from "./chunk-76VSL6HO.js";

// src/action/temporary.ts
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
async function temporaryFolder() {
  try {
    return await mkdtemp(join(process.env["RUNNER_TEMP"] || tmpdir(), "quant-gate-"));
  } catch (error) {
    throw asPathError(error);
  }
}

export {
  temporaryFolder
};

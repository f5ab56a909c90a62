import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  runStoreJob
} from "./chunk-5Y74WGV5.js";
import "./chunk-OVSNFC42.js";
import "./chunk-OC676XAX.js";
import "./chunk-V2K54ILI.js";
import "./chunk-GJ3MWU23.js";
import "./chunk-OVWQFC67.js";
import "./chunk-4LMXS676.js";
import "./chunk-AXVG6WBX.js";
import "./chunk-TGMM3ZQG.js";
export {
  runStoreJob
};

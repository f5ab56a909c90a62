import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  meansJob
} from "./chunk-KS6VNFYQ.js";
import "./chunk-OVSNFC42.js";
import "./chunk-OC676XAX.js";
import "./chunk-V2K54ILI.js";
import "./chunk-GJ3MWU23.js";
import "./chunk-OVWQFC67.js";
import "./chunk-AXVG6WBX.js";
import "./chunk-TGMM3ZQG.js";
export {
  meansJob
};

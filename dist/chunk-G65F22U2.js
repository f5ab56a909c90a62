import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  memoryJob
} from "./chunk-LAOBGA3F.js";
import "./chunk-4XPVNDPT.js";
import "./chunk-YPKMNOD6.js";
import "./chunk-V2K54ILI.js";
import "./chunk-GJ3MWU23.js";
import "./chunk-WRBI6IVE.js";
import "./chunk-XHXPEXMH.js";
import "./chunk-TGMM3ZQG.js";
export {
  memoryJob
};

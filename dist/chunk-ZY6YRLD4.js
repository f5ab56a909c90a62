import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  signalsJob
} from "./chunk-A5C4P4ND.js";
import "./chunk-4FGCIJF4.js";
import "./chunk-LY3PNSKJ.js";
import "./chunk-YPKMNOD6.js";
import "./chunk-V2K54ILI.js";
import "./chunk-GJ3MWU23.js";
import "./chunk-TGMM3ZQG.js";
export {
  signalsJob
};

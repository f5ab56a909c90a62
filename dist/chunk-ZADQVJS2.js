import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  signalsJob
} from "./chunk-ATVXCTHB.js";
import "./chunk-7JGJFS2H.js";
import "./chunk-2VKI3IRN.js";
import "./chunk-V2K54ILI.js";
import "./chunk-GJ3MWU23.js";
import "./chunk-F3FP2IUP.js";
import "./chunk-TGMM3ZQG.js";
export {
  signalsJob
};

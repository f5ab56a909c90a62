import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  raceJob
} from "./chunk-KIX3OXJB.js";
import "./chunk-NDXKYPDK.js";
import "./chunk-GHJYFIGX.js";
import "./chunk-WUOP55FM.js";
import "./chunk-54GWRCG5.js";
import "./chunk-F73D73PX.js";
import "./chunk-2VKI3IRN.js";
import "./chunk-V2K54ILI.js";
import "./chunk-GJ3MWU23.js";
import "./chunk-OVWQFC67.js";
import "./chunk-SBINXRHI.js";
import "./chunk-F3FP2IUP.js";
import "./chunk-76VSL6HO.js";
import "./chunk-TGMM3ZQG.js";
export {
  raceJob
};

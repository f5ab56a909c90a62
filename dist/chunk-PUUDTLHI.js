import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  trainJob
} from "./chunk-GS7PKI3X.js";
import "./chunk-NDXKYPDK.js";
import "./chunk-54GWRCG5.js";
import "./chunk-F73D73PX.js";
import "./chunk-2VKI3IRN.js";
import "./chunk-V2K54ILI.js";
import "./chunk-GJ3MWU23.js";
import "./chunk-F3FP2IUP.js";
import "./chunk-WIJZFTFA.js";
import "./chunk-2AZ3ZTYO.js";
import "./chunk-76VSL6HO.js";
import "./chunk-TGMM3ZQG.js";
export {
  trainJob
};

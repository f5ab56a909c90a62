import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  closeAbandonedCheck
} from "./chunk-5JZEG6CX.js";
import "./chunk-ZWD26MMW.js";
import "./chunk-IM4PS2TF.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-DSFCAMUB.js";
import "./chunk-4LMXS676.js";
import "./chunk-AXVG6WBX.js";
import "./chunk-TGMM3ZQG.js";

// src/action/post.ts
await closeAbandonedCheck();

import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  closeAbandonedCheck
} from "./chunk-N2ATEYHY.js";
import "./chunk-ZWD26MMW.js";
import "./chunk-3BVLEO65.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-4AHE4K4J.js";
import "./chunk-4LMXS676.js";
import "./chunk-AXVG6WBX.js";
import "./chunk-TGMM3ZQG.js";

// src/action/post.ts
await closeAbandonedCheck();

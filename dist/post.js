import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  closeAbandonedCheck
} from "./chunk-7U3EX3J3.js";
import "./chunk-ZWD26MMW.js";
import "./chunk-73HNTJW2.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-4UGKZY3P.js";
import "./chunk-4LMXS676.js";
import "./chunk-7W5GAX5A.js";
import "./chunk-TGMM3ZQG.js";

// src/action/post.ts
await closeAbandonedCheck();

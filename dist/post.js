import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  closeAbandonedCheck
} from "./chunk-FSNWZ64C.js";
import "./chunk-ZWD26MMW.js";
import "./chunk-UVD6XHME.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-JV5LOV4J.js";
import "./chunk-4LMXS676.js";
import "./chunk-7W5GAX5A.js";
import "./chunk-TGMM3ZQG.js";

// src/action/post.ts
await closeAbandonedCheck();

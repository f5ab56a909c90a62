import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  closeAbandonedCheck
} from "./chunk-VJ5MY773.js";
import "./chunk-QFP7JY6R.js";
import "./chunk-QO2TY57K.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-LNZWL2TL.js";
import "./chunk-WIWNDQCD.js";
import "./chunk-XHXPEXMH.js";
import "./chunk-TGMM3ZQG.js";

// src/action/post.ts
await closeAbandonedCheck();

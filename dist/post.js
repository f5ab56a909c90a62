import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  closeAbandonedCheck
} from "./chunk-R5QBF3KK.js";
import "./chunk-CE2BESOO.js";
import "./chunk-S747UNBV.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-S3TI7HZ4.js";
import "./chunk-WIWNDQCD.js";
import "./chunk-XHXPEXMH.js";
import "./chunk-TGMM3ZQG.js";

// src/action/post.ts
await closeAbandonedCheck();

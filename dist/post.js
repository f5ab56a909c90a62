import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  closeAbandonedCheck
} from "./chunk-374HP7XV.js";
import "./chunk-DOBJBFXA.js";
import "./chunk-YYRBGTWY.js";
import "./chunk-K2Z6DA3W.js";
import "./chunk-LO46T4GR.js";
import "./chunk-WIWNDQCD.js";
import "./chunk-XHXPEXMH.js";
import "./chunk-TGMM3ZQG.js";

// src/action/post.ts
await closeAbandonedCheck();

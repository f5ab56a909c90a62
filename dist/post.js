import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  closeAbandonedCheck
} from "./chunk-UNTQQSY5.js";
import "./chunk-ZWD26MMW.js";
import "./chunk-5OS4J2EC.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-MXRGQT2E.js";
import "./chunk-WIJZFTFA.js";
import "./chunk-76VSL6HO.js";
import "./chunk-TGMM3ZQG.js";

// src/action/post.ts
await closeAbandonedCheck();

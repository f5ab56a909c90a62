import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  closeAbandonedCheck
} from "./chunk-3ZBGQN5T.js";
import "./chunk-ZWD26MMW.js";
import "./chunk-XEXSMKYE.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-PMKBTF3D.js";
import "./chunk-L3V3I43K.js";
import "./chunk-GEWTY2Y3.js";
import "./chunk-TGMM3ZQG.js";

// src/action/post.ts
await closeAbandonedCheck();

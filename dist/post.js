import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  closeAbandonedCheck
} from "./chunk-3AKZSQJB.js";
import "./chunk-ZWD26MMW.js";
import "./chunk-FM5PE45T.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-CEFW3MMP.js";
import "./chunk-L3V3I43K.js";
import "./chunk-GEWTY2Y3.js";
import "./chunk-TGMM3ZQG.js";

// src/action/post.ts
await closeAbandonedCheck();

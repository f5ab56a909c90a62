import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  closeAbandonedCheck
} from "./chunk-QPJXU3TO.js";
import "./chunk-ZWD26MMW.js";
import "./chunk-ZV5U22GK.js";
import "./chunk-ZEUSGWRH.js";
import "./chunk-ATW7ZENU.js";
import "./chunk-WIJZFTFA.js";
import "./chunk-76VSL6HO.js";
import "./chunk-TGMM3ZQG.js";

// src/action/post.ts
await closeAbandonedCheck();

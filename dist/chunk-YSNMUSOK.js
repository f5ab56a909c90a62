import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  meansJob
} from "./chunk-VTY5GVO4.js";
import "./chunk-652WWHU6.js";
import "./chunk-4M2FZEDX.js";
import "./chunk-SEOWJTYF.js";
import "./chunk-GJ3MWU23.js";
import "./chunk-FASHEDET.js";
import "./chunk-XHXPEXMH.js";
import "./chunk-TGMM3ZQG.js";
export {
  meansJob
};

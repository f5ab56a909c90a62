import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));
import {
  decode
} from "./chunk-YFLLYQ45.js";
import "./chunk-SBINXRHI.js";
import "./chunk-F3FP2IUP.js";
import "./chunk-NQC2BDCY.js";
import "./chunk-2AZ3ZTYO.js";
import {
  UserError
} from "./chunk-76VSL6HO.js";
import "./chunk-TGMM3ZQG.js";

// src/data/decode-thread.ts
import { parentPort, workerData } from "node:worker_threads";
var plan = workerData;
if (!parentPort) throw new Error("decode-thread is the entry of a worker thread");
var port = parentPort;
port.on("message", async ({ id, task }) => {
  try {
    const decoded = await decode(plan, task);
    const tensors = [decoded.tensor, ...decoded.mask ? [decoded.mask] : []];
    port.postMessage(
      { id, decoded },
      tensors.map(({ data }) => bufferOf(data))
    );
  } catch (error) {
    port.postMessage({ id, error, isUserError: error instanceof UserError });
  }
});
port.postMessage("ready");
function bufferOf(data) {
  return data.buffer;
}

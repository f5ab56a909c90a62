import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));

// src/runtime/cpu-wait.ts
import { openSync, readSync } from "node:fs";
var line = Buffer.alloc(96);
var clock;
function cpuWaitClock() {
  clock ??= openClock();
  return clock;
}
function openClock() {
  let file;
  try {
    file = openSync("/proc/thread-self/schedstat", "r");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return () => 0;
  }
  return () => Number(line.toString("latin1", 0, readSync(file, line, 0, line.length, 0)).split(" ")[1]) / 1e6;
}

export {
  cpuWaitClock
};

import type { RuntimeLocation } from './contract.ts';
import { bindingVariable } from './load.ts';

/**
 * What a child may know of our environment. It runs models from pull requests inside a large native library, so
 * tokens (GITHUB_TOKEN, ACTIONS_*, INPUT_*, cloud credentials) stay outside: this is a list of what goes in.
 * RUNNER_TRACKING_ID lets the GitHub runner clean up a child that outlives its job.
 */
const allowed = new Set(
  [
    ...['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'TEMP', 'TMP'],
    ...['SystemRoot', 'windir', 'SystemDrive', 'USERPROFILE', 'NUMBER_OF_PROCESSORS', 'PROCESSOR_ARCHITECTURE'],
    ...['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'RUNNER_TRACKING_ID'],
  ].map((name) => name.toUpperCase()),
);
const allowedPrefix = /^(CUDA_|NVIDIA_|ORT_)/;

/**
 * ONNX Runtime's own builds report each model (its name, hashes of its graph and weights) to Microsoft from 1.29 on, and
 * leave a log of it for each process in the temporary folder. It looks for CI's variables, which a child has not.
 * https://github.com/microsoft/onnxruntime/blob/v1.29.0/docs/Privacy.md
 */
const noTelemetry = { ORT_DISABLE_TELEMETRY: '1' };

/** The environment of a child process: the allowed part of ours, the runtime's place, then `extra`. */
export function childEnvironment(runtime: RuntimeLocation, extra: Readonly<Record<string, string>> = {}) {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && (allowed.has(name.toUpperCase()) || allowedPrefix.test(name))) env[name] = value;
  }
  return { ...env, ...noTelemetry, [bindingVariable]: runtime.binding, ...extra };
}

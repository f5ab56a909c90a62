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

/** The environment of a child process: the allowed part of ours, the runtime's place, then `extra`. */
export function childEnvironment(runtime: RuntimeLocation, extra: Readonly<Record<string, string>> = {}) {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && (allowed.has(name.toUpperCase()) || allowedPrefix.test(name))) env[name] = value;
  }
  return { ...env, [bindingVariable]: runtime.binding, ...extra };
}

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from 'vitest';
import type { GateResult } from '../../src/engine/options.ts';
import { runGate } from '../../src/engine/run.ts';
import { type Progress, silent } from '../../src/progress.ts';

/** The example of handwritten digits. */
export const digits = resolve(import.meta.dirname, '../../examples/digits');

/** A folder with the example's model and data, gone when the tests of the file are over. */
export function digitsFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'quant-gate-digits-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of ['calibration.npz', 'validation.npz', 'digits.onnx'])
    cpSync(join(digits, file), join(folder, file));
  return folder;
}

/** A policy for one model on the example's data, with what follows the models. */
export const digitsPolicy = (rest: string, model = 'digits.onnx'): string => `version: 1
models:
  - path: ${model}
    name: digits
    task: classification
    data:
      calibration: { arrays: calibration.npz }
      validation: { arrays: validation.npz, labels: label }
      preprocess: { resize: 32, color: gray, scale: 255, layout: nchw }
${rest}
`;

/** Runs the gate of a policy in a folder of the example. */
export function gateDigits(folder: string, policy: string, progress = silent): Promise<GateResult> {
  const policyPath = join(folder, 'quant.yml');
  writeFileSync(policyPath, policy);
  return runGate({ policyPath, outDir: join(folder, 'out'), seed: 0, allowCommands: true, progress });
}

/** Sends a signal to every child process of this one when a stage of that name starts. */
export function signalAt(signal: string, name: RegExp): Progress {
  return {
    stage(stage) {
      if (name.test(stage)) setTimeout(() => execFileSync('pkill', [`-${signal}`, '-P', String(process.pid)]), 5);
      return { advance() {}, done() {} };
    },
    note() {},
  };
}

import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { describePlan } from '../../src/engine/describe.ts';
import { planRun } from '../../src/engine/plan.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { silent } from '../../src/progress.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';

const folder = mkdtempSync(join(tmpdir(), 'quant-gate-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('check says what Level 3 will train, and what that takes', async () => {
  const digits = join(import.meta.dirname, '../../examples/digits');
  for (const file of ['digits.onnx', 'calibration.npz', 'validation.npz'])
    cpSync(join(digits, file), join(folder, file));
  const policyPath = join(folder, 'quant.yml');
  writeFileSync(
    policyPath,
    `version: 1
models:
  - path: digits.onnx
    task: classification
    data:
      calibration: { arrays: calibration.npz }
      validation: { arrays: validation.npz, labels: label }
      preprocess: { resize: 32, color: gray, scale: 255, layout: nchw }
levels:
  3: { method: qat, budget: 2m, limits: { accuracy: { max-drop: 0.01 } } }
gate: { require: [3] }
`,
  );
  const loaded = await loadPolicy(policyPath);
  const plan = await planRun(loaded, {
    policyPath,
    outDir: join(folder, 'out'),
    seed: 0,
    allowCommands: false,
    progress: silent,
  });
  const text = await describePlan(loaded, plan, await locateRuntime());
  expect(text).toMatch(/trains 8 of 8 weights in \d blocks? and end to end, at batch 16; about [\d.]+ MB of memory, /);
  expect(text).not.toMatch(/not trained through/);
}, 60_000);

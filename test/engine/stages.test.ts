import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runGate } from '../../src/engine/run.ts';
import { silent } from '../../src/progress.ts';

const digits = resolve(import.meta.dirname, '../../examples/digits');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quant-gate-stages-'));
  for (const file of ['calibration.npz', 'validation.npz', 'digits.onnx'])
    cpSync(join(digits, file), join(folder, file));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('the report says where the time went, how much of it in ONNX Runtime, and what may have disturbed it', async () => {
  writeFileSync(
    join(folder, 'quant.yml'),
    `version: 1
models:
  - path: digits.onnx
    task: classification
    data:
      calibration: { arrays: calibration.npz }
      validation: { arrays: validation.npz, labels: label }
      preprocess: { resize: 32, color: gray, scale: 255, layout: nchw }
levels: { 1: {} }
measure: { latency-budget: 1s }
`,
  );
  const { report } = await runGate({
    policyPath: join(folder, 'quant.yml'),
    outDir: join(folder, 'out'),
    seed: 0,
    allowCommands: false,
    progress: silent,
  });
  const { stages, inRuntime = {}, seconds } = report;
  for (const stage of ['plan', 'decode', 'inference', 'score', 'quantize', 'latency', 'memory', 'placement']) {
    expect(stages[stage]).toBeGreaterThan(0);
  }
  expect(Object.values(stages).reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(seconds + 0.1);
  for (const stage of ['inference', 'latency', 'memory']) {
    expect(inRuntime[stage]?.run).toBeGreaterThan(0);
    expect(inRuntime[stage]?.load).toBeGreaterThan(0);
  }
  expect(inRuntime['inference']!.run + inRuntime['inference']!.load).toBeLessThan(stages['inference']!);
  expect(inRuntime['score']).toEqual({ run: 0, load: 0 });
  expect(report.machine.conditions?.load).toBeGreaterThanOrEqual(0);
  expect(report.machine.noise).toBeGreaterThan(0);
});

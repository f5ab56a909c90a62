import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runGate } from '../../src/engine/run.ts';
import { silent } from '../../src/progress.ts';
import { digitsFolder, digitsPolicy } from './digits.ts';

const folder = digitsFolder();

it('the report says where the time went, how much of it in ONNX Runtime, and what may have disturbed it', async () => {
  writeFileSync(
    join(folder, 'quant.yml'),
    digitsPolicy(`levels: { 1: {} }
measure: { latency-budget: 1s }`),
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

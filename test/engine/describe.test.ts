import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describePlan } from '../../src/engine/describe.ts';
import { planRun } from '../../src/engine/plan.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { silent } from '../../src/progress.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { digitsFolder, digitsPolicy } from './digits.ts';

const folder = digitsFolder();

test('check says what Level 3 will train, and what that takes', async () => {
  const policyPath = join(folder, 'quant.yml');
  writeFileSync(
    policyPath,
    digitsPolicy(`levels:
  3: { method: qat, budget: 2m, limits: { accuracy: { max-drop: 0.01 } } }
gate: { require: [3] }`),
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

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import type { GateResult } from '../../src/engine/options.ts';
import { runGate } from '../../src/engine/run.ts';
import { type Progress, silent } from '../../src/progress.ts';
import { digitsFolder, digitsPolicy } from './digits.ts';

const folder = digitsFolder();
const policyPath = join(folder, 'quant.yml');
const run = (out: string, resume: boolean, progress: Progress = silent) =>
  runGate({ policyPath, outDir: join(folder, out), seed: 0, allowCommands: true, resume, progress });
const variantOf = ({ report }: GateResult) => report.models[0]!.variants[0]!;
const fileOf = (result: GateResult) => readFileSync(join(result.outDir, variantOf(result).file!));
let whole: GateResult;

beforeAll(async () => {
  // Sixteen images are too few to train all layers on: what stays in FP32 is looked for, and the rest trained further.
  const policy =
    digitsPolicy(`levels: { 3: { bits: 3, per-channel: false, recover: [bias-correction, mixed-precision], prefer: size, budget: 5m, search-budget: 2m, limits: { accuracy: { max-drop: 0.0 } } } }
gate: { require: [3] }
measure: { latency-budget: 1s }`);
  writeFileSync(policyPath, policy.replace('calibration.npz }', 'calibration.npz, limit: 16 }'));
  whole = await run('whole', false);
}, 300_000);

/** Starts the gate and kills it once a file of its intermediate ones has been written so many times. */
async function interrupt(out: string, file: string, times: number): Promise<void> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./resume-child.ts', import.meta.url)), policyPath, join(folder, out)],
    { stdio: 'inherit' },
  );
  const path = join(folder, out, '.work/digits', file);
  let seen = 0;
  for (let last = 0; seen < times && child.exitCode === null; await delay(2)) {
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changed > last) seen += 1;
    last = changed;
  }
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(seen, `times that ${file} was written before the end`).toBe(times);
}

test.each([
  {
    out: 'search',
    moment: 'the search for nodes to keep in FP32',
    // The first candidate is the trained file itself.
    file: (id: string) => `${id}-search/candidate.onnx`,
    times: 5,
    again: ['mixed-precision search', 'train'],
  },
  {
    out: 'mixture',
    moment: 'the training of what stays in integers',
    file: (id: string) => `${id}/mixture/training/training.checkpoint`,
    times: 1,
    again: ['train'],
  },
])(
  'killed in $moment and resumed, the gate ends with the file of an uninterrupted run',
  {
    timeout: 300_000,
  },
  async ({ out, file, times, again }) => {
    await interrupt(out, file(variantOf(whole).id), times);
    const stages = new Set<string>();
    const stage = (name: string) => ({
      advance() {
        stages.add(name.replace(/^.*: /, ''));
      },
      done() {},
    });
    const resumed = await run(out, true, { ...silent, stage });
    expect(fileOf(resumed).equals(fileOf(whole))).toBe(true);
    const [{ search, training }, uninterrupted] = [variantOf(resumed), variantOf(whole)];
    expect(search!.keptFloat).toEqual(uninterrupted.search!.keptFloat);
    expect(training!.tiers).toEqual(uninterrupted.training!.tiers);
    // What had ended is not done once more.
    expect([...stages].filter((name) => name === 'mixed-precision search' || name === 'train')).toEqual(again);
  },
);

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runGate } from '../../src/engine/run.ts';
import { loadModel, saveModel } from '../../src/onnx/model.ts';
import type { Progress } from '../../src/progress.ts';
import { reportSchema } from '../../src/report/schema.ts';

const digits = resolve(import.meta.dirname, '../../examples/digits');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quant-gate-failures-'));
  for (const file of ['calibration.npz', 'validation.npz', 'digits.onnx'])
    cpSync(join(digits, file), join(folder, file));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function policy(model: string): void {
  writeFileSync(
    join(folder, 'quant.yml'),
    `version: 1
models:
  - path: ${model}
    name: digits
    task: classification
    data:
      calibration: { arrays: calibration.npz }
      validation: { arrays: validation.npz, labels: label }
      preprocess: { resize: 32, color: gray, scale: 255, layout: nchw }
levels:
  1: { limits: { accuracy: { max-drop: 0.02 } } }
  2: { limits: { accuracy: { max-drop: 0.02 } } }
gate: { require: any }
measure: { latency-budget: 1s }
`,
  );
}

/** Kills every child process of this one when a stage of that name starts, as the system does when memory runs out. */
function killAt(name: RegExp): Progress {
  return {
    stage(stage) {
      if (name.test(stage)) setTimeout(() => execFileSync('pkill', ['-KILL', '-P', String(process.pid)]), 5);
      return { advance() {}, done() {} };
    },
    note() {},
  };
}

const run = (out: string, progress: Progress) =>
  runGate({ policyPath: join(folder, 'quant.yml'), outDir: join(folder, out), seed: 0, allowCommands: true, progress });

describe('a measurement that fails is never a pass', { timeout: 120_000 }, () => {
  it.runIf(process.platform === 'linux')(
    'fails the check of a variant whose process is killed, and goes on with the next',
    async () => {
      policy('digits.onnx');
      const { report, exitCode } = await run('killed', killAt(/level1-.* on validation data/));
      const [killed, other] = report.models[0]?.variants ?? [];
      expect(killed?.checks).toMatchObject([{ name: 'accuracy.max-drop', verdict: 'fail', estimate: null }]);
      expect(killed?.checks[0]?.message).toMatch(/killed/);
      expect(killed?.verdict).toBe('fail');
      expect(other?.verdict).toBe('pass');
      expect(reportSchema.safeParse(report).success).toBe(true);
      // `require: any`: the other level still lets the merge through.
      expect(exitCode).toBe(0);
    },
  );

  it('refuses a model whose own outputs are NaN, naming output and sample', async () => {
    const model = await loadModel(join(digits, 'digits.onnx'));
    const { graph } = model;
    const logits = graph.outputs[0];
    if (!logits) throw new Error('the example has no output');
    const gemm = logits.producer;
    if (!gemm) throw new Error('the output is computed by nothing');
    // The logarithm of a negative logit is NaN.
    const log = graph.addNode({ op: 'Log', inputs: [logits] }).output();
    graph.replaceAll(logits, log);
    log.producer?.setInput(0, gemm.output());
    await saveModel(model, join(folder, 'nan.onnx'));
    policy('nan.onnx');
    const silent = { stage: () => ({ advance() {}, done() {} }), note() {} };
    await expect(run('nan', silent)).rejects.toThrow(/nan\.onnx: FP32's own output "\w+" holds \d+ NaN, first for/);
  });
});

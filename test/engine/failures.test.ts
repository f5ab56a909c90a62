import { copyFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { GateOptions, GateResult } from '../../src/engine/options.ts';
import { runGate } from '../../src/engine/run.ts';
import { UserError } from '../../src/errors.ts';
import { loadModel, saveModel } from '../../src/onnx/model.ts';
import type { Progress } from '../../src/progress.ts';
import { reportSchema } from '../../src/report/schema.ts';
import { hostTargetName } from '../../src/targets/index.ts';
import type { TensorInfo } from '../../src/tensor.ts';
import { digits, digitsFolder, digitsPolicy, signalAt } from './digits.ts';

const folder = digitsFolder();

const both = `1: { limits: { accuracy: { max-drop: 0.02 } } }
  2: { limits: { accuracy: { max-drop: 0.02 } } }`;

function policy(model: string, levels = both): void {
  writeFileSync(
    join(folder, 'quant.yml'),
    digitsPolicy(
      `levels:
  ${levels}
gate: { require: any }
measure: { latency-budget: 1s }`,
      model,
    ),
  );
}

const silent: Progress = { stage: () => ({ advance() {}, done() {} }), note() {} };

const run = (out: string, progress: Progress, more: Partial<GateOptions> = {}) =>
  runGate({
    policyPath: join(folder, 'quant.yml'),
    outDir: join(folder, out),
    seed: 0,
    allowCommands: true,
    progress,
    ...more,
  });

/** The accuracy check of the first variant failed with that reason, the second variant passed, the report is whole. */
function expectOnlyFirstFails({ report, exitCode }: GateResult, reason: RegExp): void {
  const [failed, other] = report.models[0]?.variants ?? [];
  expect(failed?.checks).toMatchObject([{ name: 'accuracy.max-drop', verdict: 'fail', estimate: null }]);
  expect(failed?.checks[0]?.message).toMatch(reason);
  expect(failed?.verdict).toBe('fail');
  expect(other?.verdict).toBe('pass');
  expect(reportSchema.safeParse(report).success).toBe(true);
  // `require: any`: the other level still lets the merge through.
  expect(exitCode).toBe(0);
}

/** Appends a logarithm to the output: that of a negative logit is NaN. */
async function makeNan(from: string, to: string): Promise<void> {
  const model = await loadModel(from);
  const [logits] = model.graph.outputs;
  if (!logits?.producer) throw new Error('the model has no output that is computed');
  const { producer } = logits;
  const index = producer.outputs.indexOf(logits);
  const log = model.graph.addNode({ op: 'Log', inputs: [logits] });
  model.graph.replaceAll(logits, log.output());
  log.setInput(0, producer.output(index));
  await saveModel(model, to);
}

it('hands over no model but the one that it measured', async () => {
  const policyPath = join(folder, 'changing.yml');
  copyFileSync(join(digits, 'digits.onnx'), join(folder, 'changing.onnx'));
  writeFileSync(policyPath, digitsPolicy('levels: { 1: {} }\nmeasure: { latency-budget: 200ms }', 'changing.onnx'));
  const progress: Progress = {
    stage(name) {
      // The last that reads it.
      if (/latency/.test(name)) writeFileSync(join(folder, 'changing.onnx'), 'half of an export');
      return { advance() {}, done() {} };
    },
    note() {},
  };
  await expect(run('changing', progress, { policyPath })).rejects.toThrow(
    /changing\.yml:3:11: changing\.onnx changed while the gate ran; run it again/,
  );
  expect(existsSync(join(folder, 'changing'))).toBe(false);
});

describe('a measurement that fails is never a pass', { timeout: 120_000 }, () => {
  it.runIf(process.platform === 'linux').each([
    ['is killed, as the system does when memory runs out', 'KILL', /killed, most likely because memory ran out/],
    ['aborts', 'ABRT', /ended with SIGABRT/],
  ])('fails the check of a variant whose process %s, and goes on with the next', async (_what, signal, reason) => {
    policy('digits.onnx');
    expectOnlyFirstFails(await run(signal, signalAt(signal, /level1-.* on validation data/)), reason);
  });

  it.runIf(process.platform === 'linux')(
    'gives up on a variant whose process hangs, and goes on with the next',
    async () => {
      policy('digits.onnx');
      const patience = { loadMs: 8000, sampleMs: 5 };
      const result = await run('hangs', signalAt('STOP', /level1-.* on validation data/), { patience });
      expectOnlyFirstFails(result, /no answer within/);
      // Nothing else of it is tried: it would hang again.
      expect(result.report.models[0]?.variants[0]?.measurements.memory).toMatchObject({ failed: true });
    },
  );

  it.runIf(process.platform === 'linux')('says why a variant was not made, and passes the other', async () => {
    policy('digits.onnx');
    const { report, exitCode } = await run('not-made', signalAt('KILL', /level2-.*: calibrate/));
    const [other, failed] = report.models[0]?.variants ?? [];
    expect(failed).toMatchObject({ verdict: 'error', error: { kind: 'killed' }, checks: [] });
    expect(failed?.error?.message).toMatch(/most likely because memory ran out/);
    expect(other?.verdict).toBe('pass');
    expect(reportSchema.safeParse(report).success).toBe(true);
    expect(exitCode).toBe(0);
  });

  it.runIf(process.platform === 'linux')('leaves no stage open behind a process that died', async () => {
    policy('digits.onnx');
    const killer = signalAt('KILL', /level2-.*: calibrate/);
    const open = new Set<string>();
    const progress: Progress = {
      ...killer,
      stage(name, total, unit) {
        const stage = killer.stage(name, total, unit);
        open.add(name);
        return {
          ...stage,
          done(detail) {
            open.delete(name);
            stage.done(detail);
          },
        };
      },
    };
    const { report } = await run('open', progress);
    expect(report.models[0]?.variants[1]).toMatchObject({ error: { kind: 'killed' } });
    expect([...open]).toEqual([]);
  });

  it('fails a variant that gives NaN, naming output and sample, and passes the other', async () => {
    policy('digits.onnx', '2: {}');
    await run('made', silent);
    // A committed export that is Level 2's own file, broken.
    const file = `made/models/digits/level2-${hostTargetName()}.onnx`;
    await makeNan(join(folder, file), join(folder, 'export.onnx'));
    policy(
      'digits.onnx',
      `2: { limits: { accuracy: { max-drop: 0.02 } } }
  3: { model: export.onnx, limits: { accuracy: { max-drop: 0.02 } } }`,
    );
    const { report, exitCode } = await run('nan-variant', silent);
    const [other, failed] = report.models[0]?.variants ?? [];
    expect(failed?.checks).toMatchObject([{ name: 'accuracy.max-drop', verdict: 'fail', estimate: null }]);
    expect(failed?.checks[0]?.message).toMatch(/output "\w+" holds \d+ NaN, first for/);
    expect(other?.verdict).toBe('pass');
    expect(reportSchema.safeParse(report).success).toBe(true);
    expect(exitCode).toBe(0);
    // Whatever is limited, what it answers is of no use.
    policy('digits.onnx', '3: { model: export.onnx, limits: { size: { max: 1MB } } }');
    const unlimited = await run('nan-unlimited', silent);
    const [small] = unlimited.report.models[0]?.variants ?? [];
    expect(small).toMatchObject({ verdict: 'error', checks: [{ name: 'size.max', verdict: 'pass' }] });
    expect(small?.error?.message).toMatch(/output "\w+" holds \d+ NaN, first for/);
    expect(reportSchema.safeParse(unlimited.report).success).toBe(true);
    expect(unlimited.exitCode).toBe(1);
  });

  it('keeps the latency of the batch sizes that ran, and fails the limit of one that did not', async () => {
    policy('digits.onnx', '2: {}');
    await run('whole', silent);
    const model = await loadModel(join(folder, `whole/models/digits/level2-${hostTargetName()}.onnx`));
    const [logits] = model.graph.outputs;
    const producer = logits!.producer!;
    const shape = model.graph.addInitializer('single', {
      type: 'int64',
      dims: [2],
      data: BigInt64Array.of(1n, 10n),
    });
    const reshape = model.graph.addNode({ op: 'Reshape', inputs: [logits!, shape] });
    const index = producer.outputs.indexOf(logits!);
    model.graph.replaceAll(logits!, reshape.output());
    reshape.setInput(0, producer.output(index));
    await saveModel(model, join(folder, 'single.onnx'));
    const limited = (batch: number) =>
      writeFileSync(
        join(folder, 'quant.yml'),
        digitsPolicy(`levels: { 3: { model: single.onnx, limits: { latency: { max: 1h, batch: ${batch} } } } }
measure: { latency-budget: 1s, batches: [1, 4] }`),
      );
    for (const [batch, verdict] of [
      [4, 'fail'],
      [1, 'pass'],
    ] as const) {
      limited(batch);
      const said: string[] = [];
      const { report } = await run(`batch-${batch}`, { ...silent, note: (message) => said.push(message) });
      expect(said.join('\n')).toMatch(/digits level3-\S+: no latency at batch 4: .*Reshape/);
      const [variant] = report.models[0]!.variants;
      expect(variant!.checks).toMatchObject([{ name: 'latency.max', verdict }]);
      expect(variant!.measurements.latency).toHaveLength(2);
      expect(variant!.measurements.latency).toContainEqual({
        batch: 4,
        failed: true,
        notMeasured: expect.stringMatching(/Reshape/),
      });
      expect(variant!.measurements.latency).toContainEqual(
        expect.objectContaining({ batch: 1, runs: expect.any(Number) }),
      );
      if (verdict === 'fail') expect(variant!.checks[0]!.message).toMatch(/batch 4, was not measured: .*Reshape/);
      expect(reportSchema.parse(report)).toEqual(report);
    }
  });

  it('refuses a model whose own outputs are NaN, naming output and sample, with --resume too', async () => {
    await makeNan(join(digits, 'digits.onnx'), join(folder, 'nan.onnx'));
    policy('nan.onnx');
    const nan = /quant\.yml:3:11: nan\.onnx: FP32's own output "\w+" holds \d+ NaN, first for/;
    await expect(run('nan', silent)).rejects.toThrow(nan);
    await expect(run('nan', silent, { resume: true })).rejects.toThrow(nan);
  });

  it.runIf(process.platform === 'linux')('a machine that FP32 is too much for is no defect of ours', async () => {
    policy('digits.onnx');
    const killed = run('fp32-killed', signalAt('KILL', /fp32: inference on validation data/));
    await expect(killed).rejects.toThrow(UserError);
    await expect(killed).rejects.toThrow(/quant\.yml:3:11: .*digits\.onnx.*memory ran out/);
  });

  it('leaves nothing of its own where the output cannot be written in the end', async () => {
    policy('digits.onnx', '1: {}');
    const progress: Progress = {
      stage(name) {
        if (/latency/.test(name)) writeFileSync(join(folder, 'late/report.html'), 'my own page');
        return { advance() {}, done() {} };
      },
      note() {},
    };
    await expect(run('late', progress)).rejects.toThrow(/report\.html is in the way/);
    expect(readdirSync(join(folder, 'late'))).toEqual(['report.html']);
  });

  it('looks at the output that the policy names, wherever else there is a NaN', async () => {
    const model = await loadModel(join(digits, 'digits.onnx'));
    const [logits] = model.graph.outputs;
    const first = model.graph.addNode({ op: 'Log', inputs: [logits!], outputs: ['first'] });
    const second = model.graph.addNode({ op: 'Log', inputs: [logits!], outputs: ['second'] });
    const sum = model.graph.addNode({ op: 'Abs', inputs: [logits!], outputs: ['sum'] });
    for (const node of [first, second, sum])
      model.graph.addOutput(node.output(), logits!.staticInfo as Omit<TensorInfo, 'name'>);
    await saveModel(model, join(folder, 'several.onnx'));
    const text = (output: string) =>
      digitsPolicy('levels: { 2: {} }\nmeasure: { latency-budget: 1s }', 'several.onnx').replace(
        'task: classification',
        `task: classification\n    output: ${output}`,
      );
    writeFileSync(join(folder, 'quant.yml'), text('second'));
    await expect(run('several', silent)).rejects.toThrow(/own output "second" holds/);
    writeFileSync(join(folder, 'quant.yml'), text('sum'));
    expect((await run('several', silent)).report.models[0]!.fp32.measurements.accuracy).toMatchObject({
      metric: 'top1',
    });
  });
});

import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeBase, effectivePolicy } from '../../src/engine/base-policy.ts';
import type { BaseBranch } from '../../src/engine/options.ts';
import { planRun } from '../../src/engine/plan.ts';
import { runGate } from '../../src/engine/run.ts';
import { decideGate } from '../../src/gate/verdict.ts';
import { tangoInterval } from '../../src/measure/accuracy/paired-proportions.ts';
import { loadModel, saveModel } from '../../src/onnx/model.ts';
import { readTensor } from '../../src/onnx/tensor.ts';
import { loadPolicy, parsePolicy } from '../../src/policy/load.ts';
import { expandModels } from '../../src/policy/paths.ts';
import { silent } from '../../src/progress.ts';
import { Random } from '../../src/random.ts';
import { hostTargetName } from '../../src/targets/index.ts';
import { digits, digitsFolder, digitsPolicy, signalAt } from './digits.ts';

const folder = digitsFolder();

const policyText = (accuracy: string, regression: string) =>
  digitsPolicy(
    `levels: { 2: { prefer: size, limits: { accuracy: ${accuracy} } } }
gate: { require: [2], regression: ${regression} }
measure: { latency-budget: 2s }`,
    'model.onnx',
  );

/** The digits model with noise on the weights of its classifier: as accurate in INT8 as in FP32, and worse than before. */
async function worsen(to: string): Promise<void> {
  const model = await loadModel(join(digits, 'digits.onnx'));
  const gemm = model.graph.nodes.find((node) => node.is('Gemm'));
  const weight = gemm?.input(1);
  if (!weight?.initializer) throw new Error('the example has no classifier');
  const random = new Random(3);
  const { dims, data } = readTensor(weight.initializer);
  const noisy = Float32Array.from(data as Float32Array, (value) => value + 0.25 * random.normal());
  model.graph.setInitializer(weight, { type: 'float32', dims, data: noisy });
  await saveModel(model, to, { externalData: 'always' });
}

const unchangedModel = new Map([['model.onnx', join(digits, 'digits.onnx')]]);

function base(text: string | undefined, files = unchangedModel): BaseBranch {
  return {
    ref: 'main',
    sha: '0'.repeat(40),
    ...(text !== undefined && { policyText: text }),
    async extract(path, to) {
      const file = files.get(path);
      if (file) copyFileSync(file, to);
      return file !== undefined;
    },
  };
}

function run(out: string, branch: BaseBranch, progress = silent, limitsFrom?: 'base') {
  return runGate({
    policyPath: join(folder, 'quant.yml'),
    outDir: join(folder, out),
    seed: 0,
    allowCommands: true,
    progress,
    base: branch,
    ...(limitsFrom && { limitsFrom }),
  });
}

describe('a pull request compared with its base', { timeout: 120_000 }, () => {
  it('fails where the model became worse, though INT8 is as good as its own FP32', async () => {
    // Whether integers are faster is timed, and of this small network either may come out: for both files alike.
    const text = policyText('{ max-drop: 0.02 }', '{ accuracy: 0.005, size: 0.02 }').replace('prefer: size, ', '');
    writeFileSync(join(folder, 'quant.yml'), text);
    // The files themselves are the same: the weights that differ are in external data.
    await worsen(join(folder, 'model.onnx'));
    const before = join(digitsFolder(), 'model.onnx');
    await saveModel(await loadModel(join(digits, 'digits.onnx')), before, { externalData: 'always' });
    expect(readFileSync(before).equals(readFileSync(join(folder, 'model.onnx')))).toBe(true);
    const files = new Map(['model.onnx', 'model.onnx.data'].map((name) => [name, join(dirname(before), name)]));
    const { report, exitCode } = await run('worse', base(text, files));
    const checks = Object.fromEntries(report.models[0]?.variants[0]?.checks.map((check) => [check.name, check]) ?? []);
    expect(checks['accuracy.max-drop']?.verdict).toMatch(/pass|inconclusive/);
    expect(checks['regression.accuracy']).toMatchObject({ verdict: 'fail', limit: 0.005 });
    expect(checks['regression.size']?.verdict).toBe('pass');
    expect(exitCode).toBe(1);
    expect(readFileSync(join(folder, 'worse/comment.md'), 'utf8')).toContain('base');
  });

  it('takes no limits of its own where the policy wants those of a base that cannot be read', async () => {
    writeFileSync(join(folder, 'quant.yml'), policyText('{ max-drop: 0.02 }', '{ size: 0.02 }, limits-from: base'));
    const options = { outDir: join(folder, 'unread'), seed: 0, allowCommands: true, progress: silent };
    const noBase = 'the policy lies in a submodule';
    await expect(runGate({ policyPath: join(folder, 'quant.yml'), ...options, noBase })).rejects.toThrow(
      /quant\.yml:\d+:\d+: limits-from is base, and the base cannot be read: the policy lies in a submodule/,
    );
    const head = await loadPolicy(join(folder, 'quant.yml'));
    expect(effectivePolicy(head, { noBase, limitsFrom: 'head' }).loaded).toBe(head);
  });

  it('leaves the limits open, and says why, where the base cannot be read', async () => {
    writeFileSync(join(folder, 'quant.yml'), policyText('{ max-drop: 0.02 }', '{ accuracy: 0.005 }'));
    copyFileSync(join(digits, 'digits.onnx'), join(folder, 'model.onnx'));
    const { report, exitCode } = await runGate({
      policyPath: join(folder, 'quant.yml'),
      outDir: join(folder, 'no-base'),
      seed: 0,
      allowCommands: true,
      progress: silent,
      noBase: 'the base commit 012345 cannot be fetched',
    });
    const check = report.models[0]?.variants[0]?.checks.find(({ name }) => name === 'regression.accuracy');
    expect(check).toMatchObject({ verdict: 'inconclusive', estimate: null });
    expect(check?.message).toContain('the base commit 012345 cannot be fetched');
    expect(exitCode).toBe(1);
  });

  it('leaves the limits open, and says why, where the base does not run on the data', async () => {
    const text = policyText('{ max-drop: 0.02 }', '{ accuracy: 0.005 }');
    writeFileSync(join(folder, 'quant.yml'), text);
    copyFileSync(join(digits, 'digits.onnx'), join(folder, 'model.onnx'));
    const before = await loadModel(join(digits, 'digits.onnx'));
    before.graph.rename(before.graph.inputs[0]!, 'pixels');
    const renamed = join(digitsFolder(), 'renamed.onnx');
    await saveModel(before, renamed);
    const { report, exitCode } = await run('other-input', base(text, new Map([['model.onnx', renamed]])));
    const check = report.models[0]?.variants[0]?.checks.find(({ name }) => name === 'regression.accuracy');
    expect(check).toMatchObject({ verdict: 'inconclusive', estimate: null });
    expect(check?.message).toMatch(/the model of main could not be measured: .*pixels/);
    expect(exitCode).toBe(1);
  });

  it.runIf(process.platform === 'linux')('does not pass a model that crashes where its base does not', async () => {
    const text = policyText('{}', '{ accuracy: 0.005 }').replace(', limits: { accuracy: {} }', '');
    writeFileSync(join(folder, 'quant.yml'), text);
    await worsen(join(folder, 'model.onnx'));
    const killed = signalAt('KILL', /level2-[\w-]+(?<!-base): inference on validation data/);
    const { report, exitCode } = await run('crashes', base(text), killed);
    expect(report.models[0]?.variants[0]?.checks).toMatchObject([{ name: 'regression.accuracy', verdict: 'fail' }]);
    expect(exitCode).toBe(1);
  });

  it.each(['agreement', 'cosine'])(
    'holds each against its own FP32 where the metric compares with that: %s',
    async (metric) => {
      const regression = '{ accuracy: 0.05 }';
      const text = policyText('{}', regression)
        .replace(', limits: { accuracy: {} }', '')
        .replace('task: classification', `task: classification\n    metric: ${metric}`);
      writeFileSync(join(folder, 'quant.yml'), text);
      // Its answers are others than those of the base's model; that is no loss by quantization.
      await worsen(join(folder, 'model.onnx'));
      const { report, exitCode } = await run(`fidelity-${metric}`, base(text));
      const [check] = report.models[0]!.variants[0]!.checks;
      expect(check).toMatchObject({ name: 'regression.accuracy', verdict: 'pass' });
      expect(Math.abs(check!.estimate!)).toBeLessThan(0.03);
      expect(exitCode).toBe(0);
    },
  );

  it('pairs what a command says of the samples with what it says of them at the base', async () => {
    const npy = JSON.stringify(resolve(import.meta.dirname, '../../src/data/npy.ts'));
    writeFileSync(
      join(folder, 'score.mjs'),
      `import { openNpz } from ${npy};
const read = async (path, key) => (await (await openNpz(path, 'npz')).open(key)).read();
const logits = await read(process.env.QUANT_GATE_OUTPUTS, 'logits');
const labels = await read(process.env.QUANT_GATE_LABELS, 'labels');
const best = (row) => row.indexOf(Math.max(...row));
console.log(JSON.stringify(Array.from(labels, (label, i) => Number(best([...logits.slice(10 * i, 10 * i + 10)]) === Number(label)))));`,
    );
    const command = `${JSON.stringify(process.execPath)} score.mjs`;
    const text = policyText('{}', '{ accuracy: 0.005 }')
      .replace(', limits: { accuracy: {} }', '')
      .replace(
        'task: classification',
        `task: classification\n    metric: { command: ${JSON.stringify(command)}, direction: higher }`,
      );
    writeFileSync(join(folder, 'quant.yml'), text);
    await worsen(join(folder, 'model.onnx'));
    const { report } = await run('command', base(text));
    const [check] = report.models[0]!.variants[0]!.checks;
    // The interval is that of flips between the two, which need not be as many as the flips of each against FP32.
    const samples = 797;
    const change = Math.round(check!.estimate! * samples);
    const paired = Array.from({ length: samples - change }, (_, gained) =>
      tangoInterval(gained + change, gained, samples, 0.95),
    );
    expect(paired.map(({ low }) => low.toFixed(9))).toContain(check!.low!.toFixed(9));
    expect(paired.map(({ high }) => high.toFixed(9))).toContain(check!.high!.toFixed(9));
  });

  it('finds the base of a model that was moved by its name', async () => {
    const text = policyText('{}', '{ size: 0.5 }').replace(', limits: { accuracy: {} }', '');
    writeFileSync(join(folder, 'quant.yml'), text.replace('path: model.onnx', 'path: moved/model.onnx'));
    mkdirSync(join(folder, 'moved'));
    await worsen(join(folder, 'moved/model.onnx'));
    const { report } = await run('moved', base(text));
    expect(report.models[0]!.variants[0]!.checks).toMatchObject([{ name: 'regression.size', verdict: 'pass' }]);
  });

  it('takes what the base has out of its repository once for all variants', async () => {
    const text = digitsPolicy(
      `levels: { 1: {}, 2: { prefer: size } }
gate: { regression: { size: 0.5 } }
measure: { latency-budget: 1ms }`,
      'model.onnx',
    );
    writeFileSync(join(folder, 'quant.yml'), text);
    await worsen(join(folder, 'model.onnx'));
    const branch = base(text);
    const taken: string[] = [];
    const { report } = await run('once', {
      ...branch,
      extract(path, to) {
        taken.push(path);
        return branch.extract(path, to);
      },
    });
    const checks = report.models[0]!.variants.map((variant) => variant.checks.map(({ name }) => name));
    expect(checks).toEqual([['regression.size'], ['regression.size']]);
    expect(taken).toEqual(['model.onnx']);
  });

  it('says that an unchanged model has nothing to compare', async () => {
    const text = policyText('{ max-drop: 0.02 }', '{ accuracy: 0.005 }');
    writeFileSync(join(folder, 'quant.yml'), text);
    copyFileSync(join(digits, 'digits.onnx'), join(folder, 'model.onnx'));
    const { report, exitCode } = await run('same', base(text));
    expect(report.models[0]?.variants[0]?.notes.join(' ')).toContain('same as at main');
    expect(exitCode).toBe(0);
  });

  it('compares a committed export with that of the base, whose FP32 model is the same', async () => {
    copyFileSync(join(digits, 'digits.onnx'), join(folder, 'model.onnx'));
    const rest = (level: string) =>
      digitsPolicy(
        `levels: { ${level} }
gate: { regression: { accuracy: 0.005 } }
measure: { latency-budget: 1ms }`,
        'model.onnx',
      );
    writeFileSync(join(folder, 'quant.yml'), rest('2: { prefer: size }'));
    await run('exported', base(undefined));
    const before = join(folder, `exported/models/digits/level2-${hostTargetName()}.onnx`);
    const model = await loadModel(before);
    const scales = model.graph.nodes
      .find((node) => node.is('Gemm'))!
      .input(1)!
      .producer!.input(1)!;
    const { dims, data } = readTensor(scales.initializer!);
    const random = new Random(3);
    const off = Float32Array.from(data as Float32Array, (scale) => scale * Math.exp(2 * random.normal()));
    model.graph.setInitializer(scales, { type: 'float32', dims, data: off });
    await saveModel(model, join(folder, 'export.onnx'));
    const text = rest('3: { model: export.onnx }');
    writeFileSync(join(folder, 'quant.yml'), text);
    const compared = async (out: string, files: Map<string, string>) => {
      const { report } = await run(out, base(text, new Map([...unchangedModel, ...files])));
      return report.models[0]!.variants[0]!;
    };
    const worse = await compared('export', new Map([['export.onnx', before]]));
    expect(worse.checks).toMatchObject([{ name: 'regression.accuracy', verdict: 'fail' }]);
    const same = await compared('same-export', new Map([['export.onnx', join(folder, 'export.onnx')]]));
    expect([same.checks, same.notes.at(-1)]).toMatchObject([[], expect.stringContaining('same as at main')]);
    const added = await compared('first-export', new Map());
    expect([added.checks, added.notes.at(-1)]).toMatchObject([[], expect.stringContaining('there is no baseline')]);
  });

  it('shows a loosened limit, and holds the base branch’s where the operator asks', async () => {
    writeFileSync(join(folder, 'quant.yml'), policyText('{ max-drop: 0.5 }', '{ size: 0.5 }'));
    copyFileSync(join(digits, 'digits.onnx'), join(folder, 'model.onnx'));
    const strict = policyText('{ max-drop: 0.02, min: 0.999 }', '{ size: 0.5 }');
    const own = await run('loosened', base(strict));
    expect(own.report.policy.changes?.[0]).toMatch(/^loosened: .*accuracy/);
    expect(own.report.policy.loosened).toEqual(own.report.policy.changes);
    expect(own.exitCode).toBe(0);
    const held = await run('held', base(strict), silent, 'base');
    expect(held.exitCode).toBe(1);
    expect(held.report.models[0]?.variants[0]?.checks.find(({ name }) => name === 'accuracy.min')?.limit).toBe(0.999);
    expect(existsSync(join(folder, 'held/manifest.json'))).toBe(true);
  });
});

it('a report does not say that the base was measured where no limit compares with it', () => {
  const status = (gate: string) => {
    const text = digitsPolicy(`gate: ${gate}`);
    const head = parsePolicy(text, { path: 'quant.yml', folder, root: folder });
    const options = { policyPath: '', outDir: '', seed: 0, allowCommands: false, progress: silent, base: base(text) };
    return describeBase(options, effectivePolicy(head, options)).base?.status;
  };
  expect(status('{ regression: { size: 0.1 } }')).toBe('compared on this machine');
  expect(status('{}')).toBe('only the policy, as gate.regression sets no limit');
});

/** What the gate says where Level 1 passes and Level 2 fails its limits. */
function held(levels: string, require: 'all' | 'any') {
  const text = (named: string) => digitsPolicy(`levels: ${named}\ngate: { require: ${require} }`, 'model.onnx');
  const head = parsePolicy(text(levels), { path: 'quant.yml', folder, root: folder });
  const before = text('{ 2: { limits: { accuracy: { min: 0.999 } } } }');
  const { policy } = effectivePolicy(head, { base: base(before), limitsFrom: 'base' }).loaded;
  const made = (level: 1 | 2, verdict: 'pass' | 'fail') =>
    policy.levels[level] ? [{ id: `level${level}`, level, target: 'cpu', verdict, checks: [] }] : [];
  return { policy, ...decideGate([{ name: 'digits', variants: [...made(1, 'pass'), ...made(2, 'fail')] }], policy) };
}

describe('limits from the base branch', () => {
  it.each([
    ['adds a level that says stop', '{ 1: { stop: true }, 2: {} }', 'all'],
    ['exchanges the level for one without limits', '{ 1: {} }', 'all'],
    ['lets its level stop', '{ 2: { stop: true } }', 'all'],
    ['adds a level where any is enough', '{ 1: {}, 2: {} }', 'any'],
  ] as const)('hold against a pull request that %s', (_, levels, require) => {
    const { policy, passed } = held(levels, require);
    expect(policy.levels[2]).toMatchObject({ stop: false, limits: { accuracy: { min: 0.999 } } });
    expect(passed).toBe(false);
  });

  it('keep a model that the pull request no longer names, while its file is there', () => {
    copyFileSync(join(digits, 'digits.onnx'), join(folder, 'model.onnx'));
    const place = { path: 'quant.yml', folder, root: folder };
    const head = parsePolicy(digitsPolicy('', 'other.onnx').replace('name: digits', 'name: other'), place);
    const models = (before: string) =>
      effectivePolicy(head, { base: base(before), limitsFrom: 'base' }).loaded.policy.models.map(({ path }) => path);
    expect(models(digitsPolicy('', 'model.onnx'))).toEqual(['other.onnx', 'model.onnx']);
    expect(models(digitsPolicy('', 'gone.onnx'))).toEqual(['other.onnx']);
    expect(models(digitsPolicy('', 'mod*.onnx'))).toEqual(['other.onnx', 'mod*.onnx']);
  });

  it.each([
    ['a list', ['list/a.onnx', 'list/b.onnx'], ['list/*.onnx']],
    ['a glob', ['list/*.onnx'], ['list/a.onnx', 'list/b.onnx']],
  ])('gate no model twice that %s names in another way', async (_, own, before) => {
    mkdirSync(join(folder, 'list'), { recursive: true });
    for (const file of ['a', 'b', 'c']) copyFileSync(join(digits, 'digits.onnx'), join(folder, `list/${file}.onnx`));
    const text = (paths: string[]) =>
      `version: 1\nmodels: [${paths.map((path) => `{ path: '${path}' }`).join(', ')}]\n`;
    const head = parsePolicy(text(own), { path: 'quant.yml', folder, root: folder });
    const { loaded } = effectivePolicy(head, { base: base(text(before)), limitsFrom: 'base' });
    const models = await expandModels(loaded);
    // What the head leaves out stays.
    expect(models.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it.each([
    [
      'levels: { 2: { limits: { accuracy: { min: 0.9 } } } }',
      /quant.yml:2:18: digits has no validation data.* levels.2.limits.accuracy limits/,
    ],
    [
      'gate: { regression: { accuracy: 0.01 } }',
      /quant.yml:2:18: digits has no validation data.* gate.regression.accuracy limits/,
    ],
  ])('refuse a pull request that takes the data away which %s needs', async (limits, message) => {
    const head = 'version: 1\nmodels: [{ path: digits.onnx, name: digits, metric: agreement }]\n';
    const { loaded } = effectivePolicy(parsePolicy(head, { path: 'quant.yml', folder, root: folder }), {
      base: base(digitsPolicy(limits)),
      limitsFrom: 'base',
    });
    const options = {
      policyPath: 'quant.yml',
      outDir: join(folder, 'o'),
      seed: 0,
      allowCommands: true,
      progress: silent,
    };
    await expect(planRun(loaded, options)).rejects.toThrow(message);
  });

  it('are read of a policy with a key that nothing reads, which the pull request removes', () => {
    const [before, after] = [', border: 4', ''].map(
      (border) =>
        `version: 1\nmodels: [{ path: digits.onnx${border} }]\nlevels: { 2: { limits: { size: { max: 1MB } } } }\n`,
    ) as [string, string];
    const head = parsePolicy(after, { path: 'quant.yml', folder, root: folder });
    const { loaded } = effectivePolicy(head, { base: base(before), limitsFrom: 'base' });
    expect(loaded.policy.levels[2]?.limits).toEqual({ size: { max: 1_000_000 } });
  });

  it('leave to the pull request whether Level 3 is an export, a training of its own or ours', () => {
    const place = { path: 'quant.yml', folder, root: folder };
    const third = (before: string, after: string) => {
      const text = (level: string) => digitsPolicy(`levels: { 3: { ${level} } }`);
      const head = parsePolicy(text(after), place);
      const { limits, ...made } = effectivePolicy(head, { base: base(text(before)), limitsFrom: 'base' }).loaded.policy
        .levels[3]!;
      return { command: made.command, model: made.model, limits };
    };
    const limits = { size: { max: 1e6 } };
    const before = 'model: export.onnx, limits: { size: { max: 1MB } }';
    expect(third(before, 'command: python train.py')).toEqual({ command: 'python train.py', model: undefined, limits });
    expect(third(before, 'budget: 1m')).toEqual({ command: undefined, model: undefined, limits });
    expect(third(before, 'model: other.onnx')).toEqual({ command: undefined, model: 'other.onnx', limits });
  });

  it('leave how a level is made to the pull request', () => {
    expect(held('{ 2: { observer: entropy, limits: {} } }', 'all').policy.levels[2]).toMatchObject({
      observer: 'entropy',
      limits: { accuracy: { min: 0.999 } },
    });
  });
});

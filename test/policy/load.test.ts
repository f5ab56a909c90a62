import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { loadPolicy, parsePolicy } from '../../src/policy/load.ts';
import { defaultMetric } from '../../src/policy/task.ts';

/** The example of the design, word for word. */
const example = `# yaml-language-server: $schema=./schema/quant.schema.json
version: 1
models:
  - name: mobilenet                 # default: the file's stem; \`path\` may be a glob, one entry a match
    path: models/mobilenet.onnx
    build: { command: python export.py }        # optional: writes \`path\` (PyTorch to ONNX, say); see trust
    task: classification            # classification | regression | embedding | detection | segmentation | language-model | generic: default metric, how outputs are read
    metric: top1
    data:
      calibration: { images: data/calibration, limit: 200 }
      validation:  { images: data/validation, labels: data/validation.csv }
      preprocess:  { resize: 256, crop: 224, color: rgb, scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], layout: nchw }
targets: [cpu]
levels:
  1: { method: dynamic, limits: { size: { max-ratio: 0.6 }, accuracy: { max-drop: 0.01 } } }
  2:
    method: static
    observer: auto                  # min-max | moving-average | histogram | percentile | entropy | auto
    per-channel: true
    bits: 8                         # weight bits, 8 or 4; also at Level 3
    recover: auto                   # auto | none | [equalize, bias-correct, ...]
    prefer: balanced                # balanced | speed | size
    keep-float: [ "/features/0/*" ]             # node names or globs, or op types
    limits:
      size:     { max-ratio: 0.30 }
      latency:  { min-speedup: 1.2, at: p50, batch: 1 }
      memory:   { max-ratio: 0.9 }
      accuracy: { max-drop: 0.01, min: 0.68 }
  3: { method: qat, budget: 10m, limits: { accuracy: { max-drop: 0.003 } } }
gate:
  require: [2]                      # a level, a list, \`any\`, \`all\`
  confidence: 0.95
  on-inconclusive: estimate         # estimate | fail | warn
  regression: { accuracy: 0.005, size: 0.02, speedup: 0.10 }   # against the base branch
publish: { variants: passing, to: release }
`;

const place = { path: 'quant.yml', folder: '/repository', root: '/repository' };

/** The lines of the message for a policy, or 'fine'. */
function complaints(text: string): string[] {
  try {
    parsePolicy(text, place);
    return ['fine'];
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    return (error as UserError).message.split('\n');
  }
}

/** A policy with one labelled model, and `rest` behind it. */
const policyWith = (rest: string) =>
  `version: 1\nmodels:\n  - path: a.onnx\n    task: classification\n    data: { validation: { images: v } }\n${rest}`;

describe('a policy that is right', () => {
  test('the documented example loads as written', () => {
    const { policy, sha256 } = parsePolicy(example, place);
    expect(policy.models[0]).toMatchObject({ name: 'mobilenet', metric: 'top1', task: 'classification', batch: 1 });
    expect(policy.levels[2]).toMatchObject({ observer: 'auto', 'per-channel': true, 'search-budget': 300_000 });
    expect(policy.levels[3]?.budget).toBe(600_000);
    expect(policy.gate).toMatchObject({ require: [2], 'on-inconclusive': 'estimate' });
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('the shortest policy gets the defaults', () => {
    const { policy } = parsePolicy('version: 1\nmodels: [{ path: a.onnx }]', place);
    expect(policy.targets).toEqual(['cpu']);
    expect(Object.keys(policy.levels)).toEqual(['2']);
    expect(policy.gate.require).toBe('all');
    expect(policy.measure['latency-budget']).toBe(60_000);
    expect(defaultMetric(policy.models[0]!.task)).toBe('sqnr');
  });

  test('a single level, sizes with units, anchors and merge keys', () => {
    const { policy } = parsePolicy(
      policyWith(
        'levels:\n  1: { limits: &l { size: { max: 4MB }, memory: { max: 512KiB } } }\n  2: { limits: { <<: *l, latency: { max: 20ms } } }\ngate: { require: 2 }',
      ),
      place,
    );
    expect(policy.gate.require).toEqual([2]);
    expect(policy.levels[2]?.limits).toMatchObject({
      size: { max: 4_000_000 },
      memory: { max: 524_288 },
      latency: { max: 20 },
    });
  });

  test('positions point at values, at aliases and at the nearest thing that the file has', () => {
    const loaded = parsePolicy(example, place);
    const at = (...path: (string | number)[]) => loaded.positions.value(path);
    expect(at('models', 0, 'path')).toEqual({ file: 'quant.yml', line: 5, column: 11 });
    expect(at('models', 0, 'data', 'calibration', 'limit')).toEqual({ file: 'quant.yml', line: 10, column: 55 });
    expect(at('levels', 2, 'limits', 'accuracy', 'max-drop').line).toBe(28);
    expect(at('levels', 2, 'search-budget').line).toBe(at('levels', 2).line);
    expect(loaded.positions.key(['levels', 3])).toEqual({ file: 'quant.yml', line: 29, column: 3 });
  });
});

describe('what is wrong is named with its place, its value and its cure', () => {
  test.each([
    ['an unknown key', policyWith('target: [cpu]'), 'quant.yml:6:1: unknown key "target"; did you mean "targets"?'],
    [
      'underscores',
      policyWith('levels: { 2: { limits: { accuracy: { max_drop: 0.01 } } } }'),
      'quant.yml:6:38: unknown key "max_drop" in levels.2.limits.accuracy; did you mean "max-drop"?',
    ],
    [
      'a key one level too high',
      policyWith('levels: { 2: { limits: { max-drop: 0.01 } } }'),
      'quant.yml:6:26: unknown key "max-drop" in levels.2.limits; "max-drop" belongs under accuracy',
    ],
    [
      'a key one level too low',
      policyWith('gate: { targets: [cpu] }'),
      'quant.yml:6:9: unknown key "targets" in gate; "targets" belongs at the top level',
    ],
    [
      'a name that is too long for a folder',
      `version: 1\nmodels: [{ path: a.onnx, name: ${'a'.repeat(300)} }]`,
      `quant.yml:2:32: models[0].name: "${'a'.repeat(59)}…" is not at most 100 letters, digits, ".", "_" and "-"`,
    ],
    [
      'an observer',
      policyWith('levels: { 2: { observer: histogramm } }'),
      'quant.yml:6:26: levels.2.observer: "histogramm" is not one of auto, min-max, moving-average, histogram, percentile, entropy; did you mean "histogram"?',
    ],
    [
      'a target',
      policyWith('targets: [cpu-x64-vnii]'),
      'quant.yml:6:11: targets[0]: "cpu-x64-vnii" is not one of cpu, cpu-x64-avx2, cpu-x64-vnni, cpu-arm64, cuda, tensorrt; did you mean "cpu-x64-vnni"?',
    ],
    [
      'a duration without a unit',
      policyWith('levels: { 3: { budget: 10 } }'),
      'quant.yml:6:24: levels.3.budget: 10 is not a duration with its unit, such as 20ms, 90s, 10m or 2h; write 10s or 10m',
    ],
    [
      'a size with a wrong unit',
      policyWith('levels: { 2: { limits: { size: { max: 4 mb } } } }'),
      'quant.yml:6:39: levels.2.limits.size.max: "4 mb" is not a size with its unit, such as 512KiB or 4MB',
    ],
    [
      'percent',
      policyWith('levels: { 2: { limits: { size: { max-ratio: 30% } } } }'),
      'quant.yml:6:45: levels.2.limits.size.max-ratio: "30%" is not a number; write 0.3',
    ],
    [
      'a quoted number',
      policyWith('gate: { confidence: "0.9" }'),
      'quant.yml:6:21: gate.confidence: "0.9" is not a number; write 0.9 without quotes',
    ],
    [
      'an undefined level',
      policyWith('levels: { 1: {} }\ngate: { require: [1, 2] }'),
      'quant.yml:7:22: gate.require names level 2, which is not defined; defined are 1',
    ],
    [
      'an empty list',
      policyWith('gate: { require: [] }'),
      'quant.yml:6:18: gate.require: the list is empty; give at least one entry',
    ],
    [
      'an empty level',
      policyWith('levels:\n  1: {}\n  2:\n'),
      'quant.yml:8:3: levels.2: has no value; expected a map with keys of',
    ],
    [
      'a map for a list',
      'version: 1\nmodels:\n  path: a.onnx\n',
      'quant.yml:3:3: models: the map {"path":"a.onnx"} is not a list',
    ],
    ['another version', 'version: 2\nmodels: [{ path: a.onnx }]', 'quant.yml:1:10: version: 2 is not 1'],
    [
      'two trainings',
      policyWith('levels: { 3: { command: train.sh, model: qat.onnx } }'),
      'quant.yml:6:35: levels.3 has both `command`, which trains a model, and `model`',
    ],
    ['one target twice', policyWith('targets: [cpu, cpu]'), 'quant.yml:6:16: the target "cpu" stands twice'],
    [
      'a drop in percent points',
      policyWith('levels: { 2: { limits: { accuracy: { max-drop: 1 } } } }'),
      'quant.yml:6:38: max-drop: 1 cannot be meant: top1 lies between 0 and 1, so any drop is allowed; one point is 0.01: write 0.01',
    ],
    [
      'a drop against the base in percent points',
      policyWith('gate: { regression: { accuracy: 1 } }'),
      'quant.yml:6:33: gate.regression.accuracy: 1 cannot be meant: top1 lies between 0 and 1, so any drop is allowed; one point is 0.01: write 0.01',
    ],
    [
      'a fraction of nothing',
      policyWith('levels: { 2: { limits: { accuracy: { max-relative-drop: 0.01 } } } }').replace(
        '    task: classification',
        '    metric: kl',
      ),
      'quant.yml:6:38: kl of FP32 is 0, and there is no fraction of it; use `max-drop`',
    ],
    ['nothing', '', 'quant.yml:1:1: the policy is empty; `quant-gate init MODEL.onnx` writes one'],
    ['only a comment', '# models\n', 'quant.yml:1:1: the policy is empty'],
    ['a tab', 'version: 1\nmodels:\n\t- path: a\n', 'quant.yml:3:1: a tab indents this line; YAML allows only spaces'],
    ['a broken list', 'version: 1\nmodels: [a,\nb: 1', 'quant.yml:3:1: not valid YAML'],
    ['a second document', 'version: 1\n---\nversion: 1\n', 'quant.yml:2:1: a second YAML document begins here'],
    [
      'levels without one',
      policyWith('levels: {}'),
      'quant.yml:6:9: no level is defined; write for instance levels: { 2: {} }',
    ],
    [
      'levels without a value',
      policyWith('levels:'),
      'quant.yml:6:1: no level is defined; write for instance levels: { 2: {} }',
    ],
    ['a map without a value', policyWith('gate:'), 'limits-from; write {} for the defaults'],
    [
      'no batches',
      policyWith('measure: { batches: [] }'),
      'quant.yml:6:21: measure.batches: the list is empty; give at least one entry',
    ],
    [
      'an alias of nothing',
      'version: 1\nmodels: *x\n',
      'quant.yml:2:9: the alias "*x" refers to an anchor that does not stand before it',
    ],
    [
      'an alias within itself',
      'version: 1\nmodels: &x [{ path: *x }]\n',
      'quant.yml:2:21: the alias "*x" stands within what it refers to',
    ],
    ['a text', 'hello', 'quant.yml:1:1: "hello" is not a map with keys of version, models'],
  ])('%s', (_what, text, expected) => {
    expect(complaints(text)[0]).toContain(expected);
  });

  test('a misspelled required key is one mistake, not two', () => {
    expect(complaints('version: 1\nmodels:\n  - paht: a.onnx\n')).toEqual([
      'quant.yml:3:5: unknown key "paht" in models[0]; did you mean "path"?',
    ]);
  });

  test('a key that stands twice is named together with the other mistakes', () => {
    expect(complaints('version: 1\nversion: 1\nmodels: [{ path: a.onnx }]\ntargets: [gpu]')).toEqual([
      'quant.yml:2:1: this key stands twice in the same map; keep one',
      expect.stringContaining('quant.yml:4:11: targets[0]: "gpu" is not one of'),
    ]);
  });

  test('all mistakes come at once: structure by line, then meaning', () => {
    const lines = complaints(
      'version: 1\nmodels:\n  - path: m/a.onnx\n    metric: map50\n    task: classification\n  - { path: b.onnx, tsak: generic }\n  - path: n/a.onnx\nlevels: { 2: { observer: best, limits: { accuracy: { min: 0.5 } } } }\n',
    );
    expect(lines.map((line) => line.split(':').slice(0, 3).join(':'))).toEqual([
      'quant.yml:6:21',
      'quant.yml:8:26',
      'quant.yml:4:13',
      'quant.yml:7:11',
      'quant.yml:8:54',
      'quant.yml:8:54',
    ]);
    expect(lines[2]).toContain('the metric "map50" does not fit the task "classification"; use one of top1');
    expect(lines[3]).toContain('models[2] has the same name as models[0], "a"');
  });
});

describe('data sources are told apart by their key', () => {
  const source = (text: string) =>
    complaints(`version: 1\nmodels:\n  - path: a.onnx\n    data: { validation: ${text} }\n`)[0];

  test('no kind, two kinds, a misspelled kind', () => {
    expect(source('{ limit: 3 }')).toContain(
      'models[0].data.validation names no kind of data; it needs one of the keys images, arrays, jsonl, csv, audio or command',
    );
    expect(source('{ images: a, arrays: b }')).toContain(
      'quant.yml:4:38: models[0].data.validation has both "images" and "arrays"',
    );
    expect(source('{ image: a }')).toContain('did you mean "images" instead of "image"?');
    expect(source('data/validation')).toContain('"data/validation" is not a map');
  });

  test('mistakes within a kind speak of that kind alone', () => {
    expect(source('{ jsonl: a, tokeniser: b }')).toContain('did you mean "tokenizer"?');
    expect(source('{ csv: a, sample-rate: 3 }')).toContain('data of kind "csv" knows csv, inputs, label, rows, limit');
    expect(source('{ images: a, limit: "200" }')).toContain(
      'models[0].data.validation.limit: "200" is not a whole number; write 200 without quotes',
    );
    expect(source('{ images: a, rows: 200 }')).toContain('200 is not a half-open range in quotes, such as "0:200"');
  });
});

describe('a limit on accuracy must be measurable', () => {
  const limited = (model: string, limit: string) =>
    complaints(`version: 1\nmodels:\n  - ${model}\nlevels: { 2: { limits: { accuracy: ${limit} } } }\n`);

  test.each([
    ['{ path: a.onnx }', '{ max-drop: 0.01 }', 'needs data to measure it on; add models[0].data.validation ("a.onnx")'],
    [
      '{ path: a.onnx, data: { calibration: { images: c } } }',
      '{ max-drop: 0.01 }',
      'needs data to measure it on; add models[0].data.validation',
    ],
    [
      '{ path: a.onnx, metric: accuracy, data: { validation: { arrays: v.npz } } }',
      '{ min: 0.5 }',
      'accuracy of "a.onnx" needs labels, and models[0].data.validation has none; add `labels: KEY`',
    ],
    ['{ path: a.onnx, data: { validation: { arrays: v.npz } } }', '{ max-drop: 1 }', 'there is no max-drop; use `min`'],
    [
      '{ path: a.onnx, metric: psnr, data: { validation: { images: v } } }',
      '{ per-class: { max-drop: 0.1 } }',
      'has no value per class',
    ],
    [
      '{ path: a.onnx, metric: top1, data: { validation: { images: v } } }',
      '{ min: 68 }',
      'min: 68 cannot be meant: top1 is at most 1; one point is 0.01: write 0.68',
    ],
  ])('%s with %s', (model, limit, expected) => {
    expect(limited(model, limit)[0]).toContain(expected);
  });

  test.each([
    ['{ path: a.onnx, data: { validation: { arrays: v.npz } } }', '{ min: 30 }'],
    ['{ path: a.onnx, metric: agreement, data: { validation: { arrays: v.npz } } }', '{ max-drop: 0.01 }'],
    ['{ path: a.onnx, metric: psnr, data: { validation: { arrays: v.npz, labels: y } } }', '{ max-drop: 1.5 }'],
    ['{ path: a.onnx, metric: { command: ./score }, data: { validation: { arrays: v.npz } } }', '{ max-drop: 3 }'],
    ['{ path: a.onnx, metric: agreement, data: { validation: { arrays: v.npz } } }', '{ min: 1 }'],
    ['{ path: a.onnx }', '{}'],
  ])('%s with %s is fine', (model, limit) => {
    expect(limited(model, limit)).toEqual(['fine']);
  });

  test.each([
    ['{ path: a.onnx, metric: agreement }', 'needs data to measure it on; add models[0].data.validation ("a.onnx")'],
    [
      '{ path: a.onnx, metric: top1, data: { validation: { arrays: v.npz } } }',
      'top1 of "a.onnx" needs labels, and models[0].data.validation has none; add `labels: KEY`',
    ],
  ])('of %s against the base, too', (model, expected) => {
    const policy = (limit: string) => `version: 1\nmodels:\n  - ${model}\ngate: { regression: { ${limit} } }\n`;
    expect(complaints(policy('size: 0.1, accuracy: 0.01'))[0]).toContain('quant.yml:4:34: ');
    expect(complaints(policy('size: 0.1, accuracy: 0.01'))[0]).toContain(expected);
    expect(complaints(policy('size: 0.1'))).toEqual(['fine']);
  });

  test('a drop of decibels against the base may be more than 1', () => {
    const model = '{ path: a.onnx, metric: psnr, data: { validation: { arrays: v.npz, labels: y } } }';
    const text = `version: 1\nmodels:\n  - ${model}\ngate: { regression: { accuracy: 1.5 } }\n`;
    expect(complaints(text)).toEqual(['fine']);
  });
});

describe('from a file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'quant-gate-policy-')));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('the root is the repository that holds the policy, also through a link', async () => {
    await mkdir(join(folder, 'repo/.git'), { recursive: true });
    await mkdir(join(folder, 'repo/gates'));
    await writeFile(join(folder, 'repo/gates/quant.yml'), 'version: 1\nmodels: [{ path: a.onnx }]\n');
    await symlink(join(folder, 'repo'), join(folder, 'link'));
    const loaded = await loadPolicy(join(folder, 'link/gates/quant.yml'));
    expect(loaded.folder).toBe(join(folder, 'repo/gates'));
    expect(loaded.root).toBe(join(folder, 'repo'));
  });

  test('a missing policy, a folder, and bytes that are no text', async () => {
    await expect(loadPolicy(join(folder, 'none.yml'))).rejects.toThrow(
      /there is no policy .*quant-gate init MODEL.onnx/,
    );
    await expect(loadPolicy(folder)).rejects.toThrow(/is a folder; name the policy in it/);
    await writeFile(join(folder, 'latin.yml'), Buffer.from([0x61, 0x3a, 0xe9]));
    await expect(loadPolicy(join(folder, 'latin.yml'))).rejects.toThrow(/is not UTF-8 text/);
  });

  test.skipIf(process.platform === 'win32')('a pipe that nobody writes into, and a device', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.yml')]);
    for (const path of [join(folder, 'pipe.yml'), '/dev/zero']) {
      await expect(loadPolicy(path)).rejects.toThrow(
        `the policy ${path} cannot be read: it is a pipe, a socket or a device, not a file`,
      );
    }
  });

  test('a file that is too large to be a policy', async () => {
    await writeFile(join(folder, 'large.yml'), `version: 1\n# ${'x'.repeat(1 << 20)}\n`);
    await expect(loadPolicy(join(folder, 'large.yml'))).rejects.toThrow(
      /the policy .*large\.yml has 1,048,590 bytes; a policy has at most 1,048,576/,
    );
  });
});

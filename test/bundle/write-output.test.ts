import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { joinOutputs } from '../../src/bundle/join.ts';
import { parseManifest } from '../../src/bundle/manifest.ts';
import { checkOutput, type OutputVariant, writeOutput } from '../../src/bundle/write-output.ts';
import { parseReport } from '../../src/report/parse.ts';
import type { Report } from '../../src/report/schema.ts';
import * as fixtures from '../report/fixtures.ts';

let base: string;
let out: string;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'quant-gate-bundle-')));
  out = join(base, 'out');
  await mkdir(join(base, 'made'));
});
afterEach(() => rm(base, { recursive: true }));

async function made(name: string, text = name): Promise<string> {
  const path = join(base, 'made', name);
  await writeFile(path, text);
  return path;
}

async function variants(model = 'mobilenet', ids = ['fp32', 'level2-cpu-x64-avx2']): Promise<OutputVariant[]> {
  return Promise.all(ids.map(async (id) => ({ model, id, path: await made(`${model}-${id}.onnx`) })));
}

const write = (report: Report, files: readonly OutputVariant[], to = out) =>
  writeOutput(to, { report, variants: files, version: '1.2.3' });

/** Every file below a folder, relative. */
async function tree(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

describe('the output folder', () => {
  test('holds report, page, comment, models and a manifest that lists them', async () => {
    const { report, manifest } = await write(fixtures.passing, await variants());
    expect(await tree(out)).toEqual([
      'comment.md',
      'manifest.json',
      'models/mobilenet/fp32.onnx',
      'models/mobilenet/level2-cpu-x64-avx2.onnx',
      'report.html',
      'report.json',
    ]);
    expect(parseManifest(await readFile(join(out, 'manifest.json'), 'utf8'))).toEqual(manifest);
    for (const file of manifest.files) {
      const text = await readFile(join(out, file.path), 'utf8');
      expect([file.sha256, file.bytes]).toEqual([digest(text), Buffer.byteLength(text)]);
    }
    expect(manifest.files.find(({ variant }) => variant === 'level2-cpu-x64-avx2')).toMatchObject({
      kind: 'model',
      model: 'mobilenet',
      level: 2,
      method: 'static',
      target: 'cpu-x64-avx2',
      verdict: 'pass',
    });
    expect(manifest.versions).toEqual({ quantGate: '1.2.3', node: 'v24.21.0', onnxruntime: '1.30.0' });
    // The report names the files that were written, not what the engine guessed.
    expect(report.models[0]!.variants[0]).toMatchObject({
      file: 'models/mobilenet/level2-cpu-x64-avx2.onnx',
      sha256: digest('mobilenet-level2-cpu-x64-avx2.onnx'),
    });
    expect(parseReport(await readFile(join(out, 'report.json'), 'utf8'))).toEqual(report);
    expect(await readFile(join(out, 'comment.md'), 'utf8')).toMatch(/^<!-- quant-gate:main -->\n/);
  });

  test('external data comes along and counts', async () => {
    await made('weights.bin', 'w'.repeat(100));
    const path = await made('big.onnx', 'model');
    const files = [{ model: 'mobilenet', id: 'level2-cpu-x64-avx2', path, external: ['weights.bin'] }];
    const { report, manifest } = await write(fixtures.passing, files);
    expect(report.models[0]!.variants[0]!.bytes).toBe(105);
    expect(manifest.files.map(({ path: file }) => file)).toContain('models/mobilenet/weights.bin');
    await expect(write(fixtures.passing, [{ ...files[0]!, external: ['../weights.bin'] }])).rejects.toThrow(
      /does not lie beside the model/,
    );
  });

  test('the same contents twice are the same bytes', async () => {
    await write(fixtures.passing, await variants());
    const first = await readFile(join(out, 'manifest.json'), 'utf8');
    await write(fixtures.passing, await variants());
    expect(await readFile(join(out, 'manifest.json'), 'utf8')).toBe(first);
  });
});

describe('an earlier output', () => {
  test('is replaced: what this run does not write is gone, what others wrote stays', async () => {
    await write(fixtures.passing, await variants());
    await writeFile(join(out, 'notes.txt'), 'mine');
    await writeFile(join(out, 'models/mobilenet/mine.onnx'), 'mine');
    const models = [fixtures.model({ name: 'squeezenet' })];
    await write(fixtures.report({ models }), await variants('squeezenet'));
    expect((await tree(out)).filter((path) => !/^(report|comment|manifest)/.test(path))).toEqual([
      'models/mobilenet/mine.onnx',
      'models/squeezenet/fp32.onnx',
      'models/squeezenet/level2-cpu-x64-avx2.onnx',
      'notes.txt',
    ]);
    await rm(join(out, 'models/mobilenet'), { recursive: true });
    await write(fixtures.passing, await variants());
    expect(await readdir(join(out, 'models'))).toEqual(['mobilenet']);
  });

  test('a file that was changed since is kept', async () => {
    await write(fixtures.passing, await variants());
    await writeFile(join(out, 'models/mobilenet/fp32.onnx'), 'changed');
    await write(fixtures.report({ models: [fixtures.model({ name: 'other' })] }), await variants('other'));
    expect(await readFile(join(out, 'models/mobilenet/fp32.onnx'), 'utf8')).toBe('changed');
  });

  test('a run that was killed while it replaced files is no result, and the next run goes on', async () => {
    await write(fixtures.passing, await variants());
    const path = join(out, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify({ ...manifest, complete: false }));
    await rm(join(out, 'report.html'));
    // What a killed process leaves: its temporary folder, under a process id that does not run.
    await mkdir(join(out, '.output.tmp-999999999-0123456789ab'));
    expect(() => parseManifest(JSON.stringify({ ...manifest, complete: false }))).toThrow(/interrupted/);
    await write(fixtures.passing, await variants());
    expect((await tree(out)).filter((file) => file.startsWith('.'))).toEqual([]);
    expect(parseManifest(await readFile(path, 'utf8')).complete).toBe(true);
  });
});

describe('what is not ours is not touched', () => {
  test('a file in the way, a foreign manifest, a folder where a file goes', async () => {
    await mkdir(out);
    await writeFile(join(out, 'report.html'), 'my own page');
    await expect(write(fixtures.passing, await variants())).rejects.toThrow(/report.html is in the way/);
    expect(await tree(out)).toEqual(['report.html']);
    await rm(join(out, 'report.html'));
    await writeFile(join(out, 'manifest.json'), '{"name":"a web app"}');
    await expect(write(fixtures.passing, await variants())).rejects.toThrow(/not ours to replace/);
    await rm(join(out, 'manifest.json'));
    await mkdir(join(out, 'comment.md'));
    await expect(write(fixtures.passing, await variants())).rejects.toThrow(/comment.md is in the way/);
    await rm(join(out, 'comment.md'), { recursive: true });
    await writeFile(join(out, 'models'), 'my own models');
    await expect(write(fixtures.passing, await variants())).rejects.toThrow(/models is in the way/);
    expect(await tree(out)).toEqual(['models']);
    await expect(write(fixtures.passing, [], join(out, 'models'))).rejects.toThrow(
      /cannot write to the output folder .*models: .*--out/,
    );
  });

  test('is seen before there is anything to write', async () => {
    const models = [{ name: 'digits', ids: ['fp32'], external: ['weights.bin'] }];
    await checkOutput(out, models);
    await expect(stat(out)).rejects.toThrow(/ENOENT/);
    await expect(checkOutput(out, [{ ...models[0]!, external: ['../weights.bin'] }])).rejects.toThrow(
      /external data "..\/weights.bin" of digits does not lie beside the model/,
    );
    await mkdir(join(out, 'models/digits'), { recursive: true });
    await checkOutput(out, models);
    await writeFile(join(out, 'models/digits/weights.bin'), 'my own');
    await expect(checkOutput(out, models)).rejects.toThrow(/weights.bin is in the way/);
    await writeFile(join(out, 'models/digits/fp32.onnx'), 'my own');
    await expect(checkOutput(out, models)).rejects.toThrow(/fp32.onnx is in the way/);
    await writeFile(join(out, 'manifest.json'), '{"name":"a web app"}');
    await expect(checkOutput(out, models)).rejects.toThrow(/not ours to replace/);
  });

  test('a manifest cannot name files outside, nor a symlink lead there', async () => {
    await writeFile(join(base, 'precious.txt'), 'precious');
    await write(fixtures.passing, await variants());
    const path = join(out, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    const entry = { path: '../precious.txt', sha256: digest('precious'), bytes: 8, kind: 'model' };
    await writeFile(path, JSON.stringify({ ...manifest, files: [...manifest.files, entry] }));
    await expect(write(fixtures.passing, await variants())).rejects.toThrow(/stays inside the folder/);
    expect(await readFile(join(base, 'precious.txt'), 'utf8')).toBe('precious');

    await mkdir(join(base, 'elsewhere'));
    const second = join(base, 'second');
    await mkdir(second);
    await symlink(join(base, 'elsewhere'), join(second, 'models'));
    await expect(write(fixtures.passing, await variants(), second)).rejects.toThrow(/symlink that leads out/);
    expect(await readdir(join(base, 'elsewhere'))).toEqual([]);
  });

  test('a report that JSON cannot hold leaves the folder as it was', async () => {
    await write(fixtures.passing, await variants());
    const before = await readFile(join(out, 'manifest.json'), 'utf8');
    const bad = structuredClone(fixtures.passing);
    bad.models[0]!.fp32.seconds = Number.NaN;
    await expect(write(bad, await variants())).rejects.toThrow(/models.0.fp32.seconds/);
    expect(await readFile(join(out, 'manifest.json'), 'utf8')).toBe(before);
    expect(await stat(join(out, 'report.json')).then((info) => info.isFile())).toBe(true);
  });
});

describe('parseManifest', () => {
  test.each([
    ['[', /is not JSON/],
    ['{"manifestVersion":9}', /version 9; this Quant Gate reads version 1/],
    ['{"manifestVersion":1}', /is not a manifest of Quant Gate/],
    ['null', /is not a manifest of Quant Gate/],
  ])('%s', (text, expected) => {
    expect(() => parseManifest(text)).toThrow(expected);
  });
});

describe('joinOutputs', () => {
  const cuda = fixtures.report({ models: [fixtures.model({ variants: [fixtures.variant({ target: 'cuda' })] })] });

  test('joins shards, found in folders of a folder, with their models', async () => {
    await write(fixtures.passing, await variants(), join(base, 'shards/a'));
    await write(cuda, await variants('mobilenet', ['fp32', 'level2-cuda']), join(base, 'shards/b'));
    const { report } = await joinOutputs([join(base, 'shards')], out, { version: '1.2.3' });
    expect(report.models[0]!.variants.map(({ id }) => id)).toEqual(['level2-cpu-x64-avx2', 'level2-cuda']);
    expect((await tree(out)).filter((path) => path.startsWith('models'))).toEqual([
      'models/mobilenet/fp32.onnx',
      'models/mobilenet/level2-cpu-x64-avx2.onnx',
      'models/mobilenet/level2-cuda.onnx',
    ]);
  });

  test('does not pass over a part that left no report', async () => {
    await write(fixtures.passing, await variants(), join(base, 'parts/a'));
    await mkdir(join(base, 'parts/.cache'));
    expect((await joinOutputs([join(base, 'parts')], out, { version: '1.2.3' })).report.verdict).toBe('pass');
    await mkdir(join(base, 'parts/b'));
    await expect(joinOutputs([join(base, 'parts')], out, { version: '1.2.3' })).rejects.toThrow(
      /parts.b holds no report\.json, as a run that did not come to its end leaves it/,
    );
  });

  test('hands over the file of the variant that the report keeps of two', async () => {
    const named = fixtures.variant({ verdict: 'pass' });
    const chance = fixtures.variant({ verdict: 'fail', requested: 'cpu' });
    for (const [name, variant] of Object.entries({ named, chance })) {
      const made = await variants();
      await writeFile(made.find(({ id }) => id === variant.id)!.path, `made as ${name}`);
      await write(
        fixtures.report({ models: [fixtures.model({ variants: [variant] })] }),
        made,
        join(base, 'twice', name),
      );
    }
    const folders = ['named', 'chance'].map((name) => join(base, 'twice', name));
    const { report } = await joinOutputs(folders, out, { version: '1.2.3' });
    expect(report.models[0]!.variants).toMatchObject([{ verdict: 'fail', requested: 'cpu' }]);
    expect(await readFile(join(out, 'models/mobilenet/level2-cpu-x64-avx2.onnx'), 'utf8')).toBe('made as chance');
  });

  test('works from report.json alone', async () => {
    await mkdir(join(base, 'alone'));
    await writeFile(join(base, 'alone/report.json'), JSON.stringify(fixtures.failing));
    const { report } = await joinOutputs([join(base, 'alone')], out, { version: '1.2.3' });
    expect(report.verdict).toBe('fail');
    expect(await tree(out)).toEqual(['comment.md', 'manifest.json', 'report.html', 'report.json']);
  });

  test('a tampered model, and a folder without a report, are named', async () => {
    await write(fixtures.passing, await variants(), join(base, 'a'));
    await writeFile(join(base, 'a/models/mobilenet/fp32.onnx'), 'something else');
    await expect(joinOutputs([join(base, 'a')], out, { version: '1' })).rejects.toThrow(/fp32.onnx is not the file/);
    await expect(joinOutputs([join(base, 'made')], out, { version: '1' })).rejects.toThrow(/holds no report.json/);
    await expect(joinOutputs([join(base, 'none')], out, { version: '1' })).rejects.toThrow(
      /cannot be read: there is no such file or folder/,
    );
  });
});

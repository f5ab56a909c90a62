import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadPolicy } from '../../src/policy/load.ts';
import { expandModels, resolveInside } from '../../src/policy/paths.ts';

let base: string;
let repository: string;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'quant-gate-paths-')));
  repository = join(base, 'repository');
  await mkdir(join(repository, '.git'), { recursive: true });
});
afterEach(() => rm(base, { recursive: true }));

async function write(path: string, text = ''): Promise<void> {
  await mkdir(dirname(join(base, path)), { recursive: true });
  await writeFile(join(base, path), text);
}

async function policy(models: string, folder = 'repository') {
  await write(`${folder}/quant.yml`, `version: 1\nmodels:\n${models}\n`);
  return loadPolicy(join(base, folder, 'quant.yml'));
}

test('paths stay inside the repository, also through symlinks', async () => {
  const loaded = await policy('  - path: a.onnx', 'repository/gates');
  await write('secret.txt', 'x');
  await symlink(join(base, 'secret.txt'), join(repository, 'link.txt'));
  await symlink(base, join(repository, 'out'));
  expect(await resolveInside(loaded, '../models/a.onnx')).toBe(join(repository, 'models/a.onnx'));
  await expect(resolveInside(loaded, '../../secret.txt')).rejects.toThrow(/"..\/..\/secret.txt" leads out of/);
  await expect(resolveInside(loaded, '../link.txt')).rejects.toThrow(/is a symlink that leads out of/);
  await expect(resolveInside(loaded, '../out/new/file.onnx')).rejects.toThrow(/is a symlink that leads out of/);
  for (const path of ['/etc/passwd', 'C:\\x', '\\\\host\\share']) {
    await expect(resolveInside(loaded, path)).rejects.toThrow(/is absolute/);
  }
  await expect(resolveInside(loaded, 'a\0b')).rejects.toThrow(/NUL/);
  await expect(resolveInside(loaded, '', ['models', 0, 'path'])).rejects.toThrow(
    /quant.yml:3:11: the path "" is empty/,
  );
});

test('outside Git the policy’s own folder is the limit', async () => {
  const loaded = await policy('  - path: a.onnx', 'plain/folder');
  await expect(resolveInside(loaded, '../x')).rejects.toThrow(/leads out of/);
});

test('names of models in deep folders can be those of folders', async () => {
  for (const folder of ['a', 'b']) await write(`repository/${folder.repeat(140)}/${'c'.repeat(140)}/model.onnx`);
  const models = await expandModels(await policy("  - path: '**/*.onnx'"));
  for (const { name } of models) await write(`out/${name}/fp32.onnx`);
  expect(new Set(models.map(({ name }) => name)).size).toBe(2);
});

test('a glob is one model a match, in order, with unique names', async () => {
  for (const path of ['b/model.onnx', 'a/model.onnx', 'a/other net.onnx', 'a/.hidden.onnx', 'a/notes.txt']) {
    await write(`repository/models/${path}`);
  }
  const models = await expandModels(await policy('  - path: models/**/*.onnx'));
  expect(models.map(({ name, path }) => [name, path])).toEqual([
    ['models-a-model', 'models/a/model.onnx'],
    ['other-net', 'models/a/other net.onnx'],
    ['models-b-model', 'models/b/model.onnx'],
  ]);
  expect(models[0]!.file).toBe(join(repository, 'models/a/model.onnx'));
});

test('a named glob names its matches; literal models need not exist', async () => {
  await write('repository/m/x.onnx');
  await write('repository/m/y.onnx');
  await write('repository/n/z.onnx');
  const models = await expandModels(
    await policy('  - { name: net, path: "m/*.onnx" }\n  - { name: one, path: "n/*.onnx" }\n  - path: later.onnx'),
  );
  expect(models.map(({ name, index }) => [name, index])).toEqual([
    ['net-x', 0],
    ['net-y', 0],
    ['one', 1],
    ['later', 2],
  ]);
});

test('a glob may climb within the repository and enters no earlier output', async () => {
  await write('repository/models/a.onnx');
  for (const name of ['manifest.json', 'report.json', 'comment.md', 'models/a/fp32.onnx']) {
    await write(`repository/quant-gate-out/${name}`);
  }
  await write('repository/node_modules/x/b.onnx');
  const models = await expandModels(await policy('  - path: "../**/*.onnx"', 'repository/gates'));
  expect(models.map(({ path }) => path)).toEqual(['../models/a.onnx']);
});

test('a glob without a match, with a build, or out of the repository is an error at its line', async () => {
  await expect(expandModels(await policy('  - path: "none/*.onnx"'))).rejects.toThrow(
    /quant.yml:3:11: no file matches "none\/\*.onnx"/,
  );
  await expect(expandModels(await policy('  - { path: "*.onnx", build: { command: x } }'))).rejects.toThrow(
    /`build` writes one file/,
  );
  await expect(expandModels(await policy('  - path: "../../*.onnx"'))).rejects.toThrow(/leads out of/);
});

test('a match that is a symlink out of the repository is refused', async () => {
  await write('outside.onnx');
  await mkdir(join(repository, 'm'));
  await symlink(join(base, 'outside.onnx'), join(repository, 'm/a.onnx'));
  await expect(expandModels(await policy('  - path: "m/*.onnx"'))).rejects.toThrow(/is a symlink that leads out of/);
});

test('a path that leads nowhere is an error at its line', async () => {
  await symlink('circle.onnx', join(repository, 'circle.onnx'));
  await write('repository/file');
  const refused = (path: string) => expect(policy(`  - path: ${path}`).then((loaded) => expandModels(loaded))).rejects;
  await refused('circle.onnx').toThrow(/quant.yml:3:11: the path "circle.onnx" .* links lead in a circle \(ELOOP\)/);
  await refused('file/a.onnx').toThrow(/quant.yml:3:11: .* a part of the path is a file, not a folder \(ENOTDIR\)/);
  await refused(`${'x'.repeat(300)}/*.onnx`).toThrow(/quant.yml:3:11: .* the name is too long \(ENAMETOOLONG\)/);
});

import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  atomicFolder,
  copyAtomic,
  isInside,
  isSafePath,
  realpathOfExisting,
  removeStale,
  sha256,
  sha256File,
  withTemporaryFolder,
  writeAtomic,
} from '../src/files.ts';

let base: string;
beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'quant-gate-files-')));
});
afterEach(() => rm(base, { recursive: true }));

test('a file is written whole, over an old one too, and nothing is left beside it', async () => {
  const path = join(base, 'deep/er/file.txt');
  await writeAtomic(path, 'one');
  await writeAtomic(path, 'two');
  expect(await readFile(path, 'utf8')).toBe('two');
  await copyAtomic(path, join(base, 'deep/copy.txt'));
  expect(await readFile(join(base, 'deep/copy.txt'), 'utf8')).toBe('two');
  await expect(copyAtomic(join(base, 'none'), path)).rejects.toThrow(/ENOENT/);
  expect(await readFile(path, 'utf8')).toBe('two');
  expect(await readdir(join(base, 'deep/er'))).toEqual(['file.txt']);
});

test('SHA-256 of a file equals that of its bytes; the published value of "abc"', async () => {
  await writeFile(join(base, 'abc'), 'abc');
  expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(await sha256File(join(base, 'abc'))).toBe(sha256('abc'));
});

test('a folder appears whole; of many makers one wins and the others agree', async () => {
  const path = join(base, 'cache/entry');
  const make = (text: string) =>
    atomicFolder(path, async (temporary) => {
      await writeFile(join(temporary, 'a'), text);
      await writeFile(join(temporary, 'b'), text);
    });
  const results = await Promise.all(['1', '2', '3', '4'].map(make));
  expect(results.filter(Boolean)).toHaveLength(1);
  expect(await readFile(join(path, 'a'), 'utf8')).toBe(await readFile(join(path, 'b'), 'utf8'));
  await expect(
    atomicFolder(join(base, 'cache/other'), async () => {
      throw new Error('broken off');
    }),
  ).rejects.toThrow('broken off');
  expect(await readdir(join(base, 'cache'))).toEqual(['entry']);
});

test('what dead processes left an hour ago is removed, what living ones or other containers write is not', async () => {
  const [dead, young] = ['.x.tmp-999999999-0123456789ab', '.x.tmp-999999999-ba9876543210'];
  const [living, other] = [`.y.tmp-${process.pid}-0123456789ab`, '.z.tmp-1'];
  const hourAgo = new Date(Date.now() - 61 * 60 * 1000);
  for (const name of [dead, young, living, other]) {
    await mkdir(join(base, name));
    if (name !== young) await utimes(join(base, name), hourAgo, hourAgo);
  }
  await removeStale(base);
  expect((await readdir(base)).sort()).toEqual([young, living, other].sort());
});

test('a temporary folder is gone afterwards, also after an error', async () => {
  let seen = '';
  await expect(
    withTemporaryFolder(async (folder) => {
      seen = folder;
      await writeFile(join(folder, 'x'), '');
      throw new Error('stop');
    }),
  ).rejects.toThrow('stop');
  await expect(readdir(seen)).rejects.toThrow(/ENOENT/);
});

test('inside and outside', async () => {
  expect(isInside('/a', '/a')).toBe(true);
  expect(isInside('/a', '/a/b')).toBe(true);
  expect(isInside('/a', '/a/..b')).toBe(true);
  expect(isInside('/a', '/ab')).toBe(false);
  expect(isInside('/a/b', '/a')).toBe(false);
  await symlink('/', join(base, 'root'));
  expect(await realpathOfExisting(join(base, 'root/no such/file'))).toBe('/no such/file');
  for (const path of ['a', 'a/b.onnx', '..a/b']) expect(isSafePath(path)).toBe(true);
  for (const path of ['', '/a', 'a/../b', '..', 'a\\b', 'C:a', 'a//b', './a', 'a\nb'])
    expect(isSafePath(path)).toBe(false);
});

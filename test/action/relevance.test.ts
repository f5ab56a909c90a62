import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { changedModels } from '../../src/action/relevance.ts';
import { parsePolicy } from '../../src/policy/load.ts';
import { expandModels } from '../../src/policy/paths.ts';
import { digits, digitsFolder } from '../engine/digits.ts';

const folder = digitsFolder();

/** Whether a change, or the removal, of these files alone concerns a model with this validation data. */
async function concerns(validation: string, ...changed: string[]): Promise<boolean> {
  const text = `version: 1\nmodels: [{ path: models/digits.onnx, data: { validation: ${validation} } }]\n`;
  const loaded = parsePolicy(text, { path: 'quant.yml', folder, root: folder });
  const paths = changed.map((name) => join(folder, name));
  const unchanged = async (looked: readonly string[]) =>
    !looked.some((place) => paths.some((path) => path === place || path.startsWith(`${place}/`)));
  const hasAny = async (looked: readonly string[]) => looked.some((place) => paths.includes(place));
  return (await changedModels(loaded, await expandModels(loaded), { unchanged, hasAny } as never)).length > 0;
}

it('looks at files that a source finds without their being named', async () => {
  for (const name of ['models', 'texts', 'words', 'images', 'labels']) mkdirSync(join(folder, name));
  cpSync(join(digits, 'digits.onnx'), join(folder, 'models/digits.onnx'));
  for (const name of ['texts/v.jsonl', 'texts/tokenizer.json', 'words/vocab.txt', 'words/tokenizer_config.json']) {
    writeFileSync(join(folder, name), '{}');
  }
  writeFileSync(join(folder, 'labels/near.csv'), 'file,label\na.png,1\n');
  writeFileSync(join(folder, 'labels/far.csv'), 'file,label\n../other/a.png,1\n');
  expect(await concerns('{ jsonl: texts/v.jsonl }', 'texts/tokenizer.json')).toBe(true);
  const named = '{ jsonl: texts/v.jsonl, tokenizer: words/vocab.txt }';
  expect(await concerns(named, 'words/tokenizer_config.json')).toBe(true);
  expect(await concerns(named, 'README.md')).toBe(false);
  expect(await concerns('{ images: images, labels: labels/near.csv }', 'labels/a.png')).toBe(true);
  expect(await concerns('{ images: images, labels: labels/near.csv }', 'other/a.png')).toBe(false);
  expect(await concerns('{ images: images, labels: labels/far.csv }', 'other/a.png')).toBe(true);
});

it('takes data that was removed for a change, as it does for the folder of workflows', async () => {
  expect(await concerns('{ arrays: gone/validation.npz }', 'gone/validation.npz')).toBe(true);
  expect(await concerns('{ arrays: gone/validation.npz }', 'gone/other.npz')).toBe(false);
  expect(await concerns('{ arrays: gone/validation.npz }', '.github')).toBe(true);
});

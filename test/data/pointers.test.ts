import { expect, it } from 'vitest';
import { folderOf, open, png } from './folder.ts';

const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n';
const image = [{ name: 'input', type: 'float32', dims: ['batch', 3, 6, 8] }] as const;
const tokens = [{ name: 'input_ids', type: 'int64', dims: ['batch', 'length'] }] as const;
const numbers = [{ name: 'x', type: 'float32', dims: ['n', 1] }] as const;
const files = {
  'val/a.png': png(),
  'boxes/a.txt': pointer,
  'val.csv': 'file,label\na.png,cat\n',
  'texts.jsonl': '{"text": "a"}\n',
  'pointer.csv': pointer,
  'pointer.txt': pointer,
  'pointer.json': pointer,
  'pointer.jsonl': pointer,
};

it.each([
  ['pointer.csv', { images: 'val', labels: 'pointer.csv' }, image, 'classification'],
  ['pointer.txt', { images: 'val', labels: 'val.csv', classes: 'pointer.txt' }, image, 'classification'],
  ['pointer.json', { images: 'val', labels: 'pointer.json' }, image, 'detection'],
  ['boxes/a.txt', { images: 'val', labels: 'boxes' }, image, 'detection'],
  ['pointer.csv', { csv: 'pointer.csv' }, numbers, 'classification'],
  ['pointer.jsonl', { jsonl: 'pointer.jsonl', tokenizer: 'pointer.json' }, tokens, 'classification'],
  ['pointer.json', { jsonl: 'texts.jsonl', tokenizer: 'pointer.json' }, tokens, 'classification'],
  ['pointer.txt', { jsonl: 'texts.jsonl', tokenizer: 'pointer.txt' }, tokens, 'classification'],
] as const)('%s that Git LFS did not fetch is named as that: %o', async (name, source, inputs, task) => {
  const folder = await folderOf(files);
  await expect(open(folder, source, { inputs, task })).rejects.toThrow(
    `${name} is a Git LFS pointer: the file itself was not fetched. Check out with \`lfs: true\`, or run \`git lfs pull\`.`,
  );
});

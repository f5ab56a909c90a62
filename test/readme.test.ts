import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const read = (path: string) => readFile(new URL(`../${path}`, import.meta.url), 'utf8');

test('the results in the README are rows of the page that the bench writes', async () => {
  const page = (await read('docs/quantize-cpu-x64-vnni.md')).split('\n');
  const section = (await read('README.md')).split('\n## ').find((part) => part.startsWith('What it gives'))!;
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  expect(rows.length).toBeGreaterThan(4);
  for (const row of rows) expect(page).toContain(row);
});

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { pinned } from '../../src/runtime/pinned.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the recorded hashes are those of the locked package', async () => {
  await promisify(execFile)(process.execPath, ['scripts/pin-runtime.mjs', '--check'], { cwd: root });
});

test('the JavaScript and the native part are of one version', async () => {
  const { dependencies } = JSON.parse(await readFile(`${root}/package.json`, 'utf8'));
  expect(dependencies['onnxruntime-node']).toBe(pinned.version);
  expect(dependencies['onnxruntime-common']).toBe(pinned.version);
});

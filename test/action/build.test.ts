import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { wasmFiles } from '../../src/data/image/wasm.ts';
import { sha256 } from '../../src/files.ts';
import { root } from './runner.ts';

describe('the bundle', { timeout: 60_000 }, () => {
  let folder: string;
  const build = (name: string) =>
    spawnSync(process.execPath, [join(root, 'scripts/build.mjs'), '--out', join(folder, name)], {
      encoding: 'utf8',
      // Neither time, nor language, nor the place it is started from may show in it.
      cwd: folder,
      env: { ...process.env, TZ: 'Asia/Kathmandu', LC_ALL: 'C' },
    });
  const contents = (name: string) =>
    Object.fromEntries(readdirSync(join(folder, name)).map((file) => [file, readFileSync(join(folder, name, file))]));
  const digests = (name: string) => Object.entries(contents(name)).map(([file, bytes]) => `${file} ${sha256(bytes)}`);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'quant-gate-build-'));
    const first = build('first');
    expect(first.stderr).toBe('');
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is the same bytes every time', () => {
    build('second');
    expect(digests('second')).toEqual(digests('first'));
  });

  it('has every file that action.yml, the code and the licences ask for, and nothing of this machine', () => {
    const files = contents('first');
    for (const manifest of ['action.yml', 'plan/action.yml', 'report/action.yml', 'publish/action.yml']) {
      const { runs } = parse(readFileSync(join(root, manifest), 'utf8')) as { runs: { main: string; post?: string } };
      for (const path of [runs.main, runs.post])
        if (path) expect(files).toHaveProperty([path.replace(/^.*dist\//, '')]);
    }
    for (const name of ['cli.js', 'worker.js', 'decode-thread.js', 'package.json', ...Object.values(wasmFiles)]) {
      expect(files).toHaveProperty([name]);
    }
    // What npm links as a command has to say what runs it.
    expect(files['cli.js']!.toString()).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(files['LICENSES.txt']!.toString()).toMatch(/^onnxruntime-node \S+ \(MIT\)$/m);
    for (const [name, bytes] of Object.entries(files)) expect(bytes.includes(root), name).toBe(false);
  });

  it('loads under the Node it runs with', () => {
    const cli = spawnSync(process.execPath, [join(folder, 'first/cli.js'), '--version'], { encoding: 'utf8' });
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(cli.stdout.trim(), cli.stderr).toBe(version);
  });
});

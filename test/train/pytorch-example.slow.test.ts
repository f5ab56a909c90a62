import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Report } from '../../src/report/schema.ts';
import { python, withoutTorch } from './python.ts';
import { scratch } from './support.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test.skipIf(withoutTorch)(
  'the PyTorch example trains, and what it exports passes the gate',
  () => {
    const folder = scratch();
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    // The policy says `python train.py`.
    writeFileSync(join(bin, 'python'), `#!/bin/sh\nexec '${python}' "$@"\n`, { mode: 0o755 });
    const out = join(folder, 'out');
    const policy = join(root, 'examples/pytorch-qat/quant.yml');
    const done = spawnSync(process.execPath, [join(root, 'src/cli/main.ts'), 'run', '--policy', policy, '--out', out], {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}` },
    });
    expect(done.status, done.stdout + done.stderr).toBe(0);
    const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
    const variant = report.models[0]!.variants[0]!;
    expect(variant).toMatchObject({ level: 3, method: 'qat', verdict: 'pass' });
    expect(variant.measurements?.accuracy).toMatchObject({ metric: 'top1' });
    expect(variant.placement).toMatchObject({ quantizedNodes: 8, integerKernels: 8 });
  },
  600_000,
);

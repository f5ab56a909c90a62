import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOutput } from '../../src/bundle/write-output.ts';
import { buildModel, loadModel, modelToBytes, OnnxModel, saveModel } from '../../src/onnx/model.ts';
import { reportSchema } from '../../src/report/schema.ts';
import { workerEntry } from '../../src/runtime/entry.ts';
import { passing, report } from '../report/fixtures.ts';

/** The command as a user types it, from source. */
const { execPath, execArgv } = workerEntry();
const entry = resolve(import.meta.dirname, '../../src/cli/main.ts');
const digits = resolve(import.meta.dirname, '../../examples/digits');

function quantGate(folder: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(execPath, [...execArgv, entry, ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { status, stdout, stderr };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quant-gate-cli-'));
  for (const file of ['digits.onnx', 'calibration.npz', 'validation.npz', 'quant.yml']) {
    cpSync(join(digits, file), join(folder, file));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A policy for the digits with these levels, in `name`. */
function policy(name: string, levels: string, data = 'validation: { arrays: validation.npz, labels: label }'): void {
  writeFileSync(
    join(folder, name),
    `version: 1
models:
  - path: digits.onnx
    task: classification
    data:
      calibration: { arrays: calibration.npz }
      ${data}
      preprocess: { resize: 32, color: gray, scale: 255, layout: nchw }
levels: ${levels}
measure: { latency-budget: 3s }
`,
  );
}

describe('quant-gate run', () => {
  it('ends at Ctrl-C with 130, and leaves nothing half-written and no process', { timeout: 60_000 }, async () => {
    const child = spawn(execPath, [...execArgv, entry, 'run', '--out', 'interrupted'], {
      cwd: folder,
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    while (!existsSync(join(folder, 'interrupted/.work/digits')) && child.exitCode === null) await delay(20);
    await delay(300);
    child.kill('SIGINT');
    expect((await ended)[0]).toBe(130);
    expect(existsSync(join(folder, 'interrupted'))).toBe(false);
  });

  it.runIf(process.platform === 'linux')(
    'says that a file is larger than the system allows',
    { timeout: 60_000 },
    () => {
      const script = `ulimit -f 100 && exec "$0" "$@"`;
      const args = ['-c', script, execPath, ...execArgv, entry, 'run', '--out', 'limited'];
      const { status, stderr } = spawnSync('bash', args, { cwd: folder, encoding: 'utf8' });
      expect(stderr).toMatch(/^quant-gate: cannot write to the output folder limited: EFBIG/m);
      expect(status).toBe(2);
    },
  );

  it('leaves the folder of another run alone, and takes that of a killed one', { timeout: 60_000 }, async () => {
    policy('shared.yml', '{ 1: {} }');
    const run = ['run', '--policy', 'shared.yml', '--out', 'shared'];
    const first = spawn(execPath, [...execArgv, entry, ...run], { cwd: folder, stdio: 'ignore' });
    const ended = once(first, 'exit');
    while (!existsSync(join(folder, 'shared/.work/digits')) && first.exitCode === null) await delay(20);
    const second = quantGate(folder, ...run);
    expect(second.stderr).toContain(`another run (process ${first.pid}) is writing to the output folder shared`);
    expect(second.status).toBe(2);
    expect(existsSync(join(folder, 'shared/.work/digits'))).toBe(true);
    first.kill('SIGKILL');
    await ended;
    const third = quantGate(folder, ...run);
    expect(third.stderr).not.toContain('another run');
    expect(third.status).toBe(0);
    expect(readdirSync(join(folder, 'shared')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('says where it cannot write', () => {
    const { status, stderr } = quantGate(folder, 'run', '--out', 'digits.onnx');
    expect(stderr).toMatch(/cannot write to the output folder digits\.onnx: .*--out/);
    expect(status).toBe(2);
  });

  /** In a mount namespace of its own, which root alone may make. */
  const mounts = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
  const onDisk = (kind: string, ...args: string[]) => {
    mkdirSync(join(folder, 'disk'), { recursive: true });
    const script = `mount -t tmpfs -o ${kind} tmpfs disk && exec "$0" "$@"`;
    const options = { cwd: folder, encoding: 'utf8' } as const;
    return spawnSync('unshare', ['--mount', 'sh', '-c', script, execPath, ...execArgv, entry, ...args], options);
  };
  it.skipIf(!mounts).each([
    ['full', 'size=700k', /^quant-gate: cannot write to the output folder disk\/out: ENOSPC.*--out$/m],
    ['read-only', 'ro', /^quant-gate: cannot (make|write to) the output folder disk\/out.*--out$/m],
  ])('says that the disk is %s', { timeout: 120_000 }, (_, kind, message) => {
    const { status, stderr } = onDisk(kind, 'run', '--out', 'disk/out');
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain('internal error');
    expect(status).toBe(2);
  });

  it.runIf(process.platform === 'linux')(
    'keeps its exit code where nobody reads on, and has none where the result is lost',
    () => {
      policy('output.yml', '{ 1: { limits: { size: { max-ratio: 0.01 } } } }');
      const command = [execPath, ...execArgv, entry, 'run', '--json', '--out', 'output', '--policy', 'output.yml'];
      const shell = (script: string) =>
        spawnSync('bash', ['-c', script, ...command], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
      const unread = shell('set -o pipefail; "$0" "$@" | true');
      expect(unread.stderr).not.toContain('Error');
      expect(unread.status).toBe(1);
      expect(shell('set -o pipefail; "$0" "$@" 2>&1 >/dev/null | true').status).toBe(1);
      const lost = shell('exec "$0" "$@" >/dev/full');
      expect(lost.stderr).toMatch(/^quant-gate: cannot write to standard output: no space is left \(ENOSPC\)$/m);
      expect(lost.stderr).not.toContain('  at ');
      expect(lost.status).toBe(2);
    },
    120_000,
  );

  it('names the variant and the unit in the progress of a log', { timeout: 60_000 }, () => {
    policy('progress.yml', '{ 1: {} }');
    const { stderr } = quantGate(folder, 'run', '--policy', 'progress.yml', '--out', 'progress');
    expect(stderr).toMatch(/^digits level1-[\w-]+: latency at batch 1: \d+ rounds \(\d+\.\d s\)$/m);
  });

  it('passes the example and leaves report, page, comment, models and manifest', { timeout: 120_000 }, () => {
    const { status, stdout, stderr } = quantGate(folder, 'run', '--out', 'passed');
    expect(stderr).not.toContain('Error');
    expect(stdout).toContain('passed');
    expect(status).toBe(0);
    const report = reportSchema.parse(JSON.parse(readFileSync(join(folder, 'passed/report.json'), 'utf8')));
    expect(report.models[0]?.fp32.measurements.accuracy).toMatchObject({ metric: 'top1', samples: 797 });
    const level2 = report.models[0]?.variants.find(({ level }) => level === 2);
    expect(level2?.placement?.integerKernels).toBe(level2?.placement?.quantizedNodes);
    for (const file of ['report.html', 'comment.md', 'manifest.json', 'models/digits/fp32.onnx', level2?.file ?? '?']) {
      expect(existsSync(join(folder, 'passed', file)), file).toBe(true);
    }
    expect(existsSync(join(folder, 'passed/.work'))).toBe(false);
  });

  it('fails with exit code 1, names check, value and limit, and still leaves report and bundle', {
    timeout: 120_000,
  }, () => {
    policy('strict.yml', '{ 2: { limits: { size: { max-ratio: 0.01 } } } }');
    const { status, stdout } = quantGate(folder, 'run', '--policy', 'strict.yml', '--out', 'failed');
    expect(status).toBe(1);
    expect(stdout).toContain('size');
    const comment = readFileSync(join(folder, 'failed/comment.md'), 'utf8');
    expect(comment).toMatch(/0\.01/);
    expect(existsSync(join(folder, 'failed/manifest.json'))).toBe(true);
  });

  it('prints the report alone with --json', { timeout: 120_000 }, () => {
    policy('one.yml', '{ 1: {} }');
    const { status, stdout } = quantGate(folder, 'run', '--policy', 'one.yml', '--out', 'json', '--json');
    expect(status).toBe(0);
    expect(reportSchema.parse(JSON.parse(stdout)).models).toHaveLength(1);
  });
});

describe('mistakes end with exit code 2, one message, no stack, and nothing written', () => {
  const mistakes: [title: string, prepare: () => string[], expected: RegExp][] = [
    ['no policy', () => ['--policy', 'nowhere.yml'], /nowhere\.yml.*quant-gate init/],
    [
      'an unknown key',
      () => {
        writeFileSync(join(folder, 'key.yml'), 'version: 1\nmodels:\n  - path: digits.onnx\nlevel: {}\n');
        return ['--policy', 'key.yml'];
      },
      /key\.yml:4:1: .*levels/,
    ],
    [
      'a model that is not there',
      () => {
        writeFileSync(join(folder, 'absent.yml'), 'version: 1\nmodels:\n  - path: digit.onnx\nlevels: { 1: {} }\n');
        return ['--policy', 'absent.yml'];
      },
      /absent\.yml:3:11: .*digit\.onnx/,
    ],
    [
      'a Git LFS pointer',
      () => {
        writeFileSync(
          join(folder, 'pointer.onnx'),
          `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 1234\n`,
        );
        writeFileSync(join(folder, 'lfs.yml'), 'version: 1\nmodels:\n  - path: pointer.onnx\nlevels: { 1: {} }\n');
        return ['--policy', 'lfs.yml'];
      },
      /LFS/,
    ],
    [
      'a wrong input name',
      () => {
        policy('input.yml', '{ 1: {} }', 'validation: { arrays: validation.npz, inputs: { picture: image } }');
        return ['--policy', 'input.yml'];
      },
      /input\.yml:7:64: .*picture.*image/s,
    ],
    [
      'labels that are not in the file',
      () => {
        policy('labels.yml', '{ 1: {} }', 'validation: { arrays: validation.npz, labels: classes }');
        return ['--policy', 'labels.yml'];
      },
      /labels\.yml:7:53: .*classes/,
    ],
    [
      'rows that are not there',
      () => {
        policy('rows.yml', '{ 1: {} }', 'validation: { arrays: validation.npz, rows: "5000:" }');
        return ['--policy', 'rows.yml'];
      },
      /rows\.yml:7:51: `rows: "5000:"` chooses nothing/,
    ],
    [
      'preprocessing that cannot be',
      () => {
        policy('std.yml', '{ 1: {} }');
        const text = readFileSync(join(folder, 'std.yml'), 'utf8').replace('scale: 255', 'std: [1, 2]');
        writeFileSync(join(folder, 'std.yml'), text);
        return ['--policy', 'std.yml'];
      },
      /std\.yml:8:51: preprocess\.std has 2 values for 1 channel/,
    ],
    [
      'a limit on accuracy without validation data',
      () => {
        policy('blind.yml', '{ 1: { limits: { accuracy: { max-drop: 0.01 } } } }', '');
        return ['--policy', 'blind.yml'];
      },
      /blind\.yml:\d+:\d+: .*validation/,
    ],
    [
      'data whose name no file can have',
      () => {
        policy('name.yml', '{ 1: {} }', `validation: { arrays: ${'x'.repeat(300)}.npz }`);
        return ['--policy', 'name.yml'];
      },
      /name\.yml:7:29: `arrays: x+\.npz` cannot be read: the name is too long \(ENAMETOOLONG\)/,
    ],
    [
      'data whose path holds a NUL',
      () => {
        policy('nul.yml', '{ 1: {} }', 'validation: { arrays: "a\\0b.npz" }');
        return ['--policy', 'nul.yml'];
      },
      /nul\.yml:7:29: `arrays` holds a NUL character/,
    ],
    [
      'a model below a file',
      () => {
        writeFileSync(join(folder, 'below.yml'), 'version: 1\nmodels: [{ path: quant.yml/digits.onnx }]\n');
        return ['--policy', 'below.yml'];
      },
      /below\.yml:2:18: .*a part of the path is a file, not a folder \(ENOTDIR\)/,
    ],
    [
      'a model whose graph is not valid',
      () => {
        const { proto } = buildModel((b) => b.output(b.op('Relu', [b.input('x', 'float32', [1, 2])]), 'y'));
        proto.graph!.node.push(proto.graph!.node[0]!);
        writeFileSync(join(folder, 'twice.onnx'), modelToBytes(new OnnxModel(proto)));
        writeFileSync(join(folder, 'twice.yml'), 'version: 1\nmodels: [{ path: twice.onnx }]\n');
        return ['--policy', 'twice.yml'];
      },
      /twice\.yml:2:18: \/.*twice\.onnx: the model is not valid: 'y' is produced more than once/,
    ],
    [
      'a folder that only others may list',
      () => {
        mkdirSync(join(folder, 'closed'), { mode: 0 });
        writeFileSync(join(folder, 'closed.yml'), "version: 1\nmodels: [{ path: 'closed/*.onnx' }]\n");
        return ['--policy', 'closed.yml'];
      },
      // Root may list any folder.
      process.getuid?.() === 0 ? /no file matches/ : /closed\.yml:2:18: .*permission denied \(EACCES\)/,
    ],
    [
      'a file of the user’s own in the output folder',
      () => {
        mkdirSync(join(folder, 'taken'));
        writeFileSync(join(folder, 'taken/report.html'), 'my own page');
        return ['--out', 'taken'];
      },
      /^quant-gate: .*taken\/report\.html is in the way.*\n$/,
    ],
    ['an unknown model name', () => ['--model', 'digit'], /digits/],
    ['an unknown level', () => ['--level', '3'], /no level 3/],
  ];
  it.each(mistakes)('%s', (_, prepare, expected) => {
    const { status, stdout, stderr } = quantGate(folder, 'run', '--out', 'nothing', ...prepare());
    expect(stderr).toMatch(expected);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(stdout).toBe('');
    expect(status).toBe(2);
    expect(existsSync(join(folder, 'nothing', 'report.json'))).toBe(false);
  });
});

describe('the other commands', () => {
  it('check prints the plan and runs nothing', () => {
    const { status, stdout } = quantGate(folder, 'check');
    expect(stdout).toContain('level2-');
    expect(stdout).toContain('about');
    expect(status).toBe(0);
  });

  it('check finds a batch size that the model cannot take', async () => {
    const text = readFileSync(join(digits, 'quant.yml'), 'utf8').replace('metric: top1', 'metric: top1\n    batch: 4');
    writeFileSync(join(folder, 'batch.yml'), text.replace('path: digits.onnx', 'path: fixed.onnx'));
    const model = await loadModel(join(folder, 'digits.onnx'));
    const type = model.proto.graph?.input[0]?.type?.value;
    const check = async (batch: bigint) => {
      if (type?.case === 'tensorType') type.value.shape!.dim[0]!.value = { case: 'dimValue', value: batch };
      await saveModel(model, join(folder, 'fixed.onnx'));
      return quantGate(folder, 'check', '--policy', 'batch.yml');
    };
    const one = await check(1n);
    expect(one.stderr).toMatch(
      /batch\.yml:8:12: batch 4 is not possible: input "image" of fixed\.onnx has a fixed batch of 1/,
    );
    expect(one.status).toBe(2);
    expect((await check(4n)).stderr).toMatch(
      /batch\.yml:8:12: batch 4 is not possible: .* has the fixed shape \[4, 1, 32, 32\] .* one sample; write 1/,
    );
  });

  it('init writes a policy that check then reads up to the missing data', () => {
    const { status } = quantGate(folder, 'init', 'digits.onnx', '--policy', 'new.yml');
    expect(status).toBe(0);
    expect(readFileSync(join(folder, 'new.yml'), 'utf8')).toContain('task: classification');
    const checked = quantGate(folder, 'check', '--policy', 'new.yml');
    expect(checked.stderr).toMatch(/data\/(calibration|validation)/);
    expect(quantGate(folder, 'init', 'digits.onnx', '--policy', 'new.yml').status).toBe(2);
    expect(quantGate(folder, 'init', 'digits.onnx', '--policy', 'a/new/folder/quant.yml').status).toBe(0);
    expect(readFileSync(join(folder, 'a/new/folder/quant.yml'), 'utf8')).toContain('../../../digits.onnx');
    const away = quantGate(join(folder, 'a/new/folder'), 'init', '../../../digits.onnx', '--policy', 'away.yml');
    expect(away.status).toBe(0);
    expect(away.stderr).toMatch(/digits\.onnx lies outside of .*a\/new\/folder, .*`check` and `run` will refuse it/);
    expect(quantGate(join(folder, 'a/new/folder'), 'check', '--policy', 'away.yml').stderr).toMatch(/leads out of/);
    const refused = quantGate(folder, 'init', 'digits.onnx', '--policy', 'digits.onnx/quant.yml');
    expect(refused.stderr).toMatch(/^quant-gate: cannot write digits\.onnx\/quant\.yml: /);
    expect(refused.status).toBe(2);
  });

  it.each([
    ['pass', 'estimate', 0],
    ['fail', 'estimate', 1],
    ['inconclusive', 'warn', 0],
    ['inconclusive', 'estimate', 1],
  ] as const)('report of a gate that is %s under %s ends as its run did', async (verdict, onInconclusive, expected) => {
    const { gate } = passing;
    const made = report({ verdict, models: [], gate: { ...gate, onInconclusive } });
    await writeOutput(join(folder, 'ended'), { report: made, variants: [], version: '1.2.3' });
    expect(quantGate(folder, 'report', 'ended', '--out', 'joined').status).toBe(expected);
  });

  it('says what an option should have been', () => {
    const cases: [string[], string][] = [
      [['--level', '7'], '1, 2 or 3'],
      [['--level', ''], 'it is empty; leave the option out for all'],
      [['--model', ' , '], 'it is empty; leave the option out for all'],
      [['--target', ','], 'it is empty; leave the option out for all'],
      [['--out', ''], 'it is empty; name a file or folder'],
      [['--policy', ''], 'it is empty; name a file or folder'],
    ];
    for (const [args, expected] of cases) {
      const { status, stderr } = quantGate(folder, 'run', ...args);
      expect(stderr).toContain(expected);
      expect(status).toBe(2);
    }
  });
});

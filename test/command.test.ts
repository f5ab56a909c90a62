import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { runCommand } from '../src/command.ts';
import { isRunning } from '../src/files.ts';
import { silent } from '../src/progress.ts';

const secrets = {
  OPENAI_API_KEY: 'sk-verysecret',
  GH_PAT: 'ghp_0123456789',
  DB_PASSWD: 'hunter2hunter2',
  NPM_AUTH: 'b64secret',
  SSH_PRIVATE: 'not called so',
  GPG_PASSPHRASE: 'line one\nline two is long',
};
const open = { GIT_AUTHOR_NAME: 'Ada', MY_PATH: '/opt/bin', PYTHONPATH: '/opt/lib' };
afterEach(() => vi.unstubAllEnvs());

const run = (script: string, timeoutMs?: number) =>
  runCommand(`"${process.execPath}" -e "${script}"`, {
    folder: tmpdir(),
    allowed: true,
    what: 'build',
    env: { QUANT_GATE_TOKEN_FILE: 'ours' },
    ...(timeoutMs !== undefined && { timeoutMs }),
    progress: silent,
  });

/** Starts a process that never ends and shares the standard output, and prints its number. */
const startsAnother = (detached: boolean) =>
  "const c = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)'], " +
  `{ stdio: 'inherit', detached: ${detached} }); c.unref(); console.log(c.pid);`;

test('a command finds its environment without what is secret by its name', async () => {
  for (const [name, value] of Object.entries({ ...secrets, ...open, GITHUB_ARTIFACTS: '/a' })) vi.stubEnv(name, value);
  const found = JSON.parse(await run('console.log(JSON.stringify(process.env))')) as NodeJS.ProcessEnv;
  expect(found).toMatchObject({ ...open, PATH: process.env['PATH'], QUANT_GATE_TOKEN_FILE: 'ours' });
  expect(Object.keys(found)).toContain('SSH_PRIVATE');
  for (const name of ['OPENAI_API_KEY', 'GH_PAT', 'DB_PASSWD', 'NPM_AUTH', 'GPG_PASSPHRASE', 'GITHUB_ARTIFACTS']) {
    expect(found).not.toHaveProperty(name);
  }
});

test('a message quotes the end of its output, without what it found out all the same', async () => {
  for (const [name, value] of Object.entries(secrets)) vi.stubEnv(name, value);
  const script =
    "console.log('x'.repeat(90).concat('\\n').repeat(30), 'key sk-verysecret', 'line two is long'); process.exit(3)";
  const failure = await run(script).catch((error: Error) => error.message.slice(error.message.indexOf('\n')));
  expect(failure).toContain('key *** ***');
  expect(failure).not.toMatch(/verysecret|line two/);
  expect(failure.length).toBeLessThanOrEqual(2001);
});

test('progress shows whole lines of a command alone, also where it prints bit by bit', async () => {
  for (const [name, value] of Object.entries(secrets)) vi.stubEnv(name, value);
  const shown = new Set<string>();
  const stage = { advance: (_?: number, detail = '') => void shown.add(detail), done: () => {} };
  const parts = ['epoch ', '1', '\n', 'key sk-very', 'secret', '\n50 %\r', '60 %\r', 'end'];
  const script = `(async () => { for (const part of ${JSON.stringify(parts).replaceAll('"', "'")}) {
    process.stdout.write(part); await new Promise((done) => setTimeout(done, 30)); } })()`;
  await runCommand(`"${process.execPath}" -e "${script.replace(/\n\s*/g, ' ')}"`, {
    folder: tmpdir(),
    allowed: true,
    what: 'build',
    env: {},
    progress: { ...silent, stage: () => stage },
  });
  expect([...shown]).toContain('60 %');
  const whole = ['', 'epoch 1', 'key ***', '50 %', '60 %'];
  expect([...shown].filter((detail) => !whole.includes(detail))).toEqual([]);
});

test('a command is over when it ends, and what it left running in its group ends with it', async () => {
  const left = Number(await run(startsAnother(false)));
  expect(left).toBeGreaterThan(0);
  await expect.poll(() => isRunning(left), { timeout: 10_000 }).toBe(false);
});

test('what a command leaves running in a group of its own keeps nobody waiting, at its end or its time limit', async () => {
  const left = Number(await run(startsAnother(true)));
  expect(isRunning(left)).toBe(true);
  process.kill(left);
  const late = join(tmpdir(), `quant-gate-left-${process.pid}`);
  const script = `${startsAnother(true)} require('node:fs').writeFileSync('${late}', String(c.pid)); setInterval(() => 0, 1e6)`;
  await expect(run(script, 2_000)).rejects.toThrow('took longer than 2 s and was ended');
  process.kill(Number(readFileSync(late, 'utf8')));
  rmSync(late);
});

test('a command has all the time that it is given: a month is more than a timer takes', async () => {
  expect(await run('setTimeout(() => console.log(1), 200)', 31 * 24 * 3_600_000)).toBe('1\n');
});

test('of a command that prints without end, the end is returned', async () => {
  const script = "const x = 'x'.repeat(1e6); for (let i = 0; i < 70; i++) console.log(x); console.log(0.5)";
  const printed = await run(script);
  expect(printed.length).toBeLessThan(2 ** 26);
  expect(printed.endsWith('x\n0.5\n')).toBe(true);
});

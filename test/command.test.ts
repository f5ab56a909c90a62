import { tmpdir } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import { runCommand } from '../src/command.ts';
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

const run = (script: string) =>
  runCommand(`"${process.execPath}" -e "${script}"`, {
    folder: tmpdir(),
    allowed: true,
    what: 'build',
    env: { QUANT_GATE_TOKEN_FILE: 'ours' },
    progress: silent,
  });

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

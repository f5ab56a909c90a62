import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createEmulator } from 'emulate';
import { describe, expect, it } from 'vitest';
import { connect } from '../../src/github/client.ts';
import { marker } from '../../src/report/markdown.ts';
import { reportSchema } from '../../src/report/schema.ts';
import { eachScene, policy, type Scene } from './fixture.ts';
import type { Turn } from './runner.ts';

/** The real bundle, started as a runner starts it, against services on loopback. */
let scene: Scene;
eachScene((fresh) => {
  scene = fresh;
});

const unreachable = policy({ limits: '{ size: { max-ratio: 0.01 } }' });
const named = (turn: Turn, name: string) => turn.commands.filter((command) => command.name === name);
const messages = (turn: Turn, name: string) =>
  named(turn, name)
    .map(({ message }) => message)
    .join('\n');

describe('a pull request', { timeout: 120_000 }, () => {
  it('that passes gets a check, a summary, an artifact, a comment and outputs; then it fails, and the same comment says so', async () => {
    const states: (string | null)[] = [];
    scene.github.onChange = () => states.push(scene.github.checks[0]!.conclusion ?? scene.github.checks[0]!.status);
    const head = scene.commit(policy({ limits: '{ size: { max-ratio: 0.8 } }' }));
    const job = scene.job({ inputs: { 'retention-days': '5' } });
    const passed = await job.main();
    expect(passed.exitCode, passed.log).toBe(0);
    expect(states[0]).toBe('in_progress');
    expect(scene.github.checks).toMatchObject([
      { name: 'Quant Gate', headSha: head, status: 'completed', conclusion: 'success' },
    ]);
    expect(scene.github.checks[0]!.detailsUrl).toBe('https://github.com/o/r/actions/runs/42');
    expect(scene.github.comments).toHaveLength(1);
    const comment = scene.github.comments[0]!;
    expect(comment.body.split('\n')[0]).toBe(marker('Quant Gate'));
    expect(comment.body).toContain('https://github.com/o/r/actions/runs/42/artifacts/77');
    expect(passed.summary).toContain('Quant Gate passed');
    expect(passed.outputs).toMatchObject({ verdict: 'pass', 'artifact-url': expect.stringContaining('/artifacts/77') });
    expect(passed.outputs['summary']).toBe(scene.github.checks[0]!.title);
    const report = reportSchema.parse(JSON.parse(readFileSync(passed.outputs['report']!, 'utf8')));
    expect(report.verdict).toBe('pass');
    expect(dirname(passed.outputs['report']!)).toBe(passed.outputs['bundle']);
    const { files, expiresAt } = scene.results.artifacts.get('quant-gate')!;
    expect(expiresAt).toBeDefined();
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining(['report.json', 'report.html', 'comment.md', 'manifest.json', 'models/digits/fp32.onnx']),
    );
    expect(Buffer.from(files['report.json']!).equals(readFileSync(passed.outputs['report']!))).toBe(true);
    for (const { file } of report.models[0]!.variants) expect(Object.keys(files)).toContain(file);
    expect((await job.post()).exitCode).toBe(0);
    expect(scene.github.checks[0]!.conclusion).toBe('success');

    scene.commit(unreachable);
    const failed = await scene.run({ inputs: { 'artifact-name': 'second' } });
    expect(failed.exitCode, failed.log).toBe(1);
    expect(failed.outputs['verdict']).toBe('fail');
    expect(scene.github.comments).toHaveLength(1);
    expect(comment.edits).toBe(1);
    expect(comment.body).toContain('Quant Gate failed');
    expect(comment.body).toContain('size.max-ratio');
    expect(scene.github.checks[1]).toMatchObject({ status: 'completed', conclusion: 'failure' });
    expect(failed.summary).toContain('size.max-ratio');
    expect(Object.keys(scene.results.artifacts.get('second')!.files)).toContain('models/digits/fp32.onnx');
    expect(named(failed, 'error')).toHaveLength(1);
  });

  it('of a fork is held against the base’s limits; its read-only token leaves summary, artifact and exit code', async () => {
    const base = scene.commit(unreachable);
    scene.commit(policy());
    scene.github.permissions.clear();
    const head = scene.git('rev-parse', 'HEAD');
    const event = {
      repository: { id: 1 },
      pull_request: {
        number: 7,
        head: { sha: head, repo: { id: 2 } },
        base: { sha: base, ref: 'main', repo: { id: 1 } },
      },
    };
    const turn = await scene.run({ event });
    expect(turn.exitCode, turn.log).toBe(1);
    expect(scene.github.comments).toEqual([]);
    expect(scene.results.artifacts.has('quant-gate')).toBe(true);
    expect(turn.summary).toContain('Quant Gate failed');
    expect(turn.summary).toContain('size.max-ratio');
    expect(turn.summary).toMatch(/could not be published.*pull-requests: write/);
    expect(messages(turn, 'warning')).toMatch(/checks: write/);
  });

  it('of a fork cannot run commands', async () => {
    scene.commit(policy({ model: '\n    build: { command: "touch ../built" }' }));
    const turn = await scene.run({ fork: true });
    expect(turn.exitCode, turn.log).toBe(2);
    expect(scene.github.checks[0]).toMatchObject({ conclusion: 'failure' });
    expect(messages(turn, 'error')).toContain('allow-commands');
    expect(() => scene.read('built')).toThrow();
  });

  it('of a fork is refused under pull_request_target, before anything is asked of GitHub', async () => {
    const turn = await scene.run({ fork: true, eventName: 'pull_request_target' });
    expect(turn.exitCode).toBe(2);
    expect(messages(turn, 'error')).toContain('refused to run under pull_request_target');
    expect(turn.outputs).toMatchObject({ verdict: 'error', summary: expect.stringContaining('refused to run') });
    expect(turn.summary).toContain('refused to run under');
    expect(scene.github.log).toEqual([]);
  });

  it('that changes no model, data or policy passes at once', async () => {
    scene.commit(policy());
    writeFileSync(join(scene.workspace, 'README.md'), 'better words\n');
    scene.git('commit', '-q', '-am', 'docs');
    const turn = await scene.run();
    expect(turn.exitCode, turn.log).toBe(0);
    expect(turn.outputs).toMatchObject({ verdict: 'pass', report: '' });
    expect(scene.github.checks[0]).toMatchObject({
      conclusion: 'success',
      title: expect.stringMatching(/^Nothing to do/),
    });
    expect(scene.github.comments).toEqual([]);
  });

  it('whose earlier failure was taken back has its comment brought up to date', async () => {
    scene.github.comments.push({
      id: 1,
      issue: 7,
      login: 'github-actions[bot]',
      body: `${marker('Quant Gate')}\n\nfailed`,
      edits: 0,
    });
    scene.github.permissions.delete('checks');
    const turn = await scene.run({ inputs: { comment: 'on-failure' } });
    // No check can be opened, and that alone does not fail the step.
    expect(turn.exitCode, turn.log).toBe(0);
    expect(messages(turn, 'warning')).toContain('checks: write');
    expect(scene.github.comments).toMatchObject([{ edits: 1, body: expect.stringContaining('nothing to do') }]);
  });
});

it('a run whose pull request has moved on leaves the comment to the run of the new head', async () => {
  const job = scene.job();
  const head = { sha: 'd'.repeat(40), label: 'o:change', repoId: 1 };
  scene.github.pulls = [{ number: 7, head }];
  scene.github.comments.push({
    id: 1,
    issue: 7,
    login: 'github-actions[bot]',
    body: `${marker('Quant Gate')}\n\nof the new head`,
    edits: 0,
  });
  const turn = await job.main();
  expect(turn.exitCode, turn.log).toBe(0);
  expect(turn.log).toContain('pull request 7 has moved on');
  expect(scene.github.comments).toMatchObject([{ edits: 0 }]);
  expect(scene.github.checks).toMatchObject([{ status: 'completed' }]);
});

describe('what is wrong with the user’s files', () => {
  it('a missing policy fails the check with one clear message', async () => {
    scene.commit(undefined);
    const turn = await scene.run();
    expect(turn.exitCode, turn.log).toBe(2);
    expect(scene.github.checks).toMatchObject([{ status: 'completed', conclusion: 'failure' }]);
    expect(scene.github.checks[0]!.title).toContain('there is no policy');
    expect(scene.github.comments[0]!.body).toContain('there is no policy');
    expect(turn.outputs).toMatchObject({ verdict: 'error', report: '', bundle: '' });
    expect(scene.results.artifacts.size).toBe(0);
    expect(turn.log).not.toMatch(/\n\s+at /);
  });

  it('a mistake in the policy is annotated at its line', async () => {
    const text = policy().replace('latency-budget', 'latency-bugdet');
    scene.commit(text);
    const line = text.slice(0, text.indexOf('bugdet')).split('\n').length;
    const turn = await scene.run({ inputs: { comment: 'on-failure' } });
    expect(turn.exitCode, turn.log).toBe(2);
    const [error] = named(turn, 'error');
    expect(error!.properties).toMatchObject({ file: 'models/quant.yml', line: String(line) });
    expect(error!.message).toContain('latency-budget');
    expect(scene.github.comments[0]!.body).toContain('came to no verdict');
  });

  it.each([
    ['levels', '1,4', 'input levels: "4" is not one of 1, 2, 3'],
    ['comment', 'sometimes', 'input comment: "sometimes" is not one of always'],
  ])('an input %s with a wrong value is named everywhere, and no old verdict stays', async (name, value, message) => {
    scene.github.comments.push({
      id: 1,
      issue: 7,
      login: 'github-actions[bot]',
      body: `${marker('Quant Gate')}\n\npassed`,
      edits: 0,
    });
    const turn = await scene.run({ inputs: { [name]: value } });
    expect(turn.exitCode).toBe(2);
    expect(messages(turn, 'error')).toContain(message);
    expect(turn.outputs).toMatchObject({ verdict: 'error', summary: expect.stringContaining(`input ${name}`) });
    expect(turn.summary).toContain(`input ${name}`);
    expect(scene.github.checks).toMatchObject([{ name: 'Quant Gate', status: 'completed', conclusion: 'failure' }]);
    expect(scene.github.comments).toMatchObject([{ edits: 1, body: expect.stringContaining(`input ${name}`) }]);
  });
});

it('a runner without its temporary folder is told so', async () => {
  const turn = await scene.run({ env: { RUNNER_TEMP: join(scene.folder, 'nowhere') } });
  expect(turn.exitCode, turn.log).toBe(2);
  expect(messages(turn, 'error')).toMatch(/^cannot use .*nowhere.*: there is no such file or folder/);
});

it('a push has no pull request to comment on, and an artifact’s name that is taken does not change the verdict', async () => {
  scene.results.taken.add('quant-gate');
  const turn = await scene.run({ eventName: 'push', event: { repository: { id: 1 } }, sha: scene.base });
  expect(turn.exitCode, turn.log).toBe(0);
  expect(scene.github.checks).toMatchObject([{ headSha: scene.base, conclusion: 'success' }]);
  expect(scene.github.comments).toEqual([]);
  expect(messages(turn, 'warning')).toMatch(/artifact could not be published.*artifact-name/);
  expect(turn.outputs['artifact-url']).toBe('');
}, 120_000);

it('a merge queue finds the check on the commit that it made', async () => {
  const sha = scene.git('rev-parse', 'HEAD');
  const event = {
    action: 'checks_requested',
    repository: { id: 1 },
    merge_group: { head_sha: sha, base_ref: 'refs/heads/main' },
  };
  const turn = await scene.run({ eventName: 'merge_group', event, sha });
  expect(turn.exitCode, turn.log).toBe(0);
  expect(turn.outputs['verdict']).toBe('pass');
  expect(scene.github.checks).toMatchObject([{ name: 'Quant Gate', headSha: sha, conclusion: 'success' }]);
  expect(scene.github.comments).toEqual([]);
}, 120_000);

describe('a run that dies', () => {
  const slow = policy({ model: '\n    build: { command: "node -e setTimeout(String,20000)" }' });
  const whenOpened = (signal: NodeJS.Signals) => (pid: number, log: string) => {
    if (log.includes('::group::Gate') && scene.github.checks.length > 0) process.kill(pid, signal);
  };

  it('fails its check in the post step', async () => {
    scene.commit(slow);
    const job = scene.job();
    const main = await job.main(whenOpened('SIGKILL'));
    expect(main.exitCode).toBe(null);
    expect(scene.github.checks[0]!.status).toBe('in_progress');
    expect((await job.post()).exitCode).toBe(0);
    expect(scene.github.checks[0]).toMatchObject({ status: 'completed', conclusion: 'failure' });
    expect(scene.github.checks[0]!.title).toContain('killed');
  });

  it('has its verdict published by the post step where GitHub did not take it at the end', async () => {
    scene.github.failures['checks/update'] = [502, 502, 502];
    const job = scene.job();
    const main = await job.main();
    expect(main.exitCode, main.log).toBe(0);
    expect(scene.github.checks[0]!.status).toBe('in_progress');
    await job.post();
    expect(scene.github.checks[0]).toMatchObject({ status: 'completed', conclusion: 'success' });
    expect(scene.github.checks[0]!.title).toBe(main.outputs['summary']);
  });

  // Windows knows no signals: there the runner's interrupt ends the process, and `post` does the rest.
  it.runIf(process.platform !== 'win32')('cancels its check when the job is cancelled', async () => {
    scene.commit(slow);
    const job = scene.job();
    expect((await job.main(whenOpened('SIGINT'))).exitCode).toBe(130);
    expect(scene.github.checks[0]).toMatchObject({ status: 'completed', conclusion: 'cancelled' });
    await job.post();
    expect(scene.github.checks[0]).toMatchObject({ conclusion: 'cancelled' });
  });
});

it.runIf(process.platform !== 'win32')(
  'what a command of the policy prints and finds gives it nothing of the job',
  async () => {
    writeFileSync(
      join(scene.workspace, 'models/build.sh'),
      'env > seen.txt\necho "::add-path::/evil"\necho "::error::forged"\necho "::stop-commands::x"\nexit 3\n',
    );
    scene.commit(policy({ model: '\n    build: { command: "sh build.sh" }' }));
    const turn = await scene.run({ env: { MY_API_TOKEN: 'mine', OPENAI_API_KEY: 'sk-mine', GITHUB_ARTIFACTS: '/a' } });
    expect(turn.exitCode, turn.log).toBe(2);
    const seen = scene.read('models/seen.txt');
    expect(seen).toContain('PATH=');
    for (const secret of [
      'job-token',
      'ACTIONS_',
      'INPUT_',
      'GITHUB_ENV',
      'GITHUB_OUTPUT',
      'GITHUB_PATH',
      'GITHUB_ARTIFACTS',
      'mine',
    ]) {
      expect(seen).not.toContain(secret);
    }
    expect(named(turn, 'add-path')).toEqual([]);
    expect(named(turn, 'error')).toHaveLength(1);
    expect(scene.github.comments[0]!.body).not.toContain('@');
  },
);

it('an independent GitHub holds the same comment and check', async () => {
  const emulator = await createEmulator({
    service: 'github',
    port: 0,
    seed: {
      tokens: { 'job-token': { login: 'o', scopes: ['repo'] } },
      github: { users: [{ login: 'o' }], repos: [{ owner: 'o', name: 'r', auto_init: true }] },
    },
  });
  try {
    const github = connect('job-token', emulator.url);
    const place = { owner: 'o', repo: 'r' };
    const { data: pull } = await github.rest.pulls.create({ ...place, title: 'A model', head: 'change', base: 'main' });
    const event = {
      repository: { id: 1 },
      pull_request: {
        number: pull.number,
        head: { sha: pull.head.sha, repo: { id: 1 } },
        base: { sha: scene.base, ref: 'main', repo: { id: 1 } },
      },
    };
    for (let i = 0; i < 2; i++) expect((await scene.run({ githubUrl: emulator.url, event })).exitCode).toBe(2);
    const { data: comments } = await github.rest.issues.listComments({ ...place, issue_number: pull.number });
    expect(comments).toHaveLength(1);
    // Its commit is none of the checkout.
    expect(comments[0]!.body).toContain('is checked out');
    const { data: checks } = await github.rest.checks.listForRef({ ...place, ref: pull.head.sha, filter: 'all' });
    expect(checks.check_runs.map(({ status, conclusion }) => `${status} ${conclusion}`)).toEqual([
      'completed failure',
      'completed failure',
    ]);
  } finally {
    await emulator.close();
  }
});

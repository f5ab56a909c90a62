import { cpSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eachScene, policy, type Scene } from './fixture.ts';
import type { Turn } from './runner.ts';

/** What a pull request can put in the place of what the gate is to read. */
let scene: Scene;
eachScene((fresh) => {
  scene = fresh;
});

const strict = policy({ limits: '{ size: { max-ratio: 0.01 } }' });
const loose = policy({ limits: '{ size: { max-ratio: 5 } }' });
const errors = (turn: Turn) =>
  turn.commands
    .filter(({ name }) => name === 'error')
    .map(({ message }) => message)
    .join('\n');
const place = (path: string) => join(scene.workspace, path);
const commitAll = () => {
  scene.git('add', '-A');
  scene.git('commit', '-q', '-m', 'change');
  return scene.git('rev-parse', 'HEAD');
};
const event = (head: string, base: string, fork = false) => ({
  repository: { id: 1, full_name: 'o/r' },
  pull_request: {
    number: 7,
    head: { sha: head, ref: 'change', repo: fork ? { id: 2, full_name: 'fork/r' } : { id: 1 } },
    base: { sha: base, ref: 'main', repo: { id: 1 } },
  },
});

describe.runIf(process.platform !== 'win32')('a symbolic link', () => {
  it.each([
    ['to another policy', 'loose.yml'],
    ['to a file of the machine', '/etc/passwd'],
    ['to nothing', 'nowhere.yml'],
  ])('%s in the place of the policy is refused, unread', async (_, target) => {
    const base = scene.commit(strict);
    writeFileSync(place('models/loose.yml'), loose);
    rmSync(place('models/quant.yml'));
    symlinkSync(target, place('models/quant.yml'));
    const head = commitAll();
    for (const fork of [true, false]) {
      const turn = await scene.run({ event: event(head, base, fork), inputs: { 'limits-from': 'base' } });
      expect(turn.exitCode, turn.log).toBe(2);
      expect(errors(turn)).toMatch(/models\/quant\.yml is a symbolic link.*Commit the policy itself/);
      expect(turn.log + turn.summary + scene.github.comments.map(({ body }) => body)).not.toContain('root:');
      expect(scene.github.checks.at(-1)).toMatchObject({ conclusion: 'failure' });
    }
  });

  it('in the place of the policy’s folder is refused, and nothing behind it gets into the artifact', async () => {
    const base = scene.commit(strict);
    const other = join(scene.folder, 'private');
    cpSync(place('models'), other, { recursive: true });
    writeFileSync(join(other, 'quant.yml'), loose);
    rmSync(place('models'), { recursive: true });
    symlinkSync('../private', place('models'));
    const head = commitAll();
    for (const inputs of [{}, { policy: 'quant.yml', 'working-directory': 'models' }]) {
      const turn = await scene.run({ event: event(head, base, true), inputs: { 'only-changed': 'false', ...inputs } });
      expect(turn.exitCode, turn.log).toBe(2);
      expect(errors(turn)).toContain('models is a symbolic link');
    }
    const plan = await scene.run({ sub: 'plan', event: event(head, base, true) });
    expect(plan.exitCode, plan.log).toBe(2);
    expect(scene.results.artifacts.size).toBe(0);
  });

  it('that the base has in the policy’s place is no base without limits', async () => {
    renameSync(place('models/quant.yml'), place('models/real.yml'));
    symlinkSync('real.yml', place('models/quant.yml'));
    const base = commitAll();
    rmSync(place('models/quant.yml'));
    const head = scene.commit(loose);
    const turns = [
      await scene.run({ event: event(head, base, true) }),
      await scene.run({ event: event(head, base), inputs: { 'limits-from': 'base' } }),
    ];
    for (const turn of turns) {
      expect(turn.exitCode, turn.log).toBe(2);
      expect(errors(turn)).toMatch(/main has in the place of the policy is no regular file/);
    }
  });

  it('among the data is no reason to do nothing', async () => {
    mkdirSync(place('store'));
    mkdirSync(place('data'));
    renameSync(place('models/validation.npz'), place('store/validation.npz'));
    symlinkSync('../store/validation.npz', place('data/validation.npz'));
    const base = scene.commit(policy().replace('arrays: validation.npz', 'arrays: ../data/validation.npz'));
    writeFileSync(place('store/validation.npz'), 'broken');
    const turn = await scene.run({ event: event(commitAll(), base) });
    expect(turn.exitCode, turn.log).toBe(2);
  });
});

it('data that a pull request removes is no reason to do nothing', async () => {
  mkdirSync(place('data'));
  renameSync(place('models/validation.npz'), place('data/validation.npz'));
  const base = scene.commit(policy().replace('arrays: validation.npz', 'arrays: ../data/validation.npz'));
  rmSync(place('data/validation.npz'));
  const given = event(commitAll(), base);
  const turn = await scene.run({ event: given });
  expect(turn.exitCode, turn.log).toBe(2);
  expect(errors(turn)).toContain('validation.npz');
  expect((await scene.run({ sub: 'plan', event: given })).outputs['count']).toBe('1');
});

describe('a fork', () => {
  it('is held to the base’s limits, whatever the input says', async () => {
    const base = scene.commit(strict);
    const head = scene.commit(loose);
    const turn = await scene.run({ event: event(head, base, true), inputs: { 'limits-from': 'head' } });
    expect(turn.exitCode, turn.log).toBe(1);
    expect(turn.summary).toContain('size.max-ratio');
  });

  it('does not bring the first policy', async () => {
    const base = scene.commit(undefined);
    const head = scene.commit(loose);
    const turn = await scene.run({ event: event(head, base, true) });
    expect(turn.exitCode, turn.log).toBe(2);
    expect(errors(turn)).toMatch(/main has no policy models\/quant\.yml.*branch of this repository/);
    expect(scene.github.checks[0]).toMatchObject({ conclusion: 'failure' });
  });
});

describe('the commit that is measured', () => {
  it('is not the base’s, as pull_request_target checks out', async () => {
    const base = scene.commit(loose);
    scene.git('checkout', '-q', '-b', 'change');
    const head = scene.commit(strict);
    scene.git('checkout', '-q', 'main');
    const turn = await scene.run({ eventName: 'pull_request_target', event: event(head, base) });
    expect(turn.exitCode, turn.log).toBe(2);
    expect(errors(turn)).toContain(base.slice(0, 12));
    expect(errors(turn)).toContain(head.slice(0, 12));
    expect(errors(turn)).toContain('github.event.pull_request.head.sha');
    expect(scene.github.checks).toMatchObject([{ headSha: head, conclusion: 'failure' }]);
  });

  it('may be GitHub’s trial merge, also in a shallow clone, or a later one', async () => {
    scene.git('checkout', '-q', '-b', 'change');
    writeFileSync(place('README.md'), 'better words\n');
    const head = commitAll();
    scene.git('checkout', '-q', 'main');
    scene.git('merge', '-q', '--no-ff', '-m', 'merge', 'change');
    const shallow = join(scene.folder, 'shallow');
    scene.git('clone', '-q', '--depth=1', `file://${scene.workspace}`, shallow);
    const merged = await scene.run({ workspace: shallow, event: event(head, scene.base) });
    expect(merged.exitCode, merged.log).toBe(0);
    writeFileSync(place('README.md'), 'a commit of the job\n');
    commitAll();
    const later = await scene.run({ event: event(head, scene.base) });
    expect(later.exitCode, later.log).toBe(0);
    expect(scene.github.checks.map(({ headSha }) => headSha)).toEqual([head, head]);
  });

  it('of a workflow_run is that of the run before it', async () => {
    const run = (sha: string) => ({
      repository: { id: 1 },
      workflow_run: { id: 5, head_sha: sha, head_branch: 'main', head_repository: { id: 1 }, event: 'push' },
    });
    const head = scene.commit(undefined);
    const own = await scene.run({ eventName: 'workflow_run', event: run(head) });
    expect(errors(own)).toContain('there is no policy');
    const other = await scene.run({ eventName: 'workflow_run', event: run('c'.repeat(40)) });
    expect(other.exitCode, other.log).toBe(2);
    expect(errors(other)).toContain('github.event.workflow_run.head_sha');
    expect(scene.github.checks.map(({ headSha }) => headSha)).toEqual([head, 'c'.repeat(40)]);
  });
});

it('a checkout in a folder of the workspace is compared with its base', async () => {
  const base = scene.commit(strict);
  const head = scene.commit(loose);
  const outer = join(scene.folder, 'workspace');
  mkdirSync(outer);
  scene.git('clone', '-q', scene.workspace, join(outer, 'repo'));
  const job = scene.job({ workspace: outer, event: event(head, base, true), inputs: { 'working-directory': 'repo' } });
  const turn = await job.main();
  expect(turn.exitCode, turn.log).toBe(1);
  expect(turn.summary).toContain('size.max-ratio');
});

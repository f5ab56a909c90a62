import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { marker } from '../../src/report/markdown.ts';
import { type Report, reportSchema } from '../../src/report/schema.ts';
import * as fixtures from '../report/fixtures.ts';
import { eachScene, policy, type Scene } from './fixture.ts';
import { zippedOutput } from './outputs.ts';

let scene: Scene;
eachScene((fresh) => {
  scene = fresh;
});

const shard = (target: string, change: Partial<Report> = {}) => {
  const variant = fixtures.variant({ target, ...(change.verdict && { verdict: change.verdict }) });
  return fixtures.report({ models: [fixtures.model({ variants: [variant] })], ...change });
};

const zipped = (report: Report, name: string) => zippedOutput(scene, report, name);

describe('plan', () => {
  const two = () => {
    mkdirSync(join(scene.workspace, 'models/b'));
    cpSync(join(scene.workspace, 'models/digits.onnx'), join(scene.workspace, 'models/b/other.onnx'));
    return policy().replace('levels:', '  - path: b/other.onnx\ntargets: [cpu, cpu-arm64]\nlevels:');
  };

  it('gives a job for each model and target of a push', async () => {
    scene.commit(two());
    const turn = await scene.run({
      sub: 'plan',
      eventName: 'push',
      event: {},
      inputs: { runners: 'cpu-arm64=self-hosted+arm64' },
    });
    expect(turn.exitCode, turn.log).toBe(0);
    expect(turn.outputs).toMatchObject({ count: '4', 'has-work': 'true' });
    const { include } = JSON.parse(turn.outputs['matrix']!) as { include: object[] };
    expect(include[0]).toEqual({ name: 'digits-cpu', model: 'digits', target: 'cpu', runner: 'ubuntu-latest' });
    expect(include[3]).toEqual({
      name: 'other-cpu-arm64',
      model: 'other',
      target: 'cpu-arm64',
      runner: ['self-hosted', 'arm64'],
    });
  });

  it('refuses runners of a target that there is none of, or that stands twice', async () => {
    const planned = async (runners: string) => {
      const turn = await scene.run({ sub: 'plan', eventName: 'push', event: {}, inputs: { runners } });
      return [turn.exitCode, turn.commands.find(({ name }) => name === 'error')?.message];
    };
    expect(await planned('gpu=self-hosted')).toEqual([
      2,
      'input runners: "gpu" is not one of cpu, cpu-x64-avx2, cpu-x64-vnni, cpu-arm64, cuda, tensorrt',
    ]);
    expect(await planned('cuda=self-hosted\ncuda=gpu')).toEqual([
      2,
      'input runners: cuda stands twice; join its labels by "+"',
    ]);
  });

  it('says what to do where GitHub’s matrix has no room', async () => {
    for (let i = 0; i < 129; i++) {
      cpSync(join(scene.workspace, 'models/digits.onnx'), join(scene.workspace, `models/m${i}.onnx`));
    }
    scene.commit(
      policy()
        .replace('path: digits.onnx', 'path: "m*.onnx"\n')
        .replace('levels:', 'targets: [cpu, cpu-arm64]\nlevels:'),
    );
    const turn = await scene.run({ sub: 'plan', eventName: 'push', event: {} });
    expect(turn.exitCode, turn.log).toBe(2);
    expect(turn.log).toMatch(/258 jobs \(129 models x 2 targets\) are more than the 256.*Split the policy/);
    expect(turn.outputs).toEqual({});
  });

  it('leaves out no model and no target of a base whose limits count', async () => {
    const before = two();
    const base = scene.commit(before);
    scene.commit(before.replace('  - path: b/other.onnx\n', '').replace('[cpu, cpu-arm64]', '[cpu]'));
    const event = (fork: boolean) => ({
      repository: { id: 1 },
      pull_request: {
        number: 7,
        head: { sha: scene.git('rev-parse', 'HEAD'), repo: { id: fork ? 2 : 1 } },
        base: { sha: base, ref: 'main', repo: { id: 1 } },
      },
    });
    const all = ['digits-cpu', 'digits-cpu-arm64', 'other-cpu', 'other-cpu-arm64'];
    const plan = async (fork: boolean, inputs: Record<string, string>) => {
      const turn = await scene.run({ sub: 'plan', event: event(fork), inputs });
      expect(turn.exitCode, turn.log).toBe(0);
      const { include } = JSON.parse(turn.outputs['matrix']!) as { include: { name: string }[] };
      return include.map(({ name }) => name);
    };
    expect(await plan(false, {})).toEqual(['digits-cpu']);
    expect(await plan(false, { 'limits-from': 'base' })).toEqual(all);
    expect(await plan(true, { 'limits-from': 'head', 'only-changed': 'false' })).toEqual(all);
  });

  it('leaves out what a pull request cannot change', async () => {
    const base = scene.commit(two());
    writeFileSync(join(scene.workspace, 'models/b/other.onnx'), 'changed');
    scene.git('commit', '-q', '-am', 'model');
    const event = (sha: string) => ({
      repository: { id: 1 },
      pull_request: {
        number: 7,
        head: { sha: scene.git('rev-parse', 'HEAD'), repo: { id: 1 } },
        base: { sha, ref: 'main', repo: { id: 1 } },
      },
    });
    // models/ holds the folder b, so only the model in b can be told apart from everything else.
    const one = await scene.run({ sub: 'plan', event: event(base) });
    expect(one.exitCode, one.log).toBe(0);
    expect(one.outputs['matrix']).toContain('"other"');
    const none = await scene.run({ sub: 'plan', event: event(scene.git('rev-parse', 'HEAD')) });
    expect(none.outputs).toMatchObject({ matrix: '{"include":[]}', count: '0', 'has-work': 'false' });
  });
});

describe('report', () => {
  it('joins the jobs of a matrix into one check, comment and artifact', async () => {
    scene.results.hand('quant-gate-a', await zipped(shard('cpu-x64-avx2'), 'a'));
    scene.results.hand('quant-gate-b', await zipped(shard('cpu-arm64'), 'b'));
    scene.results.hand('coverage', { 'report.json': Buffer.from('{}') });
    const turn = await scene.run({ sub: 'report', inputs: { expected: '2' } });
    expect(turn.exitCode, turn.log).toBe(0);
    expect(scene.github.checks).toMatchObject([{ name: 'Quant Gate', status: 'completed', conclusion: 'success' }]);
    expect(scene.github.comments).toHaveLength(1);
    const report = reportSchema.parse(JSON.parse(readFileSync(turn.outputs['report']!, 'utf8')));
    expect(report.models[0]!.variants.map(({ target }) => target).sort()).toEqual(['cpu-arm64', 'cpu-x64-avx2']);
    expect(Object.keys(scene.results.artifacts.get('quant-gate')!.files)).toEqual(
      expect.arrayContaining(['models/mobilenet/level2-cpu-x64-avx2.onnx', 'models/mobilenet/level2-cpu-arm64.onnx']),
    );
  });

  it('takes no command from an artifact’s name', async () => {
    scene.results.hand('quant-gate-##[set-output name=verdict]forged', await zipped(shard('cpu-x64-avx2'), 'a'));
    const turn = await scene.run({ sub: 'report', inputs: { expected: '1' } });
    expect(turn.exitCode, turn.log).toBe(0);
    expect(turn.log).toContain('name=verdict');
    expect(turn.commands.map(({ name }) => name)).not.toContain('set-output');
  });

  it('does not pass where a job failed or left nothing', async () => {
    scene.results.hand('quant-gate-a', await zipped(shard('cpu-x64-avx2'), 'a'));
    const missing = await scene.run({ sub: 'report', inputs: { expected: '2' } });
    expect(missing.exitCode, missing.log).toBe(1);
    expect(missing.outputs['verdict']).toBe('error');
    expect(scene.github.comments[0]!.body).toContain('1 of 2 jobs left no report');
    scene.results.hand('quant-gate-b', await zipped(shard('cpu-arm64', { verdict: 'fail' }), 'b'));
    const failed = await scene.run({ sub: 'report', inputs: { expected: '2', 'artifact-name': 'second' } });
    expect(failed.exitCode, failed.log).toBe(1);
    expect(scene.github.checks.map(({ conclusion }) => conclusion)).toEqual(['failure', 'failure']);
    scene.results.hand('quant-gate-c', await zipped(shard('cpu-arm64'), 'c'));
    const twice = await scene.run({ sub: 'report', inputs: { expected: '3', 'artifact-name': 'third' } });
    expect(twice.exitCode).toBe(2);
    expect(scene.github.checks[2]!.title).toContain('artifact quant-gate-b and artifact quant-gate-c both measured');
    const none = await scene.run({ sub: 'report', inputs: { artifacts: 'other-', expected: '3' } });
    expect(none.exitCode).toBe(2);
    // What the plan's output is where the plan failed.
    const unplanned = await scene.run({ sub: 'report', inputs: { artifacts: 'other-', expected: '' } });
    expect(unplanned.exitCode).toBe(2);
    expect(scene.github.checks[4]).toMatchObject({ conclusion: 'failure' });
    const idle = await scene.run({ sub: 'report', inputs: { artifacts: 'other-', expected: '0' } });
    expect(idle.exitCode, idle.log).toBe(0);
  });

  describe('of a fork’s run', () => {
    const sha = 'c'.repeat(40);
    const event = {
      repository: { id: 1 },
      workflow_run: {
        id: 55,
        head_sha: sha,
        head_branch: 'change',
        head_repository: { id: 2, owner: { login: 'stranger' } },
        event: 'pull_request',
      },
    };
    const run = event.workflow_run;
    const post = (
      files: Record<string, Uint8Array> | Buffer,
      { more = [], change = {} }: { more?: [string, Record<string, Uint8Array>][]; change?: object } = {},
    ) => {
      scene.github.runArtifacts = [['quant-gate', files] as const, ...more].map(([name, each], index) => {
        return { id: 9 + index, run: 55, name, url: scene.results.hand(name, each) };
      });
      scene.github.pulls = [
        { number: 12, head: { sha, label: 'stranger:change', repoId: 2 } },
        { number: 13, head: { sha, label: 'o:change', repoId: 1 } },
      ];
      return scene.run({
        sub: 'report',
        eventName: 'workflow_run',
        event: { ...event, workflow_run: { ...run, ...change } },
        inputs: { artifacts: 'quant-gate' },
      });
    };
    const passing = { 'report.json': Buffer.from(JSON.stringify(fixtures.passing)) };

    it('hands no verdict to the steps of the privileged job', async () => {
      const turn = await post(passing);
      expect(turn.exitCode, turn.log).toBe(0);
      expect(turn.outputs).toMatchObject({
        verdict: '',
        summary: expect.stringContaining('nothing of it is verified'),
      });
    });

    it('posts the joined report of a matrix, and not its parts a second time', async () => {
      const part = { 'report.json': Buffer.from(JSON.stringify(shard('cpu-arm64'))) };
      const turn = await post(passing, { more: [['quant-gate-a', part]] });
      expect(turn.exitCode, turn.log).toBe(0);
      expect(scene.github.comments).toHaveLength(1);
      expect(scene.github.comments[0]!.body).not.toContain('arm64');
    });

    const own = { id: 1, owner: { login: 'o' } };
    it.each<[string, object, string]>([
      ['of a branch of this repository', { head_repository: own }, 'is of a branch of this repository'],
      ['that a push started', { event: 'push' }, 'was started by push'],
    ])('posts nothing for a run %s', async (_, change, message) => {
      const turn = await post(passing, { change });
      expect(turn.exitCode, turn.log).toBe(0);
      expect(turn.log).toContain(message);
      expect(scene.github.comments).toEqual([]);
    });

    it('posts for Dependabot, whose branch is in this repository', async () => {
      const turn = await post(passing, { change: { head_repository: own, actor: { login: 'dependabot[bot]' } } });
      expect(turn.exitCode, turn.log).toBe(0);
      expect(scene.github.comments).toMatchObject([{ issue: 13 }]);
    });

    it('posts the comment that the fork’s token could not, and derives no check from it', async () => {
      const turn = await post({ 'report.json': Buffer.from(JSON.stringify(fixtures.hostile)) });
      expect(turn.exitCode, turn.log).toBe(0);
      expect(scene.github.comments).toMatchObject([{ issue: 12 }]);
      const { body } = scene.github.comments[0]!;
      expect(body.split('\n')[0]).toBe(marker('Quant Gate'));
      expect(body).toContain('nothing of it is verified');
      expect(body).not.toMatch(/<script|<img|@everyone/i);
      expect(scene.github.checks).toEqual([]);
    });

    it.each([
      ['is no report', { 'report.json': Buffer.from('{"schemaVersion":1}') }],
      ['is no JSON', { 'report.json': Buffer.from('<html>') }],
      ['holds nothing', {}],
      ['is cut off', Buffer.from(zipSync({ 'report.json': Buffer.from('{}') })).subarray(0, 42)],
    ])('posts nothing where it %s, and names the artifact', async (_, files) => {
      const turn = await post(files);
      expect(turn.exitCode, turn.log).toBe(2);
      expect(turn.commands.find(({ name }) => name === 'error')!.message).toMatch(/^artifact quant-gate\b/);
      expect(scene.github.comments).toEqual([]);
    });

    it('posts nothing where the branch has moved on', async () => {
      const files = await zipped(fixtures.passing, 'fork');
      const turn = await post(files);
      expect(scene.github.comments, turn.log).toHaveLength(1);
      scene.github.pulls[0]!.head.sha = 'd'.repeat(40);
      const late = await scene.run({
        sub: 'report',
        eventName: 'workflow_run',
        event,
        inputs: { artifacts: 'quant-gate' },
      });
      expect(late.exitCode).toBe(0);
      expect(scene.github.comments[0]!.edits).toBe(0);
    });
  });
});

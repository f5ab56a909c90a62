import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/files.ts';
import type { Report } from '../../src/report/schema.ts';
import type { Failure } from '../github/fake-github.ts';
import * as fixtures from '../report/fixtures.ts';
import { eachScene, type Scene } from './fixture.ts';
import { outputFolder } from './outputs.ts';

let scene: Scene;
eachScene((fresh) => {
  scene = fresh;
});

const output = (report: Report, name: string) => outputFolder(scene, report, name);

describe('publish', () => {
  const push = { sub: 'publish', eventName: 'push', event: { repository: { id: 1 } }, sha: 'e'.repeat(40) };

  it('puts the passing variants, the manifest and the provenance on a release, and twice changes nothing', async () => {
    const models = [
      fixtures.model({ variants: [fixtures.variant({ level: 1, verdict: 'fail' }), fixtures.variant({ level: 2 })] }),
    ];
    const bundle = await output(fixtures.report({ models }), 'bundle');
    const turn = await scene.run({ ...push, inputs: { bundle, tag: 'v1' } });
    expect(turn.exitCode, turn.log).toBe(0);
    expect(scene.github.releases).toMatchObject([{ tag: 'v1', target: push.sha, draft: false }]);
    expect(scene.github.releases[0]!.body).toBe(
      `Models of ${push.sha}, quantized and measured by Quant Gate: https://github.com/o/r/actions/runs/42`,
    );
    const { assets } = scene.github.releases[0]!;
    expect(assets.map(({ name }) => name)).toEqual([
      'mobilenet-fp32.onnx',
      'mobilenet-level2-cpu-x64-avx2.onnx',
      'manifest.json',
      'provenance.json',
    ]);
    expect(assets[1]!.bytes.toString()).toBe('mobilenet level2-cpu-x64-avx2');
    const provenance = JSON.parse(assets[3]!.bytes.toString());
    expect(provenance).toMatchObject({ repository: 'o/r', commit: push.sha, verdict: 'pass' });
    expect(provenance.files[1].sha256).toBe(sha256('mobilenet level2-cpu-x64-avx2'));
    const before = assets.map(({ id }) => id);
    const again = await scene.run({ ...push, inputs: { bundle, tag: 'v1' } });
    expect(again.exitCode, again.log).toBe(0);
    expect(scene.github.releases[0]!.assets.map(({ id }) => id)).toEqual(before);
  });

  it('publishes what the policy says, unless the input says otherwise', async () => {
    const models = [
      fixtures.model({ variants: [fixtures.variant({ level: 1, verdict: 'fail' }), fixtures.variant({ level: 2 })] }),
    ];
    const { policy: read } = fixtures.passing;
    const saying = (publish: Report['policy']['publish'], name: string) =>
      output(fixtures.report({ models, policy: { ...read, ...(publish && { publish }) } }), name);
    const all = await saying({ variants: 'all', to: 'release' }, 'all');
    const none = await saying({ variants: 'all', to: 'none' }, 'none');
    const names = () => scene.github.releases.map(({ assets }) => assets.map(({ name }) => name));
    const nothing = await scene.run({ ...push, inputs: { bundle: none, tag: 'v1' } });
    expect(nothing.exitCode, nothing.log).toBe(0);
    expect(nothing.log).toContain('to: none');
    expect(names()).toEqual([]);
    expect((await scene.run({ ...push, inputs: { bundle: all, tag: 'v1' } })).exitCode).toBe(0);
    expect((await scene.run({ ...push, inputs: { bundle: all, tag: 'v2', variants: 'passing' } })).exitCode).toBe(0);
    expect(names().map((each) => each.includes('mobilenet-level1-cpu-x64-avx2.onnx'))).toEqual([true, false]);
  });

  it('refuses a pull request and a file that is not the manifest’s', async () => {
    const bundle = await output(fixtures.passing, 'bundle');
    const refused = await scene.run({ sub: 'publish', inputs: { bundle } });
    expect(refused.exitCode).toBe(2);
    writeFileSync(join(bundle, 'models/mobilenet/fp32.onnx'), 'something else');
    const changed = await scene.run({ ...push, inputs: { bundle } });
    expect(changed.exitCode).toBe(2);
    expect(changed.log).toContain('SHA-256 differs');
    expect(scene.github.releases).toEqual([]);
  });

  it('names the missing permission', async () => {
    scene.github.permissions.clear();
    const bundle = await output(fixtures.passing, 'bundle');
    const turn = await scene.run({ ...push, inputs: { bundle } });
    expect(turn.exitCode).toBe(2);
    expect(turn.log).toContain('contents: write');
  });

  const uploads = () => scene.github.log.filter((line) => line.startsWith('POST') && line.includes('/assets'));
  const names = () => scene.github.releases.map(({ assets }) => assets.map(({ name }) => name));
  const whole = ['mobilenet-fp32.onnx', 'mobilenet-level2-cpu-x64-avx2.onnx', 'manifest.json', 'provenance.json'];

  it('fills a draft before it publishes, as an immutable release takes nothing more', async () => {
    scene.github.immutable = true;
    const bundle = await output(fixtures.passing, 'bundle');
    const turn = await scene.run({ ...push, inputs: { bundle, tag: 'v1' } });
    expect(turn.exitCode, turn.log).toBe(0);
    expect(scene.github.releases).toMatchObject([{ draft: false, immutable: true }]);
    expect(names()).toEqual([whole]);
    // Another run: its records differ, its models do not.
    const again = await scene.run({ ...push, inputs: { bundle, tag: 'v1' }, env: { GITHUB_RUN_ID: '43' } });
    expect(again.exitCode, again.log).toBe(0);
    const { variant, model, report } = fixtures;
    const other = await output(report({ models: [model({ variants: [variant({ level: 1 })] })] }), 'other');
    const refused = await scene.run({ ...push, inputs: { bundle: other, tag: 'v1' } });
    expect(refused.exitCode, refused.log).toBe(2);
    expect(refused.log).toContain('v1 is immutable and has not this mobilenet-level1');
  });

  it('goes on with the draft that an interrupted run left', async () => {
    const bundle = await output(fixtures.passing, 'bundle');
    scene.github.failures = { 'repos/upload-release-asset': [{ status: 422, message: 'disk is full' }] };
    const broken = await scene.run({ ...push, inputs: { bundle, tag: 'v1' } });
    expect(broken.exitCode, broken.log).toBe(2);
    expect(scene.github.releases).toMatchObject([{ draft: true, assets: [] }]);
    const turn = await scene.run({ ...push, inputs: { bundle, tag: 'v1' } });
    expect(turn.exitCode, turn.log).toBe(0);
    expect(scene.github.releases).toMatchObject([{ draft: false }]);
    expect(scene.github.releases[0]!.body).not.toContain('unfinished');
    expect(names()).toEqual([whole]);
  });

  it('fills a draft of the user’s, and leaves publishing it to the user', async () => {
    const own = { id: 5, tag: 'v1', name: 'v1', body: 'my notes', draft: true, prerelease: false, target: 'main' };
    scene.github.releases.push({ ...own, assets: [] });
    const bundle = await output(fixtures.passing, 'bundle');
    const turn = await scene.run({ ...push, inputs: { bundle, tag: 'v1' } });
    expect(turn.exitCode, turn.log).toBe(0);
    expect(turn.log).toContain('stays one');
    expect(scene.github.releases).toMatchObject([{ id: 5, body: 'my notes', draft: true }]);
    expect(names()).toEqual([whole]);
  });

  it('removes what it published before and does no more, and nothing else', async () => {
    const good = await output(fixtures.passing, 'good');
    expect((await scene.run({ ...push, inputs: { bundle: good, tag: 'v1' } })).exitCode).toBe(0);
    scene.github.releases[0]!.assets.push({ id: 1, name: 'notes.pdf', bytes: Buffer.from('x') });
    const models = [fixtures.model({ variants: [fixtures.variant({ verdict: 'fail' })] })];
    const worse = await output(fixtures.report({ verdict: 'fail', models }), 'worse');
    const turn = await scene.run({ ...push, inputs: { bundle: worse, tag: 'v1' } });
    expect(turn.exitCode, turn.log).toBe(0);
    expect(turn.log).toContain('1 removed (mobilenet-level2-cpu-x64-avx2.onnx)');
    expect(names()[0]!.sort()).toEqual(['manifest.json', 'mobilenet-fp32.onnx', 'notes.pdf', 'provenance.json']);
  });

  it.each<[string, Failure]>([
    ['before it has stored a file', { status: 502 }],
    ['after it has stored a file', { status: 502, done: true }],
    ['with a file that is there already', { status: 422, message: 'already_exists', done: true }],
  ])('looks again where GitHub stumbles %s', async (_, failure) => {
    const bundle = await output(fixtures.passing, 'bundle');
    scene.github.failures = { 'repos/upload-release-asset': [failure], 'repos/create-release': [failure] };
    if (failure.status === 422) delete scene.github.failures['repos/create-release'];
    const turn = await scene.run({ ...push, inputs: { bundle, tag: 'v1' } });
    expect(turn.exitCode, turn.log).toBe(0);
    expect(names()).toEqual([whole]);
    expect(uploads()).toHaveLength(failure.done ? 4 : 5);
  });

  it('refuses a run that follows a pull request’s', async () => {
    const bundle = await output(fixtures.passing, 'bundle');
    const run = { id: 55, head_sha: push.sha, head_branch: 'change', head_repository: { id: 1 } };
    for (const event of ['pull_request', 'pull_request_target']) {
      const given = { repository: { id: 1 }, workflow_run: { ...run, event } };
      const turn = await scene.run({ ...push, eventName: 'workflow_run', event: given, inputs: { bundle } });
      expect(turn.exitCode, turn.log).toBe(2);
      expect(turn.log).toContain(`follows a ${event}`);
    }
    expect(scene.github.releases).toEqual([]);
    const event = { repository: { id: 1 }, workflow_run: { ...run, event: 'push' } };
    const turn = await scene.run({
      ...push,
      sha: 'f'.repeat(40),
      eventName: 'workflow_run',
      event,
      inputs: { bundle },
    });
    expect(turn.exitCode, turn.log).toBe(0);
    expect(scene.github.releases).toMatchObject([{ target: push.sha }]);
  });

  it('says what is wrong with the bundle', async () => {
    const bundle = await output(fixtures.passing, 'bundle');
    rmSync(join(bundle, 'models/mobilenet/fp32.onnx'));
    for (const [given, message] of [
      ['', 'input bundle is empty'],
      [join(scene.folder, 'nowhere'), 'manifest.json cannot be read'],
      [bundle, 'fp32.onnx cannot be read'],
    ] as const) {
      const turn = await scene.run({ ...push, inputs: { bundle: given } });
      expect(turn.exitCode, turn.log).toBe(2);
      expect(turn.log).toContain(message);
    }
  });
});

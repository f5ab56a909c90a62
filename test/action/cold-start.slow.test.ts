import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pinned } from '../../src/runtime/pinned.ts';
import { close, listen } from '../github/loopback.ts';
import { buildAction, policy, Scene } from './fixture.ts';
import { root } from './runner.ts';

/**
 * A runner has the action's checkout and Node, no npm and no node_modules. The registry on loopback serves the package
 * that package-lock.json names: its hash is the one that the bundle was built with.
 */
describe('a cold runner', () => {
  const { name, version } = pinned;
  const file = `${name}-${version}.tgz`;
  let folder: string;
  let action: string;
  let tarball: string;
  let registry: Server;
  let registryUrl: string;
  let downloads = 0;
  /** Git, and nothing of npm; Windows has no links for everybody. */
  let path = process.env['PATH']!;
  let scene: Scene;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quant-gate-cold-'));
    action = join(folder, 'action');
    const built = buildAction();
    mkdirSync(action);
    if (process.platform !== 'win32') {
      path = join(folder, 'bin');
      mkdirSync(path);
      symlinkSync(execFileSync('which', ['git'], { encoding: 'utf8' }).trim(), join(path, 'git'));
    }
    for (const part of ['action.yml', 'dist']) cpSync(join(built, part), join(action, part), { recursive: true });
    rmSync(built, { recursive: true });
    // From npm's cache where `npm ci` has left it there.
    const pack = ['pack', '--silent', '--prefer-offline', '--ignore-scripts', '--pack-destination', folder];
    execFileSync('npm', [...pack, `${name}@${version}`], { cwd: root, shell: process.platform === 'win32' });
    tarball = join(folder, file);
    registry = createServer((request, response) => {
      if (request.url !== `/${name}/-/${file}`) return response.writeHead(404).end();
      downloads++;
      return createReadStream(tarball).pipe(response.writeHead(200));
    });
    registryUrl = await listen(registry);
  }, 300_000);
  afterAll(async () => {
    await close(registry);
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    downloads = 0;
    scene = await Scene.start(action);
    scene.commit(policy({ limits: '{ size: { max-ratio: 0.8 } }' }));
  });
  afterEach(() => scene.close());
  const env = (at: string, tools: string) => ({ npm_config_registry: at, RUNNER_TOOL_CACHE: tools, PATH: path });

  it('brings ONNX Runtime itself, once for all its jobs, and notices a changed file', async () => {
    expect(readdirSync(action).sort()).toEqual(['action.yml', 'dist']);
    const tools = join(folder, 'tools');
    const cold = await scene.run({ env: env(registryUrl, tools) });
    expect(cold.exitCode, cold.log).toBe(0);
    expect(downloads).toBe(1);
    expect(cold.outputs['verdict']).toBe('pass');
    expect(scene.results.artifacts.has('quant-gate')).toBe(true);
    const warm = await scene.run({ env: env('http://127.0.0.1:9', tools), inputs: { 'artifact-name': 'warm' } });
    expect(warm.exitCode, warm.log).toBe(0);
    expect(downloads).toBe(1);
    const cached = join(tools, name, version, process.arch);
    appendFileSync(
      join(cached, readdirSync(cached).find((each) => each.includes('libonnxruntime') || each === 'onnxruntime.dll')!),
      'x',
    );
    const healed = await scene.run({ env: env(registryUrl, tools), inputs: { 'artifact-name': 'healed' } });
    expect(healed.exitCode, healed.log).toBe(0);
    expect(downloads).toBe(2);
  });

  it('says what to do where no registry answers', async () => {
    const turn = await scene.run({ env: env('http://127.0.0.1:9', join(folder, 'other-tools')) });
    expect(turn.exitCode, turn.log).toBe(2);
    expect(turn.log).toContain('runtime-path');
    expect(scene.github.checks[0]).toMatchObject({ conclusion: 'failure' });
  });

  it('runs with a preinstalled runtime and no network', async () => {
    const runtime = join(root, 'node_modules/onnxruntime-node');
    const turn = await scene.run({
      env: env('http://127.0.0.1:9', join(folder, 'no-tools')),
      inputs: { 'runtime-path': runtime },
    });
    expect(turn.exitCode, turn.log).toBe(0);
    expect(downloads).toBe(0);
  });
});

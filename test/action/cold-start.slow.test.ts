import { execFileSync } from 'node:child_process';
import { cpSync, createReadStream, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { close, listen } from '../github/fake-github.ts';
import { buildAction, policy, Scene } from './fixture.ts';
import { root } from './runner.ts';

/**
 * A runner has the action's checkout and Node, no npm and no node_modules. The registry on loopback serves the package
 * that package-lock.json names: its hash is the one that the bundle was built with.
 */
describe('a cold runner', () => {
  const version = '1.30.0';
  let folder: string;
  let action: string;
  let tarball: string;
  let registry: Server;
  let registryUrl: string;
  let downloads = 0;
  let scene: Scene;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quant-gate-cold-'));
    action = join(folder, 'action');
    const built = buildAction();
    mkdirSync(action);
    for (const name of ['action.yml', 'dist']) cpSync(join(built, name), join(action, name), { recursive: true });
    rmSync(built, { recursive: true });
    // From npm's cache where `npm ci` has left it there.
    const pack = ['pack', '--silent', '--prefer-offline', '--ignore-scripts', '--pack-destination', folder];
    execFileSync('npm', [...pack, `onnxruntime-node@${version}`], { cwd: root, shell: process.platform === 'win32' });
    tarball = join(folder, `onnxruntime-node-${version}.tgz`);
    registry = createServer((request, response) => {
      if (request.url !== `/onnxruntime-node/-/onnxruntime-node-${version}.tgz`) return response.writeHead(404).end();
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
  /** PATH holds Git and nothing of npm. */
  const env = (registryAt: string, tools: string) => ({ npm_config_registry: registryAt, RUNNER_TOOL_CACHE: tools });

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

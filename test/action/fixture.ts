import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type FakeGitHub, startFakeGitHub } from '../github/fake-github.ts';
import { type FakeResults, startFakeResults } from './fake-results.ts';
import { Job, type JobOptions, root, type Turn } from './runner.ts';

/** Builds what `npm run build` builds, inside node_modules, so that ONNX Runtime is found upward from it. */
export function buildAction(): string {
  const folder = join(root, 'node_modules/.cache/quant-gate-test');
  mkdirSync(folder, { recursive: true });
  const action = mkdtempSync(join(folder, 'action-'));
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), '--out', join(action, 'dist')], { stdio: 'pipe' });
  for (const name of ['action.yml', 'plan', 'report', 'publish']) {
    cpSync(join(root, name), join(action, name), { recursive: true });
  }
  return action;
}

/** Gives each test of a file a scene of its own, with the action as `npm run build` makes it now. */
export function eachScene(use: (scene: Scene) => void): void {
  let action: string;
  let scene: Scene;
  beforeAll(() => {
    action = buildAction();
  }, 120_000);
  afterAll(() => rmSync(action, { recursive: true, force: true }));
  beforeEach(async () => {
    scene = await Scene.start(action);
    use(scene);
  });
  afterEach(async () => {
    await scene.close();
    expect([...scene.github.violations, ...scene.results.violations]).toEqual([]);
  });
}

/** A repository with the digits example on its branch `main`, and the loopback services. */
export class Scene {
  readonly folder = mkdtempSync(join(tmpdir(), 'quant-gate-scene-'));
  readonly workspace = join(this.folder, 'checkout');
  readonly github: FakeGitHub;
  readonly results: FakeResults;
  readonly base: string;
  readonly #action: string;
  readonly #jobs: Job[] = [];

  private constructor(action: string, github: FakeGitHub, results: FakeResults) {
    this.#action = action;
    this.github = github;
    this.results = results;
    mkdirSync(this.workspace);
    for (const name of ['digits.onnx', 'calibration.npz', 'validation.npz']) {
      cpSync(join(root, 'examples/digits', name), join(this.workspace, 'models', name));
    }
    writeFileSync(join(this.workspace, 'README.md'), 'models\n');
    this.git('init', '-q', '-b', 'main');
    this.base = this.commit(policy());
  }

  static async start(action: string): Promise<Scene> {
    return new Scene(action, await startFakeGitHub(), await startFakeResults());
  }

  async close(): Promise<void> {
    for (const job of this.#jobs) job.remove();
    await this.github.close();
    await this.results.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  git(...args: string[]): string {
    return execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: this.workspace,
      encoding: 'utf8',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    }).trim();
  }

  /** Writes models/quant.yml (or removes it) and commits everything. @returns the commit */
  commit(text: string | undefined): string {
    const path = join(this.workspace, 'models/quant.yml');
    if (text === undefined) rmSync(path);
    else writeFileSync(path, text);
    this.git('add', '.');
    this.git('commit', '-q', '--allow-empty', '-m', 'change');
    return this.git('rev-parse', 'HEAD');
  }

  /** The step as it runs for pull request 7 at HEAD. */
  job({ sub = '', ...options }: Partial<JobOptions> & { fork?: boolean; sub?: string } = {}): Job {
    const head = this.git('rev-parse', 'HEAD');
    const event: { pull_request?: { number: number; head: { sha: string } } } = options.event ?? {
      repository: { id: 1, full_name: 'o/r' },
      pull_request: {
        number: 7,
        head: { sha: head, ref: 'change', repo: options.fork ? { id: 2, full_name: 'fork/r' } : { id: 1 } },
        base: { sha: this.base, ref: 'main', repo: { id: 1, full_name: 'o/r' } },
      },
    };
    // Nobody has pushed since.
    const pull = event.pull_request;
    if (pull) this.github.pulls = [{ number: pull.number, head: { sha: pull.head.sha, label: 'o:change', repoId: 1 } }];
    const job = new Job({
      action: join(this.#action, sub),
      workspace: this.workspace,
      eventName: 'pull_request',
      sha: 'f'.repeat(40),
      githubUrl: this.github.url,
      resultsUrl: this.results.url,
      ...options,
      event,
      inputs: { ...(sub === '' || sub === 'plan' ? { policy: 'models/quant.yml' } : {}), ...options.inputs },
    });
    this.#jobs.push(job);
    return job;
  }

  run(options: Parameters<Scene['job']>[0] = {}): Promise<Turn> {
    return this.job(options).main();
  }

  read(path: string): string {
    return readFileSync(join(this.workspace, path), 'utf8');
  }
}

/** A policy that passes quickly; `limits` of level 1. */
export function policy({ limits = '{ size: { max-ratio: 0.9 } }', model = '', gate = '' } = {}): string {
  return `version: 1
models:
  - path: digits.onnx
    task: classification
    metric: top1${model}
    data:
      calibration: { arrays: calibration.npz }
      validation: { arrays: validation.npz, labels: label, rows: "0:40" }
      preprocess: { resize: 32, color: gray, scale: 255, layout: nchw }
levels:
  1: { limits: ${limits} }
measure: { latency-budget: 200ms }
gate: { require: [1]${gate} }
`;
}

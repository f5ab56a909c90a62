import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { type RuntimeLocation, WorkerError } from '../../src/runtime/contract.ts';
import { sourceEntry } from '../../src/runtime/entry.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { WorkerProcess } from '../../src/runtime/worker-process.ts';
import * as jobs from './jobs.ts';

let runtime: RuntimeLocation;
const started: WorkerProcess[] = [];

beforeAll(async () => {
  runtime = await locateRuntime();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(started.splice(0).map((worker) => worker.close()));
});

async function start(options: { memoryLimit?: number; env?: Record<string, string> } = {}): Promise<WorkerProcess> {
  const worker = await WorkerProcess.start({ runtime, label: 'level2', entry: jobs.jobsEntry, ...options });
  started.push(worker);
  return worker;
}

async function failure(promise: Promise<unknown>): Promise<WorkerError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(WorkerError);
  return error as WorkerError;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a child process', () => {
  test('gives back what structured clone can carry, call after call', async () => {
    const worker = await start();
    const value = {
      floats: Float32Array.of(0.5, -1),
      big: 2n ** 60n,
      map: new Map([['a', undefined]]),
      nan: Number.NaN,
    };
    expect(await worker.call(jobs.echoJob, value)).toEqual(value);
    expect(await Promise.all([1, 2, 3].map((each) => worker.call(jobs.echoJob, each)))).toEqual([1, 2, 3]);
  });

  test('gives a large result away before the next call keeps it busy', async () => {
    const worker = await start();
    const echoed = worker.call(jobs.echoJob, new Float32Array(2e6));
    const stuck = worker.call(jobs.hangJob, undefined);
    expect(await echoed).toHaveLength(2e6);
    await Promise.all([failure(stuck), worker.close()]);
  });

  test('reports progress', async () => {
    const worker = await start();
    const seen: unknown[] = [];
    await worker.call(jobs.progressJob, undefined, { onProgress: (...progress) => seen.push(progress) });
    expect(seen).toEqual([
      [1, 3, 'first'],
      [2, 3, undefined],
    ]);
  });

  test('sees no token, and what is given to it', async () => {
    vi.stubEnv('GITHUB_TOKEN', 'ghs_secret');
    vi.stubEnv('ACTIONS_RUNTIME_TOKEN', 'secret');
    vi.stubEnv('INPUT_GITHUB-TOKEN', 'ghs_secret');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '0');
    const environment = await (await start({ env: { EXTRA: 'yes' } })).call(jobs.environmentJob, undefined);
    expect(environment).toMatchObject({ CUDA_VISIBLE_DEVICES: '0', EXTRA: 'yes', PATH: process.env['PATH'] });
    expect(JSON.stringify(environment)).not.toContain('secret');
  });

  test('prints nothing into ours', async () => {
    const written = vi.spyOn(process.stdout, 'write');
    const worker = await start();
    await worker.call(jobs.printJob, '::set-output name=x::y\n');
    const error = await failure(worker.call(jobs.exitJob, 3));
    expect(error.stderr).toContain('::set-output');
    expect(written.mock.calls.flat().join('')).not.toContain('set-output');
    written.mockRestore();
  });

  test('has all the time that it is given: 50,000 samples of a minute each are more than a timer takes', async () => {
    expect(await (await start()).call(jobs.progressJob, undefined, { timeoutMs: 50_000 * 60_000 })).toBe('done');
  });

  test('ends when it is closed, also while it is busy', async () => {
    const worker = await start();
    const busy = failure(worker.call(jobs.hangJob, undefined));
    await delay(50);
    await worker.close();
    expect((await busy).kind).toBe('killed');
    expect(isRunning(worker.pid)).toBe(false);
  });

  test.runIf(process.platform === 'linux')('does not outlive a killed parent, even inside a native call', async () => {
    const entry = sourceEntry(new URL('./parent.ts', import.meta.url));
    const parent = spawn(entry.execPath, [...entry.execArgv, entry.file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const child = Number(line.toString());
    expect(isRunning(child)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(isRunning(child)).toBe(false), { timeout: 10_000 });
  });
});

describe('what goes wrong in a child process', () => {
  test('an exception is an error, and the process goes on', async () => {
    const worker = await start();
    const error = await failure(worker.call(jobs.throwJob, { message: 'no such node', user: false }));
    expect(error).toMatchObject({ kind: 'error', message: 'level2: no such node' });
    expect(await worker.call(jobs.echoJob, 1)).toBe(1);
  });

  test("a user's mistake stays one", async () => {
    const worker = await start();
    const call = worker.call(jobs.throwJob, { message: 'batch 8: the model has a fixed batch of 1', user: true });
    await expect(call).rejects.toThrow(UserError);
  });

  test('a native abort', async () => {
    const error = await failure((await start()).call(jobs.abortJob, undefined));
    expect(error.kind).toBe('aborted');
    expect(error.stderr).toContain('assertion failed');
  });

  test('a segmentation fault', async () => {
    const error = await failure((await start()).call(jobs.signalJob, 'SIGSEGV'));
    expect(error).toMatchObject({ kind: 'aborted', message: expect.stringContaining('SIGSEGV') });
  });

  test('the out-of-memory killer', async () => {
    const worker = await start();
    const error = await failure(worker.call(jobs.signalJob, 'SIGKILL'));
    expect(error).toMatchObject({ kind: 'killed', message: expect.stringContaining('memory ran out') });
    expect(await failure(worker.call(jobs.echoJob, 1))).toBe(error);
  });

  test('an exit', async () => {
    const error = await failure((await start()).call(jobs.exitJob, 7));
    expect(error).toMatchObject({ kind: 'aborted', message: expect.stringContaining('exit code 7') });
  });

  test('a hang', async () => {
    const worker = await start();
    const error = await failure(worker.call(jobs.hangJob, undefined, { timeoutMs: 300 }));
    expect(error).toMatchObject({ kind: 'timeout', message: 'level2: no answer within 0.3 s' });
    await vi.waitFor(() => expect(isRunning(worker.pid)).toBe(false));
  });

  test.runIf(process.platform !== 'win32')('more memory than its limit', async () => {
    const worker = await start({ memoryLimit: 300 * 2 ** 20 });
    const error = await failure(worker.call(jobs.growJob, { mib: 400 }));
    expect(error).toMatchObject({ kind: 'killed', message: expect.stringContaining('the limit is 300 MiB') });
  });

  test('a runtime that cannot be loaded', async () => {
    const broken = { ...runtime, binding: `${runtime.binding}.missing` };
    const error = await failure(WorkerProcess.start({ runtime: broken, label: 'level2', entry: jobs.jobsEntry }));
    expect(error).toMatchObject({ kind: 'error', message: expect.stringContaining('ONNX Runtime cannot be loaded') });
  });

  test('parameters that cannot cross', async () => {
    const worker = await start();
    await expect(worker.call(jobs.echoJob, () => 1)).rejects.toThrow(/could not be cloned/);
    expect(await worker.call(jobs.echoJob, 1)).toBe(1);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openStore, readSample, sliceStore, storeReference } from '../../src/data/store.ts';
import { UserError } from '../../src/errors.ts';
import { type SessionSpec, WorkerError } from '../../src/runtime/contract.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { runStoreJob } from '../../src/runtime/run-store.ts';
import { loadJob, runJob } from '../../src/runtime/session-jobs.ts';
import { WorkerProcess } from '../../src/runtime/worker-process.ts';
import { floats, sessionOf } from './models.ts';
import { writeStore } from './store-file.ts';

let folder: string;
let worker: WorkerProcess;
let session: SessionSpec;
const samples = Array.from({ length: 7 }, (_, index) => floats([1, 3], index));
samples[4]!.data[1] = Number.NaN;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'run-store-test-'));
  worker = await WorkerProcess.start({ runtime: await locateRuntime(), label: 'fp32' });
  session = await sessionOf(folder, 'model', (b) => {
    const x = b.input('x', 'float32', ['batch', 3]);
    b.output(b.op('Mul', [x, b.constant(2)]), 'double', { type: 'float32', dims: ['batch', 3] });
    b.output(b.op('Transpose', [x]), 'turned', { type: 'float32', dims: [3, 'batch'] });
    b.output(b.op('ReduceSum', [x], { keepdims: 0 }), 'sum');
  });
});
afterAll(async () => {
  await worker.close();
  rmSync(folder, { recursive: true });
});

describe('a session in a child process', () => {
  test('says what goes in and comes out, symbolic dimensions by name', async () => {
    const { inputs, outputs, loadMs } = await worker.call(loadJob, { session });
    expect(inputs).toEqual([{ name: 'x', type: 'float32', dims: ['batch', 3] }]);
    expect(outputs.map(({ name, dims }) => [name, dims])).toEqual([
      ['double', ['batch', 3]],
      ['turned', [3, 'batch']],
      ['sum', []],
    ]);
    expect(loadMs).toBeGreaterThan(0);
  });

  test('reports nothing to ONNX Runtime’s makers, and leaves nothing behind', async () => {
    const home = join(folder, 'home');
    await mkdir(home);
    for (const name of ['HOME', 'USERPROFILE', 'TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, home);
    const quiet = await WorkerProcess.start({ runtime: await locateRuntime(), label: 'fp32' });
    vi.unstubAllEnvs();
    await quiet.call(loadJob, { session });
    await quiet.close();
    expect(await readdir(home)).toEqual([]);
  });

  test('runs on tensors that are sent to it', async () => {
    const feeds = { x: { type: 'float32' as const, dims: [1, 3], data: Float32Array.of(1, 2, 3) } };
    const outputs = await worker.call(runJob, { session, feeds, fetches: ['double', 'sum'] });
    expect(outputs['double']).toEqual({ type: 'float32', dims: [1, 3], data: Float32Array.of(2, 4, 6) });
    expect(outputs['sum']).toEqual({ type: 'float32', dims: [], data: Float32Array.of(6) });
    expect(outputs).not.toHaveProperty('turned');
  });

  test('takes and gives float16 as its bits', async () => {
    const half = await sessionOf(folder, 'half', (b) => {
      b.output(b.op('Relu', [b.input('x', 'float16', [1, 3])]), 'y', { type: 'float16', dims: [1, 3] });
    });
    const x = { type: 'float16' as const, dims: [1, 3], data: Uint16Array.of(0x3c00, 0xbc00, 0x4200) };
    const { y } = await worker.call(runJob, { session: half, feeds: { x } });
    expect(y).toEqual({ ...x, data: Uint16Array.of(0x3c00, 0, 0x4200) });
  });

  test('a model that cannot be loaded is an error with the reason of ONNX Runtime', async () => {
    const call = worker.call(loadJob, { session: { ...session, model: join(folder, 'absent.onnx') } });
    await expect(call).rejects.toThrow(WorkerError);
    await expect(call).rejects.toThrow(/absent\.onnx/);
  });
});

describe('a run over a store', () => {
  const outputs = ['double', 'turned'];

  test.each([1, 3])('at batch %i gives the outputs of each sample', async (batch) => {
    const store = writeStore(
      join(folder, 'in'),
      samples.map((x) => ({ x })),
    );
    const to = join(folder, `out-${batch}`);
    const done: number[] = [];
    const result = await worker.call(
      runStoreJob,
      { session, store: storeReference(store), batch, outputs, to, key: 'the key' },
      { onProgress: (count) => done.push(count) },
    );
    expect(result).toMatchObject({
      samples: 7,
      nans: { double: { count: 1, first: 'sample[4]' }, turned: { count: 1, first: 'sample[4]' } },
    });
    expect(result.inferenceMs).toBeGreaterThan(0);
    expect(done[0]).toBe(batch);
    const written = openStore(to);
    expect(written.samples.map(({ id }) => id)).toEqual(store.samples.map(({ id }) => id));
    for (const [index, { data }] of samples.entries()) {
      const { inputs } = readSample(written, index);
      expect(inputs['double']).toEqual({ type: 'float32', dims: [1, 3], data: data.map((value) => value * 2) });
      expect(inputs['turned']).toEqual({ type: 'float32', dims: [3, 1], data });
    }
  });

  test('over a slice, returned instead of written', async () => {
    const store = writeStore(
      join(folder, 'in'),
      samples.map((x) => ({ x })),
    );
    const part = storeReference(sliceStore(store, 2, 4));
    const result = await worker.call(runStoreJob, { session, store: part, batch: 1, outputs: ['double'] });
    expect(result.outputs?.map(({ double }) => double!.data)).toEqual(
      samples.slice(2, 4).map(({ data }) => data.map((value) => value * 2)),
    );
    expect(result.nans).toEqual({});
  });

  test('an output that mixes the samples of a batch cannot be told apart, and nothing is left behind', async () => {
    const store = writeStore(
      join(folder, 'in'),
      samples.map((x) => ({ x })),
    );
    const to = join(folder, 'mixed');
    const call = worker.call(runStoreJob, { session, store: storeReference(store), batch: 2, outputs: ['sum'], to });
    await expect(call).rejects.toThrow(UserError);
    expect((await readdir(folder)).filter((name) => name.includes('mixed'))).toEqual([]);
  });
});

import { expect, test } from 'vitest';
import { Random } from '../../src/random.ts';
import { WorkerError } from '../../src/runtime/contract.ts';
import type { Feeds } from '../../src/train/cache.ts';
import { type Checkpoint, checkpointPath, saveCheckpoint } from '../../src/train/checkpoint.ts';
import { wrongBy } from '../../src/train/gradient-check.ts';
import type { TrainParams, TrainResult } from '../../src/train/job.ts';
import { keyOf } from '../../src/train/part-data.ts';
import { trainAnywhere } from '../../src/train/train-anywhere.ts';
import { scratch } from './support.ts';

/** The gradients of six weights and of a scale, all of which cancels in it. */
const sizes = { a: 5, b: 3, c: 2, d: 1, e: 1, f: 0.01, scale: 1e-6 };
const gradients = (factor: (name: string) => number = () => 1, noise = 0): Feeds => {
  const [random, other] = [new Random(1, 'gradients'), new Random(2, 'noise')];
  const feeds: Feeds = { loss: { type: 'float32', dims: [], data: Float32Array.of(0.7) } };
  for (const [name, size] of Object.entries(sizes)) {
    const data = Float32Array.from({ length: name === 'scale' ? 1 : 100 }, () => {
      const value = size * random.normal();
      return factor(name) * value + noise * (name === 'scale' ? 1e-3 : size) * other.normal();
    });
    feeds[name] = { type: 'float32', dims: [data.length], data };
  }
  return feeds;
};

test('gradients may differ by what rounding does, and a sum that cancels by any amount', () => {
  const right = gradients();
  expect(wrongBy(gradients(undefined, 0.15), right, 'loss')).toBeUndefined();
  expect(wrongBy(gradients(), right, 'loss')).toBeUndefined();
});

test.each<[string, (name: string) => number]>([
  ['all are left out', () => 0],
  ['the largest is left out', (name) => (name === 'a' ? 0 : 1)],
  ['one of some weight has the wrong sign', (name) => (name === 'd' ? -1 : 1)],
  ['most of the small ones are doubled', (name) => ('cdef'.includes(name) ? 2 : 1)],
  ['one is not finite', (name) => (name === 'f' ? Number.NaN : 1)],
])('gradients are wrong where %s', (_, factor) => {
  expect(wrongBy(gradients(factor, 0.02), gradients(), 'loss')).toBeGreaterThan(0.5);
});

const whole = { name: 'end-to-end', loop: { model: 'loop.onnx', steps: 16 } };
const none = {
  parameters: [],
  data: { digest: '', samples: [] },
  ...{
    steps: {},
    batch: 1,
    heldBack: 1,
    seed: 1,
    budgetMs: 1000,
    version: '0',
    distance: 'mse',
    enough: 0,
    wholeFactor: 1,
  },
};
const common = { ...none, session: { provider: 'cpu' }, parts: [], whole, spentMs: 5, resume: true };
const params = { ...common, device: 'cuda', workDir: scratch() };
const result = { notes: ['done'] } as unknown as TrainResult;

test('a device that fails while it trains leaves the training to the CPU, and the report says so', async () => {
  const asked: TrainParams[] = [];
  await trainAnywhere(params as unknown as TrainParams, async (given) => {
    asked.push(given);
    if (given.device) throw new WorkerError('error', 'CUDA failure 2: out of memory\nat somewhere');
    return result;
  });
  expect(asked.map(({ device, resume }) => [device, resume])).toEqual([
    ['cuda', true],
    [undefined, false],
  ]);
  expect(asked[1]!.notes).toEqual(['Trained on the CPU: cuda failed on the way (CUDA failure 2: out of memory).']);
  expect(asked[1]!.whole).toEqual({ name: 'end-to-end' });
});

test('what the CPU had taken over when it was interrupted goes on there', async () => {
  const { device, ...own } = { ...params, workDir: scratch() };
  const key = keyOf(own as unknown as TrainParams);
  saveCheckpoint(checkpointPath(own.workDir), { key } as Checkpoint);
  const asked: TrainParams[] = [];
  await trainAnywhere({ ...own, device } as unknown as TrainParams, async (given) => {
    asked.push(given);
    return result;
  });
  expect(asked).toMatchObject([{ resume: true, whole: { name: 'end-to-end' } }]);
  expect(asked[0]).not.toHaveProperty('device');
});

test('what fails on the CPU, or with the whole process, is not tried again', async () => {
  const failing = (kind: 'error' | 'aborted') => async () => {
    throw new WorkerError(kind, 'no');
  };
  const { device: _, ...onCpu } = params;
  await expect(trainAnywhere(onCpu as unknown as TrainParams, failing('error'))).rejects.toThrow('no');
  await expect(trainAnywhere(params as unknown as TrainParams, failing('aborted'))).rejects.toThrow('no');
});

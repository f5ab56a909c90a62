import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore, readSample } from '../../src/data/store.ts';
import { buildModel, type GraphBuilder } from '../../src/onnx/model.ts';
import type { Value } from '../../src/onnx/value.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { WorkerProcess } from '../../src/runtime/worker-process.ts';
import { preflightTraining } from '../../src/train/preflight.ts';
import { quantizeQat } from '../../src/train/qat.ts';
import { recordShapes } from '../../src/train/shapes.ts';
import { ints, random } from '../onnx/ort.ts';
import { writeStore } from '../runtime/store-file.ts';
import { imagesStore, qatRequest, scratch, smallNetwork } from './support.ts';

async function preflight(
  model: ReturnType<typeof smallNetwork>,
  budgetMs = 600_000,
  store = imagesStore(join(scratch(), 'calibration.feeds'), 16),
) {
  const folder = scratch();
  const worker = await WorkerProcess.start({ runtime: await locateRuntime(), label: 'preflight' });
  try {
    return await preflightTraining(model, { store, count: 64, runSeconds: 0.001, budgetMs }, worker, folder);
  } finally {
    await worker.close();
  }
}

test('says what will be trained, in how many blocks, with which batch, time and memory', async () => {
  const found = await preflight(smallNetwork());
  expect(found).toMatchObject({ weights: 7, trained: 7, blocks: 3, batch: 8, untrained: [] });
  // 500 steps of eight samples of a millisecond each, several times a run each.
  expect(found.seconds).toBeGreaterThan(8);
  expect(found.seconds).toBeLessThan(60);
  // The process itself, the values of a step, and all samples' outputs and activations between blocks.
  expect(found.bytes).toBeGreaterThan(2 ** 27 + 8 * 6 * 8 * 64 * 4 + 64 * (4 + 4 * 8 * 64) * 4);
  expect((await preflight(smallNetwork(), 5_000)).seconds).toBe(5);
}, 60_000);

test('names operators without a gradient, and counts the weights that blocks still reach', async () => {
  const model = smallNetwork((b, x) =>
    b.op('Sub', [x, b.op('Mod', [x, b.constant(0.01)], { fmod: 1 }, { name: 'remainder' })], {}, { name: 'coarse' }),
  );
  const found = await preflight(model);
  expect(found.untrained).toEqual(['Mod has no gradient (node remainder)']);
  expect(found.trained).toBeGreaterThan(0);
  expect(found.weights).toBe(7);
}, 60_000);

test("goes through a chunk as PyTorch's tracer writes it, with places that are computed from the shape", async () => {
  const model = smallNetwork((b, x) => {
    const channels = b.op('Gather', [b.op('Shape', [x]), b.constant(ints([1]))]);
    const half = b.op('Div', [b.op('Add', [channels, b.constant(ints([1]))]), b.constant(ints([2]))]);
    const part = (from: Value, to: Value) => b.op('Slice', [x, from, to, b.constant(ints([1]))]);
    const [first, second] = [part(b.constant(ints([0])), half), part(half, channels)];
    // Pads, too, are computed, from constants alone.
    const none = b.op('ConstantOfShape', [b.constant(ints([6]))], { value: ints([0]) });
    const pads = b.op('Concat', [b.constant(ints([0, 0])), none], { axis: 0 });
    const padded = b.op('Pad', [b.op('Sigmoid', [first]), pads]);
    return b.op('Concat', [second, padded], { axis: 1 }, { name: 'swapped' });
  });
  const found = await preflight(model);
  expect(found.untrained).toEqual([]);
  expect(found.trained).toBe(7);
}, 60_000);

test('counts a weight that is computed from a constant, as quantization finds it', async () => {
  const model = smallNetwork((b, x) => {
    const weight = b.op('Transpose', [b.constant(random([8, 8, 1, 1]))], { perm: { ints: [1, 0, 2, 3] } });
    return b.op('Conv', [x, weight], {}, { name: 'turned' });
  });
  expect(await preflight(model)).toMatchObject({ weights: 8, trained: 8, untrained: [] });
}, 60_000);

test('measures the shape of what ONNX Runtime does not even know the rank of', async () => {
  const folder = scratch();
  const model = buildModel((b) => {
    const x = b.input('image', 'float32', ['batch', 2, 8, 8]);
    const sizes = b.constant({ type: 'int64', dims: [3], data: BigInt64Array.of(16n, 16n, 1n) });
    const kept = b.constant({ type: 'bool', dims: [3], data: Uint8Array.of(1, 1, 0) });
    const shape = b.op('Compress', [sizes, kept]);
    b.output(b.op('Relu', [b.op('Reshape', [x, shape], {}, { name: 'turned' })]), 'y');
  }, 17);
  const store = imagesStore(join(folder, 'calibration.feeds'), 2);
  const worker = await WorkerProcess.start({ runtime: await locateRuntime(), label: 'shapes' });
  try {
    const how = { worker, store, samples: [0, 1], axes: { image: 0 }, path: join(folder, 'shapes.onnx') };
    expect((await recordShapes(model, how)).shapes.get('y')).toEqual([16, 16]);
  } finally {
    await worker.close();
  }
}, 60_000);

test('an input without a batch axis that differs between samples is trained one by one', async () => {
  const model = smallNetwork((b, x) => b.op('Mul', [x, b.input('gain', 'float32', [])]));
  const store = imagesStore(join(scratch(), 'calibration.feeds'), 16);
  const withGain = writeStore(
    join(scratch(), 'gains.feeds'),
    store.samples.map((_, at) => ({
      ...readSample(openStore(store.path), at).inputs,
      gain: { type: 'float32', dims: [], data: Float32Array.of(1 + at / 16) },
    })),
  );
  expect(await preflight(model, 600_000, withGain)).toMatchObject({ batch: 1, trained: 7, untrained: [] });
  const { training, notes, distance } = await quantizeQat(await qatRequest(model, withGain, scratch()));
  expect(notes.join('\n')).toMatch(/at batch 1 on 13 samples with 3 held back/);
  expect(training).toMatchObject({ trainedNodes: 7, untrained: [] });
  expect(distance.after).toBeLessThan(distance.before);
}, 60_000);

test.each<[string, (b: GraphBuilder, x: Value) => Value]>([
  ['a mask', (b, x) => b.op('Mul', [x, b.op('Cast', [b.op('Greater', [x, b.constant(0.5)])], { to: 1 })])],
  ['a sign', (b, x) => b.op('Mul', [x, b.op('Sign', [x])])],
  ['whole numbers', (b, x) => b.op('Sub', [x, b.op('Floor', [b.op('Mul', [x, b.constant(0.25)])])])],
])(
  'goes past %s, which has no gradient but 0',
  async (_, between) => {
    const model = smallNetwork(undefined, between);
    expect(await preflight(model)).toMatchObject({ weights: 7, trained: 7, untrained: [] });
    const calibration = imagesStore(join(scratch(), 'calibration.feeds'), 64);
    const { training, distance } = await quantizeQat(await qatRequest(model, calibration, scratch()));
    expect(training.untrained).toEqual([]);
    expect(distance.after).toBeLessThan(0.7 * distance.before);
  },
  60_000,
);

/** Numbers above 1: where they are, and how many. */
function found(b: GraphBuilder, x: Value): { places: Value; count: Value } {
  const places = b.op('NonZero', [b.op('Greater', [b.op('Flatten', [x], { axis: 0 }), b.constant(1)])]);
  const axes = (...at: number[]) => b.constant(ints(at));
  const count = b.op('Slice', [b.op('Shape', [places]), axes(1), axes(2), axes(0)]);
  return { places: b.op('Gather', [places, b.constant(ints([1]))]), count };
}

test('what the data decide the size of is as large as they say, in every batch', async () => {
  const model = smallNetwork((b, x) => {
    const { places, count } = found(b, x);
    const ones = b.op('Expand', [b.constant(1e-6), count]);
    const each = b.op('Mul', [b.op('Cast', [places], { to: 1 }), ones], {}, { name: 'each' });
    return b.op('Add', [x, b.op('ReduceSum', [each], { keepdims: 0 })]);
  });
  expect(await preflight(model)).toMatchObject({ weights: 7, trained: 7, untrained: [] });
  const calibration = imagesStore(join(scratch(), 'calibration.feeds'), 64);
  const { training } = await quantizeQat(await qatRequest(model, calibration, scratch()));
  expect(training).toMatchObject({ trainedNodes: 7, untrained: [] });
}, 60_000);

test('names what cannot be trained through as the data decide its size, and trains the rest', async () => {
  const model = smallNetwork((b, x) => {
    const flat = b.op('Reshape', [x, b.constant(ints([-1]))]);
    const picked = b.op('Gather', [flat, found(b, x).places], { axis: 0 }, { name: 'picked' });
    return b.op('Add', [
      x,
      b.op('ReduceSum', [b.op('Mul', [picked, b.constant(1e-3)])], { keepdims: 0 }, { name: 'total' }),
    ]);
  });
  const why = 'the size of what ReduceSum takes or gives depends on the data (node total)';
  expect((await preflight(model)).untrained).toEqual([why]);
  const calibration = imagesStore(join(scratch(), 'calibration.feeds'), 64);
  const { training, notes } = await quantizeQat(await qatRequest(model, calibration, scratch()));
  expect(notes).toContain(`Not trained through: ${why}.`);
  expect(training.trainedNodes).toBeGreaterThan(0);
  expect(training.tiers.some(({ kept }) => kept)).toBe(true);
}, 60_000);

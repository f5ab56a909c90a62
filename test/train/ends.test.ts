import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore, readSample } from '../../src/data/store.ts';
import { buildModel, type GraphBuilder, type OnnxModel } from '../../src/onnx/model.ts';
import { DataType } from '../../src/onnx/proto.ts';
import type { Value } from '../../src/onnx/value.ts';
import { quantizeStatic } from '../../src/quantize/static/static.ts';
import { quantizeQat } from '../../src/train/qat.ts';
import { ints } from '../onnx/ort.ts';
import { runOptimized } from '../quantize/helpers.ts';
import { normal } from '../quantize/static/helpers.ts';
import { imagesStore, qatRequest, scratch } from './support.ts';

type End = (b: GraphBuilder, x: Value) => Value;

/** Convolutions down to five classes, for each pixel or for the image, and what makes the output of them. */
function classifier(end: End, pooled: boolean): OnnxModel {
  return buildModel((b) => {
    const conv = (x: Value, o: number, i: number, seed: number) =>
      b.op('Conv', [x, b.constant(normal([o, i, 3, 3], seed, 0.4), `w${seed}`)], { pads: [1, 1, 1, 1] });
    const hidden = b.op('Relu', [conv(b.input('image', 'float32', ['batch', 2, 8, 8]), 8, 2, 1)]);
    const logits = conv(b.op('Relu', [conv(hidden, 8, 8, 2)]), 5, 8, 3);
    b.output(end(b, pooled ? b.op('GlobalAveragePool', [logits]) : logits), 'y');
  }, 17);
}

/** Squared error on images that no training saw, over the energy of FP32. */
async function error(model: OnnxModel, fp32: OnnxModel, folder: string): Promise<number> {
  const store = openStore(imagesStore(join(folder, 'others.feeds'), 96).path);
  let [sum, energy] = [0, 0];
  for (let at = 64; at < 96; at++) {
    const { inputs } = readSample(store, at);
    const [got, wanted] = [(await runOptimized(model, inputs))['y']!, (await runOptimized(fp32, inputs))['y']!];
    (wanted.data as Float32Array).forEach((value, i) => {
      sum += ((got.data[i] as number) - value) ** 2;
      energy += value ** 2;
    });
  }
  return sum / energy;
}

const softmax = (b: GraphBuilder, x: Value) => b.op('Softmax', [x], { axis: 1 });
const flat = (b: GraphBuilder, x: Value) => b.op('Flatten', [x]);

test.each<[string, 'kl' | 'mse', boolean, End]>([
  ['of each pixel, by a Softmax over the channels', 'kl', false, softmax],
  ['of an image, by a Softmax before the Flatten', 'kl', true, (b, x) => flat(b, softmax(b, x))],
  [
    'that are reshaped and clipped',
    'kl',
    true,
    (b, x) => {
      const reshaped = b.op('Reshape', [softmax(b, flat(b, x)), b.constant(ints([-1, 5]))]);
      return b.op('Clip', [reshaped, b.constant(1e-6), b.constant(1)]);
    },
  ],
  ['each by itself', 'mse', true, (b, x) => b.op('Sigmoid', [flat(b, x)])],
])(
  'probabilities %s come nearer to FP32',
  async (_, kind, pooled, end) => {
    const folder = scratch();
    const model = classifier(end, pooled);
    const request = await qatRequest(model, imagesStore(join(folder, 'calibration.feeds'), 64), folder);
    const start = await quantizeStatic({ ...request, workDir: join(folder, 'level2') });
    const result = await quantizeQat({ ...request, start, recipe: { ...request.recipe, enough: 0 } });
    expect(result.distance.kind).toBe(kind);
    expect(await error(result.model, model, folder)).toBeLessThan(0.6 * (await error(start.model, model, folder)));
  },
  60_000,
);

test.each(['output/0', 'target/0', 'gradient/0', 'training/loss', 'training/labels', 'part/output'])(
  'a model whose output is called %s is trained like any other',
  async (name) => {
    const folder = scratch();
    const model = classifier(softmax, true);
    model.graph.rename(model.graph.outputs[0]!, name);
    const request = await qatRequest(model, imagesStore(join(folder, 'calibration.feeds'), 32), folder);
    const recipe = { steps: { part: 0, whole: 10 }, enough: 0, stepsAtOnce: 2 };
    const { training } = await quantizeQat({ ...request, recipe });
    expect(training.steps).toBe(10);
  },
  60_000,
);

test('outputs of any size are brought nearer to FP32', async () => {
  const folder = scratch();
  const model = classifier((b, x) => b.op('Mul', [flat(b, x), b.constant(1e-8)]), true);
  const request = await qatRequest(model, imagesStore(join(folder, 'calibration.feeds'), 64), folder);
  const { distance } = await quantizeQat({ ...request, task: 'regression' });
  expect(distance.before).toBeGreaterThan(1e-3);
  expect(distance.after).toBeLessThan(0.6 * distance.before);
}, 60_000);

test('two samples, one of them held back, are too few to accept anything', async () => {
  const folder = scratch();
  const model = classifier(flat, true);
  const request = await qatRequest(model, imagesStore(join(folder, 'calibration.feeds'), 2), folder);
  const { notes, training } = await quantizeQat({ ...request, recipe: { ...request.recipe, enough: 0 } });
  expect(notes.join('\n')).toMatch(/A single sample .* give more calibration data/);
  expect(notes.join('\n')).toContain('in 1 block and end to end, at batch 1 on 1 sample with 1 held back');
  expect(training.steps).toBe(0);
}, 60_000);

test.each([
  ['integers whose type the file does not say', undefined],
  ['integers as halves', 'float16'],
  ['integers as doubles', 'float64'],
] as const)(
  'an output of %s is not compared',
  async (_, type) => {
    const folder = scratch();
    const model = classifier(flat, true);
    const { graph } = model;
    let best = graph.addNode({ op: 'ArgMax', inputs: [graph.outputs[0]], attributes: { axis: 1 } }).output();
    const to = type === 'float16' ? DataType.FLOAT16 : DataType.DOUBLE;
    if (type) best = graph.addNode({ op: 'Cast', inputs: [best], attributes: { to } }).output();
    graph.addOutput(best, type && { type, dims: ['batch', 1] });
    const request = await qatRequest(model, imagesStore(join(folder, 'calibration.feeds'), 64), folder);
    const { distance } = await quantizeQat(request);
    expect(distance.after).toBeLessThan(distance.before);
  },
  60_000,
);

test('an output of halves of what runs in integers is brought nearer to FP32', async () => {
  const folder = scratch();
  const model = classifier(flat, true);
  const { graph } = model;
  const hidden = graph.nodes.findLast((node) => node.is('Relu'))!.output();
  const halves = graph.addNode({ op: 'Cast', inputs: [hidden], attributes: { to: DataType.FLOAT16 } }).output();
  graph.addOutput(halves, { type: 'float16', dims: ['batch', 8, 8, 8] });
  const request = await qatRequest(model, imagesStore(join(folder, 'calibration.feeds'), 64), folder);
  const { distance } = await quantizeQat(request);
  expect(distance.after).toBeLessThan(0.6 * distance.before);
}, 60_000);

test('an output of doubles is brought nearer to FP32', async () => {
  const folder = scratch();
  const model = classifier(flat, true);
  const { graph } = model;
  const [logits] = graph.outputs as [Value];
  graph.removeOutput(logits);
  const doubles = graph.addNode({ op: 'Cast', inputs: [logits], attributes: { to: DataType.DOUBLE } }).output();
  graph.addOutput(doubles, { type: 'float64', dims: ['batch', 5] });
  const request = await qatRequest(model, imagesStore(join(folder, 'calibration.feeds'), 64), folder);
  const { distance } = await quantizeQat(request);
  expect(distance.after).toBeLessThan(0.6 * distance.before);
}, 60_000);

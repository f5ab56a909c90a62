import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Label } from '../../src/data/dataset.ts';
import type { Value } from '../../src/onnx/value.ts';
import { quantizeQat } from '../../src/train/qat.ts';
import { imagesStore, qatRequest, scratch, smallNetwork } from './support.ts';

/** End-to-end training on calibration images and the same images as labelled data, with the label that each is given. */
async function trained(
  labels: readonly (Label | undefined)[],
  task: 'classification' | 'regression' = 'classification',
  model = smallNetwork(),
) {
  const folder = scratch();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 64);
  const samples = labels.map((label, at) => ({ ...calibration.samples[at]!, ...(label && { label }) }));
  return quantizeQat({
    ...(await qatRequest(model, calibration, folder)),
    task,
    training: { ...calibration, samples },
    recipe: { steps: { part: 0, whole: 60 }, checkpointMs: 0 },
  });
}

const classOf = (at: number): Label => ({ kind: 'class', index: at % 4 });
const rows = Array.from({ length: 64 }, (_, at) => at);

test('rows without a label are trained to FP32 alone', async () => {
  const none = await trained([]);
  const one = await trained(rows.map((at) => (at === 0 ? classOf(at) : undefined)));
  expect(one.notes.join('\n')).not.toMatch(/data.training is not used/);
  expect(one.distance.after).toBeLessThan(1.5 * none.distance.after);
  expect(one.distance.after).toBeLessThan(0.5 * one.distance.before);
}, 60_000);

test('a class that is masked out by minus infinity keeps none from being trained', async () => {
  const model = smallNetwork();
  const { graph } = model;
  const [logits] = graph.outputs as [Value];
  const data = Float32Array.of(0, 0, -Infinity, 0);
  const mask = graph.addInitializer('mask', { type: 'float32', dims: [4], data });
  const masked = graph.addNode({ op: 'Add', inputs: [logits, mask] }).output();
  graph.removeOutput(logits);
  graph.addOutput(masked, { type: 'float32', dims: ['batch', 4] });
  const classes = rows.map((at): Label => ({ kind: 'class', index: [0, 1, 3][at % 3]! }));
  for (const labels of [[], classes]) {
    const { distance, notes } = await trained(labels, 'classification', model);
    expect(notes.join('\n')).not.toMatch(/diverged/);
    expect(distance.kind).toBe('kl');
    expect(distance.after).toBeLessThan(distance.before);
  }
}, 60_000);

test('what is held back of the calibration data is not trained on where it is in the data with labels too', async () => {
  const result = await trained(rows.map(classOf));
  expect(result.notes.join('\n')).toMatch(/on 48 samples with 16 held back/);
  expect(result.notes.join('\n')).toMatch(/Not trained on, as they are held back .*: 16 samples of data.training/);
}, 60_000);

test.each<[string, Parameters<typeof trained>, RegExp]>([
  ['no classes', [rows.map((at) => ({ kind: 'values', values: [at] }))], /no labels that are classes/],
  ['too few', [rows.slice(0, 3).map(classOf)], /\d of its samples .*, a batch has 8/],
  ['labels of what is no classification', [rows.map(classOf), 'regression'], /not compared as classes/],
])(
  'data.training that is not used is named with the reason: %s',
  async (_, given, why) => {
    const { notes } = await trained(...given);
    expect(notes.join('\n')).toMatch(new RegExp(`data.training is not used: .*${why.source}`));
  },
  60_000,
);

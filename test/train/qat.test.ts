import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore, readSample } from '../../src/data/store.ts';
import { modelToBytes, type OnnxModel } from '../../src/onnx/model.ts';
import { quantizeStatic } from '../../src/quantize/static/static.ts';
import type { Tensor } from '../../src/tensor.ts';
import type { QatRequest } from '../../src/train/contract.ts';
import { quantizeQat } from '../../src/train/qat.ts';
import { defaultRates } from '../../src/train/rates.ts';
import { runOptimized } from '../quantize/helpers.ts';
import { imagesStore, qatRequest, scratch, smallNetwork } from './support.ts';

/** Mean squared distance of the logits from FP32's on images that no training saw. */
async function error(model: OnnxModel, fp32: OnnxModel, folder: string): Promise<number> {
  const store = imagesStore(join(folder, 'others.feeds'), 96);
  let sum = 0;
  for (let at = 64; at < 96; at++) {
    const { inputs } = readSample(openStore(store.path), at);
    const [a, b] = [await runOptimized(model, inputs), await runOptimized(fp32, inputs)];
    const [got, wanted] = [a['logits'], b['logits']] as [Tensor, Tensor];
    (got.data as Float32Array).forEach((value, i) => {
      sum += (value - (wanted.data[i] as number)) ** 2;
    });
  }
  return sum;
}

test('training at 4 bits brings unseen images nearer to FP32 than Level 2, twice to the same bytes', async () => {
  const folder = scratch();
  const model = smallNetwork();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 64);
  const request = await qatRequest(model, calibration, join(folder, 'a'));
  const start = await quantizeStatic({ ...request, workDir: join(folder, 'level2') });
  const first = await quantizeQat({ ...request, start });
  const second = await quantizeQat({ ...request, start, workDir: join(folder, 'b') });
  expect(modelToBytes(second.model)).toEqual(modelToBytes(first.model));
  expect(await error(first.model, model, folder)).toBeLessThan(0.5 * (await error(start.model, model, folder)));
  // The trained file is the quantized file with other numbers: same operators, same integers' types.
  expect(first.model.graph.nodes.map(({ op }) => op)).toEqual(start.model.graph.nodes.map(({ op }) => op));
  expect(first.distance.kind).toBe('kl');
  expect(first.distance.after).toBeLessThan(first.distance.before);
  expect(first.training).toMatchObject({ trainedNodes: 7, untrained: [] });
  expect(first.training.tiers.map(({ name }) => name)).toEqual([
    'block-1-of-3',
    'block-2-of-3',
    'block-3-of-3',
    'end-to-end',
  ]);
}, 120_000);

test('a diverging training keeps the last good state and says so', async () => {
  const folder = scratch();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 32);
  const request = await qatRequest(smallNetwork(), calibration, folder, { bits: 8 });
  const recipe: QatRequest['recipe'] = {
    ...request.recipe,
    steps: { part: 0, whole: 30 },
    rates: { ...defaultRates, activationScale: 1e4, weightScale: 1e4 },
    wholeFactor: 1,
  };
  const start = await quantizeStatic({ ...request, workDir: join(folder, 'level2') });
  const result = await quantizeQat({ ...request, start, recipe });
  expect(result.notes.join('\n')).toMatch(/diverged at step \d+; the last good state is kept/);
  expect(result.notes.join('\n')).toMatch(/Level 2's parameters are kept/);
  expect(modelToBytes(result.model)).toEqual(modelToBytes(start.model));
}, 120_000);

test('what stands before an operator without a gradient is trained by blocks only, and the report names it', async () => {
  const folder = scratch();
  // Mod has no gradient row. It stands between the first three convolutions and the rest.
  const model = smallNetwork((b, x) =>
    b.op('Sub', [x, b.op('Mod', [x, b.constant(0.01)], { fmod: 1 }, { name: 'remainder' })], {}, { name: 'coarse' }),
  );
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 32);
  const result = await quantizeQat(await qatRequest(model, calibration, folder));
  expect(result.notes.join('\n')).toMatch(/Not trained through: Mod has no gradient \(node remainder\)/);
  expect(result.training.trainedNodes).toBeGreaterThan(0);
  expect(result.distance.after).toBeLessThanOrEqual(result.distance.before);
}, 120_000);

test('too few samples to train and to hold back is an error that says how many are needed', async () => {
  const folder = scratch();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 1);
  const request = await qatRequest(smallNetwork(), calibration, folder);
  await expect(quantizeQat(request)).rejects.toThrow(/at least 2, there are 1/);
}, 60_000);

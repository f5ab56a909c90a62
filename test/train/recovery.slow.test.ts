import { expect, test } from 'vitest';
import { measureSetting } from '../../bench/train/measure.ts';
import { eightBits, lossy } from '../../bench/train/settings.ts';
import { physicalCores } from '../../src/measure/machine.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { hasSharedData } from '../slow/real-models.ts';
import { scratch } from './support.ts';

const measure = async (settings: typeof lossy, model: string, bits: number, budgetMs: number) =>
  measureSetting(
    {
      folder: scratch(),
      runtime: await locateRuntime(),
      threads: physicalCores(),
      python: '',
      rows: 2000,
      latencyBudgetMs: 0,
    },
    settings.find((each) => each.model === model && each.bits === bits)!,
    { budgetMs, plain: true },
  );

test.skipIf(!hasSharedData)('at W4A8 ResNet-8 wins back most of what plain rounding loses', async () => {
  const { plain, level2, level3, fp32, exported } = await measure(lossy, 'resnet8_cifar10', 4, 90_000);
  const lost = fp32 - plain!.value;
  expect(lost).toBeGreaterThan(0.1);
  expect((level3.value - plain!.value) / lost).toBeGreaterThan(0.8);
  expect(level3.value).toBeGreaterThan(level2.value);
  expect(exported).toBeGreaterThanOrEqual(0.995);
});

test.skipIf(!hasSharedData).each(['kwt1_speech_commands', 'sst2_transformer'])(
  'at W3A8 the transformer %s trains, embeddings and all',
  async (model) => {
    const { distance, worse, training } = await measure(lossy, model, 3, 60_000);
    expect(training.untrained).toEqual([]);
    expect(distance.after).toBeLessThan(0.75 * distance.before);
    expect(worse.low).toBeLessThanOrEqual(0);
  },
);

test.skipIf(!hasSharedData)('at W8A8 a transformer is not worse than Level 2', async () => {
  const { worse, exported } = await measure(eightBits, 'vit_pgd_cifar10', 8, 45_000);
  expect(worse.low).toBeLessThanOrEqual(0);
  expect(exported).toBeGreaterThanOrEqual(0.995);
});

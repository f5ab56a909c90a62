import { describe, expect, it } from 'vitest';
import { remarksOnChance } from '../../src/onnx/chance.ts';
import { buildModel, type OnnxModel } from '../../src/onnx/model.ts';
import { random, runModel } from './ort.ts';

const x = random([1, 4, 8, 8], 1);

const dropout = (ratio: number, training: boolean | undefined) =>
  buildModel((b) => {
    const flag = b.constant({ type: 'bool', dims: [], data: Uint8Array.of(Number(training)) });
    const inputs = [b.input('x', 'float32', [1, 4, 8, 8]), b.constant(ratio)];
    b.output(b.op('Dropout', training === undefined ? inputs : [...inputs, flag], {}, { name: 'drop' }), 'y');
  }, 13);

const drawn = (seed: number | undefined) =>
  buildModel((b) => {
    const input = b.input('x', 'float32', [1, 4, 8, 8]);
    const noise = b.op('RandomNormalLike', [input], seed === undefined ? {} : { seed }, { name: 'noise' });
    b.output(b.op('Add', [input, noise]), 'y');
  }, 13);

/** The outputs of a model in two sessions. */
async function twice(model: OnnxModel): Promise<unknown[]> {
  const run = async () => (await runModel(model, { x }))['y']!.data;
  return [await run(), await run()];
}

describe('what a model leaves to chance', () => {
  it('is said of Dropout in training mode, which gives other numbers each time', async () => {
    const model = dropout(0.5, true);
    expect(remarksOnChance(model).join()).toMatch(/training mode \(Dropout drop\).*model\.eval\(\)/);
    const [first, second] = await twice(model);
    expect(first).not.toEqual(second);
  });

  it('is said of random numbers without a seed, which are others in each process', () => {
    expect(remarksOnChance(drawn(undefined)).join()).toMatch(/random numbers \(RandomNormalLike noise\)/);
  });

  it.each([
    ['Dropout for inference', dropout(0.5, false)],
    ['Dropout as exporters write it', dropout(0.5, undefined)],
    ['Dropout that drops nothing', dropout(0, true)],
    ['random numbers with a seed', drawn(7)],
  ])('is not said of %s, which gives the same', async (_, model) => {
    expect(remarksOnChance(model)).toEqual([]);
    const [first, second] = await twice(model);
    expect(first).toEqual(second);
  });
});

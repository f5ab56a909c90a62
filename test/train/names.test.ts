import { join } from 'node:path';
import { expect, test } from 'vitest';
import { quantizeQat } from '../../src/train/qat.ts';
import { imagesStore, qatRequest, scratch, smallNetwork } from './support.ts';

test.each(['__proto__', 'constructor', 'toString'])(
  'trains a model with a value named %s as any other',
  async (name) => {
    const folder = scratch();
    const calibration = imagesStore(join(folder, 'calibration.feeds'), 32);
    const trained = async (rename: (model: ReturnType<typeof smallNetwork>) => void) => {
      const model = smallNetwork();
      rename(model);
      const request = await qatRequest(model, calibration, join(folder, 'work'));
      return quantizeQat({ ...request, recipe: { ...request.recipe, steps: { part: 10, whole: 10 } } });
    };
    const plain = await trained(() => {});
    // A value at which the network is cut into blocks.
    const renamed = await trained(({ graph }) => {
      const node = graph.nodes.find((each) => each.name === 'relu3')!;
      graph.rename(node.output(), name);
      node.proto.name = name;
    });
    expect(renamed.training.tiers).toEqual(plain.training.tiers);
    expect(renamed.training.tiers.length).toBeGreaterThan(2);
  },
  120_000,
);

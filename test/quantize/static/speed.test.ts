import { expect, it } from 'vitest';
import { buildModel } from '../../../src/onnx/model.ts';
import { quantizeStatic } from '../../../src/quantize/static/static.ts';
import { hostTargetName } from '../../../src/targets/index.ts';
import { normal, quantizeWith, requestOf } from './helpers.ts';

/** Sums of eight products are over before their operands are integers: it takes two and a half times as long so. */
const shallow = buildModel((b) => {
  const x = b.input('x', 'float32', [4096, 8]);
  const product = b.op('MatMul', [x, b.constant(normal([8, 128], 1), 'w')], {}, { name: 'product' });
  b.output(b.op('Softmax', [product], {}, { name: 'softmax' }), 'y');
}, 17);
const samples = [{ x: normal([4096, 8], 2) }];
const options = { target: hostTargetName()!, prefer: 'balanced' } as const;

it('computes a product in float that would find its scale at run time, where this CPU is slower so', async () => {
  const { nodes, notes, speed } = await quantizeWith(shallow, samples, options);
  expect(nodes).toContainEqual({
    node: 'product',
    op: 'MatMul',
    quantized: false,
    why: expect.stringMatching(
      /^weight stored as integers .*: measured no faster in integers here \(\d+ against \d+ us\)$/,
    ),
  });
  expect(notes).toContain(
    'Computed in FP32 because integers are slower here: product. Weights are stored as integers.',
  );
  // A file that is compared with this one is made alike, whatever is measured then.
  const alike = await quantizeStatic({ ...(await requestOf(shallow, samples, options)), speed: speed! });
  expect(alike.nodes).toEqual(nodes);
});

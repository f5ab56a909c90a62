import { describe, expect, it } from 'vitest';
import { buildModel, type GraphBuilder } from '../../../src/onnx/model.ts';
import type { Value } from '../../../src/onnx/value.ts';
import { type Inputs, normal, optimizedOperators, outputSqnr, quantizeWith } from './helpers.ts';

const dims = [1, 4, 8, 8];

function conv(b: GraphBuilder, x: Value, [to, from]: readonly [number, number], seed: number, name: string): Value {
  return b.op('Conv', [x, b.constant(normal([to, from, 1, 1], seed, 1 / Math.sqrt(from)))], {}, { name });
}

const several = (inputs: (seed: number) => Inputs) => [1, 2, 3, 4].map(inputs);

describe.each(['cpu-x64-avx2', 'cpu-x64-vnni'] as const)('calibration data on %s', (target) => {
  it.each([8, 300])(
    'of which a Softmax of %i classes makes equal ones leaves its kernel able to compute',
    async (classes) => {
      const model = buildModel((b) => {
        const scores = conv(b, b.input('x', 'float32', dims), [classes, 4], 1, 'scores');
        b.output(conv(b, b.op('Softmax', [scores], { axis: 1 }), [4, classes], 2, 'after'), 'y');
      }, 13);
      const samples = several((seed) => ({ x: normal(dims, seed, 0.01) }));
      const { model: quantized } = await quantizeWith(model, samples, { target });
      expect(await optimizedOperators(quantized)).toContain('QLinearSoftmax');
      expect((await outputSqnr(model, quantized, samples, target))[0]).toBeGreaterThan(25);
    },
  );

  it('that is zero in a part of the network leaves that part in float, for data that is not', async () => {
    const model = buildModel((b) => {
      const x = conv(b, b.input('x', 'float32', dims), [8, 4], 1, 'used');
      const mask = conv(b, b.input('mask', 'float32', dims), [8, 4], 2, 'unused');
      const sum = b.op('Add', [x, mask], {}, { name: 'sum' });
      b.output(conv(b, sum, [4, 8], 3, 'after'), 'y');
    }, 13);
    const zeros = normal(dims, 0, 0);
    const samples = several((seed) => ({ x: normal(dims, seed), mask: zeros }));
    const { model: quantized, nodes } = await quantizeWith(model, samples, { target });
    const why = (of: string) => nodes.find(({ node }) => node === of);
    expect(why('unused')?.why).toContain('mask was zero in all calibration data');
    expect([why('used'), why('after')]).toEqual([
      expect.objectContaining({ quantized: true }),
      expect.objectContaining({ quantized: true }),
    ]);
    const others = several((seed) => ({ x: normal(dims, seed + 10), mask: normal(dims, seed + 20, 0.3) }));
    expect((await outputSqnr(model, quantized, others, target))[0]).toBeGreaterThan(25);
  });

  it('of which a sample has no rows is of use by the others', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', ['rows', 16]);
      const inner = b.op('Relu', [b.op('Gemm', [x, b.constant(normal([16, 24], 1, 0.2))])]);
      b.output(b.op('MatMul', [inner, b.constant(normal([24, 8], 2, 0.2))]), 'y');
    }, 13);
    const samples = several((seed) => ({ x: normal([seed === 2 ? 0 : 5, 16], seed) }));
    const { model: quantized } = await quantizeWith(model, samples, { target, recover: 'auto' });
    expect((await outputSqnr(model, quantized, samples, target))[0]).toBeGreaterThan(25);
  });

  it('of which a sample has no images or rows leaves a Softmax in float, and convolutions are rounded by the others', async () => {
    const model = buildModel((b) => {
      const image = b.op('Relu', [conv(b, b.input('x', 'float32', ['n', ...dims.slice(1)]), [8, 4], 1, 'first')]);
      const rows = b.op('Flatten', [conv(b, image, [4, 8], 2, 'second')]);
      const size = dims.slice(2).reduce((a, b) => a * b, 4);
      const scores = b.op('MatMul', [rows, b.constant(normal([size, 16], 3, 0.1))]);
      const weights = b.op('Softmax', [scores], { axis: -1 }, { name: 'softmax' });
      b.output(b.op('MatMul', [weights, b.constant(normal([16, 8], 4))]), 'y');
    }, 13);
    const samples = several((seed) => ({ x: normal([seed === 2 ? 0 : 1, ...dims.slice(1)], seed) }));
    const { model: quantized, nodes } = await quantizeWith(model, samples, { target, recover: 'auto' });
    expect((await outputSqnr(model, quantized, samples, target))[0]).toBeGreaterThan(25);
    expect(nodes.find(({ node }) => node === 'softmax')?.why).toContain('it has nothing to compute');
  });

  it.each(['percentile', 'entropy', 'histogram', 'auto'] as const)(
    'that is hardly ever not zero has a scale by the observer %s',
    async (observer) => {
      const model = buildModel((b) => {
        const x = b.op('Relu', [conv(b, b.input('x', 'float32', [1, 4, 128, 128]), [4, 4], 1, 'first')]);
        b.output(conv(b, x, [4, 4], 2, 'second'), 'y');
      }, 13);
      const samples = several((seed) => {
        const x = normal([1, 4, 128, 128], seed, 0);
        x.data[seed * 101] = 0.3;
        return { x };
      });
      const { model: quantized } = await quantizeWith(model, samples, { target, observer });
      expect((await outputSqnr(model, quantized, samples, target))[0]).toBeGreaterThan(25);
    },
  );
});

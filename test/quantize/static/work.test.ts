import { expect, it } from 'vitest';
import { buildModel, type GraphBuilder } from '../../../src/onnx/model.ts';
import type { Value } from '../../../src/onnx/value.ts';
import { describeValues } from '../../../src/quantize/static/describe.ts';
import { multiplyAdds } from '../../../src/quantize/static/work.ts';
import { locateRuntime } from '../../../src/runtime/locate.ts';
import { WorkerProcess } from '../../../src/runtime/worker-process.ts';
import { scratch } from '../helpers.ts';
import { normal } from './helpers.ts';

type Layer = (b: GraphBuilder, x: Value) => Value;
const layers: Record<string, [dims: (number | string)[], layer: Layer, expected: number]> = {
  'Conv: every output, all that it reads': [
    [1, 4, 10, 10],
    (b, x) => b.op('Conv', [x, b.constant(normal([8, 4, 3, 3], 1))], { strides: [2, 2], pads: [1, 1, 1, 1] }),
    8 * 5 * 5 * 4 * 9,
  ],
  'Conv of one channel a group': [
    [1, 4, 10, 10],
    (b, x) => b.op('Conv', [x, b.constant(normal([4, 1, 3, 3], 1))], { group: 4 }),
    4 * 8 * 8 * 9,
  ],
  'ConvTranspose: every input, all that it writes': [
    [1, 4, 10, 10],
    (b, x) => b.op('ConvTranspose', [x, b.constant(normal([4, 6, 2, 2], 1))], { strides: [2, 2] }),
    4 * 100 * 6 * 4,
  ],
  'Gemm, the weight transposed': [
    [3, 16],
    (b, x) => b.op('Gemm', [x, b.constant(normal([5, 16], 1))], { transB: 1 }),
    3 * 16 * 5,
  ],
  'MatMul of activations, in an open batch': [
    ['batch', 7, 16],
    (b, x) => b.op('MatMul', [x, b.op('Transpose', [x], { perm: [0, 2, 1] })]),
    7 * 7 * 16,
  ],
  'none without a product': [[1, 4, 10, 10], (b, x) => b.op('Relu', [x]), 0],
};

it.each(Object.entries(layers))('counts the multiply-adds of %s', async (_name, [dims, layer, expected]) => {
  const model = buildModel((b) => b.output(layer(b, b.input('x', 'float32', dims)), 'y'), 13);
  const worker = await WorkerProcess.start({ runtime: await locateRuntime(), label: 'shapes' });
  try {
    const infos = await describeValues(model, { workDir: await scratch() }, worker);
    expect(multiplyAdds(model.graph, infos)).toBe(expected);
  } finally {
    await worker.close();
  }
});

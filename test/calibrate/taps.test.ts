import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calibrate } from '../../src/calibrate/calibrate.ts';
import type { CalibrationDetail } from '../../src/calibrate/taps.ts';
import type { FeedStore } from '../../src/data/store.ts';
import { buildModel } from '../../src/onnx/model.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { WorkerProcess } from '../../src/runtime/worker-process.ts';
import { runModel } from '../onnx/ort.ts';
import { scratch } from '../quantize/helpers.ts';
import { type Inputs, normal, storeOf } from '../quantize/static/helpers.ts';

/** Tensors big enough to be looked at inside of the runtime: images of either sign and above zero, rows, and one with -infinity. */
const dims = {
  x: [1, 4, 96, 96],
  signed: [1, 8, 96, 96],
  clipped: [1, 8, 96, 96],
  rows: [1, 8, 9216],
  masked: [1, 8, 96, 96],
  small: [1, 8, 1, 1],
};
const model = (opset: number) =>
  buildModel((b) => {
    const x = b.input('x', 'float32', ['batch', 4, 96, 96]);
    const w = b.constant(normal([8, 4, 3, 3], 1, 0.2), 'w');
    const signed = b.op('Conv', [x, w], { pads: [1, 1, 1, 1] }, { outputs: ['signed'] });
    const clipped = b.op('Clip', [signed, b.constant(0, 'zero'), b.constant(6, 'six')], {}, { outputs: ['clipped'] });
    const rows = b.op(
      'Reshape',
      [signed, b.constant({ type: 'int64', dims: [3], data: BigInt64Array.of(0n, 0n, -1n) })],
      {},
      {
        outputs: ['rows'],
      },
    );
    const masked = b.op(
      'Where',
      [b.op('Less', [clipped, b.constant(1, 'one')]), b.constant(-Infinity, 'never'), clipped],
      {},
      { outputs: ['masked'] },
    );
    const small = b.op('GlobalAveragePool', [clipped], {}, { outputs: ['small'] });
    for (const value of [signed, clipped, rows, masked, small]) b.graph.addOutput(value);
  }, opset);

const samples: Inputs[] = [3, 4, 5].map((seed) => ({ x: normal(dims.x, seed, seed) }));

let store: FeedStore;
let worker: WorkerProcess;
beforeAll(async () => {
  store = await storeOf(samples);
  worker = await WorkerProcess.start({ runtime: await locateRuntime(), label: 'test' });
});
afterAll(() => worker.close());

const finite = (values: Float32Array) => [...values].filter(Number.isFinite);

describe.each([13, 18])('the range of a tensor, opset %i', (opset) => {
  it.each(['histogram', 'range'] satisfies CalibrationDetail[])('is that of all its values: %s', async (detail) => {
    const source = model(opset);
    const tensors = Object.keys(dims).filter((name) => name !== 'x');
    const found = await calibrate({
      model: source,
      tensors: ['x', ...tensors],
      dims: (name) => ['batch', ...dims[name as keyof typeof dims].slice(1)],
      store,
      workDir: await scratch(),
      worker,
      threads: 1,
      detail,
    });
    const seen: Record<string, Float32Array[]> = {};
    for (const inputs of samples) {
      const outputs = { ...(await runModel(source, inputs)), x: inputs['x']! };
      for (const [name, { data }] of Object.entries(outputs)) {
        seen[name] ??= [];
        seen[name].push(data as Float32Array);
      }
    }
    for (const [name, values] of Object.entries(seen)) {
      const statistics = found.get(name)!;
      const ends = values.map((each) => [Math.min(...finite(each)), Math.max(...finite(each))] as const);
      expect(statistics.samples, name).toBe(3);
      // Of a sample with infinities one in many values is looked at.
      const digits = name === 'masked' ? 0 : 4;
      expect(statistics.max, name).toBeCloseTo(Math.max(...ends.map(([, max]) => max)), digits);
      expect(statistics.meanMax, name).toBeCloseTo(ends.reduce((sum, [, max]) => sum + max, 0) / 3, digits);
      // A range holds zero, so of a tensor that is never below it zero may be said.
      expect(Math.min(0, statistics.min), name).toBeCloseTo(Math.min(0, ...ends.map(([min]) => min)), digits);
      const counted = statistics.histogram.counts.reduce((sum, count) => sum + count, 0);
      if (detail === 'range' && name !== 'masked') expect(counted, name).toBe(0);
      else expect(counted, name).toBeGreaterThan(20);
    }
  });
});

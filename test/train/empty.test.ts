import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildModel, type GraphBuilder } from '../../src/onnx/model.ts';
import type { Value } from '../../src/onnx/value.ts';
import { quantizeQat } from '../../src/train/qat.ts';
import { ints } from '../onnx/ort.ts';
import { runOptimized, sqnrOf } from '../quantize/helpers.ts';
import { normal } from '../quantize/static/helpers.ts';
import { writeStore } from '../runtime/store-file.ts';
import { qatRequest, scratch } from './support.ts';

const none = (b: GraphBuilder, x: Value): Value =>
  b.op('Slice', [x, b.constant(ints([3])), b.constant(ints([3])), b.constant(ints([1]))]);
const sizes = (b: GraphBuilder, values: number[]): Value => b.constant(ints(values));

const cases: Readonly<Record<string, (b: GraphBuilder, x: Value) => Value>> = {
  'an output': (b, x) => {
    b.output(none(b, x), 'empty');
    return x;
  },
  'the output of a layer': (b, x) => {
    b.output(b.op('Gemm', [x, b.constant(normal([24, 0], 9))]), 'empty');
    return x;
  },
  'what is added up': (b, x) => b.op('Add', [x, b.op('ReduceSum', [none(b, x), sizes(b, [1])], { keepdims: 1 })]),
  'what is multiplied': (b, x) => {
    const twice = b.op('Concat', [none(b, x), none(b, x)], { axis: 1 });
    return b.op('Concat', [x, b.op('Mul', [twice, twice])], { axis: 1 });
  },
  'a state at the start': (b, x) => {
    const own = b.op('Reshape', [x, sizes(b, [-1, 2, 12])]);
    const all = b.op('Concat', [b.input('past', 'float32', ['batch', 'n', 12]), own], { axis: 1 });
    const scores = b.op('MatMul', [own, b.op('Transpose', [all], { perm: { ints: [0, 2, 1] } })]);
    const read = b.op('MatMul', [b.op('Softmax', [scores], { axis: -1 }), all]);
    return b.op('Add', [x, b.op('Reshape', [read, sizes(b, [-1, 24])])]);
  },
};

test.each(Object.keys(cases))(
  '%s may be empty: the rest is trained',
  async (name) => {
    const model = buildModel((b) => {
      const layer = (x: Value, [from, to]: [number, number], seed: number) =>
        b.op('Gemm', [x, b.constant(normal([from, to], seed, 1 / Math.sqrt(from)), `w${seed}`)]);
      const relu = (x: Value) => b.op('Relu', [x]);
      const x = b.input('x', 'float32', ['batch', 16]);
      const middle = cases[name]!(b, relu(layer(relu(layer(x, [16, 24], 1)), [24, 24], 2)));
      const end = layer(relu(layer(relu(layer(middle, [24, 24], 3)), [24, 24], 4)), [24, 6], 5);
      b.output(end, 'y', { type: 'float32', dims: ['batch', 6] });
    }, 17).clone();
    const past = model.graph.value('past') ? { past: normal([1, 0, 12], 1) } : {};
    const row = (seed: number) => ({ x: normal([1, 16], seed), ...past });
    const rows = Array.from({ length: 64 }, (_, i) => row(i + 10));
    const folder = scratch();
    const request = await qatRequest(model, writeStore(join(folder, 'rows.feeds'), rows), folder);
    const { model: trained, training, distance } = await quantizeQat({ ...request, task: 'generic' });
    expect(training.steps).toBeGreaterThan(0);
    expect(distance.after).toBeLessThanOrEqual(distance.before);
    expect(Math.min(...training.tiers.map(({ lossAfter }) => lossAfter))).toBeLessThan(distance.before);
    const [wanted, got] = [await runOptimized(model, row(1000)), await runOptimized(trained, row(1000))];
    expect(sqnrOf({ y: wanted['y']! }, { y: got['y']! })).toBeGreaterThan(8);
  },
  120_000,
);

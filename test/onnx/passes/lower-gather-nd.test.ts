import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/onnx/model.ts';
import { lowerGatherNd } from '../../../src/onnx/passes/lower-gather-nd.ts';
import type { Value } from '../../../src/onnx/value.ts';
import type { Tensor } from '../../../src/tensor.ts';
import { expectSame, random, runModel } from '../ort.ts';

const table = random([7, 3, 2], 1);
const int64 = (dims: readonly number[], ...values: number[]): Tensor => ({
  type: 'int64',
  dims,
  data: BigInt64Array.from(values, BigInt),
});

/** Picks from a table by indices that are an input of these dims, or constants. */
function gathered(picked: Tensor, write: (b: GraphBuilder, indices: Value) => Value, batchDims = 0) {
  const b = new GraphBuilder();
  const indices = b.input('indices', 'int64', picked.dims.slice());
  const inputs = [b.constant(table, 'table'), write(b, indices)];
  b.output(b.op('GatherND', inputs, { batch_dims: batchDims }, { name: 'pick' }), 'y');
  return { model: b.build(13), feeds: { indices: picked } };
}

const unsqueezed = (axis: number) => (b: GraphBuilder, indices: Value) =>
  b.op('Unsqueeze', [indices, b.constant(int64([1], axis), 'axes')]);

test.each([
  ['indices with a last axis of their own', int64([2, 2], 0, 6, -1, 3), unsqueezed(-1)],
  ['the same, counted from the front', int64([2, 2], 0, 6, -1, 3), unsqueezed(2)],
  ['one index', int64([], 5), unsqueezed(0)],
  ['constant indices', int64([1], 0), (b: GraphBuilder) => b.constant(int64([2, 2, 1], 1, -7, 6, 2), 'constant')],
] as const)('%s pick by Gather', async (_, picked, write) => {
  const { model, feeds } = gathered(picked, write);
  const lowered = model.clone();
  expect(lowerGatherNd(lowered).modified).toBe(true);
  expect(lowered.graph.nodes.map(({ op, name }) => [op, name])).toContainEqual(['Gather', 'pick']);
  expectSame(await runModel(lowered, feeds), await runModel(model, feeds), 0);
});

test.each([
  ['indices of several axes', int64([2, 2], 0, 2, 6, 1), (_: GraphBuilder, indices: Value) => indices, 0],
  ['indices with another axis of one', int64([2, 2], 0, 2, 6, 1), unsqueezed(1), 0],
  [
    'constant indices of several axes',
    int64([1], 0),
    (b: GraphBuilder) => b.constant(int64([1, 2], 1, 1), 'constant'),
    0,
  ],
  ['indices that belong to rows', int64([7], 0, 1, 2, 0, 1, 2, 0), unsqueezed(-1), 1],
] as const)('%s stay', (_, picked, write, batchDims) => {
  const { model } = gathered(picked, write, batchDims);
  expect(lowerGatherNd(model).modified).toBe(false);
});

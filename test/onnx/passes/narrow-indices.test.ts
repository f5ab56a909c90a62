import { expect, it } from 'vitest';
import { buildModel, modelToBytes, type OnnxModel } from '../../../src/onnx/model.ts';
import { narrowIndices } from '../../../src/onnx/passes/narrow-indices.ts';
import { optimizedOperators } from '../../quantize/static/helpers.ts';
import { expectSame, ints, random, runModel } from '../ort.ts';

const count = 2048;

/** What two operators pick from a table that is fed, by the same indices. */
function picks(indexOf: (at: number) => number, rows: number): OnnxModel {
  return buildModel((b) => {
    const x = b.input('x', 'float32', [rows]);
    const indices = b.constant(ints(Array.from({ length: count }, (_, at) => indexOf(at))), 'indices');
    b.output(b.op('Gather', [x, indices]), 'y');
    b.output(b.op('GatherElements', [x, indices]), 'z');
  }, 13);
}

it.each([
  ['two bytes', (at: number) => (at % 200) - 100, 200, 2],
  ['four bytes', (at: number) => at * 20, 40_960, 4],
] as const)('stores indices in %s each, read as before', async (_, indexOf, rows, bytes) => {
  const model = picks(indexOf, rows);
  const narrow = model.clone();
  expect(narrowIndices(narrow).modified).toBe(true);
  const saved = modelToBytes(model).length - modelToBytes(narrow).length;
  expect(saved).toBeGreaterThan((8 - bytes) * count - 200);
  const feeds = { x: random([rows]) };
  expectSame(await runModel(narrow, feeds), await runModel(model, feeds));
  expect((await optimizedOperators(narrow)).sort()).toEqual(['Gather', 'GatherElements']);
});

it('leaves what is read otherwise, and the few', () => {
  const shape = buildModel((b) => {
    const indices = b.constant(ints(Array.from({ length: count }, (_, at) => at)));
    b.output(b.op('Gather', [b.input('x', 'float32', [count]), indices]), 'y');
    b.output(b.op('Add', [indices, b.input('shift', 'int64', [1])]), 'z');
  }, 13);
  const few = buildModel((b) => {
    b.output(b.op('Gather', [b.input('x', 'float32', [3]), b.constant(ints([2, 1, 0]))]), 'y');
  }, 13);
  for (const model of [shape, few]) expect(narrowIndices(model).modified).toBe(false);
});

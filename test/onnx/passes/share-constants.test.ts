import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/onnx/model.ts';
import { shareConstants } from '../../../src/onnx/passes/share-constants.ts';
import type { GraphProto } from '../../../src/onnx/proto.ts';
import type { Tensor } from '../../../src/tensor.ts';
import { expectSame, ints, random, runModel } from '../ort.ts';

const table = random([8, 16], 2);
const truth = (value: number): Tensor => ({ type: 'bool', dims: [], data: Uint8Array.of(value) });

/** x times the table and another one of its shape; returns the table too. */
function branch(seed: number): GraphProto {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', [4, 8]);
  const w = b.constant(table, 'w');
  const own = b.constant(random([8, 16], seed), 'own');
  b.output(b.op('Add', [b.op('MatMul', [x, w]), b.op('MatMul', [x, own])]), 'sum');
  b.output(w, 'table');
  const graph = b.build(13).proto.graph!;
  graph.input = [];
  return graph;
}

/** x times the table three times over, each time with the sum of the columns taken back to x's shape. */
function body(): GraphProto {
  const b = new GraphBuilder();
  b.input('i', 'int64', []);
  const go = b.input('go', 'bool', []);
  const h = b.input('h', 'float32', [4, 8]);
  const product = b.op('MatMul', [h, b.constant(table, 'w')]);
  const back = b.op('MatMul', [product, b.constant(random([16, 8], 7), 'back')]);
  b.output(b.op('Identity', [go]), 'go_on');
  b.output(b.op('Tanh', [back]), 'next');
  return b.build(13).proto.graph!;
}

test('branches and the graph around them hold the same constant once, a loop its own', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', [4, 8]);
  const condition = b.input('condition', 'bool', []);
  const then = { then_branch: branch(3), else_branch: branch(4) };
  const [sum, given] = b.ops('If', [condition], then, { outputs: ['sum', 'table'] });
  b.output(b.op('Add', [sum!, b.op('MatMul', [x, given!])]), 'y');
  const [looped] = b.ops('Loop', [b.constant(ints([3], []), 'trips'), b.constant(truth(1), 'proceed'), x], {
    body: body(),
  });
  b.output(looped!, 'z');
  const source = b.build(13);
  const model = source.clone();
  expect(shareConstants(model).modified).toBe(true);

  const holders = [...model.graph.allGraphs()].filter(({ initializers }) =>
    initializers.some(({ initializer }) => Buffer.from(table.data.buffer).equals(initializer!.rawData)),
  );
  expect(holders.map(({ owner }) => owner?.op)).toEqual([undefined, 'Loop']);
  const branches = model.graph.nodes.find((node) => node.is('If'))!.subgraphs;
  expect(branches.map(({ initializers }) => initializers.map(({ name }) => name))).toEqual([['own'], ['own']]);
  for (const taken of [0, 1]) {
    const feeds = { x: random([4, 8], 5), condition: truth(taken) };
    expectSame(await runModel(model, feeds), await runModel(source, feeds));
  }
  expect(shareConstants(model).modified).toBe(false);
});

import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../src/onnx/model.ts';
import { liftLoopInvariants } from '../../../src/onnx/passes/lift-loop-invariants.ts';
import { type GraphProto, GraphProtoSchema } from '../../../src/onnx/proto.ts';
import { makeTypeProto } from '../../../src/onnx/types.ts';
import type { Tensor } from '../../../src/tensor.ts';
import { expectSame, ints, random, runModel } from '../ort.ts';

type Entry = [name: string, type?: Tensor['type'], dims?: number[]];
type Step = [op: string, inputs: string[], output: string];

function body(inputs: Entry[], steps: Step[], outputs: string[]): GraphProto {
  return create(GraphProtoSchema, {
    name: 'body',
    node: steps.map(([opType, input, output]) => ({ opType, name: output, input, output: [output] })),
    input: inputs.map(([name, type = 'float32', dims = [4, 4]]) => ({ name, type: makeTypeProto(type, dims) })),
    output: outputs.map((name) => ({ name })),
  });
}

const truth: Tensor = { type: 'bool', dims: [], data: Uint8Array.of(1) };
const start: Entry[] = [
  ['i', 'int64', []],
  ['go', 'bool', []],
];

/** h = tanh(h w) three times; the weight, and a number that nothing reads, are carried along under their outer names. */
function looping(steps: Step[], outputs: string[]) {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', [4, 4]);
  const w = b.constant(random([4, 4], 2), 'w');
  const states: Entry[] = [['w'], ['h'], ['n', 'float32', []]];
  const attributes = { body: body([...start, ...states], steps, outputs) };
  const inputs = [b.constant(ints([3], []), 'trips'), b.constant(truth, 'go_on'), w, x, b.constant(5, 'n')];
  const results = b.ops('Loop', inputs, attributes, { outputs: ['w_end', 'h_end', 'n_end', 'all'] });
  for (const [at, value] of results.entries()) b.output(value!, `y${at}`);
  return b.build(13);
}

const carried: { name: string; steps: Step[]; outputs: string[] }[] = [
  { name: 'as it is', steps: [], outputs: ['go', 'w', 'next', 'n', 'h'] },
  {
    name: 'through Identity',
    steps: [
      ['Identity', ['w'], 'w2'],
      ['Identity', ['n'], 'n2'],
    ],
    outputs: ['go', 'w2', 'next', 'n2', 'h'],
  },
];

test.each(carried)('reads from outside what a Loop hands through $name', async ({ steps, outputs }) => {
  const source = looping([['MatMul', ['h', 'w'], 'p'], ['Tanh', ['p'], 'next'], ...steps], outputs);
  const model = source.clone();
  expect(liftLoopInvariants(model, 1).modified).toBe(true);
  const loop = model.graph.nodes.find((node) => node.is('Loop'))!;
  expect([loop.inputs.length, loop.outputs.length]).toEqual([3, 2]);
  const product = loop.subgraph('body')!.nodes.find((node) => node.is('MatMul'))!;
  expect(product.input(1)!.initializer).toBeDefined();
  const feeds = { x: random([4, 4], 7) };
  expectSame(await runModel(model, feeds), await runModel(source, feeds));
});

test('leaves what is small: a packed copy of it would cost more than it gains', () => {
  const model = looping([['MatMul', ['h', 'w'], 'next']], ['go', 'w', 'next', 'n', 'h']);
  expect(liftLoopInvariants(model).modified).toBe(false);
});

test('leaves what changes, and what lies in the shadow of a name', async () => {
  const changing = looping(
    [
      ['MatMul', ['h', 'w'], 'next'],
      ['Tanh', ['w'], 'w2'],
      ['Neg', ['n'], 'n2'],
    ],
    ['go', 'w2', 'next', 'n2', 'h'],
  );
  expect(liftLoopInvariants(changing, 1).modified).toBe(false);
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', [4, 4]);
  const inner = body(
    [...start, ['v'], ['h']],
    [
      ['Tanh', ['v'], 'w'],
      ['Add', ['h', 'w'], 'next'],
    ],
    ['go', 'v', 'next'],
  );
  const inputs = [
    b.constant(ints([3], []), 'trips'),
    b.constant(truth, 'go_on'),
    b.constant(random([4, 4], 2), 'w'),
    x,
  ];
  b.output(b.ops('Loop', inputs, { body: inner }, { outputs: ['a', 'b'] })[1]!, 'y');
  expect(liftLoopInvariants(b.build(13), 1).modified).toBe(false);
});

test('reads from outside what a Scan hands through', async () => {
  const b = new GraphBuilder();
  const inner = body(
    [['w'], ['h'], ['row', 'float32', [4, 4]]],
    [
      ['MatMul', ['h', 'w'], 'p'],
      ['Add', ['p', 'row'], 'next'],
      ['Identity', ['w'], 'w2'],
    ],
    ['w2', 'next', 'p'],
  );
  const inputs = [
    b.constant(random([4, 4], 2), 'w'),
    b.constant(random([4, 4], 3), 'h0'),
    b.input('x', 'float32', [3, 4, 4]),
  ];
  const results = b.ops('Scan', inputs, { body: inner, num_scan_inputs: 1 }, { outputs: ['w_end', 'h_end', 'all'] });
  for (const [at, value] of results.entries()) b.output(value!, `y${at}`);
  const source = b.build(13);
  const model = source.clone();
  expect(liftLoopInvariants(model, 1).modified).toBe(true);
  expect(model.graph.nodes.find((node) => node.is('Scan'))!.inputs).toHaveLength(2);
  const feeds = { x: random([3, 4, 4], 7) };
  expectSame(await runModel(model, feeds), await runModel(source, feeds));
});

import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { constantValue } from '../../src/onnx/constants.ts';
import { Graph } from '../../src/onnx/graph.ts';
import { buildModel, GraphBuilder, modelToBytes, OnnxModel, readModel } from '../../src/onnx/model.ts';
import { type GraphProto, GraphProtoSchema, NodeProtoSchema, ValueInfoProtoSchema } from '../../src/onnx/proto.ts';
import { makeTypeProto } from '../../src/onnx/types.ts';
import { expectSame, random, runModel } from './ort.ts';

/** x -> a -> (b, c) -> d, where a If reads `a` from outside in both branches. */
function branching(): GraphBuilder {
  const branch = (name: string, op: string): GraphProto =>
    create(GraphProtoSchema, {
      name,
      node: [{ opType: op, name: `${name}_${op}`, input: ['a'], output: [`${name}_out`] }],
      output: [{ name: `${name}_out` }],
    });
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', [2]);
  const condition = b.input('condition', 'bool', []);
  const a = b.op('Relu', [x], {}, { outputs: ['a'] });
  b.output(b.op('Add', [a, a], {}, { name: 'twice' }), 'sum');
  b.output(
    b.op('If', [condition], { then_branch: branch('then', 'Neg'), else_branch: branch('else', 'Abs') }),
    'chosen',
  );
  return b;
}

const feeds = { x: random([2], 5), condition: { type: 'bool', dims: [], data: Uint8Array.of(1) } as const };

test('what a file says of a value follows its name, and goes with it', () => {
  const { graph } = branching();
  const type = makeTypeProto('float32', [2]);
  graph.value('a')!.info = create(ValueInfoProtoSchema, { name: 'a', type });
  graph.rename(graph.value('a')!, 'renamed');
  graph.sync();
  expect(graph.proto.valueInfo.map(({ name }) => name)).toEqual(['renamed']);
  graph.value('renamed')!.info = undefined;
  graph.rename(graph.value('renamed')!, 'a');
  graph.sync();
  expect(graph.proto.valueInfo).toEqual([]);
});

test('graphs side by side may share names, as exporters let them, but not with what is around them', async () => {
  const model = branching().build(13);
  const then = model.graph.nodes.find((node) => node.is('If'))!.subgraph('then_branch')!;
  then.rename(then.value('then_out')!, 'else_out');
  expect(() => then.rename(then.value('else_out')!, 'a')).toThrow('taken');
  expectSame(await runModel(model, feeds), await runModel(branching().build(13), feeds));
});

describe('use-def links', () => {
  test('values know their producer and every use, those in subgraphs included', () => {
    const { graph } = branching();
    const a = graph.value('a')!;
    expect(a.producer?.op).toBe('Relu');
    expect(a.uses.map(({ node, index }) => [node.op, index])).toEqual([
      ['Add', 0],
      ['Add', 1],
      ['Neg', 0],
      ['Abs', 0],
    ]);
    expect(a.consumers).toHaveLength(3);
    expect([...graph.allNodes()].map((node) => node.op)).toEqual(['Relu', 'Add', 'If', 'Neg', 'Abs']);
    expect(graph.value('x')).toMatchObject({ isGraphInput: true, isGraphOutput: false, producer: undefined });
    expect(graph.value('sum')).toMatchObject({ isGraphInput: false, isGraphOutput: true });
  });

  test('a replacement reaches subgraphs, and the model still means what it should', async () => {
    const b = branching();
    const model = b.build(13);
    const { graph } = model;
    const a = graph.value('a')!;
    const scaled = graph.addNode({
      op: 'Mul',
      inputs: [a, graph.addInitializer('two', { type: 'float32', dims: [], data: Float32Array.of(2) })],
    });
    graph.replaceUses(a, scaled.output(), (use) => use.node !== scaled);
    expect(graph.nodes.map((node) => node.op)).toEqual(['Relu', 'Mul', 'Add', 'If']);
    const result = await runModel(model, feeds);
    const relu = Array.from(feeds.x.data, (v) => Math.max(v, 0));
    expect(Array.from(result['sum']!.data as Float32Array)).toEqual(relu.map((v) => Math.fround(v * 4)));
    expect(Array.from(result['chosen']!.data as Float32Array)).toEqual(relu.map((v) => Math.fround(v * -2)));
  });

  test('another name of a value reaches the subgraphs that read it', async () => {
    const model = branching().build(13).clone();
    model.graph.rename(model.graph.value('a')!, 'other');
    const result = await runModel(model, feeds);
    const relu = Array.from(feeds.x.data, (v) => Math.max(v, 0));
    expect(Array.from(result['chosen']!.data as Float32Array)).toEqual(relu.map((v) => -v));
  });

  test('tied weights show as uses of one initializer', () => {
    const b = new GraphBuilder();
    const w = b.constant(random([2, 2]), 'w');
    b.output(b.op('MatMul', [b.op('MatMul', [b.input('x', 'float32', [2, 2]), w]), w]), 'y');
    expect(w.uses).toHaveLength(2);
    expect(b.graph.initializers).toEqual([w]);
  });

  test('setInput moves uses, and cuts trailing inputs that are left out', () => {
    const b = new GraphBuilder();
    const [x, low, high] = ['x', 'low', 'high'].map((name) => b.input(name));
    const node = b.op('Clip', [x, low, high]).producer!;
    node.setInput(2, undefined);
    expect(node.inputs).toEqual([x, low]);
    node.setInput(1, undefined);
    node.setInput(2, low);
    expect(node.inputs).toEqual([x, undefined, low]);
    expect([low!.uses.length, high!.uses.length]).toEqual([1, 0]);
    expect(node.sync().input).toEqual(['x', '', 'low']);
  });
});

describe('editing', () => {
  test('a node that is still needed cannot be removed', () => {
    const { graph } = branching();
    expect(() => graph.removeNode(graph.value('a')!.producer!)).toThrow(/'a' is still used/);
    expect(() => graph.removeNode(graph.value('sum')!.producer!)).toThrow(/'sum' is still used/);
  });

  test('removing a node with subgraphs lets go of what they read', () => {
    const { graph } = branching();
    graph.removeOutput(graph.value('chosen')!);
    graph.removeNode(graph.value('chosen')!.producer!);
    expect(graph.value('a')!.uses).toHaveLength(2);
    expect(graph.value('chosen')).toBeUndefined();
  });

  test('replaceAll keeps the name of an output; an Identity carries what cannot take it', async () => {
    const model = buildModel((b) => {
      const x = b.input('x', 'float32', [2]);
      const relu = b.op('Relu', [x]);
      b.output(b.op('Abs', [relu]), 'y');
      b.output(b.op('Neg', [x]), 'z');
    }, 13);
    const { graph } = model;
    const [y, z] = graph.outputs;
    graph.replaceAll(y!, graph.nodes[0]!.output());
    graph.removeNode(graph.nodes.find((node) => node.op === 'Abs')!);
    graph.replaceAll(z!, graph.value('x')!);
    graph.removeNode(graph.nodes.find((node) => node.op === 'Neg')!);
    expect(graph.nodes.map((node) => [node.op, node.output().name])).toEqual([
      ['Relu', 'y'],
      ['Identity', 'z'],
    ]);
    const x = random([2], 5);
    const result = await runModel(model, { x });
    expect(result['z']!.data).toEqual(x.data);
  });

  test('names are fresh in all graphs, whatever was there or was handed out', () => {
    const { graph } = branching();
    const inner = graph.value('chosen')!.producer!.subgraph('then_branch')!;
    expect(graph.freshName('then_out')).toBe('then_out_1');
    expect(inner.freshName('a')).toBe('a_1');
    expect(graph.freshName('a')).toBe('a_2');
    expect(graph.freshName('twice')).toBe('twice_1');
    expect(() => graph.rename(graph.value('a')!, 'then_out')).toThrow(/taken/);
    graph.rename(graph.value('a')!, 'renamed');
    expect(inner.sync).toBeDefined();
    expect(inner.nodes[0]!.input(0)!.name).toBe('renamed');
  });

  test('nodes come out in order, wherever they were added, and otherwise as they were', () => {
    const graph = new Graph(
      create(GraphProtoSchema, {
        node: [
          { opType: 'C', input: ['b'], output: ['c'] },
          { opType: 'X', input: [], output: ['x'] },
          { opType: 'B', input: ['a'], output: ['b'] },
          { opType: 'A', input: [], output: ['a'] },
        ],
        output: [{ name: 'c' }],
      }),
    );
    expect(graph.nodes.map((node) => node.op)).toEqual(['A', 'B', 'C', 'X']);
    const late = graph.addNode({ op: 'Late', inputs: [graph.value('a')] });
    graph.nodes.find((node) => node.op === 'C')!.setInput(0, late.output());
    expect(graph.nodes.map((node) => node.op)).toEqual(['A', 'Late', 'C', 'X', 'B']);
  });

  test('ten thousand insertions into a chain take no time to speak of', () => {
    const b = new GraphBuilder();
    let x = b.input('x');
    for (let i = 0; i < 10_000; i++) x = b.op('Relu', [x]);
    b.output(x, 'y');
    const { graph } = b;
    for (const node of graph.nodes) {
      const output = node.output();
      const neg = graph.addNode({ op: 'Neg', inputs: [output] });
      graph.replaceUses(output, neg.output(), (use) => use.node !== neg);
    }
    expect(graph.nodes).toHaveLength(20_000);
  });
});

describe('messages', () => {
  test('a graph that was not changed keeps its message; a changed one keeps unknown fields and what it does not model', () => {
    const model = branching().build(13);
    const unknown = [{ no: 77, wireType: 0, data: Uint8Array.of(5) }];
    model.proto.graph!.node[0]!.$unknown = unknown;
    model.proto.graph!.docString = 'kept';
    const again = new OnnxModel(readModel(modelToBytes(model)));
    again.graph.addInitializer('unused', { type: 'int8', dims: [1], data: Int8Array.of(1) });
    const { graph } = again.proto;
    expect(graph!.node[0]!.$unknown).toEqual(unknown);
    expect(graph!.docString).toBe('kept');
    expect(graph!.initializer.map((tensor) => tensor.name)).toEqual(['unused']);
  });

  test('a clone is independent and shares the bytes', () => {
    const model = buildModel(
      (b) => void b.output(b.op('Mul', [b.input('x', 'float32', [2]), b.constant(random([2]), 'w')]), 'y'),
    );
    const clone = model.clone();
    clone.graph.nodes[0]!.op = 'Add';
    clone.setOpset('', 13);
    expect([model.graph.nodes[0]!.op, model.opset()]).toEqual(['Mul', 21]);
    expect(clone.graph.value('w')!.initializer!.rawData).toBe(model.graph.value('w')!.initializer!.rawData);
  });

  test.each<[string, Parameters<typeof create<typeof GraphProtoSchema>>[1], RegExp]>([
    [
      'produced twice',
      {
        node: [
          { opType: 'A', output: ['v'] },
          { opType: 'B', output: ['v'] },
        ],
      },
      /'v' is produced more than once/,
    ],
    [
      'from nowhere',
      { node: [{ opType: 'A', name: 'n', input: ['ghost'], output: ['v'] }] },
      /node 'n' \(A\) needs 'ghost'/,
    ],
    ['output from nowhere', { name: 'g', output: [{ name: 'ghost' }] }, /an output of graph 'g' needs 'ghost'/],
    [
      'a cycle',
      {
        node: [
          { opType: 'A', input: ['w'], output: ['v'] },
          { opType: 'B', input: ['v'], output: ['w'] },
        ],
      },
      /depends on its own output/,
    ],
  ])('a graph with a value %s is refused', (_, init, message) => {
    const act = (): unknown => new Graph(create(GraphProtoSchema, init)).nodes;
    expect(act).toThrow(expect.objectContaining({ name: 'UserError', message: expect.stringMatching(message) }));
  });

  test('a deep chain out of order does not overflow the stack', () => {
    const node = Array.from({ length: 50_000 }, (_, i) =>
      create(NodeProtoSchema, { opType: 'A', input: [`v${i + 1}`], output: [`v${i}`] }),
    );
    const graph = new Graph(create(GraphProtoSchema, { node, input: [{ name: 'v50000' }], output: [{ name: 'v0' }] }));
    expect(graph.nodes[0]!.input(0)!.name).toBe('v50000');
  });
});

describe('attributes', () => {
  const node = (): ReturnType<GraphBuilder['op']>['producer'] & object => {
    const b = new GraphBuilder();
    return b.op('Op', [], {
      axis: -1,
      alpha: 1,
      ratio: 0.25,
      kernel: [3, 3],
      scales: [1, 2],
      mode: 'edge',
      words: ['a', 'b'],
      value: random([2]),
      k: { float: 2 },
    }).producer!;
  };

  test('are read by type, with defaults', () => {
    const n = node();
    expect([n.attrInt('axis'), n.attrInt('none'), n.attrInt('none', 7)]).toEqual([-1, undefined, 7]);
    expect([n.attrFloat('alpha'), n.attrFloat('ratio'), n.attrFloat('k'), n.attrFloat('none', 0.5)]).toEqual([
      1, 0.25, 2, 0.5,
    ]);
    expect([n.attrInts('kernel'), n.attrFloats('scales'), n.attrInts('none', [1])]).toEqual([[3, 3], [1, 2], [1]]);
    expect([n.attrString('mode'), n.attrStrings('words')]).toEqual(['edge', ['a', 'b']]);
    expect(n.attrTensor('value')).toEqual(random([2]));
  });

  test('of another type are an error that names the node', () => {
    expect(() => node().attrInt('mode')).toThrow(/node 'Op' \(Op\): attribute 'mode' is not of type int/);
  });

  test('are set, replaced and removed', () => {
    const n = node();
    n.setAttr('axis', 2);
    n.setAttr('mode', undefined);
    n.setAttr('fresh', { ints: [] });
    expect([n.attrInt('axis'), n.hasAttr('mode'), n.attrInts('fresh')]).toEqual([2, false, []]);
    expect(() => n.setAttr('list', [])).toThrow(TypeError);
  });
});

test('constants are seen as initializers, Constant nodes and through Identity', () => {
  const b = new GraphBuilder();
  const direct = b.constant(3);
  const viaNode = b.op('Identity', [b.op('Constant', [], { value_ints: [4, 5] })]);
  expect(constantValue(direct)).toEqual({ type: 'float32', dims: [], data: Float32Array.of(3) });
  expect(constantValue(viaNode)).toEqual({ type: 'int64', dims: [2], data: BigInt64Array.of(4n, 5n) });
  expect([constantValue(b.input('x')), constantValue(undefined)]).toEqual([undefined, undefined]);
});

test('shapes that the file declares', () => {
  const b = new GraphBuilder();
  const x = b.input('x', 'uint8', ['batch', 3, undefined]);
  const y = b.op('Cast', [x], { to: 1 });
  const z = b.output(y, 'z', { type: 'float32', dims: ['batch', 3, undefined] });
  expect(x.staticInfo).toMatchObject({ type: 'uint8', dims: ['batch', 3, undefined] });
  expect(z.staticInfo).toMatchObject({ type: 'float32', dims: ['batch', 3, undefined] });
  expect(b.constant(random([2, 2])).staticInfo).toMatchObject({ type: 'float32', dims: [2, 2] });
  expect(b.op('Relu', [z]).staticInfo).toMatchObject({ type: undefined, dims: undefined });
  expect(b.graph.infos('inputs')).toEqual([{ name: 'x', type: 'uint8', dims: ['batch', 3, undefined] }]);
});

test('the builder makes models that run', async () => {
  const model = buildModel((b) => {
    const x = b.input('x', 'float32', ['n', 4]);
    const [top, bottom] = b.ops('Split', [x], { axis: 1, num_outputs: 2 }, { outputs: 2 });
    b.output(b.op('Add', [top, b.op('Mul', [bottom, b.constant([2, 3], 'factor')])]), 'y');
  }, 18);
  expect([model.irVersion, model.opset(), model.parameterCount]).toEqual([8, 18, 2]);
  const y = await runModel(model, { x: { type: 'float32', dims: [1, 4], data: Float32Array.of(1, 2, 3, 4) } });
  expectSame(y, { y: { type: 'float32', dims: [1, 2], data: Float32Array.of(7, 14) } });
});

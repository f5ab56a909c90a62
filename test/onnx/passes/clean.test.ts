import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { GraphBuilder, type OnnxModel } from '../../../src/onnx/model.ts';
import { constantsToInitializers } from '../../../src/onnx/passes/constants-to-initializers.ts';
import { removeDeadCode } from '../../../src/onnx/passes/remove-dead-code.ts';
import { removeIdentity } from '../../../src/onnx/passes/remove-identity.ts';
import { unshare } from '../../../src/onnx/passes/unshare.ts';
import { GraphProtoSchema } from '../../../src/onnx/proto.ts';
import { expectSame, random, runModel } from '../ort.ts';

const x = random([2, 3], 77);
const ops = (model: OnnxModel): string[] => model.graph.nodes.map((node) => node.op);

describe('constantsToInitializers', () => {
  test('every form of Constant becomes an initializer of the same name', async () => {
    const b = new GraphBuilder();
    const input = b.input('x', 'float32', [2, 3]);
    const float = b.op('Constant', [], { value_float: 2 }, { outputs: ['two'] });
    const list = b.op('Constant', [], { value_floats: [1, 2, 3] });
    const shape = b.op('Constant', [], { value_ints: [3, 2] });
    const tensor = b.op('Constant', [], { value: random([3]) });
    const sum = b.op('Add', [b.op('Mul', [b.op('Add', [b.op('Mul', [input, float]), list]), tensor]), list]);
    b.output(b.op('Reshape', [sum, shape]), 'y');
    const model = b.build(13);
    const changed = model.clone();
    expect(constantsToInitializers(changed).modified).toBe(true);
    expect(ops(changed)).not.toContain('Constant');
    expect(changed.graph.value('two')?.initializer?.rawData).toHaveLength(4);
    expectSame(await runModel(changed, { x }), await runModel(model, { x }));
    expect(constantsToInitializers(changed).modified).toBe(false);
  });

  test('a weight that an old file lists as an input is a constant', async () => {
    const b = new GraphBuilder();
    const input = b.input('x', 'float32', [2, 3]);
    const w = b.input('w', 'float32', [3]);
    b.graph.setInitializer(w, random([3]));
    b.output(b.op('Mul', [input, w]), 'y');
    const model = b.build(8);
    expect(model.irVersion).toBe(3);
    expect(model.graph.inputs.map((value) => value.name)).toEqual(['x']);
    expect(model.graph.declaredInputs.map((value) => value.name)).toEqual(['x', 'w']);
    const changed = model.clone();
    constantsToInitializers(changed);
    expect(changed.graph.declaredInputs.map((value) => value.name)).toEqual(['x']);
    expect(changed.irVersion).toBe(4);
    expectSame(await runModel(changed, { x }), await runModel(model, { x }));
  });
});

describe('removeIdentity', () => {
  test('Identity and inference Dropout go; names of outputs stay', async () => {
    const b = new GraphBuilder();
    const input = b.op('Identity', [b.input('x', 'float32', [2, 3])]);
    const relu = b.op('Relu', [input]);
    b.output(b.op('Identity', [b.op('Dropout', [relu])]), 'y');
    const model = b.build(13);
    const changed = model.clone();
    expect(removeIdentity(changed).modified).toBe(true);
    expect(ops(changed)).toEqual(['Relu']);
    expect(changed.graph.nodes[0]?.output().name).toBe('y');
    expectSame(await runModel(changed, { x }), await runModel(model, { x }));
  });

  test('what carries an input, a constant or another output to an output stays', async () => {
    const b = new GraphBuilder();
    const input = b.input('x', 'float32', [2, 3]);
    b.output(b.op('Identity', [input]), 'a');
    b.output(b.op('Identity', [b.constant(3)]), 'c');
    const relu = b.op('Relu', [input]);
    b.output(relu, 'r');
    b.output(b.op('Identity', [relu]), 's');
    const model = b.build(13);
    const changed = model.clone();
    expect(removeIdentity(changed).modified).toBe(false);
    expectSame(await runModel(changed, { x }), await runModel(model, { x }));
  });

  test('a Dropout in training mode stays', () => {
    const b = new GraphBuilder();
    const training = b.constant({ type: 'bool', dims: [], data: Uint8Array.of(1) });
    b.output(b.op('Dropout', [b.input('x'), b.constant(0.5), training]), 'y');
    expect(removeIdentity(b.build(13)).modified).toBe(false);
  });
});

describe('removeDeadCode', () => {
  test('chains and constants that reach no output go, inputs stay', () => {
    const b = new GraphBuilder();
    const input = b.input('x', 'float32', [2, 3]);
    b.input('unused', 'float32', [1]);
    b.op('Relu', [b.op('Mul', [input, b.constant(2)])]);
    b.output(b.op('Add', [input, b.constant(1)]), 'y');
    const model = b.build(13);
    expect(removeDeadCode(model).modified).toBe(true);
    expect(ops(model)).toEqual(['Add']);
    expect(model.graph.initializers).toHaveLength(1);
    expect(model.graph.inputs.map((value) => value.name)).toEqual(['x', 'unused']);
    expect(removeDeadCode(model).modified).toBe(false);
  });

  test('what only a dead part of a subgraph reads goes with it', () => {
    const branch = (dead: boolean): ReturnType<typeof create<typeof GraphProtoSchema>> => {
      const inner = create(GraphProtoSchema, {
        name: 'branch',
        node: [{ opType: 'Neg', input: ['live'], output: [`out_${dead}`], name: `neg_${dead}` }],
        output: [{ name: `out_${dead}` }],
      });
      if (dead)
        inner.node.push(
          ...create(GraphProtoSchema, { node: [{ opType: 'Abs', input: ['dead'], output: ['d'] }] }).node,
        );
      return inner;
    };
    const b = new GraphBuilder();
    const condition = b.input('c', 'bool', []);
    const input = b.input('x', 'float32', [2, 3]);
    b.op('Relu', [input], {}, { outputs: ['live'] });
    b.op('Exp', [input], {}, { outputs: ['dead'] });
    b.output(b.op('If', [condition], { then_branch: branch(true), else_branch: branch(false) }), 'y');
    const model = b.build(13);
    expect(model.graph.value('dead')?.uses).toHaveLength(1);
    expect(model.graph.value('live')?.uses).toHaveLength(2);
    removeDeadCode(model);
    expect(ops(model)).toEqual(['Relu', 'If']);
  });
});

test('unshare gives one use its own constant and leaves the others', () => {
  const b = new GraphBuilder();
  const input = b.input('x', 'float32', [2, 3]);
  const shared = b.constant(random([3]), 'w');
  b.output(b.op('Mul', [b.op('Add', [input, shared]), shared]), 'y');
  const own = unshare(shared.uses[1]!);
  expect([shared.uses.length, own.uses.length, own.name]).toEqual([1, 1, 'w_1']);
  expect(own.initializer?.rawData).toBe(shared.initializer?.rawData);
  expect(unshare(own.uses[0]!)).toBe(own);
});

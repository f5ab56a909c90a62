import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { buildModel } from '../../../src/onnx/model.ts';
import { plainNames } from '../../../src/onnx/passes/plain-names.ts';
import { type GraphProto, GraphProtoSchema } from '../../../src/onnx/proto.ts';
import { random, runModel } from '../ort.ts';

/** x -> outer; an If before it of which each branch computes a value of its own by the same name. */
function hiding() {
  const branch = (op: string): GraphProto =>
    create(GraphProtoSchema, {
      name: op,
      node: [
        { opType: op, name: op, input: ['x'], output: ['outer'] },
        { opType: 'Identity', name: `${op}_end`, input: ['outer'], output: [`${op}_y`] },
      ],
      output: [{ name: `${op}_y` }],
    });
  return buildModel((b) => {
    const x = b.input('x', 'float32', [2]);
    const condition = b.input('condition', 'bool', []);
    const outer = b.op('Abs', [b.op('Sin', [x])], {}, { outputs: ['outer'] });
    const chosen = b.op('If', [condition], { then_branch: branch('Neg'), else_branch: branch('Relu') });
    b.output(b.op('Add', [outer, chosen]), 'sum', { type: 'float32', dims: [2] });
  }, 17).clone();
}

test.each([1, 0])(
  'what hides a value of the graph around gets another name, and computes the same: branch %i',
  async (taken) => {
    const feeds = { x: random([2], 5), condition: { type: 'bool', dims: [], data: Uint8Array.of(taken) } as const };
    const model = hiding();
    const before = await runModel(model, feeds);
    expect(plainNames(model).modified).toBe(true);
    // Now that it is hidden nowhere, it can be looked at.
    model.graph.addOutput(model.graph.value('outer')!);
    const after = await runModel(model, feeds);
    expect(after['sum']).toEqual(before['sum']);
    expect(after).toHaveProperty('outer');
    expect(plainNames(model).modified).toBe(false);
  },
);

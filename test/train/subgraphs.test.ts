import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildModel, GraphBuilder, modelToBytes } from '../../src/onnx/model.ts';
import type { GraphProto } from '../../src/onnx/proto.ts';
import type { Value } from '../../src/onnx/value.ts';
import { quantizeStatic } from '../../src/quantize/static/static.ts';
import type { Tensor } from '../../src/tensor.ts';
import { quantizeQat } from '../../src/train/qat.ts';
import { ints } from '../onnx/ort.ts';
import { runOptimized, sqnrOf } from '../quantize/helpers.ts';
import { normal } from '../quantize/static/helpers.ts';
import { writeStore } from '../runtime/store-file.ts';
import { qatRequest, scratch } from './support.ts';

const shape = ['batch', 24];

/** A graph in a node that reads `hidden` of the graph around it, which is no input of it. */
function body(fill: (b: GraphBuilder, hidden: Value) => void): GraphProto {
  const builder = new GraphBuilder('body');
  const hidden = builder.input('hidden', 'float32', shape);
  fill(builder, hidden);
  const graph = builder.build(17).proto.graph!;
  graph.input = graph.input.filter(({ name }) => name !== 'hidden');
  return graph;
}

const branch = (op: string): GraphProto => body((b, hidden) => b.output(b.op(op, [hidden]), `${op}_y`));

const readers: Readonly<Record<string, (b: GraphBuilder, condition: Value, x: Value) => Value>> = {
  If: (b, condition) =>
    b.op('If', [condition], { then_branch: branch('Tanh'), else_branch: branch('Neg') }, { name: 'reader' }),
  Loop: (b, condition, x) => {
    const graph = body((inner, hidden) => {
      inner.input('step', 'int64', []);
      const proceed = inner.input('proceed', 'bool', []);
      const sum = inner.input('sum', 'float32', shape);
      inner.output(inner.op('Identity', [proceed]), 'proceed_y', { type: 'bool', dims: [] });
      inner.output(inner.op('Add', [sum, inner.op('Tanh', [hidden])]), 'sum_y', { type: 'float32', dims: shape });
    });
    return b.op('Loop', [b.constant(ints([2], [])), condition, x], { body: graph }, { name: 'reader' });
  },
  Scan: (b, _, x) => {
    const graph = body((inner, hidden) => {
      const sum = inner.input('sum', 'float32', shape);
      const factor = inner.input('factor', 'float32', [1]);
      const more = inner.op('Mul', [factor, hidden]);
      inner.output(inner.op('Add', [sum, more]), 'sum_y', { type: 'float32', dims: shape });
    });
    const factors = b.constant(normal([3, 1], 40));
    return b.op('Scan', [x, factors], { body: graph, num_scan_inputs: 1 }, { name: 'reader' });
  },
};

test.each(Object.keys(readers))(
  'what the %s reads of the graph around it is trained behind it, not before',
  async (op) => {
    const model = buildModel((b) => {
      const gemm = (x: Value, outputs: number, seed: number) => {
        const weight = b.constant(normal([outputs === 24 && seed === 1 ? 16 : 24, outputs], seed, 0.2), `w${seed}`);
        return b.op('Gemm', [x, weight], {}, { name: `layer${seed}` });
      };
      const relu = (x: Value) => b.op('Relu', [x]);
      const hidden = relu(gemm(relu(gemm(b.input('x', 'float32', ['batch', 16]), 24, 1)), 24, 2));
      b.graph.rename(hidden, 'hidden');
      const beside = relu(gemm(hidden, 24, 3));
      const read = readers[op]!(b, b.input('condition', 'bool', []), beside);
      b.output(gemm(relu(gemm(b.op('Add', [read, beside]), 24, 4)), 6, 5), 'y', {
        type: 'float32',
        dims: ['batch', 6],
      });
      // As it is read from a file: the bodies' reads of outer values are connected.
    }, 17).clone();
    const row = (seed: number): { [name: string]: Tensor } => ({
      x: normal([1, 16], seed),
      condition: { type: 'bool', dims: [], data: Uint8Array.of(seed % 2) },
    });
    const folder = scratch();
    const rows = Array.from({ length: 64 }, (_, i) => row(i + 11));
    const store = writeStore(join(folder, 'rows.feeds'), rows);
    const request = await qatRequest(model, store, folder);
    const start = await quantizeStatic({ ...request, workDir: join(folder, 'level2') });
    const { model: trained, training, notes } = await quantizeQat({ ...request, start, task: 'generic' });
    const why = `${op} has no gradient (node reader)`;
    expect(training.untrained).toEqual(
      expect.arrayContaining(['layer1', 'layer2'].map((node) => ({ node, op: 'Gemm', why }))),
    );
    expect(notes).toContain(`Not trained through: ${why}.`);
    expect(training.steps).toBeGreaterThan(0);
    expect(modelToBytes(trained)).not.toEqual(modelToBytes(start.model));
    for (const seed of [1001, 1002]) {
      const wanted = await runOptimized(model, row(seed));
      expect(sqnrOf(wanted, await runOptimized(trained, row(seed)))).toBeGreaterThan(8);
    }
  },
  120_000,
);

import { describe, expect, it } from 'vitest';
import { buildModel, type GraphBuilder, type OnnxModel } from '../../../src/onnx/model.ts';
import { DataType, type GraphProto } from '../../../src/onnx/proto.ts';
import type { Value } from '../../../src/onnx/value.ts';
import { reportNodes } from '../../../src/quantize/static/report-nodes.ts';
import { StaticRun } from '../../../src/quantize/static/run.ts';
import { quantizedHeads } from '../../../src/quantize/static/sensitivity.ts';
import { quantize } from '../../../src/quantize/static/static.ts';
import { placementOf } from '../helpers.ts';
import { type Inputs, normal, outputSqnr, quantizeWith, requestOf } from './helpers.ts';

const image = { type: 'float32', dims: ['batch', 8, 12, 12] } as const;

function conv(b: GraphBuilder, x: Value, w: Value, name: string): Value {
  return b.op('Relu', [b.op('Conv', [x, w], { pads: [1, 1, 1, 1] }, { name })], {}, { name: `${name}_relu` });
}

const weight = (b: GraphBuilder, name: string, seed: number, from = 8): Value =>
  b.constant(normal([8, from, 3, 3], seed, 1 / Math.sqrt(9 * from)), name);

/** A graph that reads `stem`, `shift` and `shared` of the graph around it. */
function branch(name: string, seed: number): GraphProto {
  const graph = buildModel((b) => {
    const stem = b.input('stem', image.type, image.dims);
    const shared = b.input('shared', 'float32', [8, 8, 3, 3]);
    const shift = b.input('shift', 'float32', [1, 8, 1, 1]);
    const shifted = b.op('Sub', [shift, stem], {}, { name: `${name}_sub` });
    const own = conv(b, shifted, weight(b, `${name}_w`, seed), name);
    b.output(conv(b, own, shared, `${name}_shared`), `${name}_y`);
  }).proto.graph!;
  graph.input = [];
  return graph;
}

/** A convolution, and behind it one of two networks, which share a weight; what they return is convolved once more. */
const network = (): OnnxModel =>
  buildModel((b) => {
    const x = b.input('x', 'float32', ['batch', 3, 12, 12]);
    const stem = conv(b, x, weight(b, 'stem_w', 1, 3), 'stem_conv');
    b.graph.rename(stem, 'stem');
    weight(b, 'shared', 2);
    b.constant(normal([1, 8, 1, 1], 6), 'shift');
    const condition = b.input('condition', 'bool', []);
    const chosen = b.op(
      'If',
      [condition],
      { then_branch: branch('then', 3), else_branch: branch('other', 4) },
      { name: 'choice' },
    );
    b.output(conv(b, chosen, weight(b, 'last_w', 5), 'last'), 'y', image);
    // As it is read from a file: the branches' reads of outer values are connected.
  }, 13).clone();

const sample = (seed: number, taken: boolean): Inputs => ({
  x: normal([1, 3, 12, 12], seed),
  condition: { type: 'bool', dims: [], data: Uint8Array.of(taken ? 1 : 0) },
});

const samples = (taken: (index: number) => boolean): Inputs[] =>
  Array.from({ length: 8 }, (_, index) => sample(index + 1, taken(index)));

describe('what an If holds', () => {
  it('runs in integer kernels, each branch with ranges from the samples that take it', async () => {
    const source = network();
    const { model, nodes, notes } = await quantizeWith(
      source,
      samples((index) => index % 2 === 0),
      {
        target: 'cpu-x64-vnni',
      },
    );
    const convolutions = nodes.filter(({ op }) => op === 'Conv');
    expect(convolutions.map(({ node }) => node).sort()).toEqual(
      ['last', 'other', 'other_shared', 'stem_conv', 'then', 'then_shared'].sort(),
    );
    expect(convolutions.every(({ quantized }) => quantized)).toBe(true);
    expect(notes.filter((note) => note.includes('on 4 samples'))).toHaveLength(2);
    const { kernels } = await placementOf(source, model, nodes);
    expect(kernels).toMatchObject({ If: 1, QLinearConv: 6 });
    for (const taken of [true, false]) {
      const [sqnr] = await outputSqnr(source, model, [sample(20, taken), sample(21, taken)], 'cpu-x64-vnni');
      expect(sqnr).toBeGreaterThan(25);
    }
    // No value of a branch hides one of the graph around it, and the weight that both read is not left there in FP32.
    const outer = new Set(model.graph.values.map(({ name }) => name));
    const { subgraphs } = model.graph.nodes.find((node) => node.is('If'))!;
    expect(subgraphs.flatMap(({ values }) => values.filter(({ name }) => outer.has(name)))).toEqual([]);
    expect(outer).not.toContain('shared');
    // What no integer kernel reads is read where it was.
    expect(model.graph.value('shift')!.uses).toHaveLength(2);
  });

  it('stores the integers of a weight that both branches read once, whatever is tried for accuracy', async () => {
    const source = network();
    const taken = samples((index) => index % 2 === 0);
    for (const recover of ['none', 'auto'] as const) {
      const { model } = await quantizeWith(source, taken, { observer: 'auto', recover, target: 'cpu-x64-vnni' });
      const integers = [...model.graph.allGraphs()].flatMap((graph) =>
        graph.initializers.filter(({ initializer }) => initializer!.dims.map(Number).join() === '8,8,3,3'),
      );
      expect(integers.map(({ initializer }) => initializer!.dataType)).toEqual(Array(4).fill(DataType.INT8));
      expect(
        integers
          .filter(({ graph }) => graph === model.graph)
          .map(({ uses }) => uses.length)
          .sort(),
      ).toEqual([1, 2]);
      const { kernels } = await placementOf(source, model, []);
      expect(kernels).toMatchObject({ If: 1, QLinearConv: 6 });
      const [sqnr] = await outputSqnr(source, model, [sample(20, true), sample(21, false)], 'cpu-x64-vnni');
      expect(sqnr).toBeGreaterThan(25);
    }
  });

  it('is stored as integers alone where no sample takes a branch, and the report says so', async () => {
    const source = network();
    const { model, nodes, notes } = await quantizeWith(
      source,
      samples(() => true),
      { target: 'cpu-x64-vnni' },
    );
    expect(notes).toContainEqual(expect.stringContaining('No calibration sample takes the else branch of choice'));
    expect(nodes).toContainEqual(
      expect.objectContaining({
        node: 'other',
        quantized: false,
        why: expect.stringContaining('no calibration sample'),
      }),
    );
    expect(nodes).toContainEqual(expect.objectContaining({ node: 'then', quantized: true }));
    const other = model.graph.nodes.find((node) => node.is('If'))!.subgraph('else_branch')!;
    expect(other.initializers.map(({ initializer }) => initializer!.dataType)).toContain(DataType.INT8);
    for (const taken of [true, false]) {
      const [sqnr] = await outputSqnr(source, model, [sample(20, taken)], 'cpu-x64-vnni');
      expect(sqnr).toBeGreaterThan(25);
    }
  });

  it('stays as it is where the policy keeps the If in FP32', async () => {
    const { model, nodes } = await quantizeWith(
      network(),
      samples(() => true),
      { 'keep-float': ['choice'] },
    );
    const { subgraphs } = model.graph.nodes.find((node) => node.is('If'))!;
    const types = subgraphs.flatMap(({ initializers }) => initializers.map(({ initializer }) => initializer!.dataType));
    expect(types).toEqual([DataType.FLOAT, DataType.FLOAT]);
    expect(nodes).toContainEqual({
      node: 'then',
      op: 'Conv',
      quantized: false,
      why: 'kept in float by the policy (choice)',
    });
  });

  it('counts as one node, which a search for nodes to keep in FP32 may take back', async () => {
    const source = network();
    const run = await StaticRun.start(
      await requestOf(
        source,
        samples((index) => index % 2 === 0),
      ),
    );
    try {
      const { recipe } = await quantize(run);
      expect(quantizedHeads(run, recipe)).toContainEqual({ node: 'choice', op: 'If' });
      const kept = new Map([['choice', 'kept in FP32']]);
      const weights = (made: OnnxModel) =>
        made.graph.nodes
          .find((node) => node.is('If'))!
          .subgraphs.flatMap((graph) => graph.initializers.map(({ initializer }) => initializer!.dataType));
      const float = run.emit({ ...recipe, floatNodes: kept });
      expect(weights(float.model)).toEqual([DataType.FLOAT, DataType.FLOAT]);
      expect(reportNodes(float.plan, float.rest, float.subgraphs)).toContainEqual(
        expect.objectContaining({ node: 'then', quantized: false, why: expect.stringContaining('kept in FP32') }),
      );
      const stored = run.emit({ ...recipe, slowNodes: kept });
      expect(weights(stored.model)).toContain(DataType.INT8);
      for (const { model } of [float, stored]) {
        const { kernels } = await placementOf(source, model, []);
        expect(kernels).toMatchObject({ QLinearConv: 2 });
      }
    } finally {
      await run.close();
    }
  });

  it('gives the same bytes twice', async () => {
    const made = await Promise.all(
      [1, 2].map(async () => {
        const { model } = await quantizeWith(
          network(),
          samples((index) => index % 2 === 0),
        );
        return JSON.stringify(model.proto, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
      }),
    );
    expect(made[0]).toBe(made[1]);
  });
});

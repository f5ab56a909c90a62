import type { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { GraphBuilder, type OnnxModel } from '../../../src/onnx/model.ts';
import { CONVERTERS } from '../../../src/onnx/opset/converters.ts';
import { VERSIONS } from '../../../src/onnx/opset/versions.ts';
import { upgradeOpset } from '../../../src/onnx/passes/upgrade-opset.ts';
import type { GraphProtoSchema } from '../../../src/onnx/proto.ts';
import type { Value } from '../../../src/onnx/value.ts';
import { expectSame, type Feeds, ints, random, runModel } from '../ort.ts';

interface Case {
  /** The changes of definition that it passes. */
  changes: string[];
  name?: string;
  from: number;
  /** Default 13, 18, 21 and 25. */
  to?: number[];
  dims?: number[];
  build: (b: GraphBuilder, x: Value) => Value;
  /** Operators after conversion to the first of `to`. */
  ops?: string[];
  tolerance?: number;
}

const reductions = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'].map((name): Case => {
  const op = `Reduce${name}`;
  return {
    changes: [`${op}@18`],
    from: 11,
    to: [18, 21],
    dims: [2, 3, 4],
    build: (b, x) => b.op(op, [b.op('Abs', [x])], { axes: [1, -1] }),
  };
});

const softmaxes = ['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((op): Case[] => [
  {
    changes: [`${op}@13`],
    name: 'flattening',
    from: 11,
    dims: [2, 3, 4],
    build: (b, x) => b.op(op, [x], { axis: 1 }),
    ops: ['Flatten', op, 'Shape', 'Reshape'],
  },
  {
    changes: [`${op}@13`],
    name: 'default axis',
    from: 7,
    dims: [2, 3, 4],
    build: (b, x) => b.op(op, [x]),
    ops: ['Flatten', op, 'Shape', 'Reshape'],
  },
  {
    changes: [`${op}@13`],
    name: 'last axis',
    from: 9,
    dims: [2, 3, 4],
    build: (b, x) => b.op(op, [x], { axis: 2 }),
    ops: [op],
  },
  {
    changes: [`${op}@13`],
    name: 'ones behind the axis',
    from: 9,
    dims: [2, 3, 1, 1],
    build: (b, x) => b.op(op, [x], { axis: 1 }),
    ops: [op],
  },
  {
    changes: [`${op}@13`],
    name: 'rank known by inference',
    from: 9,
    dims: [2, 3, 4],
    build: (b, x) => b.op(op, [b.op('MatMul', [x, b.op('Transpose', [x], { perm: [0, 2, 1] })])], { axis: 2 }),
    ops: ['Transpose', 'MatMul', op],
  },
  {
    changes: [`${op}@13`],
    name: 'negative axis',
    from: 11,
    dims: [2, 3, 4],
    build: (b, x) => b.op(op, [b.op('Relu', [x])], { axis: -2 }),
    ops: ['Relu', 'Flatten', op, 'Shape', 'Reshape'],
  },
]);

const image = [1, 2, 4, 4];
const cases: Case[] = [
  ...reductions,
  ...softmaxes,
  {
    changes: ['ReduceMean@18'],
    name: 'all axes',
    from: 8,
    dims: [2, 3],
    build: (b, x) => b.op('ReduceMean', [x], { keepdims: 0 }),
  },
  {
    changes: ['ReduceSum@13'],
    from: 11,
    dims: [2, 3, 4],
    build: (b, x) => b.op('ReduceSum', [x], { axes: [2], keepdims: 0 }),
  },
  { changes: ['Squeeze@13'], from: 8, dims: [2, 1, 3, 1], build: (b, x) => b.op('Squeeze', [x], { axes: [1] }) },
  { changes: ['Squeeze@13'], name: 'all', from: 8, dims: [2, 1, 3, 1], build: (b, x) => b.op('Squeeze', [x]) },
  { changes: ['Unsqueeze@13'], from: 8, dims: [2, 3], build: (b, x) => b.op('Unsqueeze', [x], { axes: [0, 3] }) },
  {
    changes: ['Split@13'],
    from: 11,
    dims: [2, 5],
    build: (b, x) =>
      b.op('Concat', b.ops('Split', [x], { axis: 1, split: [2, 3] }, { outputs: 2 }).reverse(), { axis: 1 }),
  },
  {
    changes: ['Split@18'],
    from: 11,
    to: [13, 18, 21],
    dims: [2, 6],
    build: (b, x) => b.op('Concat', b.ops('Split', [x], { axis: 1 }, { outputs: 3 }).reverse(), { axis: 1 }),
  },
  {
    changes: ['BatchNormalization@9', 'BatchNormalization@14'],
    from: 7,
    to: [9, 13, 15, 21],
    dims: [2, 3, 4, 4],
    build: (b, x) => {
      const [scale, bias, mean] = [1, 2, 3].map((seed) => b.constant(random([3], seed)));
      const variance = b.constant([0.5, 1, 2]);
      return b.op('BatchNormalization', [x, scale, bias, mean, variance], { spatial: 1, epsilon: 1e-3 });
    },
  },
  { changes: ['Clip@11'], from: 7, dims: [9], build: (b, x) => b.op('Clip', [x], { min: 0, max: 0.5 }) },
  { changes: ['Clip@11'], name: 'max alone', from: 7, dims: [9], build: (b, x) => b.op('Clip', [x], { max: 0.5 }) },
  { changes: ['Clip@11'], name: 'no bounds', from: 7, dims: [9], build: (b, x) => b.op('Clip', [x]) },
  {
    changes: ['Clip@11'],
    name: 'float16, which ONNX Runtime computes in float32 before opset 12',
    from: 7,
    dims: [9],
    tolerance: 1e-4,
    build: (b, x) =>
      b.op('Cast', [b.op('Clip', [b.op('Relu', [b.op('Cast', [x], { to: 10 })])], { min: -7e4, max: 0.3 })], { to: 1 }),
  },
  {
    changes: ['Clip@11'],
    name: 'type known from another input',
    from: 7,
    dims: [9],
    build: (b, x) =>
      b.op('Clip', [b.op('Sub', [b.op('Tile', [b.constant([1]), b.constant(ints([9]))]), x])], { min: 0 }),
  },
  {
    changes: ['Dropout@10', 'Dropout@12'],
    from: 7,
    dims: [9],
    build: (b, x) => b.ops('Dropout', [x], { ratio: 0.3 }, { outputs: 2 })[0]!,
  },
  {
    changes: ['DFT@20'],
    from: 17,
    to: [20, 21],
    dims: [1, 8, 4, 1],
    build: (b, x) => b.op('DFT', [x], { axis: 2 }),
  },
  {
    changes: ['DFT@20'],
    name: 'default axis',
    from: 17,
    to: [20],
    dims: [1, 8, 4, 1],
    build: (b, x) => b.op('DFT', [x]),
  },
  ...['bilinear', 'nearest', 'bicubic'].map(
    (mode): Case => ({
      changes: ['GridSample@20'],
      name: mode,
      from: 16,
      to: [20, 21],
      dims: image,
      build: (b, x) => b.op('GridSample', [x, b.constant(random([1, 3, 3, 2], 4))], { mode }),
    }),
  ),
  {
    changes: ['Pad@11'],
    from: 7,
    dims: image,
    build: (b, x) => b.op('Pad', [x], { pads: [0, 0, 1, 2, 0, 0, 3, 0], value: 0.5 }),
  },
  {
    changes: ['Pad@11'],
    name: 'float64',
    from: 7,
    dims: [9],
    build: (b, x) =>
      b.op('Cast', [b.op('Pad', [b.op('Cast', [x], { to: 11 })], { pads: [1, 0], value: 0.1 })], { to: 1 }),
  },
  {
    changes: ['Pad@11'],
    name: 'reflect',
    from: 7,
    dims: image,
    build: (b, x) => b.op('Pad', [x], { pads: [0, 0, 1, 2, 0, 0, 1, 0], mode: 'reflect' }),
  },
  {
    changes: ['Resize@11', 'Resize@13'],
    name: 'nearest, larger',
    from: 10,
    to: [11, 13, 18, 21],
    dims: image,
    build: (b, x) => b.op('Resize', [x, b.constant([1, 1, 1.5, 2.25])], { mode: 'nearest' }),
  },
  {
    changes: ['Resize@11'],
    name: 'nearest, smaller',
    from: 10,
    to: [11, 13, 21],
    dims: [1, 2, 9, 9],
    build: (b, x) => b.op('Resize', [x, b.constant([1, 1, 0.7, 0.45])], { mode: 'nearest' }),
  },
  {
    changes: ['Resize@11'],
    name: 'linear',
    from: 10,
    to: [11, 13, 21],
    dims: image,
    build: (b, x) => b.op('Resize', [x, b.constant([1, 1, 1.5, 0.75])], { mode: 'linear' }),
  },
  ...['floor', 'round_prefer_floor'].flatMap((nearest_mode) =>
    [
      [2, 2],
      [3, 1.5],
      [0.5, 0.75],
    ].map(
      (scales): Case => ({
        changes: ['Resize@13'],
        name: `TensorFlow's half pixels, ${nearest_mode}, ${scales}`,
        from: 11,
        dims: image,
        build: (b, x) =>
          b.op('Resize', [x, b.constant([]), b.constant([1, 1, ...scales])], {
            coordinate_transformation_mode: 'tf_half_pixel_for_nn',
            nearest_mode,
          }),
      }),
    ),
  ),
  {
    changes: ['Resize@13'],
    name: 'by sizes',
    from: 11,
    dims: image,
    build: (b, x) => {
      const empty = b.constant([]);
      return b.op('Resize', [x, empty, empty, b.constant(ints([1, 2, 7, 9]))], {
        mode: 'cubic',
        coordinate_transformation_mode: 'align_corners',
      });
    },
  },
  {
    changes: ['RoiAlign@16'],
    from: 10,
    to: [16, 21],
    dims: [1, 2, 8, 8],
    build: (b, x) => {
      const boxes = b.constant({ type: 'float32', dims: [1, 4], data: Float32Array.of(1, 1, 5, 6) });
      return b.op('RoiAlign', [x, boxes, b.constant(ints([0]))], {
        output_height: 3,
        output_width: 3,
        spatial_scale: 1,
      });
    },
  },
  {
    changes: ['Scatter@11'],
    from: 9,
    dims: [2, 3],
    build: (b, x) => b.op('Scatter', [x, b.constant(ints([0, 2], [1, 2])), b.constant(random([1, 2]))], { axis: 1 }),
    ops: ['ScatterElements'],
  },
  {
    changes: ['Slice@10'],
    from: 7,
    dims: [4, 5],
    build: (b, x) => b.op('Slice', [x], { starts: [1, -2], ends: [3, 1000] }),
  },
  {
    changes: ['Slice@10'],
    name: 'to the end as the largest integer',
    from: 9,
    dims: [4, 5],
    build: (b, x) => b.op('Slice', [x], { starts: [1], ends: { ints: [2n ** 63n - 1n] }, axes: [1] }),
  },
  {
    changes: ['Slice@10'],
    name: 'axes',
    from: 9,
    dims: [4, 5],
    build: (b, x) => b.op('Slice', [x], { starts: [1], ends: [-1], axes: [1] }),
  },
  {
    changes: ['TopK@10'],
    from: 7,
    dims: [3, 5],
    build: (b, x) => b.ops('TopK', [x], { k: 2, axis: 1 }, { outputs: 2 })[0]!,
  },
  {
    changes: ['Upsample@9', 'Upsample@10'],
    from: 7,
    to: [9, 10, 11, 13, 21],
    dims: image,
    build: (b, x) => b.op('Upsample', [x], { scales: [1, 1, 2, 3], mode: 'nearest' }),
  },
  {
    changes: ['Upsample@10'],
    name: 'linear',
    from: 9,
    dims: image,
    build: (b, x) => b.op('Upsample', [x, b.constant([1, 1, 2, 2])], { mode: 'linear' }),
    ops: ['Resize'],
  },
  {
    changes: ['Upsample@10'],
    name: 'scales computed in the graph',
    from: 9,
    dims: image,
    build: (b, x) => b.op('Upsample', [x, b.op('Mul', [b.constant([1, 1, 2, 2]), b.constant(1)])], { mode: 'nearest' }),
  },
];

/** Changes that always stop. */
const REFUSED = ['GroupNormalization@21', 'Scan@9'];

describe.each(cases)('$changes $name', ({ from, to = [13, 18, 21, 25], dims = [2, 3], build, ops, tolerance }) => {
  const make = (): OnnxModel => {
    const b = new GraphBuilder();
    b.output(build(b, b.input('x', 'float32', dims)), 'y');
    return b.build(from);
  };
  const feeds = { x: random(dims, 77) };

  test.each(to)(`opset ${from} to %i computes the same`, async (target) => {
    const model = make();
    const upgraded = model.clone();
    expect(upgradeOpset(upgraded, target).modified).toBe(true);
    expect(upgraded.opset()).toBe(target);
    if (ops && target === to[0]) expect(upgraded.graph.nodes.map((node) => node.op)).toEqual(ops);
    expectSame(await runModel(upgraded, feeds), await runModel(model, feeds), tolerance);
  });
});

test('every converter is tested, and belongs to a version in which its operator changed', () => {
  const tested = new Set([...cases.flatMap(({ changes }) => changes), ...REFUSED]);
  expect(Object.keys(CONVERTERS).filter((change) => !tested.has(change))).toEqual([]);
  for (const change of Object.keys(CONVERTERS)) {
    const [op, version] = change.split('@') as [string, string];
    expect(VERSIONS[op], change).toContain(Number(version));
  }
});

test('a newer model is left alone', () => {
  const b = new GraphBuilder();
  b.output(b.op('Relu', [b.input('x')]), 'y');
  expect(upgradeOpset(b.build(21), 13).modified).toBe(false);
});

test('recurrent operators from opset 7', async () => {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', [3, 2, 4]);
  const gru = b.op('GRU', [x, b.constant(random([1, 15, 4])), b.constant(random([1, 15, 5]))], {
    hidden_size: 5,
    linear_before_reset: 1,
  });
  const flat = b.op('Squeeze', [gru], { axes: [1] });
  b.output(
    b.op('LSTM', [flat, b.constant(random([1, 12, 5])), b.constant(random([1, 12, 3]))], { hidden_size: 3 }),
    'y',
  );
  const model = b.build(7);
  const upgraded = model.clone();
  upgradeOpset(upgraded, 21);
  const feeds = { x: random([3, 2, 4], 7) };
  expectSame(await runModel(upgraded, feeds), await runModel(model, feeds));
});

test('subgraphs are converted with constants of their own', async () => {
  const branch = (value: number): ReturnType<typeof create<typeof GraphProtoSchema>> => {
    const inner = new GraphBuilder('branch');
    const constant = inner.constant({ type: 'float32', dims: [1, 2, 3], data: new Float32Array(6).fill(value) });
    inner.output(inner.op('Squeeze', [constant], { axes: [0] }, { outputs: [`out_${value}`] }));
    inner.graph.sync();
    inner.graph.proto.initializer[0]!.name = `constant_${value}`;
    inner.graph.proto.node[0]!.input[0] = `constant_${value}`;
    return inner.graph.proto;
  };
  const b = new GraphBuilder();
  const chosen = b.op('If', [b.input('c', 'bool', [])], { then_branch: branch(1), else_branch: branch(2) });
  b.output(b.op('Clip', [b.op('Add', [chosen, b.input('x', 'float32', [2, 3])])], { min: 0 }), 'y');
  const model = b.build(9);
  const upgraded = model.clone();
  upgradeOpset(upgraded, 21);
  for (const value of [0, 1]) {
    const feeds: Feeds = { x: random([2, 3], 3), c: { type: 'bool', dims: [], data: Uint8Array.of(value) } };
    expectSame(await runModel(upgraded, feeds), await runModel(model, feeds));
  }
});

test('a model that uses operators of other domains alone needs nothing converted', async () => {
  const b = new GraphBuilder();
  b.output(b.op('Normalizer', [b.input('x', 'float32', [2, 4])], { norm: 'MAX' }, { domain: 'ai.onnx.ml' }), 'y');
  const model = b.build(13, { domains: { 'ai.onnx.ml': 1 } });
  model.proto.opsetImport = model.proto.opsetImport.filter(({ domain }) => domain !== '');
  const upgraded = model.clone();
  expect(upgradeOpset(upgraded, 13).modified).toBe(true);
  const feeds = { x: random([2, 4], 1) };
  expectSame(await runModel(upgraded, feeds), await runModel(model, feeds));
});

describe('stops with the node, the reason and a cure', () => {
  const stops = (from: number, fill: (b: GraphBuilder, x: Value) => Value): (() => unknown) => {
    const b = new GraphBuilder();
    b.output(fill(b, b.input('x', 'float32', [1, 2, 4, 4])), 'y');
    return () => upgradeOpset(b.build(from), 21);
  };
  const vectors = (b: GraphBuilder): Value[] => [1, 2, 3, 4].map((seed) => b.constant(random([2, 4, 4], seed)));

  test.each<[string, RegExp, () => unknown]>([
    [
      'BatchNormalization per position',
      /'BatchNormalization' .*spatial=0/,
      stops(7, (b, x) => b.op('BatchNormalization', [x, ...vectors(b)], { spatial: 0 })),
    ],
    [
      'Resize that may shrink',
      /enlarges or shrinks/,
      stops(10, (b, x) => b.op('Resize', [x, b.input('scales', 'float32', [4])])),
    ],
    ['Dropout mask', /mask/, stops(7, (b, x) => b.ops('Dropout', [x], {}, { outputs: 2 })[1]!)],
    ['unknown operator', /'Frobnicate'/, stops(9, (b, x) => b.op('Frobnicate', [x]))],
    ['Clip of integers', /INT64/, stops(9, (b, x) => b.op('Clip', [b.op('Cast', [x], { to: 7 })], { min: 0 }))],
    ['old opset', /opset 6/, stops(6, (b, x) => b.op('Relu', [x]))],
    [
      'GroupNormalization',
      /one a group/,
      stops(18, (b, x) => b.op('GroupNormalization', [x, b.constant([1]), b.constant([1])], { num_groups: 1 })),
    ],
    ['Scan with a batch axis', /Scan.*batch/, stops(8, (b, x) => b.op('Scan', [x], { num_scan_inputs: 1 }))],
    [
      'tf_half_pixel_for_nn',
      /tf_half_pixel/,
      stops(11, (b, x) =>
        b.op('Resize', [x, b.constant([]), b.constant([1, 1, 2, 2])], {
          coordinate_transformation_mode: 'tf_half_pixel_for_nn',
          nearest_mode: 'ceil',
        }),
      ),
    ],
  ])('%s', (_, message, act) => {
    expect(act).toThrow(expect.objectContaining({ name: 'UserError', message: expect.stringMatching(message) }));
  });
});

import { create } from '@bufbuild/protobuf';
import { expect, it } from 'vitest';
import { buildModel, type GraphBuilder, type OnnxModel } from '../../../src/onnx/model.ts';
import { DataType, SparseTensorProtoSchema } from '../../../src/onnx/proto.ts';
import { tensorProto } from '../../../src/onnx/tensor.ts';
import type { Value } from '../../../src/onnx/value.ts';
import type { Tensor } from '../../../src/tensor.ts';
import { ints } from '../../onnx/ort.ts';
import { type Inputs, normal, outputSqnr, quantizeWith } from './helpers.ts';

/** Valid, rare, and nothing that a quantizer may stumble over. */
interface Case {
  build: (b: GraphBuilder, x: Value) => void;
  dims: readonly number[];
  opset?: number;
  feeds?: Inputs;
}

function conv(b: GraphBuilder, x: Value, seed: number): Value {
  const w = b.constant(normal([4, 4, 3, 3], seed, 1 / 6), `w${seed}`);
  return b.op('Conv', [x, w], { pads: [1, 1, 1, 1] }, { name: `conv${seed}` });
}

const weight = (b: GraphBuilder, dims: readonly number[], seed = 1) => b.constant(normal(dims, seed, 0.3));

/** Attention to what came before, by a constant mask that is added to the scores or put in their place. */
const causal = (masked: number, op: 'Add' | 'Where'): Case => ({
  dims: [1, 12, 16],
  build: (b, x) => {
    const project = (seed: number) => b.op('MatMul', [x, weight(b, [16, 16], seed)]);
    const scores = b.op('MatMul', [project(1), b.op('Transpose', [project(2)], { perm: [0, 2, 1] })]);
    const places = Array.from({ length: 144 }, (_, at) => at % 12 > Math.floor(at / 12));
    const mask: Tensor = {
      type: 'float32',
      dims: [12, 12],
      data: Float32Array.from(places, (is) => (is ? masked : 0)),
    };
    const isMasked: Tensor = { type: 'bool', dims: [12, 12], data: Uint8Array.from(places, Number) };
    const rest = op === 'Add' ? [scores, b.constant(mask)] : [b.constant(isMasked), b.constant(masked), scores];
    const weights = b.op('Softmax', [b.op(op, rest)], { axis: -1 });
    b.output(b.op('MatMul', [b.op('MatMul', [weights, project(3)]), weight(b, [16, 16], 4)]), 'y');
  },
});

const image = [1, 4, 8, 8];
const cases: Record<string, Case> = {
  'a mask of the least number that there is': causal(-3.4028234663852886e38, 'Add'),
  'a mask of -10000 in the place of scores': causal(-10_000, 'Where'),
  'a mask of -100': causal(-100, 'Add'),
  'padding with another number than zero': {
    dims: image,
    build: (b, x) => {
      const padded = b.op('Pad', [conv(b, x, 1), b.constant(ints([0, 0, 1, 1, 0, 0, 1, 1])), b.constant(1)]);
      b.output(conv(b, b.op('Relu', [padded]), 2), 'y');
    },
  },
  'such padding in an old operator set': {
    dims: image,
    opset: 10,
    build: (b, x) => {
      const attributes = { pads: [0, 0, 1, 1, 0, 0, 1, 1], value: { float: 1 } };
      b.output(conv(b, b.op('Relu', [b.op('Pad', [conv(b, x, 1)], attributes)]), 2), 'y');
    },
  },
  'a Gemm whose bias is one number': {
    dims: [4, 8],
    build: (b, x) => {
      const first = b.op('Gemm', [x, weight(b, [8, 16]), b.constant([1])]);
      b.output(b.op('Gemm', [first, weight(b, [6, 16], 2), b.constant(-1)], { transB: 1 }), 'y');
    },
  },
  'a product with a stack of matrices and a bias': {
    dims: [2, 3, 8],
    build: (b, x) => {
      const first = b.op('Add', [b.op('MatMul', [x, weight(b, [2, 8, 16])]), weight(b, [16], 2)]);
      b.output(b.op('MatMul', [first, weight(b, [16, 4], 3)]), 'y');
    },
  },
  'a product over nothing': {
    dims: [2, 8],
    build: (b, x) => {
      const none = b.op('Gather', [x, b.constant(ints([]))], { axis: 1 });
      const empty = b.op('MatMul', [none, weight(b, [0, 8])]);
      const product = b.op('MatMul', [empty, weight(b, [8, 8], 2)]);
      b.output(b.op('Add', [product, weight(b, [8], 3)]), 'y');
    },
  },
  'a weight that holds infinity': {
    dims: image,
    build: (b, x) => {
      const infinite = normal([8, 4, 1, 1], 1, 0.3);
      infinite.data[0] = Infinity;
      const first = b.op('Conv', [x, b.constant(infinite)], {}, { name: 'infinite' });
      const finite = b.op('Slice', [first, ...[[4], [8], [1]].map((at) => b.constant(ints(at)))]);
      b.output(conv(b, finite, 2), 'y');
    },
  },
  'numbers of bfloat16 in between': {
    dims: image,
    build: (b, x) => {
      const brain = b.op('Cast', [conv(b, x, 1)], { to: DataType.BFLOAT16 });
      b.output(conv(b, b.op('Cast', [brain], { to: DataType.FLOAT }), 2), 'y');
    },
  },
  'a pooling with a ceil_mode that adds nothing': {
    dims: image,
    build: (b, x) => {
      const attributes = { kernel_shape: [1, 2], pads: [0, 0, 0, 1], strides: [2, 2], ceil_mode: 1 };
      const pooled = b.op('MaxPool', [conv(b, x, 1)], attributes);
      b.output(conv(b, b.op('Relu', [conv(b, pooled, 2)]), 3), 'y');
    },
  },
  'average poolings with dilations, of which some are 1': {
    dims: image,
    opset: 19,
    build: (b, x) => {
      const pooled = b.op('AveragePool', [conv(b, x, 1)], { kernel_shape: [2, 2], dilations: [1, 1] });
      const dilated = b.op('AveragePool', [conv(b, pooled, 2)], { kernel_shape: [2, 2], dilations: [2, 1] });
      b.output(conv(b, dilated, 3), 'y');
    },
  },
  'padding of the axes that it names': {
    dims: image,
    opset: 18,
    build: (b, x) => {
      const first = b.op('Relu', [conv(b, x, 1)]);
      const padded = b.op('Pad', [first, b.constant(ints([1, 2, 0, 1])), undefined, b.constant(ints([-1, -2]))]);
      b.output(conv(b, b.op('Add', [padded, b.op('MaxPool', [padded], { kernel_shape: [1, 1] })]), 2), 'y');
    },
  },
  'resizing of the axes that it names': {
    dims: image,
    opset: 18,
    build: (b, x) => {
      const scales = b.constant([2, 1.5]);
      const larger = b.op('Resize', [conv(b, x, 1), undefined, scales], { axes: [2, 3], mode: 'nearest' });
      const sizes = b.constant(ints([10, 9]));
      const both = b.op('Relu', [conv(b, larger, 2)]);
      const smaller = b.op('Resize', [both, undefined, undefined, sizes], { axes: [-1, -2], mode: 'nearest' });
      b.output(conv(b, smaller, 3), 'y');
    },
  },
  'an optional output that is left out by an empty name': {
    dims: image,
    build: (b, x) => {
      const attributes = { kernel_shape: [2, 2], storage_order: 1 };
      const [pooled] = b.ops('MaxPool', [b.op('Relu', [conv(b, x, 1)])], attributes, { outputs: ['pooled', ''] });
      b.output(conv(b, pooled!, 2), 'y');
    },
  },
  'a mean of integers': {
    dims: image,
    opset: 18,
    build: (b, x) => {
      const levels = b.op('Cast', [b.op('Mul', [conv(b, x, 1), b.constant(50)])], { to: DataType.INT32 });
      b.output(levels, 'levels', { type: 'int32', dims: image });
      const mean = b.op('ReduceMean', [levels, b.constant(ints([2, 3]))]);
      b.output(conv(b, b.op('Cast', [mean], { to: DataType.FLOAT }), 2), 'y');
    },
  },
  'a PRelu of what the model gives too': {
    dims: image,
    build: (b, x) => {
      const first = b.output(conv(b, x, 1), 'z');
      b.output(conv(b, b.op('PRelu', [first, weight(b, [4, 1, 1])]), 2), 'y');
    },
  },
  'a row number that is an index over a width': {
    dims: image,
    build: (b, x) => {
      const indices = b.constant(Array.from({ length: 16 }, (_, i) => 41 * i));
      const flat = b.op('Mul', [
        b.op('Slice', [conv(b, x, 1), ...[0, 1, 0].map((n) => b.constant(ints([n])))]),
        b.constant(0),
      ]);
      const some = b.op('Reshape', [flat, b.constant(ints([16, 16]))]);
      const row = b.op('Div', [b.op('Add', [some, indices]), b.constant(41)]);
      b.output(
        b.op('Cast', [b.op('Squeeze', [b.op('Unsqueeze', [row, b.constant(ints([0]))])])], { to: DataType.INT64 }),
        'row',
      );
      b.output(b.op('Floor', [row]), 'floor');
      b.output(conv(b, conv(b, x, 2), 3), 'y');
    },
  },
  'a recurrent layer that gives its last state alone': {
    dims: image,
    build: (b, x) => {
      const rows = b.op('Reshape', [b.op('Relu', [conv(b, x, 1)]), b.constant(ints([8, 4, 8]))]);
      const inputs = [rows, weight(b, [1, 5, 8]), weight(b, [1, 5, 5], 2)];
      const [, last] = b.ops('RNN', inputs, { hidden_size: 5 }, { outputs: ['', 'last'] });
      b.output(last!);
    },
  },
  'an output of integers with the name of what every object has': {
    dims: image,
    build: (b, x) => {
      b.output(b.op('Shape', [x]), 'toString');
      b.output(conv(b, conv(b, x, 1), 2), 'y');
    },
  },
  'an output that is listed twice': {
    dims: image,
    build: (b, x) => {
      const y = b.output(conv(b, conv(b, x, 1), 2), 'y');
      b.graph.addOutput(y);
    },
  },
  'a branch that reads what has no known rank': {
    dims: [2, 8],
    feeds: { shape: ints([2, 8]), condition: { type: 'bool', dims: [], data: Uint8Array.of(1) } },
    build: (b, x) => {
      const read = b.op('Reshape', [x, b.input('shape', 'int64', ['rank'])], {}, { outputs: ['read'] });
      const branch = (seed: number) => {
        const { proto } = buildModel((inner) => {
          const value = inner.input('read', 'float32', [2, 8]);
          inner.output(
            inner.op('MatMul', [value, weight(inner, [8, 8], seed)], {}, { name: `product${seed}` }),
            `y${seed}`,
          );
        });
        proto.graph!.input = [];
        return proto.graph!;
      };
      const branches = { then_branch: branch(1), else_branch: branch(2) };
      b.output(b.op('Add', [read, b.op('If', [b.input('condition', 'bool')], branches)]), 'y');
    },
  },
};

/** A constant that is zero but for a few numbers. */
function sparse(b: GraphBuilder, [rows, columns]: [number, number]): Value {
  const value = b.constant(0, 'sparse');
  const indices = Array.from({ length: rows }, (_, row) => row * columns + (row % columns));
  value.sparseInitializer = create(SparseTensorProtoSchema, {
    dims: [BigInt(rows), BigInt(columns)],
    values: tensorProto(normal([rows], 5), value.name),
    indices: tensorProto(ints(indices)),
  });
  value.initializer = undefined;
  return value;
}

it('a sparse constant stays float, for a target too that quantizes both operands of a product', async () => {
  const model = buildModel((b) => {
    const first = b.op('MatMul', [b.input('x', 'float32', [2, 32]), weight(b, [32, 32])]);
    b.output(b.op('MatMul', [first, sparse(b, [32, 20])], {}, { name: 'sparse product' }), 'y');
  }).clone();
  const samples = [1, 2].map((seed) => ({ x: normal([2, 32], seed) }));
  const { nodes } = await quantizeWith(model, samples, { target: 'tensorrt' });
  expect(nodes.filter(({ quantized }) => quantized)).toHaveLength(1);
  expect(nodes.find(({ node }) => node === 'sparse product')).toMatchObject({ quantized: false });
});

it('a weight that is an output too is stored once', async () => {
  const model = buildModel((b) => {
    const w = weight(b, [64, 64]);
    const first = b.op('Relu', [b.op('MatMul', [b.input('x', 'float32', [2, 64]), w])]);
    b.output(b.op('MatMul', [first, weight(b, [64, 64], 2)]), 'y');
    b.output(w, 'w');
  }).clone();
  const { model: quantized } = await quantizeWith(model, [{ x: normal([2, 64], 1) }]);
  const matrices = quantized.graph.initializers.filter(({ initializer }) => initializer!.dims.join() === '64,64');
  expect(matrices.map(({ staticInfo }) => staticInfo.type).sort()).toEqual(['float32', 'int8']);
});

const describedOutputs = (model: OnnxModel) => model.proto.graph!.output.map(({ name }) => name);

it.each(Object.entries(cases))('%s', async (_, { build, dims, opset = 17, feeds }) => {
  // As it is read from a file: the branches' reads of outer values are connected.
  const model = buildModel((b) => build(b, b.input('x', 'float32', dims)), opset).clone();
  const samples = [1, 2, 3, 4].map((seed) => ({ x: normal(dims, seed), ...feeds }));
  for (const recover of ['none', 'auto'] as const) {
    const { model: quantized } = await quantizeWith(model, samples, { target: 'cpu-x64-vnni', recover });
    expect(describedOutputs(quantized)).toEqual(describedOutputs(model));
    for (const sqnr of await outputSqnr(model, quantized, samples, 'cpu-x64-vnni')) expect(sqnr).toBeGreaterThan(25);
  }
});

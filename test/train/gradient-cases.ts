import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { AttributeValue } from '../../src/onnx/attributes.ts';
import { GraphBuilder, modelToBytes } from '../../src/onnx/model.ts';
import type { Value } from '../../src/onnx/value.ts';
import { Random } from '../../src/random.ts';
import type { Tensor } from '../../src/tensor.ts';
import { differentiate } from '../../src/train/backward.ts';
import { Emitter, type Shape } from '../../src/train/emitter.ts';
import { ints } from '../onnx/ort.ts';

/** One form of an operator whose gradient is checked. */
export interface Case {
  op: string;
  name?: string;
  /** Shapes of the float inputs that are differentiated, or constants. */
  inputs: (Shape | Tensor)[];
  attributes?: Record<string, AttributeValue>;
  outputs?: number;
  opset?: number;
  /** Values away from the operator's kinks: |x| in this interval, signs random unless positive. */
  range?: [number, number];
  positive?: boolean;
}

export const int64 = (...values: number[]): Tensor => ints(values);
const table = (dims: Shape, values: number[]): Tensor => ({ ...ints(values), dims: [...dims] });
const bools = (dims: Shape, random: Random): Tensor => ({
  type: 'bool',
  dims,
  data: Uint8Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.below(2)),
});

const unary = 'Abs Exp Erf Neg Sin Cos Relu LeakyRelu Sigmoid Tanh Softplus Softsign Elu Selu Celu Identity'.split(' ');
const smooth: [number, number] = [0.1, 1.5];
export const cases: Case[] = [
  ...unary.map((op): Case => ({ op, inputs: [[2, 3, 4]], range: smooth })),
  ...['Log', 'Sqrt', 'Reciprocal'].map((op): Case => ({ op, inputs: [[2, 5]], range: [0.5, 2], positive: true })),
  { op: 'Dropout', inputs: [[2, 5]] },
  { op: 'Cast', inputs: [[2, 5]], attributes: { to: 1 } },
  { op: 'HardSigmoid', inputs: [[3, 5]], range: [0.1, 2] },
  { op: 'HardSwish', inputs: [[3, 5]], range: [0.1, 2.8] },
  { op: 'Mish', inputs: [[3, 5]], range: smooth, opset: 18 },
  { op: 'Gelu', inputs: [[3, 5]], range: smooth },
  { op: 'Gelu', name: 'tanh', inputs: [[3, 5]], attributes: { approximate: 'tanh' }, range: smooth },
  { op: 'Swish', inputs: [[3, 5]], attributes: { alpha: 1.3 }, opset: 24 },
  {
    op: 'PRelu',
    inputs: [
      [2, 3, 4],
      [3, 1],
    ],
    range: smooth,
  },
  {
    op: 'Clip',
    inputs: [
      [4, 5],
      { type: 'float32', dims: [], data: Float32Array.of(-0.5) },
      { type: 'float32', dims: [], data: Float32Array.of(1) },
    ],
    range: [0.55, 0.9],
  },
  ...['Add', 'Sub', 'Mul', 'Div'].map(
    (op): Case => ({
      op,
      name: 'broadcast',
      inputs: [
        [2, 3, 4],
        [3, 1],
      ],
      range: [0.5, 1.5],
    }),
  ),
  ...['Add', 'Mul'].map((op): Case => ({ op, name: 'scalar left', inputs: [[], [2, 2]], range: [0.5, 1.5] })),
  { op: 'Pow', inputs: [[2, 3], [3]], range: [0.5, 1.5], positive: true },
  { op: 'Pow', name: 'square', inputs: [[2, 3], { type: 'float32', dims: [], data: Float32Array.of(2) }] },
  { op: 'Pow', name: 'exponents of integers', inputs: [[2, 3], int64(1, 2, 3)], positive: true },
  {
    op: 'Pow',
    name: 'root',
    inputs: [[2, 3], { type: 'float32', dims: [], data: Float32Array.of(0.5) }],
    positive: true,
  },
  { op: 'Pow', name: 'cube', inputs: [[2, 3], { type: 'float32', dims: [], data: Float32Array.of(3) }] },
  {
    op: 'Min',
    inputs: [
      [4, 3],
      [4, 3],
    ],
  },
  {
    op: 'Max',
    inputs: [
      [4, 3],
      [4, 3],
      [1, 3],
    ],
  },
  { op: 'Sum', inputs: [[4, 3], [3], [1]] },
  { op: 'Mean', inputs: [[4, 3], [3], [1]] },
  { op: 'ThresholdedRelu', inputs: [[3, 4]], attributes: { alpha: 0.05 }, range: smooth },
  { op: 'Where', inputs: [bools([2, 3], new Random(5)), [2, 3], [3]] },
  {
    op: 'MatMul',
    inputs: [
      [3, 4],
      [4, 5],
    ],
  },
  {
    op: 'MatMul',
    name: 'weight',
    inputs: [
      [2, 3, 4],
      [4, 5],
    ],
  },
  {
    op: 'MatMul',
    name: 'batched',
    inputs: [
      [2, 2, 3, 4],
      [2, 1, 4, 5],
    ],
  },
  einsum('ij,jk->ik', [2, 3], [3, 4]),
  einsum('bhid,bhjd->bhij', [2, 2, 3, 4], [2, 2, 5, 4]),
  einsum('bij->bi', [2, 3, 4]),
  einsum('...ij,jk->...ik', [2, 2, 3, 4], [4, 2]),
  einsum('ij,jk', [2, 3], [3, 4]),
  einsum('ai,bi,ci->abc', [2, 3], [3, 3], [2, 3]),
  { op: 'MatMul', name: 'vectors', inputs: [[4], [2, 4, 3]] },
  { op: 'MatMul', name: 'column', inputs: [[2, 3, 4], [4]] },
  ...[0, 1].flatMap((transA) =>
    [0, 1].map(
      (transB): Case => ({
        op: 'Gemm',
        name: `${transA}${transB}`,
        inputs: [transA ? [4, 3] : [3, 4], transB ? [5, 4] : [4, 5], [5]],
        attributes: { transA, transB, alpha: 0.7, beta: 1.3 },
      }),
    ),
  ),
  { op: 'Conv', inputs: [[2, 3, 7, 7], [4, 3, 3, 3], [4]], attributes: { pads: [1, 1, 1, 1] } },
  {
    op: 'Conv',
    name: 'stride, asymmetric pads',
    inputs: [[2, 3, 8, 7], [4, 3, 3, 3], [4]],
    attributes: { strides: [2, 2], pads: [0, 1, 1, 1] },
  },
  {
    op: 'Conv',
    name: 'stride leaves rows unseen',
    inputs: [
      [1, 2, 8, 8],
      [3, 2, 3, 3],
    ],
    attributes: { strides: [3, 3] },
  },
  {
    op: 'Conv',
    name: 'dilated',
    inputs: [
      [1, 2, 9, 9],
      [3, 2, 3, 3],
    ],
    attributes: { dilations: [2, 2], pads: [2, 2, 2, 2] },
  },
  {
    op: 'Conv',
    name: 'large padding',
    inputs: [
      [1, 2, 5, 5],
      [3, 2, 3, 3],
    ],
    attributes: { pads: [3, 3, 3, 3] },
  },
  {
    op: 'Conv',
    name: 'depthwise',
    inputs: [[2, 4, 6, 6], [4, 1, 3, 3], [4]],
    attributes: { group: 4, pads: [1, 1, 1, 1], strides: [2, 2] },
  },
  {
    op: 'Conv',
    name: 'depthwise stride 1',
    inputs: [
      [2, 4, 6, 6],
      [4, 1, 5, 5],
    ],
    attributes: { group: 4, pads: [2, 2, 2, 2] },
  },
  {
    op: 'Conv',
    name: 'depthwise, long rows',
    inputs: [
      [2, 2, 24, 24],
      [2, 1, 3, 3],
    ],
    attributes: { group: 2, pads: [1, 1, 1, 1] },
  },
  {
    op: 'Conv',
    name: 'depth multiplier',
    inputs: [
      [1, 3, 6, 6],
      [6, 1, 3, 3],
    ],
    attributes: { group: 3 },
  },
  {
    op: 'Conv',
    name: 'grouped',
    inputs: [
      [2, 4, 5, 5],
      [6, 2, 3, 3],
    ],
    attributes: { group: 2, pads: [1, 1, 1, 1] },
  },
  {
    op: 'Conv',
    name: 'pointwise',
    inputs: [
      [2, 3, 5, 5],
      [4, 3, 1, 1],
    ],
  },
  {
    op: 'Conv',
    name: 'pointwise stride',
    inputs: [
      [2, 3, 5, 5],
      [4, 3, 1, 1],
    ],
    attributes: { strides: [2, 2] },
  },
  {
    op: 'Conv',
    name: 'SAME_UPPER',
    inputs: [
      [1, 2, 6, 6],
      [3, 2, 3, 3],
    ],
    attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] },
  },
  {
    op: 'Conv',
    name: 'SAME_LOWER',
    inputs: [
      [1, 2, 6, 6],
      [3, 2, 4, 4],
    ],
    attributes: { auto_pad: 'SAME_LOWER' },
  },
  { op: 'Conv', name: '1-D', inputs: [[2, 3, 9], [4, 3, 3], [4]], attributes: { strides: [2], pads: [1, 1] } },
  {
    op: 'Conv',
    name: '3-D',
    inputs: [
      [1, 2, 4, 4, 4],
      [3, 2, 2, 2, 2],
    ],
  },
  {
    op: 'ConvTranspose',
    inputs: [[2, 3, 4, 4], [3, 2, 3, 3], [2]],
    attributes: { strides: [2, 2], pads: [1, 1, 1, 1], output_padding: [1, 1] },
  },
  {
    op: 'ConvTranspose',
    name: 'grouped',
    inputs: [[1, 4, 4, 4], [4, 2, 2, 2], [4]],
    attributes: { strides: [2, 2], group: 2 },
  },
  {
    op: 'ConvTranspose',
    name: 'output padding beyond the windows',
    inputs: [
      [1, 2, 3, 3],
      [2, 2, 2, 2],
    ],
    attributes: { strides: [3, 3], output_padding: [1, 1] },
  },
  { op: 'GlobalAveragePool', inputs: [[2, 3, 4, 5]] },
  { op: 'GlobalMaxPool', inputs: [[2, 3, 4, 5]] },
  {
    op: 'AveragePool',
    inputs: [[1, 2, 6, 6]],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  },
  {
    op: 'AveragePool',
    name: 'padding counted',
    inputs: [[1, 2, 6, 6]],
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
  },
  {
    op: 'AveragePool',
    name: 'ceil',
    inputs: [[1, 2, 6, 6]],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 },
  },
  { op: 'MaxPool', inputs: [[2, 2, 6, 6]], attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] } },
  { op: 'ReduceMean', inputs: [[2, 3, 4], int64(1, 2)] },
  { op: 'ReduceMean', name: 'attribute', inputs: [[2, 3, 4]], attributes: { axes: [-1], keepdims: 0 }, opset: 17 },
  { op: 'ReduceSum', inputs: [[2, 3, 4], int64(-1)], attributes: { keepdims: 0 } },
  { op: 'ReduceMax', inputs: [[2, 3, 4], int64(1)] },
  { op: 'ReduceMin', inputs: [[2, 3, 4], int64(1)], attributes: { keepdims: 0 } },
  { op: 'ReduceL2', inputs: [[2, 3, 4], int64(1)] },
  { op: 'ReduceSumSquare', inputs: [[2, 3, 4], int64(1)] },
  { op: 'Softmax', inputs: [[2, 3, 4]], attributes: { axis: 1 } },
  { op: 'LogSoftmax', inputs: [[2, 5]] },
  {
    op: 'BatchNormalization',
    inputs: [
      [2, 3, 4, 4],
      [3],
      [3],
      { type: 'float32', dims: [3], data: Float32Array.of(0.1, -0.2, 0.3) },
      { type: 'float32', dims: [3], data: Float32Array.of(0.5, 1, 2) },
    ],
  },
  { op: 'LayerNormalization', inputs: [[2, 3, 4], [4], [4]] },
  {
    op: 'LayerNormalization',
    name: 'two axes',
    inputs: [
      [2, 3, 4],
      [3, 4],
      [3, 4],
    ],
    attributes: { axis: 1 },
  },
  { op: 'InstanceNormalization', inputs: [[2, 3, 4, 4], [3], [3]] },
  { op: 'GroupNormalization', inputs: [[2, 4, 3, 3], [4], [4]], attributes: { num_groups: 2 } },
  {
    op: 'GroupNormalization',
    name: 'scale a group',
    inputs: [[2, 4, 3, 3], [2], [2]],
    attributes: { num_groups: 2 },
    opset: 20,
  },
  { op: 'Reshape', inputs: [[2, 6], int64(3, -1)] },
  { op: 'Flatten', inputs: [[2, 3, 2]] },
  { op: 'Squeeze', inputs: [[2, 1, 3], int64(1)] },
  { op: 'Unsqueeze', inputs: [[2, 3], int64(0, 2)] },
  { op: 'Transpose', inputs: [[2, 3, 4]], attributes: { perm: [2, 0, 1] } },
  { op: 'Transpose', name: 'default', inputs: [[2, 3, 4]] },
  {
    op: 'Concat',
    inputs: [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    attributes: { axis: -1 },
  },
  { op: 'Split', inputs: [[2, 6], int64(1, 2, 3)], attributes: { axis: 1 }, outputs: 3 },
  { op: 'Slice', inputs: [[5, 7], int64(1, -4), int64(5, 7), int64(0, 1)] },
  { op: 'Slice', name: 'steps', inputs: [[5, 8], int64(0, 1), int64(9, 9), int64(0, 1), int64(2, 3)] },
  { op: 'Expand', inputs: [[3, 1], int64(2, 3, 4)] },
  { op: 'Tile', inputs: [[2, 3], int64(2, 2)] },
  { op: 'Pad', inputs: [[2, 3], int64(1, 0, 0, 2)] },
  { op: 'Pad', name: 'edge', inputs: [[2, 3], int64(1, 0, 2, 3)], attributes: { mode: 'edge' } },
  { op: 'Pad', name: 'reflect', inputs: [[2, 3, 4], int64(0, 2, 1, 1, 0, 3)], attributes: { mode: 'reflect' } },
  { op: 'Gather', inputs: [[5, 3], { type: 'int64', dims: [2, 2], data: BigInt64Array.of(0n, 3n, 3n, -1n) }] },
  { op: 'Gather', name: 'axis 1', inputs: [[2, 5, 3], int64(4, 1, 1)], attributes: { axis: 1 } },
  // The same place twice, and one counted from the back.
  { op: 'GatherElements', inputs: [[4, 3], table([3, 3], [0, 1, 2, 0, -1, 3, 2, 1, 3])] },
  {
    op: 'GatherElements',
    name: 'axis 1',
    inputs: [[2, 4], table([2, 3], [0, 0, 3, 1, 2, -4])],
    attributes: { axis: 1 },
  },
  { op: 'GatherND', inputs: [[3, 4, 2], table([2, 2, 2], [0, 1, 2, 3, 0, 1, -1, 0])] },
  { op: 'GatherND', name: 'whole numbers', inputs: [[3, 2], table([3, 2], [0, 1, 2, 0, 0, 1])] },
  { op: 'ScatterElements', inputs: [[4, 3], table([2, 3], [0, 1, 2, 3, -1, 0]), [2, 3]] },
  {
    op: 'ScatterElements',
    name: 'add, axis 1',
    inputs: [[2, 4], table([2, 3], [0, 0, 3, 1, 2, -4]), [2, 3]],
    attributes: { axis: 1, reduction: 'add' },
    opset: 16,
  },
  { op: 'ScatterND', inputs: [[5, 3], table([2, 1], [0, -2]), [2, 3]] },
  {
    op: 'ScatterND',
    name: 'add',
    inputs: [[5, 3], table([3, 1], [0, 2, 0]), [3, 3]],
    attributes: { reduction: 'add' },
    opset: 16,
  },
  { op: 'DepthToSpace', inputs: [[1, 8, 2, 3]], attributes: { blocksize: 2 } },
  { op: 'DepthToSpace', name: 'CRD', inputs: [[1, 8, 2, 3]], attributes: { blocksize: 2, mode: 'CRD' } },
  { op: 'SpaceToDepth', inputs: [[1, 2, 4, 6]], attributes: { blocksize: 2 } },
  resize('', [1, 1, 2, 3], { mode: 'nearest' }),
  resize('nearest by a part', [1, 1, 1.5, 0.7], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  }),
  resize('nearest, corners', [1, 1, 2, 2], { mode: 'nearest', coordinate_transformation_mode: 'align_corners' }),
  resize('linear', [1, 1, 2, 3], { mode: 'linear' }),
  resize('linear, corners', [1, 1, 2, 2.4], { mode: 'linear', coordinate_transformation_mode: 'align_corners' }),
  resize('linear, smaller', [1, 1, 0.7, 0.5], {
    mode: 'linear',
    coordinate_transformation_mode: 'pytorch_half_pixel',
  }),
];

function einsum(equation: string, ...inputs: Shape[]): Case {
  return { op: 'Einsum', name: equation, inputs, attributes: { equation } };
}

export function resize(name: string, scales: readonly number[], attributes: Record<string, AttributeValue>): Case {
  const none = { type: 'float32', dims: [0], data: new Float32Array(0) } as const;
  const factors = { type: 'float32', dims: [4], data: Float32Array.from(scales) } as const;
  return { op: 'Resize', name, inputs: [[1, 2, 3, 5], none, factors], attributes };
}

type Floats = Record<string, { dims: Shape; data: Float32Array }>;

/** A case at a random point: its forward model, and what the gradient table makes of it. */
export interface Differentiated {
  /** Of the inputs that are differentiated, `x0`, `x1`, ... by their place. */
  feeds: Floats;
  /** What the loss weights each output with, `y0`, ...: the incoming gradients. */
  weights: Float32Array[];
  outputs: string[];
  evaluate(given: Floats): Promise<Floats>;
  /** By input. */
  gradients: Floats;
}

/** The same random point and weights for a case each time. */
export async function differentiateCase(test: Case): Promise<Differentiated> {
  const random = new Random(17, `${test.op} ${test.name ?? ''}`);
  const [low, high] = test.range ?? [0.2, 1.2];
  const draw = (shape: Shape): Float32Array =>
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
      const size = low + (high - low) * random.uniform();
      return test.positive || random.below(2) ? size : -size;
    });
  const b = new GraphBuilder();
  const shapes = new Map<Value, Shape>();
  const sources: Value[] = [];
  const feeds: Floats = {};
  const inputs = test.inputs.map((input, i) => {
    if (!Array.isArray(input)) return b.constant(input as Tensor, `c${i}`);
    const shape = input as Shape;
    const value = b.input(`x${i}`, 'float32', shape);
    shapes.set(value, shape);
    sources.push(value);
    feeds[`x${i}`] = { dims: shape, data: draw(shape) };
    return value;
  });
  const values = b.ops(test.op, inputs, test.attributes, { outputs: test.outputs ?? 1 }) as Value[];
  values.forEach((value, i) => {
    b.output(value, `y${i}`);
  });
  const opset = test.opset ?? 21;
  const outputs = values.map((_, i) => `y${i}`);
  const forward = await open(modelToBytes(b.build(opset)));
  const evaluate = (given: Floats) => run(forward, given, outputs);
  const base = await evaluate(feeds);
  const dims = outputs.map((name) => (base[name] as Floats[string]).dims);
  const weights = dims.map((shape) => draw(shape));

  const e = new Emitter(b.graph, shapes);
  const seeds = new Map<Value, Value>();
  values.forEach((value, i) => {
    e.setShape(value, dims[i] as Shape);
    seeds.set(value, e.tensor(dims[i] as Shape, weights[i] as Float32Array));
  });
  const found = differentiate(e, seeds, sources);
  for (const source of sources) {
    const gradient = found.get(source) as Value;
    if (e.shape(gradient).join() !== shapes.get(source)?.join())
      throw new Error(`shape of the gradient of ${source.name}`);
    const named = b.graph.addNode({ op: 'Identity', inputs: [gradient], outputs: [`gradient/${source.name}`] });
    b.graph.addOutput(named.output());
  }
  const names = sources.map(({ name }) => `gradient/${name}`);
  const results = await run(await open(modelToBytes(b.build(opset))), feeds, names);
  const gradients = Object.fromEntries(
    sources.map(({ name }) => [name, results[`gradient/${name}`] as Floats[string]]),
  );
  return { feeds, weights, outputs, evaluate, gradients };
}

function open(bytes: Uint8Array): Promise<InferenceSession> {
  return InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled', logSeverityLevel: 3 });
}

async function run(session: InferenceSession, given: Floats, want: string[]): Promise<Floats> {
  const tensors = Object.entries(given).map(([name, { dims, data }]) => [name, new OrtTensor('float32', data, dims)]);
  const results = await session.run(Object.fromEntries(tensors), want);
  return Object.fromEntries(
    Object.entries(results).map(([name, { dims, data }]) => [name, { dims, data: data as Float32Array }]),
  );
}

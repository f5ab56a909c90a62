import { constantValue } from '../onnx/constants.ts';
import type { Node } from '../onnx/node.ts';
import { reshaping } from '../onnx/reshaping.ts';
import { isPerChannel } from '../tensor.ts';
import type { Operator, OperatorKind } from './row.ts';

/**
 * The one operator table: what quantization knows of each operator. Which kernels exist was measured on ONNX Runtime
 * 1.30 from optimized graphs (CPU) and is read from TensorRT's and ModelOpt's Q/DQ placement rules (tensorrt).
 */

type Details = Omit<Operator, 'op' | 'domain' | 'kind' | 'data' | 'kernels'> &
  Partial<Pick<Operator, 'data' | 'kernels' | 'domain'>>;

function row(op: string, kind: OperatorKind, details: Details = {}): Operator {
  return { op, domain: '', kind, data: [0], kernels: {}, ...details };
}
const rows = (ops: readonly string[], kind: OperatorKind, details: Details = {}): Operator[] =>
  ops.map((op) => row(op, kind, details));
/** An operator that stays float on every target. */
const float = (ops: readonly string[], why: string, domain = ''): Operator[] =>
  rows(ops, 'float', { why, data: 'all', domain });

const noKernel = (op: string) => `ONNX Runtime has no integer kernel for ${op}`;
const normalization = 'normalization needs float: its statistics do not survive 8 bits and no integer kernel exists';
const transcendental = 'no integer kernel; Q and DQ around it would cost more than the operator';

const weighted: Operator[] = [
  row('Conv', 'weighted', {
    weight: { input: 1, axis: () => 0 },
    bias: 2,
    kernels: { cpu: 'QLinearConv', tensorrt: 'Conv' },
    dynamicKernel: 'ConvInteger',
  }),
  row('ConvTranspose', 'weighted', {
    // [C_in, C_out / group, ...]: with groups the output channels are not one axis.
    weight: { input: 1, axis: (node) => (node.attrInt('group', 1) === 1 ? 1 : undefined) },
    bias: 2,
    kernels: { tensorrt: 'ConvTranspose' },
    why: noKernel('ConvTranspose'),
  }),
  row('Gemm', 'weighted', {
    weight: { input: 1, axis: (node) => (node.attrInt('transB', 0) ? 0 : 1) },
    bias: 2,
    kernels: { cpu: 'QGemm', tensorrt: 'Gemm' },
    dynamicKernel: 'DynamicQuantizeMatMul',
    floatOutput: true,
    blocked: (node) => (node.attrInt('transA', 0) ? 'transA: the activations are transposed' : undefined),
  }),
  row('MatMul', 'weighted', {
    data: [0, 1],
    // ONNX Runtime takes per-column scales of 2-D weights only.
    weight: { input: 1, axis: (_node, rank) => (rank === 2 ? 1 : undefined) },
    kernels: { cpu: 'QLinearMatMul', tensorrt: 'MatMul' },
    dynamicKernel: 'DynamicQuantizeMatMul',
    floatOutput: true,
  }),
];

const recurrent: Operator[] = [
  row('LSTM', 'recurrent', {
    weight: { input: 1, axis: () => 1 },
    furtherWeights: [{ input: 2, axis: () => 1 }],
    bias: 3,
    dynamicKernel: 'DynamicQuantizeLSTM',
    why: 'recurrent: its weights are quantized, its activations at run time (DynamicQuantizeLSTM)',
  }),
  row('GRU', 'recurrent', {
    weight: { input: 1, axis: () => 1 },
    furtherWeights: [{ input: 2, axis: () => 1 }],
    bias: 3,
    why: noKernel('GRU'),
  }),
  row('RNN', 'recurrent', {
    weight: { input: 1, axis: () => 1 },
    furtherWeights: [{ input: 2, axis: () => 1 }],
    bias: 3,
    why: noKernel('RNN'),
  }),
];

const arithmetic: Operator[] = [
  row('Add', 'elementwise', { data: [0, 1], kernels: { cpu: 'QLinearAdd', tensorrt: 'Add' } }),
  row('Mul', 'elementwise', { data: [0, 1], kernels: { cpu: 'QLinearMul' } }),
  row('Concat', 'concat', { data: 'all', kernels: { cpu: 'QLinearConcat', tensorrt: 'Concat' } }),
  row('Where', 'select', { data: [1, 2], kernels: { cpu: 'QLinearWhere' } }),
  // Beyond +-8 less than a tenth of a level of [0, 1].
  row('Sigmoid', 'activation', { kernels: { cpu: 'QLinearSigmoid' }, useful: () => [-8, 8] }),
  // Spelled out where they are quantized: see quantize/static/hard-gates.ts.
  row('HardSigmoid', 'activation', {
    kernels: { cpu: 'QLinearAdd' },
    blocked: (node) =>
      node.attrFloat('alpha', 0.2) > 0 && node.attrFloat('beta', 0.5) > 0
        ? undefined
        : 'HardSigmoid that does not rise from below 0',
  }),
  row('HardSwish', 'activation', { kernels: { cpu: 'QLinearMul' } }),
  row('LeakyRelu', 'activation', { kernels: { cpu: 'QLinearLeakyRelu' } }),
  // Written as a convolution and Max, or Add: see quantize/static/prelu.ts.
  row('PRelu', 'activation', {
    kernels: { cpu: 'QLinearConv' },
    keepsScale: (node) => {
      const slopes = constantValue(node.input(1))?.data;
      return slopes instanceof Float32Array && slopes.every((slope) => slope <= 1);
    },
    blocked: (node, _, dimsOf) => {
      const slopes = constantValue(node.input(1));
      if (!(slopes?.data instanceof Float32Array)) return 'its slopes are computed at run time';
      const dims = dimsOf(node.input(0)) ?? [];
      const isOneEach = dims.length > 2 && slopes.data.length === dims[1] && isPerChannel(slopes.dims, dims);
      return isOneEach ? undefined : 'its slopes are not one for each channel';
    },
    why: transcendental,
  }),
  row('Softmax', 'activation', {
    kernels: { cpu: 'QLinearSoftmax' },
    // Of n classes it multiplies numbers up to FLT_MAX / (n e^5) by one over the scale: where calibration saw next to nothing but equal
    // classes that was infinity, and all results 0.
    // https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/contrib_ops/cpu/quantization/qlinear_softmax.cc
    leastRange: (node, dimsOf) => {
      const classes = dimsOf(node.input(0))?.at(node.attrInt('axis', -1));
      return [0, typeof classes === 'number' ? Math.min(1, 2 / classes) : 1];
    },
  }),
  row('AveragePool', 'pool', {
    kernels: { cpu: 'QLinearAveragePool', tensorrt: 'AveragePool' },
    // See quantize/static/dilated-pooling.ts.
    blocked: (node, family) =>
      family === 'cpu' && node.hasAttr('dilations') ? 'no integer kernel for AveragePool with dilations' : undefined,
  }),
  row('GlobalAveragePool', 'pool', { kernels: { cpu: 'QLinearGlobalAveragePool', tensorrt: 'GlobalAveragePool' } }),
];

/** The kernels of these take 8-bit data as it stands. */
const eightBit = (op: string) => ({ cpu: op, tensorrt: op });
const passThrough: Operator[] = [
  ...[...reshaping, 'Slice', 'Expand', 'Tile', 'DepthToSpace', 'ReduceMax', 'ReduceMin', 'Identity'].map((op) =>
    row(op, 'pass-through', { kernels: eightBit(op) }),
  ),
  row('Gather', 'pass-through', { kernels: eightBit('Gather') }),
  row('Split', 'pass-through', {
    kernels: eightBit('Split'),
    results: 'all',
    // The runtime wants a Q behind each output; behind one that nobody reads there is none.
    blocked: (node) =>
      node.outputs.some((value) => value?.isUnused) ? 'Split with an output that is not read' : undefined,
  }),
  row('MaxPool', 'pass-through', {
    kernels: eightBit('MaxPool'),
    blocked: (node) => (node.outputs[1] ? 'MaxPool with an output of indices' : undefined),
  }),
  row('Resize', 'pass-through', {
    kernels: eightBit('Resize'),
    blocked: (node) =>
      node.attrString('mode', 'nearest') === 'nearest' ? undefined : 'Resize interpolates: only nearest runs on 8 bits',
  }),
  row('Pad', 'pass-through', {
    // Q/DQ around Pad does not fuse; the pass places Pad on the 8-bit tensor itself.
    kernels: eightBit('Pad'),
    blocked: (node) => {
      if (node.attrString('mode', 'constant') !== 'constant') return 'Pad with a mode other than constant';
      const value = node.input(2);
      return value && Number(constantValue(value)?.data[0] ?? NaN) !== 0
        ? 'Pad with a value other than zero'
        : undefined;
    },
  }),
];

const clamps: Operator[] = rows(['Relu', 'Clip'], 'clamp', {
  why: 'a clamp that could not be folded into the range of the tensor before it',
});

const floats: Operator[] = [
  ...float(
    [
      'LayerNormalization',
      'InstanceNormalization',
      'GroupNormalization',
      'BatchNormalization',
      'LpNormalization',
      'RMSNormalization',
      'LRN',
      'MeanVarianceNormalization',
    ],
    normalization,
  ),
  ...float(
    [
      'Gelu',
      'Erf',
      'Tanh',
      'Exp',
      'Log',
      'Sqrt',
      'Reciprocal',
      'Pow',
      'Softplus',
      'Softsign',
      'Elu',
      'Selu',
      'Celu',
      'Mish',
      'Sin',
      'Cos',
      'ThresholdedRelu',
      'LogSoftmax',
      'Swish',
    ],
    transcendental,
  ),
  ...float(['Sub', 'Div', 'Neg', 'Abs', 'Max', 'Min', 'Sum', 'Mean', 'Mod'], 'no integer kernel on this provider'),
  ...float(
    [
      'ReduceMean',
      'ReduceSum',
      'ReduceL1',
      'ReduceL2',
      'ReduceProd',
      'ReduceSumSquare',
      'ReduceLogSumExp',
      'CumSum',
      'Einsum',
    ],
    'no integer kernel; sums need more than 8 bits',
  ),
  ...float(
    ['GlobalMaxPool', 'LpPool', 'GlobalLpPool', 'MaxRoiPool', 'RoiAlign', 'GridSample'],
    'no integer kernel for this pooling',
  ),
  ...float(
    [
      'LayerNormalization',
      'SkipLayerNormalization',
      'SimplifiedLayerNormalization',
      'SkipSimplifiedLayerNormalization',
      'EmbedLayerNormalization',
    ],
    normalization,
    'com.microsoft',
  ),
  ...float(['Gelu', 'FastGelu', 'BiasGelu', 'QuickGelu'], transcendental, 'com.microsoft'),
  ...float(
    ['FusedConv', 'FusedMatMul', 'FusedGemm', 'MultiHeadAttention', 'GroupQueryAttention'],
    'a fused operator of ONNX Runtime without a Q/DQ form; quantize the model it was made from',
    'com.microsoft',
  ),
];

const fused: Operator[] = [
  row('Attention', 'weighted', {
    domain: 'com.microsoft',
    weight: { input: 1, axis: () => 1 },
    bias: 2,
    dynamicKernel: 'QAttention',
    why: 'fused attention has no Q/DQ form',
  }),
];

const table = new Map(
  [...weighted, ...recurrent, ...arithmetic, ...passThrough, ...clamps, ...floats, ...fused].map((operator) => [
    key(operator.domain, operator.op),
    operator,
  ]),
);

function key(domain: string, op: string): string {
  return domain === '' || domain === 'ai.onnx' ? op : `${domain}:${op}`;
}

/** The row of a node's operator; undefined for operators the table does not know: they stay float. */
export function operatorOf(node: Pick<Node, 'op' | 'domain'>): Operator | undefined {
  return table.get(key(node.domain, node.op));
}

/** Every row, for documentation and tests. */
export function operators(): readonly Operator[] {
  return [...table.values()];
}

/** The inputs of a node that carry activations, by index. */
export function dataInputs(node: Node, operator: Operator): readonly number[] {
  return operator.data === 'all' ? node.inputs.map((_, index) => index) : operator.data;
}

/** The outputs of a node that carry activations, by index. */
export function dataOutputs(node: Node, operator: Operator): readonly number[] {
  const results = operator.results ?? [0];
  return results === 'all' ? node.outputs.map((_, index) => index) : results;
}

import { UserError } from '../../errors.ts';
import { numberToHalf } from '../../numbers.ts';
import { constantProto, constantValue } from '../constants.ts';
import type { Graph } from '../graph.ts';
import type { Node } from '../node.ts';
import { DataType, type TensorProto } from '../proto.ts';
import { dataTypeName, elementCount, rawTensorProto, tensorProto } from '../tensor.ts';
import type { Value } from '../value.ts';
import type { FactFinder } from './facts.ts';

/** What a converter may ask for. */
export interface ConversionContext {
  facts: FactFinder;
  target: number;
  /** Nodes that were Upsample: their scales are 1 or more. */
  upsamples: Set<Node>;
  /** An int64 vector as an initializer of the graph, made once for equal numbers. */
  int64: (graph: Graph, values: readonly bigint[], wish: string) => Value;
}

/** Rewrites a node from the definition before `version` to the one of that version. */
export type Converter = (node: Node, context: ConversionContext) => void;

/** Why a change of definition cannot be followed. */
function stop(node: Node, why: string): never {
  throw new UserError(
    `node '${node.name}' (${node.op}) cannot be brought to a newer opset: ${why}; export the model again with opset 13 or higher`,
  );
}

/** An attribute with a list of integers becomes an input. */
function attributeToInput(attribute: string, index: number): Converter {
  return (node, { int64 }) => {
    const values = node.attrBigInts(attribute);
    node.setAttr(attribute, undefined);
    if (values && values.length > 0) {
      node.setInput(index, int64(node.graph, values, attribute));
    }
  };
}

const axesToInput = attributeToInput('axes', 1);

const REDUCTIONS = 'L1 L2 LogSum LogSumExp Max Mean Min Prod SumSquare'.split(' ').map((name) => `Reduce${name}`);

/**
 * The changes of definition that a file has to be rewritten for, as `operator@version`. Every other change up to
 * HIGHEST_OPSET only allows more: element types, negative axes, attributes or inputs whose default is the old behaviour.
 */
export const CONVERTERS: { readonly [change: string]: Converter } = {
  ...Object.fromEntries(REDUCTIONS.map((op) => [`${op}@18`, axesToInput])),
  'ReduceSum@13': axesToInput,
  'Squeeze@13': axesToInput,
  'Unsqueeze@13': axesToInput,
  'Split@13': attributeToInput('split', 1),
  'Split@18': (node) => {
    if (!node.input(1)) node.setAttr('num_outputs', node.outputs.length);
  },

  'BatchNormalization@9': (node) => {
    if (node.attrInt('spatial', 1) === 0) stop(node, 'spatial=0 (statistics for each position) no longer exists');
    node.setAttr('spatial', undefined);
  },
  'BatchNormalization@14': (node) => {
    // Its further outputs were the running statistics of training, and changed in number and meaning.
    for (let index = node.outputs.length - 1; index > 0; index--) {
      if (node.outputs[index] && !node.outputs[index]?.isUnused) stop(node, 'its training outputs are used');
      node.graph.removeNodeOutput(node, index);
    }
  },

  'Clip@11': (node, context) => {
    const bounds = ['min', 'max'].map((name) => node.attrFloat(name));
    for (const name of ['min', 'max']) node.setAttr(name, undefined);
    bounds.forEach((bound, i) => {
      if (bound !== undefined) node.setInput(i + 1, scalarLike(node, bound, i === 0 ? 'min' : 'max', context));
    });
  },

  'Dropout@10': (node) => dropMask(node),
  'Dropout@12': (node) => {
    // The ratio matters in training only, and training needs the new third input.
    dropMask(node);
    node.setAttr('ratio', undefined);
  },

  'DFT@20': (node) => {
    const axis = BigInt(node.attrInt('axis', 1));
    node.setAttr('axis', undefined);
    node.setInput(2, node.graph.addInitializer('axis', { type: 'int64', dims: [], data: BigInt64Array.of(axis) }));
  },

  'GridSample@20': (node) => {
    const names: { [old: string]: string } = { bilinear: 'linear', bicubic: 'cubic', nearest: 'nearest' };
    const mode = node.attrString('mode', 'bilinear');
    node.setAttr('mode', names[mode] ?? stop(node, `mode '${mode}' is unknown`));
  },

  'GroupNormalization@21': (node) => stop(node, 'its scale and bias changed from one a group to one a channel'),

  'Pad@11': (node, context) => {
    const pads = node.attrBigInts('pads') ?? stop(node, 'it has no pads');
    const value = node.attrFloat('value', 0);
    for (const name of ['pads', 'value']) node.setAttr(name, undefined);
    node.setInput(1, context.int64(node.graph, pads, 'pads'));
    if (value !== 0) node.setInput(2, scalarLike(node, value, 'pad_value', context));
  },

  'Resize@11': convertResize,
  'Resize@13': (node) => {
    if (node.attrString('coordinate_transformation_mode') === 'tf_half_pixel_for_nn') halfPixel(node);
    // Inputs that were required, and empty where they did not apply, may be left out now.
    for (const index of [1, 2]) {
      const constant = constantProto(node.input(index));
      if (constant && elementCount(constant) === 0) node.setInput(index, undefined);
    }
  },

  'RoiAlign@16': (node) => {
    if (!node.hasAttr('coordinate_transformation_mode')) {
      node.setAttr('coordinate_transformation_mode', 'output_half_pixel');
    }
  },

  'Scan@9': (node) => stop(node, 'its batch axis and sequence_lens were removed'),
  'Scatter@11': (node) => {
    node.op = 'ScatterElements';
  },

  'Slice@10': (node, { int64 }) => {
    const starts = node.attrBigInts('starts') ?? stop(node, 'it has no starts');
    const ends = node.attrBigInts('ends') ?? stop(node, 'it has no ends');
    const axes = node.attrBigInts('axes');
    for (const name of ['starts', 'ends', 'axes']) node.setAttr(name, undefined);
    node.setInput(1, int64(node.graph, starts, 'starts'));
    node.setInput(2, int64(node.graph, ends, 'ends'));
    if (axes && axes.length > 0) node.setInput(3, int64(node.graph, axes, 'axes'));
  },

  'Softmax@13': convertSoftmax,
  'LogSoftmax@13': convertSoftmax,
  'Hardmax@13': convertSoftmax,

  'TopK@10': (node, { int64 }) => {
    const k = node.attrInt('k') ?? stop(node, 'it has no k');
    node.setAttr('k', undefined);
    node.setInput(1, int64(node.graph, [BigInt(k)], 'k'));
  },

  'Upsample@9': (node) => {
    const scales = node.attrFloats('scales') ?? stop(node, 'it has no scales');
    node.setAttr('scales', undefined);
    const tensor = tensorProto({ type: 'float32', dims: [scales.length], data: Float32Array.from(scales) });
    node.setInput(1, node.graph.addInitializer('scales', tensor));
  },
  'Upsample@10': (node, { upsamples }) => {
    node.op = 'Resize';
    upsamples.add(node);
  },
};

/**
 * Resize 10 to 11. Coordinates were `x / scale`; the nearest neighbour was below where the image grows and above where
 * it shrinks (so ONNX Runtime computes it, the specification says nothing).
 */
function convertResize(node: Node, { upsamples, target }: ConversionContext): void {
  const scales = node.input(1);
  if (!scales) stop(node, 'it has no scales');
  node.setAttr('coordinate_transformation_mode', 'asymmetric');
  if (node.attrString('mode', 'nearest') === 'nearest') {
    const numbers = constantValue(scales)?.data as Float32Array | undefined;
    if (upsamples.has(node) || numbers?.every((scale) => scale >= 1)) node.setAttr('nearest_mode', 'floor');
    else if (numbers?.every((scale) => scale <= 1)) node.setAttr('nearest_mode', 'ceil');
    else stop(node, 'whether it enlarges or shrinks is not known from its scales');
  }
  node.setInput(2, scales);
  // Opset 11 and 12 want a region of interest, if only an empty one.
  node.setInput(
    1,
    target < 13 ? node.graph.addInitializer('roi', rawTensorProto(DataType.FLOAT, [0], new Uint8Array())) : undefined,
  );
}

/** Nearest neighbours of (x + 0.5) / scale, and which are the same of half a pixel less. */
const halfLess: { readonly [mode: string]: string } = { floor: 'round_prefer_ceil', round_prefer_floor: 'ceil' };

/**
 * Resize 11 to 13 with TensorFlow's own coordinates, as tf2onnx writes UpSampling2D: (x + 0.5) / scale, not less 0.5. The same pixels
 * where an image grows by whole numbers; else one in some thousand lies between two, and the last digit of the scale chooses.
 */
function halfPixel(node: Node): void {
  const nearest = halfLess[node.attrString('nearest_mode', 'round_prefer_floor')];
  if (node.attrString('mode', 'nearest') !== 'nearest' || !nearest) {
    stop(node, "coordinate_transformation_mode 'tf_half_pixel_for_nn' no longer exists");
  }
  node.setAttr('coordinate_transformation_mode', 'half_pixel');
  node.setAttr('nearest_mode', nearest);
}

/**
 * Up to opset 12 these flattened their input to a matrix at `axis` and normalised its rows; from 13 on they normalise
 * along `axis`. The same where `axis` is the last one, or the others behind it are of size 1.
 */
function convertSoftmax(node: Node, { facts }: ConversionContext): void {
  const input = node.input(0);
  const output = node.output();
  if (!input) stop(node, 'it has no input');
  const axis = node.attrInt('axis', 1);
  const { rank, dims } = facts.of(input);
  const positive = axis < 0 && rank !== undefined ? axis + rank : axis;
  if (axis === -1 || (rank !== undefined && positive === rank - 1)) {
    node.setAttr('axis', -1);
    return;
  }
  if (positive >= 0 && dims?.slice(positive + 1).every((dim) => dim === 1)) {
    node.setAttr('axis', axis);
    return;
  }
  const { graph } = node;
  const flat = graph
    .addNode({ op: 'Flatten', inputs: [input], attributes: { axis }, name: `${node.name}_flatten` })
    .output();
  const shape = graph.addNode({ op: 'Shape', inputs: [input], name: `${node.name}_shape` }).output();
  node.setInput(0, flat);
  node.setAttr('axis', -1);
  const shaped = graph.addNode({
    op: 'Reshape',
    inputs: [],
    name: `${node.name}_reshape`,
    outputs: [`${output.name}_shaped`],
  });
  graph.replaceAll(output, shaped.output());
  shaped.setInputs([output, shape]);
  // Its declared shape was that of the result, which the Reshape has now.
  output.info = undefined;
}

function dropMask(node: Node): void {
  const mask = node.outputs[1];
  if (mask && !mask.isUnused) stop(node, 'the element type of its mask changed');
  if (node.outputs.length > 1) node.graph.removeNodeOutput(node, 1);
}

/** A scalar of the element type of the node's first input. */
function scalarLike(node: Node, value: number, wish: string, { facts }: ConversionContext): Value {
  const input = node.input(0);
  const elementType = input && facts.of(input).elementType;
  return node.graph.addInitializer(wish, scalar(node, value, elementType));
}

function scalar(node: Node, value: number, elementType: number | undefined): TensorProto {
  switch (elementType) {
    case DataType.FLOAT:
      return tensorProto({ type: 'float32', dims: [], data: Float32Array.of(value) });
    case DataType.DOUBLE:
      return tensorProto({ type: 'float64', dims: [], data: Float64Array.of(value) });
    case DataType.FLOAT16:
      return tensorProto({ type: 'float16', dims: [], data: Uint16Array.of(boundInHalf(value)) });
    case undefined:
      return stop(node, 'the element type of its input is not known');
    default:
      return stop(node, `its input has elements of ${dataTypeName(elementType)}`);
  }
}

/** A bound of Clip as a float16, at most the largest there is. */
const boundInHalf = (value: number): number => numberToHalf(Math.min(Math.max(value, -65504), 65504));

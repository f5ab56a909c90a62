import { axesOf, constantProto, constantValue } from '../constants.ts';
import type { Graph } from '../graph.ts';
import type { Node } from '../node.ts';
import { DataType } from '../proto.ts';
import { tensorType } from '../tensor.ts';
import type { Value } from '../value.ts';

/** What can be said of a value without running the model; each undefined where it cannot. */
export interface Facts {
  elementType: number | undefined;
  rank: number | undefined;
  dims: readonly (number | string | undefined)[] | undefined;
}

/** Shapes from a session, where the caller has them: name of a value to its dims. */
export type KnownShapes = ReadonlyMap<string, readonly (number | string | undefined)[]>;

/**
 * Infers element types and ranks along the graph, by a few rules that hold for most operators. It exists so that a
 * converter can write a constant of the right type and see whether an axis is the last one; it never guesses.
 */
export class FactFinder {
  readonly #facts = new Map<Value, Facts>();
  readonly #shapes: KnownShapes;

  constructor(graph: Graph, shapes: KnownShapes = new Map()) {
    this.#shapes = shapes;
    this.#visit(graph);
  }

  /** Producers come first, and a node's subgraphs before its outputs, so that each finds what it needs known. */
  #visit(graph: Graph): void {
    for (const node of graph.nodes) {
      for (const inner of node.subgraphs) this.#visit(inner);
      for (const value of node.outputs) if (value) this.of(value);
    }
  }

  of(value: Value): Facts {
    let facts = this.#facts.get(value);
    if (facts === undefined) {
      facts = this.#find(value);
      this.#facts.set(value, facts);
    }
    return facts;
  }

  /** Whether a session can give a value out: not where it is known to be of bfloat16, float8, int4, ... */
  canLeave(value: Value): boolean {
    const { elementType } = this.of(value);
    return !elementType || tensorType(elementType) !== undefined;
  }

  #find(value: Value): Facts {
    const { elementType, dims } = value.staticInfo;
    const known = this.#shapes.get(value.name) ?? dims ?? constantProto(value)?.dims.map(Number);
    const node = value.producer;
    return {
      elementType: elementType || (node && this.#elementType(node, value)),
      dims: known,
      rank: known?.length ?? (node && value.outputIndex === 0 ? this.#rank(node) : undefined),
    };
  }

  #elementType(node: Node, value: Value): number | undefined {
    if (node.domain !== '') return undefined;
    if (node.is('Cast')) return node.attrInt('to');
    if (BOOLEAN.has(node.op)) return DataType.BOOL;
    if (INT64.has(node.op) || (value.outputIndex === 1 && node.is('TopK', 'MaxPool'))) return DataType.INT64;
    if (node.is('Constant')) return constantProto(value)?.dataType;
    if (node.is('If')) return this.#known(node.subgraph('then_branch')?.outputs[value.outputIndex])?.elementType;
    // A Loop's body returns its condition first.
    if (node.is('Loop')) return this.#known(node.subgraph('body')?.outputs[value.outputIndex + 1])?.elementType;
    if (node.is('Where')) return this.#known(node.input(1))?.elementType;
    if (ONE_TYPE.has(node.op)) {
      for (const input of node.inputs) {
        const elementType = this.#known(input)?.elementType;
        if (elementType) return elementType;
      }
    }
    // Its mask has been boolean since opset 10.
    if (node.is('Dropout') && value.outputIndex === 1) return undefined;
    return SAME_TYPE.has(node.op) ? this.#known(node.input(0))?.elementType : undefined;
  }

  #rank(node: Node): number | undefined {
    if (node.domain !== '') return undefined;
    const of = (index: number): number | undefined => this.#known(node.input(index))?.rank;
    const first = of(0);
    if (SAME_RANK.has(node.op)) return first;
    if (BROADCAST.has(node.op)) {
      const ranks = node.inputs.map((_, index) => of(index));
      return ranks.every((rank) => rank !== undefined) ? Math.max(...(ranks as number[])) : undefined;
    }
    if (node.op.startsWith('Reduce')) {
      return node.attrInt('keepdims', 1) !== 0 ? first : undefined;
    }
    switch (node.op) {
      case 'MatMul': {
        const second = of(1);
        if (first === undefined || second === undefined) return undefined;
        return first === 1 || second === 1 ? Math.max(first, second) - 1 : Math.max(first, second);
      }
      case 'Gemm':
      case 'Flatten':
        return 2;
      case 'Conv':
      case 'ConvTranspose':
        return of(1) ?? first;
      case 'Shape':
        return 1;
      case 'Transpose':
        return node.attrInts('perm')?.length ?? first;
      case 'Reshape': {
        const length = constantValue(node.input(1))?.data.length ?? this.#known(node.input(1))?.dims?.[0];
        return typeof length === 'number' ? length : undefined;
      }
      case 'Gather': {
        const indices = of(1);
        return first === undefined || indices === undefined ? undefined : first + indices - 1;
      }
      case 'Squeeze':
      case 'Unsqueeze': {
        const axes = axesOf(node);
        if (axes === undefined || first === undefined) return undefined;
        return node.op === 'Squeeze' ? first - axes.length : first + axes.length;
      }
    }
    return undefined;
  }

  /** Only what was visited: a value of an outer graph is, one further down in a broken order is not. */
  #known(value: Value | undefined): Facts | undefined {
    if (value === undefined) return undefined;
    return value.producer && !this.#facts.has(value) ? undefined : this.of(value);
  }
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const BOOLEAN = words('And Or Xor Not Equal Greater GreaterOrEqual Less LessOrEqual IsNaN IsInf');
const INT64 = words('Shape Size ArgMax ArgMin NonZero');
const BROADCAST = words(
  'Add Sub Mul Div Pow Max Min Mean Sum And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual Where PRelu Mod',
);
const UNARY =
  'Abs Acos Acosh Asin Asinh Atan Atanh Ceil Celu Clip Cos Cosh CumSum Dropout Elu Erf Exp Floor HardSigmoid HardSwish ' +
  'Identity LeakyRelu Log Neg Reciprocal Relu Round Selu Sigmoid Sign Sin Sinh Softplus Softsign Sqrt Tan Tanh ' +
  'ThresholdedRelu Softmax LogSoftmax Hardmax BatchNormalization InstanceNormalization LayerNormalization ' +
  'LpNormalization LRN MeanVarianceNormalization Pad Slice Split Tile Concat Upsample Resize AveragePool MaxPool ' +
  'GlobalAveragePool GlobalMaxPool DepthToSpace SpaceToDepth ScatterElements Scatter ScatterND Trilu';
const SAME_RANK = words(`${UNARY} Not Cast IsNaN IsInf QuantizeLinear DequantizeLinear`);
/** All inputs have one type. */
const ONE_TYPE = words('Add Sub Mul Div Max Min Mean Sum PRelu Mod MatMul Gemm Conv ConvTranspose Concat');
const SAME_TYPE = words(
  `${UNARY} Add Sub Mul Div Pow Max Min Mean Sum PRelu Mod MatMul Gemm Conv ConvTranspose Transpose Reshape Flatten ` +
    'Squeeze Unsqueeze Gather GatherElements GatherND Expand LSTM GRU RNN TopK Compress ReduceL1 ReduceL2 ReduceLogSum ' +
    'ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Einsum Range',
);

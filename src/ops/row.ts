import type { Node } from '../onnx/node.ts';
import type { Value } from '../onnx/value.ts';
import type { TensorInfo } from '../tensor.ts';

/**
 * What an operator is to a quantizer.
 * - weighted: multiplies activations with a weight; where the time goes, so the anchor of integer regions
 * - elementwise: two activations (or an activation and a constant) of one 8-bit type
 * - activation: a unary function with its own integer kernel
 * - pool, concat, select: kernels that requantize from input scales to the output scale
 * - pass-through: moves data; runs on 8 bits if input and output share scale and zero point
 * - clamp: Relu, Clip; disappears into the range of the tensor that it writes
 * - recurrent: LSTM, GRU, RNN; dynamic quantization only
 * - embedding: Gather of a constant table (`Gather` rows have both lives)
 * - float: no integer kernel worth having; `why` says so
 */
export type OperatorKind =
  | 'weighted'
  | 'elementwise'
  | 'activation'
  | 'pool'
  | 'concat'
  | 'select'
  | 'pass-through'
  | 'clamp'
  | 'recurrent'
  | 'embedding'
  | 'float';

/** The runtimes that have kernels of their own; a target names the one it runs on. */
export type KernelFamily = 'cpu' | 'tensorrt';

/** Which operand is the weight and along which axis its output channels lie. */
export interface WeightOperand {
  input: number;
  /** The axis of the output channels, of a weight of this rank; undefined: one scale for the whole tensor. */
  axis(node: Node, rank: number): number | undefined;
}

/** What is known of a value's shape. */
export type ShapeOf = (value: Value | undefined) => TensorInfo['dims'] | undefined;

/** One operator. A new operator is a new row in the tables of this folder and a test, nothing else. */
export interface Operator {
  readonly op: string;
  /** '' is ONNX's own domain. */
  readonly domain: string;
  readonly kind: OperatorKind;
  /** The inputs that carry activations; 'all' for variadic operators. */
  readonly data: readonly number[] | 'all';
  readonly weight?: WeightOperand;
  /** Weights and recurrence weights of recurrent operators, beside `weight`. */
  readonly furtherWeights?: readonly WeightOperand[];
  readonly bias?: number;
  /** The outputs that are quantized; default [0]; 'all' for Split. */
  readonly results?: readonly number[] | 'all';
  /** The integer kernel that Q -> DQ groups around this operator reach, per family. None: it stays float there. */
  readonly kernels: Readonly<Partial<Record<KernelFamily, string>>>;
  /** The kernel that dynamic quantization reaches on CPU. */
  readonly dynamicKernel?: string;
  /** The integer kernel can write float, so no Q is needed behind it. */
  readonly floatOutput?: boolean;
  /** Whether a node's output has the scale of its input though it is computed. */
  readonly keepsScale?: (node: Node) => boolean;
  /** Input values beyond which the output no longer changes by more than 8 bits can tell. */
  readonly useful?: (node: Node) => readonly [low: number, high: number];
  /** What the range of its output covers at least, whatever calibration saw, for its integer kernel to compute it. */
  readonly leastRange?: (node: Node, dimsOf: ShapeOf) => readonly [low: number, high: number];
  /** Why it stays float where it has no kernel. */
  readonly why?: string;
  /** Why this very node cannot run in the kernel, or undefined. */
  readonly blocked?: (node: Node, family: KernelFamily, dimsOf: ShapeOf) => string | undefined;
}

/** Whether a node's output has the scale of its input: what only moves data, and what says so. */
export function sharesScale({ operator, head }: { operator: Operator | undefined; head: Node }): boolean {
  return operator?.kind === 'pass-through' || operator?.keepsScale?.(head) === true;
}

import { sizeOf } from '../tensor.ts';
import type { Node } from './node.ts';

/** Which channel each element of a layer's weight writes, and which it reads. */
export interface WeightLayout {
  outputs: number;
  inputs: number;
  groups: number;
  outputOf(index: number): number;
  inputOf(index: number): number;
}

/** The layout of a weight of these dimensions in Conv, ConvTranspose or Gemm; undefined for other operators. */
export function weightLayout(node: Node, dims: readonly number[]): WeightLayout | undefined {
  const [first = 0, second = 0] = dims;
  const kernel = sizeOf(dims.slice(2));
  const row = (index: number) => Math.floor(index / (second * kernel));
  const column = (index: number) => Math.floor(index / kernel) % second;
  const groups = node.attrInt('group', 1);
  /** Rows of a group read, or write, the columns of that group. */
  const grouped = (index: number) => Math.floor(row(index) / (first / groups)) * second + column(index);
  if (node.is('Conv')) {
    return { outputs: first, inputs: second * groups, groups, outputOf: row, inputOf: grouped };
  }
  if (node.is('ConvTranspose')) {
    return { outputs: second * groups, inputs: first, groups, outputOf: grouped, inputOf: row };
  }
  if (!node.is('Gemm')) return undefined;
  return node.attrInt('transB', 0) !== 0
    ? { outputs: first, inputs: second, groups: 1, outputOf: row, inputOf: column }
    : { outputs: second, inputs: first, groups: 1, outputOf: column, inputOf: row };
}

import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import type { Emitter, Shape } from '../emitter.ts';

/** What a row of the table is given: the node, and the gradient of the loss with respect to each of its outputs. */
export interface GradientContext {
  readonly e: Emitter;
  readonly node: Node;
  /** Gradient of the first output. */
  readonly dy: Value;
  /** Gradients of all outputs; undefined where the loss does not depend on one. */
  readonly dys: readonly (Value | undefined)[];
  /** Input `i`, which must be there. */
  x(i: number): Value;
  /** Shape of input `i`. */
  shape(i: number): Shape;
  /** The first output. */
  readonly y: Value;
  /** Whether anything asks for the gradient of input `i`; a row may leave out what nobody needs. */
  needs(i: number): boolean;
}

/**
 * Gives the gradient of each input, in order; undefined for one that has none (integers, shapes) or is not needed.
 * A gradient has the shape of its input.
 *
 * @throws Unsupported where this form of the operator has no gradient here
 */
export type Gradient = (context: GradientContext) => (Value | undefined)[];

/** The rows of one family of operators, by operator type. */
export type GradientTable = Readonly<Record<string, Gradient>>;

/** A form of an operator that cannot be trained through; the message says which. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}

/** Smaller than any root that float32 can tell from 0, larger than what its reciprocal overflows at. */
export const tiny = 1e-30;

/** Axes counted from the front. */
export function positive(axes: readonly number[], rank: number): number[] {
  return axes.map((axis) => (axis < 0 ? axis + rank : axis));
}

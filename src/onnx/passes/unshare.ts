import { copyTensor } from '../tensor.ts';
import type { Use, Value } from '../value.ts';

/**
 * Gives one use its own copy of a shared initializer (the bytes stay shared in memory), where that use needs other
 * numbers than the rest: a bias quantized with another node's scale, say. A value with no other use is kept.
 *
 * @returns the value that the use reads now
 */
export function unshare({ node, index }: Use): Value {
  const value = node.input(index);
  if (!value?.initializer) throw new Error(`input ${index} of node '${node.name}' is no initializer`);
  if (value.uses.length === 1 && !value.isGraphOutput) return value;
  const own = node.graph.addInitializer(value.name, copyTensor(value.initializer));
  node.setInput(index, own);
  return own;
}

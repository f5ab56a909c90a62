import type { OnnxModel } from '../model.ts';
import { DataType } from '../proto.ts';
import { dataTypeOf, elementCount, readTensor } from '../tensor.ts';
import type { Value } from '../value.ts';
import type { PassResult } from './pass.ts';

/** Fewer indices are not worth a node. */
const fewest = 1024;
/** One byte would do for some tables, but such integers are how weights are stored. */
const narrower = [
  { type: 'int16', most: 2 ** 15 - 1, Values: Int16Array },
  { type: 'int32', most: 2 ** 31 - 1, Values: Int32Array },
] as const;

/**
 * Stores large tables of indices, of relative positions in attention for instance, in two or four bytes an index instead of eight.
 * ONNX Runtime folds the Cast when it loads the model: runs are as before.
 */
export function narrowIndices(model: OnnxModel): PassResult {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const value of graph.initializers) {
      if (!isTable(value)) continue;
      const { dims, data } = readTensor(value.initializer!);
      const indices = Float64Array.from(data as BigInt64Array, Number);
      const narrow = narrower.find(({ most }) => indices.every((index) => Math.abs(index) <= most));
      if (!narrow) continue;
      const { type, Values } = narrow;
      const { name } = value;
      const stored = graph.addInitializer(`${name}_${type}`, { type, dims, data: Values.from(indices) });
      const attributes = { to: dataTypeOf('int64') };
      const cast = graph.addNode({ op: 'Cast', name: `${name}_widen`, inputs: [stored], attributes });
      graph.replaceUses(value, cast.output());
      graph.removeInitializer(value);
      modified = true;
    }
  }
  return { model, modified };
}

function isTable(value: Value): boolean {
  const { initializer, uses, isGraphInput, isGraphOutput } = value;
  if (initializer?.dataType !== DataType.INT64 || elementCount(initializer) < fewest) return false;
  if (isGraphInput || isGraphOutput || uses.length === 0) return false;
  return uses.every(({ node, index }) => index === 1 && node.is('Gather', 'GatherElements', 'GatherND'));
}

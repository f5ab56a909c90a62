import { groupBy } from '../../groups.ts';
import type { Graph } from '../graph.ts';
import type { OnnxModel } from '../model.ts';
import type { TensorProto } from '../proto.ts';
import { copyTensor } from '../tensor.ts';
import type { Value } from '../value.ts';
import type { PassResult } from './pass.ts';

/** Below so many bytes a constant is not worth a look. */
const leastBytes = 256;

/**
 * Keeps a constant that several branches of If nodes hold, or one and the graph around, once in the model's own graph. Bodies of
 * loops keep what is theirs: what they read from outside costs something in each step.
 */
export function shareConstants(model: OnnxModel): PassResult {
  const graphs = [...model.graph.allGraphs()].filter(isOfBranches);
  const constants = graphs.flatMap((graph) => graph.initializers.filter(({ initializer }) => isLarge(initializer!)));
  let modified = false;
  for (const alike of groupBy(constants, ({ initializer }) => formOf(initializer!)).values()) {
    while (alike.length > 1) {
      const first = alike.pop()!;
      const bytes = Buffer.from(first.initializer!.rawData);
      const same = [first, ...alike.filter(({ initializer }) => bytes.equals(initializer!.rawData))];
      for (const value of same.slice(1)) alike.splice(alike.indexOf(value), 1);
      const inner = same.filter(({ graph }) => graph !== model.graph);
      if (inner.length === 0 || new Set(same.map(({ graph }) => graph)).size === 1) continue;
      const outer =
        same.find(({ graph }) => graph === model.graph) ??
        model.graph.addInitializer(first.name, copyTensor(first.initializer!));
      for (const value of inner) readInstead(value, outer);
      modified = true;
    }
  }
  return { model, modified };
}

/** Whether a graph is the model's own or in If nodes alone. */
function isOfBranches({ owner }: Graph): boolean {
  return owner === undefined || (owner.is('If') && isOfBranches(owner.graph));
}

const isLarge = ({ rawData }: TensorProto): boolean => rawData.length >= leastBytes;

const formOf = ({ dataType, dims, rawData }: TensorProto): string => `${dataType} ${dims} ${rawData.length}`;

function readInstead(value: Value, outer: Value): void {
  const { graph } = value;
  graph.replaceAll(value, outer);
  graph.removeInitializer(value);
}

import type { Graph } from '../onnx/graph.ts';
import type { Node } from '../onnx/node.ts';
import { DataType } from '../onnx/proto.ts';
import type { Value } from '../onnx/value.ts';

/** Which values a model computes from shapes alone, and which have a shape that its data decide. */
export interface Sizes {
  /** Computed from shapes, sizes and indices alone. */
  fromShapes: Set<Value>;
  /** Of another shape in another batch of the same size: what NonZero finds, say, and what is gathered at its indices. */
  dataSized: Set<Value>;
}

/** Operators that give as much as they find. */
const finders = ['NonZero', 'Compress', 'Unique', 'NonMaxSuppression'];

/** Inputs that say how large the result is. */
const sizeInputs: ReadonlyMap<string, readonly number[]> = new Map(
  Object.entries({
    ConstantOfShape: [0],
    Expand: [1],
    OneHot: [1],
    Pad: [1],
    Range: [0, 1, 2],
    Reshape: [1],
    Resize: [2, 3],
    Slice: [1, 2, 3, 4],
    Split: [1],
    Tile: [1],
    TopK: [1],
  }),
);

/** Operators whose result is as large as their first input, whatever the size of the others. */
const likeFirst = ['ScatterElements', 'ScatterND', 'Scatter'];

/** @param inferred whether the shape of a value follows from the shapes of the inputs, by its name */
export function sizesOf(graph: Graph, inferred: (name: string) => boolean): Sizes {
  const fromShapes = new Set<Value>();
  const dataSized = new Set<Value>();
  const fromData = new Set<Value>(graph.inputs.filter((value) => !value.initializer));
  for (const node of graph.nodes) {
    const inputs = node.inputs.filter((value) => value !== undefined);
    const alone = node.subgraphs.length === 0;
    const shape = node.is('Shape', 'Size') && !inputs.some((value) => dataSized.has(value));
    const known = alone && inputs.length > 0 && inputs.every((value) => fromShapes.has(value) || isPlain(value));
    const sized = isDataSized(node, inputs, fromData, dataSized);
    const data = !shape && (!alone || inputs.some((value) => fromData.has(value)));
    for (const value of node.outputs) {
      if (!value) continue;
      if (shape || known) fromShapes.add(value);
      if (data) fromData.add(value);
      if (sized && !inferred(value.name)) dataSized.add(value);
    }
  }
  return { fromShapes, dataSized };
}

function isDataSized(
  node: Node,
  inputs: readonly Value[],
  fromData: ReadonlySet<Value>,
  dataSized: ReadonlySet<Value>,
): boolean {
  if (node.is('Shape', 'Size')) return false;
  if (node.is(...likeFirst)) return dataSized.has(inputs[0] as Value);
  if (node.is(...finders) && inputs.some((value) => fromData.has(value))) return true;
  const known = node.domain === '' ? sizeInputs.get(node.op) : undefined;
  const sizes = (known ?? []).map((at) => node.input(at));
  return sizes.some((value) => value && fromData.has(value)) || inputs.some((value) => dataSized.has(value));
}

/** Whether a constant is a size or an index, not what could be trained, as a table of positions or the integers of a bias. */
function isPlain({ initializer }: Value): boolean {
  if (!initializer) return false;
  const { dataType, dims } = initializer;
  return dataType === DataType.INT64 || dataType === DataType.BOOL || dims.every((dim) => dim === 1n);
}

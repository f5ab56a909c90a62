import type { OnnxModel } from '../model.ts';
import { DataType, type TensorProto } from '../proto.ts';
import { elementCount, readTensor } from '../tensor.ts';
import type { Value } from '../value.ts';
import type { PassResult } from './pass.ts';

/**
 * Keeps once a large table of embeddings that the model's output is also multiplied by, and that an exporter wrote a second time,
 * transposed: the product reads the table through Gemm's transB or a Transpose, which ONNX Runtime folds when it loads the model.
 *
 * @param least numbers that a table has at least
 */
export function shareTransposedTables(model: OnnxModel, least: number): PassResult {
  const { graph } = model;
  const large = graph.initializers.filter((value) => !value.isGraphOutput && isLarge(value.initializer!, least));
  const tables = large.filter((value) =>
    value.uses.some(({ node, index }) => node.is('Gather') && index === 0 && node.attrInt('axis', 0) === 0),
  );
  let modified = false;
  for (const weight of large) {
    if (weight.isUnused || tables.includes(weight)) continue;
    const isFactor = weight.uses.every(
      ({ node, index }) => node.is('MatMul', 'Gemm') && index === 1 && node.graph === graph,
    );
    const table = isFactor && tables.find((other) => isTransposed(other.initializer!, weight.initializer!));
    if (!table) continue;
    readTransposed(weight, table);
    graph.removeInitializer(weight);
    modified = true;
  }
  return { model, modified };
}

function isLarge(proto: TensorProto, least: number): boolean {
  return proto.dims.length === 2 && proto.dataType === DataType.FLOAT && elementCount(proto) >= least;
}

function isTransposed(a: TensorProto, b: TensorProto): boolean {
  const [rows, columns] = a.dims.map(Number) as [number, number];
  if (Number(b.dims[0]) !== columns || Number(b.dims[1]) !== rows) return false;
  const [x, y] = [a, b].map((proto) => readTensor(proto).data as Float32Array) as [Float32Array, Float32Array];
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) if (x[at] !== y[column * rows + row]) return false;
  }
  return true;
}

function readTransposed(weight: Value, table: Value): void {
  const { graph } = weight;
  let turned: Value | undefined;
  for (const { node, index } of weight.uses) {
    if (node.is('Gemm')) {
      node.setAttr('transB', { int: 1 - node.attrInt('transB', 0) });
      node.setInput(index, table);
      continue;
    }
    turned ??= graph
      .addNode({
        op: 'Transpose',
        name: `${weight.name}_turned`,
        inputs: [table],
        attributes: { perm: { ints: [1, 0] } },
      })
      .output();
    node.setInput(index, turned);
  }
}

import type { Graph } from '../onnx/graph.ts';
import type { Node } from '../onnx/node.ts';
import { DataType } from '../onnx/proto.ts';
import type { Value } from '../onnx/value.ts';
import type { Student } from './student.ts';

/** The initializer with 8- or 4-bit integers that a value is, seen through the Cast that widens 4-bit ones. */
export function storedIntegers(value: Value | undefined): Value | undefined {
  const stored = value?.producer?.is('Cast') ? value.producer.input(0) : value;
  const type = stored?.initializer?.dataType;
  const integers = type === DataType.INT8 || type === DataType.UINT8 || type === DataType.INT4;
  return integers && (stored === value || type === DataType.INT4) ? stored : undefined;
}

/** Whether a single node reads integers, as they are or widened. */
export function readOnce({ uses }: Value): boolean {
  const [use] = uses;
  return uses.length === 1 && (!use?.node.is('Cast') || use.node.output().uses.length === 1);
}

/** Nodes that read integer weights which are still there: tied ones, and those of operators that are not taken apart. */
export function integerWeights(graph: Graph): Student['others'] {
  const readers = (value: Value): Node[] =>
    value.consumers.flatMap((node) =>
      node.is('Cast', 'Mul', 'Transpose', 'DequantizeLinear') ? readers(node.output()) : [node],
    );
  const integers = new Set<number>([DataType.INT8, DataType.UINT8, DataType.INT4]);
  return graph.initializers
    .filter(({ initializer }) => initializer && integers.has(initializer.dataType) && initializer.dims.length > 1)
    .flatMap((value) => readers(value).map((node) => ({ node, once: readOnce(value) })))
    .map(({ node: { name, op }, once }) => ({
      node: name,
      op: op === 'MatMulInteger' ? 'MatMul' : op,
      why: once ? `${op} has no gradient with integer weights` : 'its integers are read in more than one way',
    }));
}

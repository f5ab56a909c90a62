import { sizeOf } from '../../tensor.ts';
import { type EinsumTerms, einsumTerms } from '../einsum.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import { FactFinder } from '../opset/facts.ts';
import type { Value } from '../value.ts';
import type { PassResult } from './pass.ts';

/**
 * Writes an Einsum of two inputs as what ONNX Runtime computes for it, a MatMul between Transpose and Reshape: Einsum has no
 * integer kernel. What stays is no product of matrices (an index twice in a term or in one term alone, an outer product), or
 * would need sizes that are not known.
 */
export function lowerEinsum(model: OnnxModel): PassResult {
  let modified = false;
  const nodes = [...model.graph.allNodes()].filter((node) => node.is('Einsum') && node.inputs.length === 2);
  if (nodes.length === 0) return { model, modified };
  const facts = new FactFinder(model.graph);
  for (const node of nodes) {
    const product = productOf(node, facts);
    if (!product) continue;
    const { graph, name } = node;
    const matMul = writeProduct(node, product);
    graph.removeNode(node);
    matMul.proto.name = name;
    graph.touch();
    modified = true;
  }
  return { model, modified };
}

/** A product as MatMul has it: `[...rows, ...batch, row, inner]` times `[...batch, inner, columns]`. Indices are letters. */
interface Product {
  x: Value;
  w: Value;
  terms: { x: string; w: string; output: string };
  /** All rows but the last. */
  rows: string;
  batch: string;
  row: string;
  /** Summed over. */
  inner: string;
  columns: string;
  /** The indices of `w`, where known. */
  sizes: ReadonlyMap<string, number>;
}

function productOf(node: Node, facts: FactFinder): Product | undefined {
  const values = node.inputs as [Value, Value];
  const ranks = values.map((value) => facts.of(value).rank);
  const terms = einsumTerms(node.attrString('equation', ''), ranks);
  if (!terms || [...terms.inputs, terms.output].some((term) => new Set(term).size !== term.length)) return undefined;
  const second = weightInput(terms, values);
  const [x, w] = [values[1 - second]!, values[second]!];
  const [ofX, ofW] = [terms.inputs[1 - second]!, terms.inputs[second]!];
  const { output } = terms;
  const only = (term: string, wanted: (letter: string) => boolean) => [...term].filter(wanted).join('');
  const inner = only(ofX, (each) => ofW.includes(each) && !output.includes(each));
  const batch = only(output, (each) => ofX.includes(each) && ofW.includes(each));
  const rows = only(output, (each) => ofX.includes(each) && !ofW.includes(each));
  const columns = only(output, (each) => ofW.includes(each) && !ofX.includes(each));
  const placed = rows.length + inner.length + batch.length === ofX.length;
  if (!placed || columns.length + inner.length + batch.length !== ofW.length) return undefined;
  if (inner === '' || rows === '') return undefined;
  const sizes = new Map<string, number>();
  for (const [axis, size] of (w.staticInfo.dims ?? []).entries()) {
    const other = x.staticInfo.dims?.[ofX.indexOf(ofW[axis]!)];
    // ONNX Runtime repeats what has size 1.
    if (typeof size === 'number' && typeof other === 'number' && size !== other) return undefined;
    if (typeof size === 'number') sizes.set(ofW[axis]!, size);
  }
  // Several indices become one, and none becomes one of size 1, by a Reshape that names sizes.
  const merged = [inner, columns].filter((each) => each.length !== 1).join('');
  if ((columns === '' && !sizes.has(inner)) || [...merged].some((each) => !sizes.has(each))) return undefined;
  const leading = rows.slice(0, -1);
  return { x, w, terms: { x: ofX, w: ofW, output }, rows: leading, batch, row: rows.at(-1)!, inner, columns, sizes };
}

/** Which input is the right-hand one: a constant, or else what has the last index of the output, which saves a Transpose. */
function weightInput({ inputs, output }: EinsumTerms, values: readonly Value[]): 0 | 1 {
  if (values[1]!.initializer) return 1;
  if (values[0]!.initializer) return 0;
  const last = output.at(-1) ?? '';
  return inputs[0]!.includes(last) && !inputs[1]!.includes(last) ? 0 : 1;
}

function writeProduct(node: Node, { x, w, terms, rows, batch, row, inner, columns, sizes }: Product): Node {
  const { graph, name } = node;
  const transposed = (value: Value, from: string, to: string): Value => {
    if (from === to) return value;
    const perm = { ints: [...to].map((letter) => from.indexOf(letter)) };
    return graph
      .addNode({ op: 'Transpose', name: `${name}_transpose`, inputs: [value], attributes: { perm } })
      .output();
  };
  /** The first `kept` dimensions stay. */
  const reshaped = (value: Value, kept: number, dims: readonly number[]): Value => {
    const data = BigInt64Array.from([...Array<number>(kept).fill(0), ...dims], BigInt);
    const shape = graph.addInitializer(`${name}_shape`, { type: 'int64', dims: [data.length], data });
    return graph.addNode({ op: 'Reshape', name: `${name}_reshape`, inputs: [value, shape] }).output();
  };
  const sizesOf = (letters: string) => [...letters].map((letter) => sizes.get(letter)!);
  const total = (letters: string) => sizeOf(sizesOf(letters));

  const left = `${rows}${batch}${row}`;
  let factor = transposed(x, terms.x, `${left}${inner}`);
  if (inner.length > 1) factor = reshaped(factor, left.length, [-1]);
  let weight = transposed(w, terms.w, `${batch}${inner}${columns}`);
  // The size of a single index, which need not be known, follows from the rest.
  const matrix = columns.length === 1 ? [total(inner), -1] : [-1, total(columns)];
  if (inner.length > 1 || columns.length !== 1) weight = reshaped(weight, batch.length, matrix);
  const matMul = graph.addNode({ op: 'MatMul', name, inputs: [factor, weight] });
  let result = matMul.output();
  if (columns.length !== 1) result = reshaped(result, left.length, sizesOf(columns));
  graph.replaceAll(node.output(), transposed(result, `${left}${columns}`, terms.output));
  return matMul;
}

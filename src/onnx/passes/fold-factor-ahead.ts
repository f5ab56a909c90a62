import type { Tensor } from '../../tensor.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import type { Value } from '../value.ts';
import { type FloatTensor, floatConstant } from './linear.ts';
import type { PassResult } from './pass.ts';
import { removeDeadCode } from './remove-dead-code.ts';

/**
 * Folds a Mul by one number into the weights of the Conv, ConvTranspose, Gemm and MatMul that read it: the division by 6 of a
 * HardSwish that is spelled out, or by 255 of pixels. In integers it would be a kernel of its own that rounds once more. Stays where
 * anything else reads it, or its readers' weights.
 */
export function foldFactorAhead(model: OnnxModel): PassResult {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const node of graph.nodes) if (node.is('Mul') && fold(node)) modified = true;
  }
  if (modified) removeDeadCode(model);
  return { model, modified };
}

function fold(node: Node): boolean {
  const output = node.output();
  const at = [0, 1].find((index) => floatConstant(node.input(index))?.data.length === 1);
  const input = at === undefined ? undefined : node.input(1 - at);
  if (at === undefined || !input || floatConstant(input) || output.isGraphOutput || output.isUnused || endsGelu(input))
    return false;
  const { data, dims } = floatConstant(node.input(at))!;
  const factor = data[0] as number;
  const readers = output.uses.map((use) => ({ ...use, weight: use.node.input(1) }));
  const folds = readers.every(
    ({ node: reader, index, weight }) =>
      reader.is('Conv', 'ConvTranspose', 'Gemm', 'MatMul') &&
      reader.graph === node.graph &&
      index === 0 &&
      // A constant of higher rank would raise that of the product.
      dims.length <= (floatConstant(weight)?.dims.length ?? -1) &&
      weight!.uses.every((use) => use.index === 1 && readers.some((each) => each.node === use.node)) &&
      floatConstant(weight)!.type === 'float32' &&
      scaledBy(floatConstant(weight)!, factor).data.every(Number.isFinite),
  );
  if (!folds) return false;
  for (const weight of new Set(readers.map((reader) => reader.weight!))) {
    const made = node.graph.addInitializer(`${weight.name}_scaled`, scaledBy(floatConstant(weight)!, factor));
    for (const { node: reader } of readers) if (reader.input(1) === weight) reader.setInput(1, made);
  }
  for (const { node: reader } of readers) reader.setInput(0, input);
  node.graph.removeNode(node);
  return true;
}

function scaledBy({ dims, data }: FloatTensor, factor: number): Tensor & { data: Float32Array } {
  return { type: 'float32', dims, data: Float32Array.from(data as Float32Array, (x) => x * factor) };
}

/** ONNX Runtime finds Gelu by its last product, with a half. */
function endsGelu(input: Value): boolean {
  const operands = input.producer?.is('Mul') ? input.producer.inputs : [];
  return operands.some(
    (value) => value?.producer?.is('Add') && value.producer.inputs.some((inner) => inner?.producer?.is('Erf', 'Tanh')),
  );
}

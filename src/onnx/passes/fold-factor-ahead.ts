import type { Tensor } from '../../tensor.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import type { Value } from '../value.ts';
import { floatConstant } from './linear.ts';
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
  const scaled = new Map<Value, Tensor>();
  for (const { node: reader, index } of output.uses) {
    const weight = reader.input(1);
    const known = floatConstant(weight);
    const takes =
      reader.is('Conv', 'ConvTranspose', 'Gemm', 'MatMul') &&
      reader.graph === node.graph &&
      index === 0 &&
      known?.type === 'float32' &&
      // A constant of higher rank would raise that of the product; a MatMul may read a vector.
      dims.length <= (reader.is('MatMul') ? (input.staticInfo.dims?.length ?? 1) : known.dims.length) &&
      weight!.uses.every((use) => use.index === 1 && use.node.input(0) === output);
    if (!takes) return false;
    if (scaled.has(weight!)) continue;
    const product = Float32Array.from(known.data as Float32Array, (x) => x * factor);
    if (!product.every(Number.isFinite)) return false;
    scaled.set(weight!, { type: 'float32', dims: known.dims, data: product });
  }
  for (const [weight, tensor] of scaled)
    node.graph.replaceUses(weight, node.graph.addInitializer(`${weight.name}_scaled`, tensor));
  node.graph.replaceUses(output, input);
  node.graph.removeNode(node);
  return true;
}

/** ONNX Runtime finds Gelu by its last product, with a half. */
function endsGelu(input: Value): boolean {
  const operands = input.producer?.is('Mul') ? input.producer.inputs : [];
  return operands.some(
    (value) => value?.producer?.is('Add') && value.producer.inputs.some((inner) => inner?.producer?.is('Erf', 'Tanh')),
  );
}

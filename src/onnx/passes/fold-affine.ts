import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import {
  type FloatTensor,
  floatConstant,
  type LinearNode,
  linearProducer,
  outputRank,
  scaleAndShift,
} from './linear.ts';
import type { PassResult } from './pass.ts';
import { removeDeadCode } from './remove-dead-code.ts';

/**
 * Folds Mul, Div, Add and Sub by a constant per channel into the Conv, ConvTranspose, Gemm or MatMul before it: the
 * BatchNormalization of exporters that write it as arithmetic. An Add behind a MatMul is its bias and stays an Add.
 */
export function foldAffine(model: OnnxModel): PassResult {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const node of graph.nodes) {
      if (node.is('Mul', 'Div', 'Add', 'Sub') && fold(node)) modified = true;
    }
  }
  if (modified) removeDeadCode(model);
  return { model, modified };
}

function fold(node: Node): boolean {
  for (const index of node.is('Div') ? [0] : [0, 1]) {
    const input = node.input(index);
    const constant = floatConstant(node.input(1 - index));
    if (!input || !constant || input.uses.length !== 1 || input.isGraphOutput || input.graph !== node.graph) continue;
    const linear = linearProducer(input);
    if (!linear || (node.is('Add', 'Sub') && linear.node.is('MatMul') && !linear.add)) continue;
    const values = perChannel(constant, linear);
    if (!values) continue;
    const ones = new Float64Array(linear.channels).fill(1);
    const zeros = new Float64Array(linear.channels);
    const negated = values.map((x) => -x);
    let factor: Float64Array = ones;
    let shift: Float64Array = zeros;
    if (node.is('Mul')) factor = values;
    else if (node.is('Div')) factor = values.map((x) => 1 / x);
    else if (node.is('Add')) shift = values;
    else if (index === 0) shift = negated;
    else [factor, shift] = [ones.map((x) => -x), values];
    if (!factor.every(Number.isFinite) || !shift.every(Number.isFinite)) continue;
    node.graph.replaceAll(node.output(), scaleAndShift(linear, factor, shift));
    node.graph.removeNode(node);
    return true;
  }
  return false;
}

/** The constant as one number a channel, where it varies along no other axis and does not raise the output's rank. */
function perChannel({ data, dims }: FloatTensor, linear: LinearNode): Float64Array | undefined {
  const rank = outputRank(linear);
  if (dims.length > (rank ?? 1)) return undefined;
  if (data.length === 1) return new Float64Array(linear.channels).fill(data[0] as number);
  const fromEnd = linear.axis === 'last' ? 1 : (rank as number) - 1;
  if (data.length !== linear.channels || dims.at(-fromEnd) !== linear.channels) return undefined;
  return Float64Array.from<number>(data);
}

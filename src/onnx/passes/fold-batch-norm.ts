import { constantValue } from '../constants.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import type { Value } from '../value.ts';
import { floatConstant, linearProducer, outputRank, scaleAndShift } from './linear.ts';
import type { PassResult } from './pass.ts';
import { removeDeadCode } from './remove-dead-code.ts';

/**
 * Folds BatchNormalization into the Conv, ConvTranspose, Gemm or MatMul (+ Add) before it:
 *
 *     y = scale * (x - mean) / sqrt(var + epsilon) + B
 *
 * is a factor and a shift per channel. Computed in double precision. One whose statistics are not constant, that is in
 * training mode, or whose input is seen by others stays. https://onnx.ai/onnx/operators/onnx__BatchNormalization.html
 */
export function foldBatchNorm(model: OnnxModel): PassResult {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const node of graph.nodes) {
      if (!node.is('BatchNormalization') || !fold(node)) continue;
      modified = true;
    }
  }
  if (modified) removeDeadCode(model);
  return { model, modified };
}

function fold(node: Node): boolean {
  const input = node.input(0);
  if (!input || input.isGraphOutput || input.uses.length !== 1 || input.graph !== node.graph) return false;
  if (node.attrInt('training_mode', 0) !== 0 || node.attrInt('spatial', 1) === 0) return false;
  if (node.outputs.slice(1).some((value) => value && !value.isUnused)) return false;
  const [scale, b, mean, variance] = [1, 2, 3, 4].map((index) => floatConstant(node.input(index))?.data);
  if (!scale || !b || !mean || !variance) return false;
  const rows = rowsBefore(input);
  const linear = linearProducer(rows ?? input);
  if (!linear || linear.channels !== scale.length) return false;
  // BatchNormalization counts channels along axis 1, a MatMul along the last: the same in a matrix only.
  if (rows ? linear.axis !== 'last' : linear.axis === 'last' && outputRank(linear) !== 2) return false;
  const epsilon = node.attrFloat('epsilon', 1e-5);
  const factor = Float64Array.from<number>(scale, (s, c) => s / Math.sqrt((variance[c] as number) + epsilon));
  const shift = Float64Array.from<number>(b, (x, c) => x - (mean[c] as number) * (factor[c] as number));
  if (!factor.every(Number.isFinite) || !shift.every(Number.isFinite)) return false;
  let result = scaleAndShift(linear, factor, shift);
  if (rows) {
    input.producer!.setInput(0, result);
    result = input;
  }
  node.graph.replaceAll(node.output(), result);
  node.graph.removeNode(node);
  return true;
}

/**
 * What is read by a Flatten or Reshape that makes a matrix of it, as LeViT has one before each normalization. A matrix has a column for
 * each channel here: where the rows of a product are as long already, they stay whole.
 */
function rowsBefore({ producer, graph }: Value): Value | undefined {
  const isMatrix =
    producer?.is('Flatten') || (producer?.is('Reshape') && constantValue(producer.input(1))?.data.length === 2);
  const read = isMatrix ? producer!.input(0) : undefined;
  if (!read || read.isGraphOutput || read.graph !== graph) return undefined;
  // Its shape, which it gets back behind the normalization, stays the same.
  return read.consumers.every((reader) => reader === producer || reader.is('Shape')) ? read : undefined;
}

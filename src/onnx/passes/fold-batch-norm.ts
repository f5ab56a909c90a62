import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
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
  const linear = linearProducer(input);
  if (!linear || linear.channels !== scale.length) return false;
  // BatchNormalization counts channels along axis 1, a MatMul along the last: the same in a matrix only.
  if (linear.axis === 'last' && outputRank(linear) !== 2) return false;
  const epsilon = node.attrFloat('epsilon', 1e-5);
  const factor = Float64Array.from<number>(scale, (s, c) => s / Math.sqrt((variance[c] as number) + epsilon));
  const shift = Float64Array.from<number>(b, (x, c) => x - (mean[c] as number) * (factor[c] as number));
  if (!factor.every(Number.isFinite) || !shift.every(Number.isFinite)) return false;
  node.graph.replaceAll(node.output(), scaleAndShift(linear, factor, shift));
  node.graph.removeNode(node);
  return true;
}

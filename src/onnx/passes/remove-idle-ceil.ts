import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import type { PassResult } from './pass.ts';

/**
 * Removes a pooling's ceil_mode where it adds no window, as of kernel 1 and stride 2: each that it would add starts behind the image. ONNX
 * Runtime 1.30 leaves such windows out when it computes and counts them when it infers shapes, by which it then reshapes.
 */
export function removeIdleCeil(model: OnnxModel): PassResult {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const node of graph.nodes) {
      if (!node.is('MaxPool', 'AveragePool', 'LpPool') || node.attrInt('ceil_mode', 0) === 0 || !isIdle(node)) continue;
      node.setAttr('ceil_mode', undefined);
      modified = true;
    }
  }
  return { model, modified };
}

/** Whether what is padded at each end holds all of the kernel but one: then a window that needs more starts behind the image. */
function isIdle(node: Node): boolean {
  if (!['NOTSET', 'VALID'].includes(node.attrString('auto_pad', 'NOTSET'))) return false;
  const kernel = node.attrInts('kernel_shape', []).map(Number);
  const pads = node.attrInts('pads', new Array(2 * kernel.length).fill(0)).map(Number);
  const dilations = node.attrInts('dilations', new Array(kernel.length).fill(1)).map(Number);
  return kernel.every((size, axis) => pads[kernel.length + axis]! >= (size - 1) * dilations[axis]!);
}

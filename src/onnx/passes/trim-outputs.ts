import type { OnnxModel } from '../model.ts';
import type { PassResult } from './pass.ts';

/** How many outputs these have is what they do. */
const counted = ['If', 'Loop', 'Scan', 'Split'];

/**
 * Cuts off optional outputs at the end of a node's list that are left out by an empty name, which means the same as no name. ONNX
 * Runtime 1.30 puts a Transpose behind such an output where it moves one past the node, and fails when that runs.
 */
export function trimOutputs(model: OnnxModel): PassResult {
  let modified = false;
  for (const node of model.graph.allNodes()) {
    const last = node.outputs.length - 1;
    if (last < 1 || node.outputs[last] || node.is(...counted)) continue;
    node.graph.removeNodeOutput(node, last);
    modified = true;
  }
  return { model, modified };
}

import type { OnnxModel } from '../model.ts';
import type { PassResult } from './pass.ts';

/**
 * Removes nodes and constants whose results reach no output, in subgraphs too. Graph inputs that must be fed stay: they
 * are the model's interface.
 */
export function removeDeadCode(model: OnnxModel): PassResult {
  let modified = false;
  // Inner graphs last to first: what they no longer read may be dead outside.
  for (const graph of [...model.graph.allGraphs()].reverse()) {
    for (const node of [...graph.nodes].reverse()) {
      if (node.outputs.some((value) => value && !value.isUnused)) continue;
      graph.removeNode(node);
      modified = true;
    }
    for (const value of graph.values) {
      if (!value.isUnused || !(value.initializer || value.sparseInitializer)) continue;
      // The second input of a Loop body is its place, whoever reads it.
      if (graph.owner && value.isGraphInput) continue;
      graph.removeInitializer(value);
      modified = true;
    }
  }
  return { model, modified };
}

import { dropoutTrains } from '../chance.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import type { PassResult } from './pass.ts';

/**
 * Removes what does nothing in inference: Identity, and Dropout that is not in training mode. One that carries a graph
 * input or a constant to a graph output has to stay.
 */
export function removeIdentity(model: OnnxModel): PassResult {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const node of graph.nodes) {
      const input = node.input(0);
      const output = node.outputs[0];
      if (!input || !output || !doesNothing(node)) continue;
      const carriesOutput = output.isGraphOutput;
      const movable = input.producer && !input.isGraphOutput && input.graph === graph;
      if (carriesOutput && !movable) {
        if (output.uses.length > 0) modified = true;
        graph.replaceUses(output, input);
        continue;
      }
      graph.replaceAll(output, input);
      graph.removeNode(node);
      modified = true;
    }
  }
  return { model, modified };
}

function doesNothing(node: Node): boolean {
  if (node.is('Identity')) return true;
  if (!node.is('Dropout')) return false;
  const mask = node.outputs[1];
  return (!mask || mask.isUnused) && dropoutTrains(node) === false;
}

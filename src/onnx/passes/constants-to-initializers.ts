import { constantOfNode } from '../constants.ts';
import type { OnnxModel } from '../model.ts';
import { copyTensor } from '../tensor.ts';
import type { PassResult } from './pass.ts';

/**
 * Turns Constant nodes into initializers of the same name, in subgraphs too, and takes initializers out of the list of
 * graph inputs, where files up to IR version 3 had to put them (a caller could then override a weight; from here on it
 * is a constant). Ensures: every dense constant is an initializer that is no graph input.
 */
export function constantsToInitializers(model: OnnxModel): PassResult {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const input of graph.declaredInputs.slice()) {
      if (!input.initializer && !input.sparseInitializer) continue;
      graph.removeInput(input);
      modified = true;
    }
    for (const node of graph.nodes) {
      if (!node.is('Constant')) continue;
      const tensor = constantOfNode(node);
      const output = node.outputs[0];
      if (tensor === undefined || output === undefined) continue;
      graph.makeInitializer(output, copyTensor(tensor));
      modified = true;
    }
  }
  // Initializers that are no inputs exist since IR version 4.
  if (modified && model.irVersion < 4) model.irVersion = 4;
  return { model, modified };
}

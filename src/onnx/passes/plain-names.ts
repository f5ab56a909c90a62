import type { OnnxModel } from '../model.ts';
import type { PassResult } from './pass.ts';

/**
 * Gives other names to values whose names every JavaScript object has already (`constructor`, `toString`, `__proto__`): onnxruntime-node
 * takes and gives tensors as objects by name, and what it finds there under such a name is no tensor. Inputs and outputs of the
 * model stay: they are its interface.
 */
export function plainNames(model: OnnxModel): PassResult {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const value of graph.values) {
      const isInterface = graph.owner === undefined && (value.isGraphInput || value.isGraphOutput);
      if (isInterface || !(value.name in Object.prototype)) continue;
      graph.rename(value, graph.freshName(`${value.name}_value`));
      modified = true;
    }
  }
  return { model, modified };
}

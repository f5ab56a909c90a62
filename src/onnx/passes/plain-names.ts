import type { OnnxModel } from '../model.ts';
import type { PassResult } from './pass.ts';

/**
 * Gives other names to values that are found by none:
 *
 * - Every JavaScript object has something called `constructor`, `toString` or `__proto__` already, and onnxruntime-node takes and gives
 *   tensors as objects by name.
 * - In the body of an If, Loop or Scan, what is called as a value of the graph around hides that. ONNX forbids it; ONNX Runtime lets it
 *   pass until the other becomes an output.
 *
 * Inputs and outputs of the model stay: they are its interface.
 */
export function plainNames(model: OnnxModel): PassResult {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    const around = graph.owner?.graph;
    for (const value of graph.values) {
      const { name } = value;
      if (!around && (value.isGraphInput || value.isGraphOutput)) continue;
      if (!(name in Object.prototype) && !around?.value(name)) continue;
      graph.rename(value, graph.freshName(`${name}_value`));
      modified = true;
    }
  }
  return { model, modified };
}

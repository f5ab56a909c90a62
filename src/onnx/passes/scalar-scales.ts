import { copyMessage } from '../copy.ts';
import type { OnnxModel } from '../model.ts';
import type { Use } from '../value.ts';
import type { PassResult } from './pass.ts';

/**
 * PyTorch writes the scale and zero point of an activation as vectors of one element. QuantizeLinear takes them for a
 * tensor's as well, but ONNX Runtime's QLinearAdd and the like, into which it fuses them, want scalars and do not load. For a
 * weight of one channel the scalar means the same. Needs constants as initializers.
 */
export function scalarScales(model: OnnxModel): PassResult {
  const { graph } = model;
  let modified = false;
  for (const node of graph.nodes) {
    if (!node.is('QuantizeLinear', 'DequantizeLinear')) continue;
    for (const value of [node.input(1), node.input(2)]) {
      const tensor = value?.initializer;
      if (!value || !tensor || tensor.dims.length !== 1 || Number(tensor.dims[0]) !== 1) continue;
      const scalar = copyMessage(tensor);
      scalar.dims = [];
      // What else reads it may tell a vector from a scalar.
      const isScale = ({ node: reader, index }: Use) => index > 0 && reader.is('QuantizeLinear', 'DequantizeLinear');
      if (value.uses.every(isScale)) graph.setInitializer(value, scalar);
      else graph.replaceUses(value, graph.addInitializer(value.name, scalar), isScale);
      modified = true;
    }
  }
  return { model, modified };
}

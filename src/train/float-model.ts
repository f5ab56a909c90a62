import { constantValue } from '../onnx/constants.ts';
import type { OnnxModel } from '../onnx/model.ts';
import type { Value } from '../onnx/value.ts';
import { weightGrid } from '../quantize/weights.ts';
import type { IntegerGrid, Target } from '../targets/target.ts';
import type { FloatModel, Levels } from './student.ts';

/** Reads weights and biases of the float model by the names that the quantized one gives them. */
export function floatModel(model: OnnxModel): FloatModel {
  const floats = (value: Value | undefined) => {
    const data = constantValue(value)?.data;
    return data instanceof Float32Array ? data : undefined;
  };
  const byName = new Map(model.graph.nodes.map((node) => [node.name, node]));
  return {
    weight: (name) => floats(model.graph.value(name)),
    bias(name, channels) {
      const node = byName.get(name);
      // A Gemm of the quantized model may be a MatMul and its Add here, under the name of either.
      const adding = node?.is('MatMul') ? node.output().consumers.find((each) => each.is('Add')) : node;
      const found = adding?.is('Add')
        ? (floats(adding.input(0)) ?? floats(adding.input(1)))
        : floats(adding?.is('Conv', 'Gemm') ? adding.input(2) : undefined);
      if (found) return found.length === channels ? found : undefined;
      return adding?.is('Conv', 'Gemm') && !adding.input(2) ? new Float32Array(channels) : undefined;
    },
  };
}

/** Every grid that the quantizers round weights of this target to. */
export function gridsOf(target: Target, bits: 8 | 4 | 3): Levels[] {
  const levels = ({ qmin, qmax, zeroPoint = 0 }: IntegerGrid): Levels => ({
    low: qmin - zeroPoint,
    high: qmax - zeroPoint,
  });
  return [
    weightGrid(target, bits),
    { type: 'int8', qmin: -7, qmax: 7 } as const,
    target.weight,
    target.dynamicWeight,
    ...(target.depthwiseWeight ? [target.depthwiseWeight] : []),
    ...(target.wideWeight ? [target.wideWeight] : []),
    { type: 'int8', qmin: -128, qmax: 127 } as const,
  ].map(levels);
}

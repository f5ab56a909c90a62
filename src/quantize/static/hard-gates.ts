import { parametersFor } from '../../calibrate/error.ts';
import type { Node } from '../../onnx/node.ts';
import { addDequantize, addIntegers, addQuantize, addTensorParameters, nameAfter } from './qdq.ts';
import type { Edges } from './writers.ts';

/** The line that HardSigmoid and HardSwish cut off at 0 and 1: slope * x + offset. */
export function lineOf(node: Node): { slope: number; offset: number } | undefined {
  if (node.is('HardSwish')) return { slope: 1 / 6, offset: 0.5 };
  if (!node.is('HardSigmoid')) return undefined;
  return { slope: node.attrFloat('alpha', 0.2), offset: node.attrFloat('beta', 0.5) };
}

/**
 * Writes HardSigmoid or HardSwish in integers, for which there is no kernel of their own: the input's integers at a slope-th of their
 * scale are the slope times the input, an Add (QLinearAdd) brings the offset, and the range [0, 1] of what it writes cuts off. HardSwish
 * multiplies by that (QLinearMul).
 */
export function writeHardGate(node: Node, { graph, x, target: { activation: grid } }: Edges): 'floats' {
  const { slope, offset } = lineOf(node)!;
  const name = node.name;
  const slopeScale = Float32Array.of(x.parameters.scale * slope);
  const scaled = graph.addInitializer(nameAfter(name, 'slope_scale'), { type: 'float32', dims: [], data: slopeScale });
  const store = (part: string, range: readonly [number, number]) => {
    const parameters = parametersFor(range, grid);
    return { ...parameters, written: addTensorParameters(graph, `${name}_${part}`, parameters, grid) };
  };
  const line = store('offset', [0, offset]);
  const level = Math.round(offset / line.scale) + line.zeroPoint;
  const constant = addIntegers(graph, nameAfter(name, 'offset_quantized'), [], [level], grid.type);
  const terms = [
    addDequantize(graph, `${name}_slope`, x.dq.producer!.input(0)!, { scale: scaled, zeroPoint: x.zeroPoint }),
    addDequantize(graph, `${name}_offset`, constant, line.written),
  ];
  if (node.is('HardSigmoid')) {
    for (const attribute of ['alpha', 'beta']) node.setAttr(attribute, undefined);
    node.op = 'Add';
    node.setInputs(terms);
    return 'floats';
  }
  const gate = store('gate', [0, 1]);
  const sum = graph.addNode({ op: 'Add', name: `${name}_line`, inputs: terms }).output();
  const q = addQuantize(graph, `${name}_gate`, sum, gate.written);
  node.op = 'Mul';
  node.setInputs([x.dq, addDequantize(graph, `${name}_gate`, q.output(), gate.written)]);
  return 'floats';
}

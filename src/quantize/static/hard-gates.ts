import { parametersFor, type QuantizationParameters } from '../../calibrate/error.ts';
import type { Graph } from '../../onnx/graph.ts';
import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import type { IntegerGrid } from '../../targets/target.ts';

/** A quantized activation: what its integers stand for, and the zero point's initializer. */
interface Activation {
  dq: Value;
  zeroPoint: Value;
  parameters: QuantizationParameters;
}

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
export function writeHardGate(graph: Graph, node: Node, x: Activation, grid: IntegerGrid): void {
  const { slope, offset } = lineOf(node)!;
  const name = node.name;
  const type = grid.type === 'uint8' ? 'uint8' : 'int8';
  const integer = (wish: string, level: number) =>
    graph.addInitializer(wish, {
      type,
      dims: [],
      data: type === 'uint8' ? Uint8Array.of(level) : Int8Array.of(level),
    });
  const float = (wish: string, value: number) =>
    graph.addInitializer(wish, { type: 'float32', dims: [], data: Float32Array.of(value) });
  const dequantize = (wish: string, integers: Value, scale: Value, zeroPoint: Value) =>
    graph
      .addNode({ op: 'DequantizeLinear', name: `${wish}_DequantizeLinear`, inputs: [integers, scale, zeroPoint] })
      .output();
  const scaled = float(`${name}_slope_scale`, Math.fround(x.parameters.scale * slope));
  const offsetGrid = parametersFor([0, offset], grid);
  const terms = [
    dequantize(`${name}_slope`, x.dq.producer!.input(0)!, scaled, x.zeroPoint),
    dequantize(
      `${name}_offset`,
      integer(`${name}_offset_quantized`, Math.round(offset / offsetGrid.scale) + offsetGrid.zeroPoint),
      float(`${name}_offset_scale`, offsetGrid.scale),
      integer(`${name}_offset_zero_point`, offsetGrid.zeroPoint),
    ),
  ];
  if (node.is('HardSigmoid')) {
    for (const attribute of ['alpha', 'beta']) node.setAttr(attribute, undefined);
    node.op = 'Add';
    node.setInputs(terms);
    return;
  }
  const gateGrid = parametersFor([0, 1], grid);
  const scale = float(`${name}_gate_scale`, gateGrid.scale);
  const zeroPoint = integer(`${name}_gate_zero_point`, gateGrid.zeroPoint);
  const line = graph.addNode({ op: 'Add', name: `${name}_line`, inputs: terms }).output();
  const gate = graph
    .addNode({ op: 'QuantizeLinear', name: `${name}_gate_QuantizeLinear`, inputs: [line, scale, zeroPoint] })
    .output();
  node.op = 'Mul';
  node.setInputs([x.dq, dequantize(`${name}_gate`, gate, scale, zeroPoint)]);
}

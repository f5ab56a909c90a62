import { constantValue } from '../constants.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import type { PassResult } from './pass.ts';
import { upgradeOpset } from './upgrade-opset.ts';

/** The first with one scale a channel, and the first with 16 and 4 bits. */
const [perChannelOpset, allBitsOpset] = [13, 21];
const oldTypes = ['int8', 'uint8', 'int32'];

/**
 * QuantizeLinear and DequantizeLinear of `com.microsoft`, which ONNX Runtime's tool writes for 16 bits, become those of ONNX, which
 * compute the same: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
 *
 * @throws UserError where the model cannot be brought to an opset that has them
 */
export function ownQuantizers(model: OnnxModel): PassResult {
  const foreign = [...model.graph.allNodes()].filter(
    ({ domain, op }) => domain === 'com.microsoft' && (op === 'QuantizeLinear' || op === 'DequantizeLinear'),
  );
  if (foreign.length === 0) return { model, modified: false };
  upgradeOpset(model, foreign.every(isOld) ? perChannelOpset : allBitsOpset);
  for (const node of foreign) node.domain = '';
  return { model, modified: true };
}

/** Whether its integers are of a type that ONNX had from the start. Without a zero point QuantizeLinear gives uint8. */
function isOld(node: Node): boolean {
  const integers =
    constantValue(node.input(2)) ?? (node.op === 'DequantizeLinear' ? constantValue(node.input(0)) : undefined);
  return integers === undefined || oldTypes.includes(integers.type);
}

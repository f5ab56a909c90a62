import { constantProto } from './constants.ts';
import type { Node } from './node.ts';
import { DataType } from './proto.ts';
import { tensorType } from './tensor.ts';

/**
 * The type of what a QuantizeLinear gives: that of its zero point, or what it names since opset 21, or uint8; undefined where only a run
 * can tell, and for types without numbers of ours. https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html
 */
export function quantizedType(node: Node) {
  const zero = node.input(2);
  const type = zero ? constantProto(zero)?.dataType : node.attrInt('output_dtype', 0) || DataType.UINT8;
  return type === undefined ? undefined : tensorType(type);
}

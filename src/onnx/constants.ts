import type { Tensor } from '../tensor.ts';
import type { Node } from './node.ts';
import { DataType, type TensorProto } from './proto.ts';
import { readTensor, tensorProto, tensorType } from './tensor.ts';
import type { Value } from './value.ts';

/** The constant that a value always is: its initializer, or what a Constant node (seen through Identity) gives. */
export function constantProto(value: Value | undefined): TensorProto | undefined {
  if (value === undefined) return undefined;
  if (value.initializer) return value.initializer;
  const node = value.producer;
  if (node?.is('Constant')) return constantOfNode(node);
  if (node?.is('Identity')) return constantProto(node.input(0));
  return undefined;
}

/** As constantProto, read; undefined also where the element type has no numbers of ours (bfloat16, int4, ...). */
export function constantValue(value: Value | undefined): Tensor | undefined {
  const proto = constantProto(value);
  return proto && tensorType(proto.dataType) !== undefined ? readTensor(proto) : undefined;
}

/** The axes of a node that has them as an attribute or, in newer operator sets, as its second input; undefined where they are no constant. */
export function axesOf(node: Node): readonly number[] | undefined {
  const listed = constantValue(node.input(1));
  return node.attrInts('axes') ?? (listed && Array.from(listed.data as Iterable<bigint>, Number));
}

/** The tensor of a Constant node; undefined for a sparse one. https://onnx.ai/onnx/operators/onnx__Constant.html */
export function constantOfNode(node: Node): TensorProto | undefined {
  for (const attribute of node.proto.attribute) {
    switch (attribute.name) {
      case 'value':
        return attribute.t;
      case 'value_float':
        return tensorProto({ type: 'float32', dims: [], data: Float32Array.of(attribute.f) });
      case 'value_floats':
        return tensorProto({
          type: 'float32',
          dims: [attribute.floats.length],
          data: Float32Array.from(attribute.floats),
        });
      case 'value_int':
        return tensorProto({ type: 'int64', dims: [], data: BigInt64Array.of(attribute.i) });
      case 'value_ints':
        return tensorProto({ type: 'int64', dims: [attribute.ints.length], data: BigInt64Array.from(attribute.ints) });
      case 'value_string':
        return stringTensor([attribute.s], []);
      case 'value_strings':
        return stringTensor(attribute.strings, [attribute.strings.length]);
    }
  }
  return undefined;
}

function stringTensor(stringData: readonly Uint8Array[], dims: number[]): TensorProto {
  const proto = tensorProto({ type: 'string', dims, data: [] });
  proto.dataType = DataType.STRING;
  proto.stringData = [...stringData] as Uint8Array<ArrayBuffer>[];
  return proto;
}

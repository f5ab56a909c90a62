import { clone } from '@bufbuild/protobuf';
import { sizeOf } from '../../tensor.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import { AttributeProtoSchema, DataType } from '../proto.ts';
import type { Value } from '../value.ts';
import type { PassResult } from './pass.ts';
import { unshare } from './unshare.ts';

/**
 * Gives every reader of an int8 weight its own copy, with its own zero point: what ONNX Runtime 1.30 needs where an AVX2
 * machine is asked for exact sums (`session.x64quantprecision`). It then rewrites the weights of each integer node to
 * uint8 under a name made from theirs, and ends the session where a second node reads the same weight ("Attempt to
 * replace the existing tensor") or a weight of several scales has no zero point. For runs only: the file that is handed over keeps its weights shared.
 */
export function unshareIntegers(model: OnnxModel): PassResult {
  let modified = false;
  const nodes = [...model.graph.allNodes()];
  const constant = (node: Node) =>
    node.is('DequantizeLinear', 'Cast') && isInteger(node.is('Cast') ? node.input(0) : source(node.input(0)));
  // Those that read others' outputs first, so that the copies are given copies.
  for (const op of ['DequantizeLinear', 'Cast']) {
    for (const node of nodes) if (node.is(op) && constant(node)) modified = copyForReaders(node) || modified;
  }
  for (const node of [...model.graph.allNodes()]) {
    const dequantizes = node.is('DequantizeLinear') && source(node.input(0))?.initializer;
    for (const [index, value] of node.inputs.entries()) {
      if (!isInteger(value) || value!.uses.length === 1) continue;
      // Scalars elsewhere are zero points of activations, which are left as they are.
      if (!dequantizes && value!.initializer!.dims.length === 0) continue;
      unshare({ node, index });
      modified = true;
    }
    modified = addZeroPoint(node) || modified;
  }
  return { model, modified };
}

/** A weight whose zero point is left out gets one: rewritten to uint8, it has another. */
function addZeroPoint(node: Node): boolean {
  const [weight, scale, zeroPoint] = node.inputs;
  if (!node.is('DequantizeLinear') || weight?.initializer?.dataType !== DataType.INT8 || zeroPoint) return false;
  if (!scale?.initializer) return false;
  const dims = scale.initializer.dims.map(Number);
  const zeros = { type: 'int8', dims, data: new Int8Array(sizeOf(dims)) } as const;
  node.setInput(2, node.graph.addInitializer(`${weight.name}_zero_point`, zeros));
  return true;
}

/** What a constant is stored as: 4-bit weights pass a Cast. */
function source(value: Value | undefined): Value | undefined {
  return value?.producer?.is('Cast') ? value.producer.input(0) : value;
}

function isInteger(value: Value | undefined): boolean {
  const type = value?.initializer?.dataType;
  return type === DataType.INT8 || type === DataType.INT4;
}

/** Every reader but the first gets a node of its own. */
function copyForReaders(node: Node): boolean {
  const [, ...further] = node.output().uses;
  for (const use of further) {
    const { op, domain, name, inputs } = node;
    const own = node.graph.addNode({ op, domain, name, inputs });
    own.proto.attribute = node.proto.attribute.map((attribute) => clone(AttributeProtoSchema, attribute));
    use.node.setInput(use.index, own.output());
  }
  return further.length > 0;
}

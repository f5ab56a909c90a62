import { roundHalfToEven } from '../../numbers.ts';
import { sizeOf } from '../../tensor.ts';
import { constantValue } from '../constants.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import { quantizedType } from '../quantized-type.ts';
import type { PassResult } from './pass.ts';

/**
 * Training frameworks export weights as floats behind QuantizeLinear: those become the integers themselves, a quarter of
 * the bytes, and what integer kernels expect. Scale and zero point must be constants, one in all or one a channel. What a Clip of
 * such integers leaves, as of weights of fewer bits, is a constant as well.
 */
export function foldQuantizedConstants(model: OnnxModel): PassResult {
  const { graph } = model;
  let modified = false;
  for (const node of graph.nodes) {
    if (!node.is('QuantizeLinear', 'Clip') || node.output().isGraphOutput || node.attrInt('block_size', 0) !== 0)
      continue;
    const folded = node.is('Clip') ? clipped(node) : quantized(node);
    if (!folded) continue;
    const source = node.input(0)?.name ?? 'weight';
    const stored = graph.addInitializer(`${source}_quantized`, folded);
    graph.replaceAll(node.output(), stored);
    graph.removeNode(node);
    modified = true;
  }
  return { model, modified };
}

/** https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html: saturate(round_half_even(x / scale) + zero point). */
function quantized(node: Node) {
  const [x, scale, zero] = [constantValue(node.input(0)), constantValue(node.input(1)), constantValue(node.input(2))];
  if (x?.type !== 'float32' || scale?.type !== 'float32' || (node.input(2) && !zero)) return undefined;
  const type = quantizedType(node);
  if (type !== 'uint8' && type !== 'int8') return undefined;
  const [low, high] = type === 'int8' ? [-128, 127] : [0, 255];
  const rank = x.dims.length;
  const given = node.attrInt('axis', 1);
  const axis = given < 0 ? given + rank : given;
  const scales = scale.data as Float32Array;
  if (scales.length > 1 && x.dims[axis] !== scales.length) return undefined;
  const inner = scales.length > 1 ? sizeOf(x.dims.slice(axis + 1)) : x.data.length;
  const zeros = zero?.data as Uint8Array | undefined;
  const data = type === 'int8' ? new Int8Array(x.data.length) : new Uint8Array(x.data.length);
  const values = x.data as Float32Array;
  for (let i = 0; i < data.length; i++) {
    const channel = scales.length > 1 ? Math.floor(i / inner) % scales.length : 0;
    const level = roundHalfToEven(Math.fround((values[i] as number) / (scales[channel] as number)));
    const offset = zeros ? (zeros[zeros.length > 1 ? channel : 0] as number) : 0;
    data[i] = Math.min(Math.max(level + offset, low), high);
  }
  return { type, dims: x.dims, data } as const;
}

/** Integers within constant bounds, of which either may be left out. */
function clipped(node: Node) {
  const [x, low, high] = [0, 1, 2].map((at) => constantValue(node.input(at)));
  if ((x?.type !== 'int8' && x?.type !== 'uint8') || (node.input(1) && !low) || (node.input(2) && !high))
    return undefined;
  const [least, most] = [Number(low?.data[0] ?? -Infinity), Number(high?.data[0] ?? Infinity)];
  const data = (x.data as Int8Array).map((level) => Math.min(Math.max(level, least), most));
  return { type: x.type, dims: x.dims, data } as const;
}

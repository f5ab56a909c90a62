import type { Graph } from '../../onnx/graph.ts';
import type { Node } from '../../onnx/node.ts';
import { readTensor } from '../../onnx/tensor.ts';
import type { Value } from '../../onnx/value.ts';
import type { Plan } from './plan.ts';
import { addDequantize, nameAfter } from './qdq.ts';
import { soleUse } from './units.ts';

/**
 * Keeps in float what the plan leaves in float. ONNX Runtime (since 1.21, WeightBiasQuantization) rounds the float weight of a
 * Conv, ConvTranspose or Gemm between DequantizeLinear and QuantizeLinear itself, to 8 bits with one scale for all channels: worse than
 * ours, and what was to stay in FP32 would be the worst of all. It asks for an input with one scale, so that input gets the
 * same scale once for each channel.
 * https://github.com/microsoft/onnxruntime/blob/main/onnxruntime/core/optimizer/qdq_transformer/weight_bias_quantization.cc
 */
export function keepFloatWeights(graph: Graph, { decisions }: Plan): void {
  for (const { unit, mode } of decisions.values()) {
    const { head, weight } = unit;
    const dims = weight?.value.initializer?.dims.map(Number);
    const dequantize = head.input(0)?.producer;
    if (mode !== 'float' || !dims || !dequantize?.is('DequantizeLinear')) continue;
    if (!head.outputs[0] || !reachesQuantize(head.outputs[0])) continue;
    const channels = channelsOf(head, dims);
    const [integers, scale, zeroPoint] = dequantize.inputs;
    if (channels === undefined || !integers || !scale?.initializer || !zeroPoint?.initializer) continue;
    const perChannel = {
      scale: repeated(graph, scale, channels),
      zeroPoint: repeated(graph, zeroPoint, channels),
    };
    head.setInput(0, addDequantize(graph, `${head.name}_input`, integers, perChannel, 1));
  }
}

/** How many channels a node reads; undefined for operators that ONNX Runtime leaves alone. */
function channelsOf(head: Node, [first = 0, second = 0]: readonly number[]): number | undefined {
  if (head.is('Conv')) return second * head.attrInt('group', 1);
  if (head.is('ConvTranspose')) return first;
  if (!head.is('Gemm') || head.attrInt('transA', 0) !== 0) return undefined;
  return head.attrInt('transB', 0) === 0 ? first : second;
}

/** Whether a value is only quantized, at once or behind a clamp. */
function reachesQuantize(value: Value): boolean {
  const reader = soleUse(value)?.node;
  if (!reader) return false;
  return reader.is('QuantizeLinear') || (reader.is('Relu', 'Clip') && reachesQuantize(reader.output()));
}

function repeated(graph: Graph, { name, initializer }: Value, count: number): Value {
  const { type, data } = readTensor(initializer!);
  const numbers = Array<number>(count).fill(Number(data[0]));
  const ofType = type === 'float32' ? Float32Array : type === 'uint8' ? Uint8Array : Int8Array;
  return graph.addInitializer(nameAfter(name, 'per_channel'), { type, dims: [count], data: ofType.from(numbers) });
}

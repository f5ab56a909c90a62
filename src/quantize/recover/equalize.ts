import { constantValue } from '../../onnx/constants.ts';
import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import { type ChannelStatistics, channelFactors } from './channel-factors.ts';
import type { Dims } from './channel-rules.ts';
import type { ChannelMap } from './channels.ts';
import { takeBack } from './gates.ts';
import { multiplyConstant } from './scalable.ts';

/**
 * Cross-layer equalization (Nagel et al., "Data-Free Quantization", ICCV 2019) with the activations' measured ranges (as
 * SmoothQuant, Xiao et al., ICML 2023). The function computed stays the same.
 *
 * @param statistics of values whose channels are one axis
 * @returns the values whose ranges changed, those that are new with the one they are shaped as; the model is changed in place
 */
export function equalize(
  map: ChannelMap,
  statistics: ReadonlyMap<Value, ChannelStatistics>,
  dimsOf: (value: Value) => Dims | undefined,
): { changed: Value[]; added: Map<Value, Value> } {
  const { sets, of, producers, consumers, shifts } = map;
  const factors = channelFactors(map, statistics);
  const factorOf = (channel: number) => factors.get(sets.find(channel)) ?? 1;
  const isScaled = (value: Value) => of.get(value)?.ids.some((channel) => factorOf(channel) !== 1) ?? false;
  const factorsOf = (value: Value) => of.get(value)!.ids.map(factorOf);
  for (const { node, outputOf } of producers.filter((layer) => isScaled(layer.node.output()))) {
    const by = factorsOf(node.output());
    multiplyConstant(node, 1, (i) => 1 / by[outputOf(i)]!);
    if (node.input(2)) multiplyConstant(node, 2, (i) => 1 / by[i]!);
  }
  for (const { node, inputOf } of consumers.filter((layer) => isScaled(layer.node.input(0)!))) {
    const by = factorsOf(node.input(0)!);
    multiplyConstant(node, 1, (i) => by[inputOf(i)]!);
  }
  for (const { node, index } of shifts.filter((shift) => isScaled(shift.node.output()))) {
    divideShift(node, index, factorsOf(node.output()), dimsOf(node.output())!.length);
  }
  const changed = [...of.keys()].filter(isScaled);
  const added = new Map<Value, Value>();
  for (const gate of map.gates.filter(({ x }) => isScaled(x))) {
    const rank = dimsOf(gate.x)!.length;
    for (const value of takeBack(gate, Float32Array.from(factorsOf(gate.x)), rank)) added.set(value, gate.x);
  }
  return { changed: [...changed, ...added.keys()], added };
}

/** Divides an added constant, of one number or one for each channel. */
function divideShift(node: Node, index: number, by: readonly number[], rank: number): void {
  const { name } = node.input(index)!;
  const { data } = constantValue(node.input(index))!;
  const divided = Float32Array.from(by, (s, c) => Number(data[data.length === 1 ? 0 : c]) * (1 / s));
  const dims = [by.length, ...Array<number>(rank - 2).fill(1)];
  node.setInput(index, node.graph.addInitializer(name, { type: 'float32', dims, data: divided }));
}

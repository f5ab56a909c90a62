import { constantValue } from '../constants.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import { quantizedType } from '../quantized-type.ts';
import type { PassResult } from './pass.ts';

const grids = { uint8: [0, 255], int8: [-128, 127], uint16: [0, 65535], int16: [-32768, 32767] } as const;

/**
 * Removes Relu and Clip in front of QuantizeLinear whose bounds are the ends of its grid: quantization cuts off there itself,
 * and a convolution before it becomes an integer kernel. A quantizer never falls as its input rises, so every integer stays the
 * same if each bound becomes the grid's end. Needs scale and zero point to be constants.
 */
export function removeIdleClips(model: OnnxModel): PassResult {
  let modified = false;
  for (const graph of model.graph.allGraphs()) {
    for (const node of graph.nodes) {
      const range = rangeOf(node);
      if (!range || node.output().isGraphOutput || node.output().isUnused) continue;
      if (!node.output().uses.every((use) => use.index === 0 && cutsOff(use.node, range))) continue;
      graph.replaceAll(node.output(), node.input(0)!);
      graph.removeNode(node);
      modified = true;
    }
  }
  return { model, modified };
}

/** Bounds of Relu and Clip; undefined for other nodes and where a bound is computed. */
function rangeOf(node: Node): [low: number, high: number] | undefined {
  if (node.is('Relu')) return [0, Infinity];
  if (!node.is('Clip')) return undefined;
  const bound = (index: number, attribute: string, none: number) => {
    const value = node.input(index);
    return value ? Number(constantValue(value)?.data[0]) : node.attrFloat(attribute, none);
  };
  const [low, high] = [bound(1, 'min', -Infinity), bound(2, 'max', Infinity)];
  return Number.isNaN(low) || Number.isNaN(high) ? undefined : [low, high];
}

/** Whether a QuantizeLinear takes the bounds to the ends of its grid. */
function cutsOff(node: Node, [low, high]: readonly [number, number]): boolean {
  if (!node.is('QuantizeLinear') || node.attrInt('block_size', 0) !== 0) return false;
  const [scale, zero] = [constantValue(node.input(1)), constantValue(node.input(2))];
  if (scale?.type !== 'float32' || (node.input(2) && !zero)) return false;
  const [least, most] = grids[quantizedType(node) as keyof typeof grids] ?? [];
  if (least === undefined || most === undefined) return false;
  return (scale.data as Float32Array).every((s, i) => {
    const offset = Number(zero?.data[zero.data.length > 1 ? i : 0] ?? 0);
    const [from, to] = [Math.fround(low / s) + offset, Math.fround(high / s) + offset];
    // Exactly half a level less goes to the even one.
    return from < least + 0.5 && to > most - 0.5;
  });
}

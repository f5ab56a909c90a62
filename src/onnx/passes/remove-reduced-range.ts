import { constantValue } from '../constants.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import type { PassResult } from './pass.ts';

/**
 * PyTorch's reduced-range activations arrive as QuantizeLinear -> Clip -> DequantizeLinear, the Clip keeping the integers
 * within 7 bits. No integer kernel is made of that. The Clip goes, scale and zero point stay: every value inside the range
 * that training observed is the same, larger ones are no longer cut off at its end but at the end of the 8-bit grid.
 */
export function removeReducedRange(model: OnnxModel): PassResult {
  const { graph } = model;
  let modified = false;
  for (const clip of graph.nodes) {
    if (!clip.is('Clip') || clip.output().isGraphOutput || !isReducedRange(clip)) continue;
    const quantize = clip.input(0)?.producer;
    // Of a constant, what the Clip leaves is one, too.
    if (quantize?.input(0)?.initializer) continue;
    if (!quantize?.is('QuantizeLinear') || !clip.output().consumers.every((node) => node.is('DequantizeLinear'))) {
      continue;
    }
    graph.replaceAll(clip.output(), quantize.output());
    graph.removeNode(clip);
    modified = true;
  }
  return { model, modified };
}

/** The ends of 7 bits, or of more; other bounds mean something else: that of a Relu is the zero point. */
function isReducedRange(clip: Node): boolean {
  const [low, high] = [constantValue(clip.input(1)), constantValue(clip.input(2))];
  if (!low || low.type !== high?.type) return false;
  const [from, to] = [Number(low.data[0]), Number(high.data[0])];
  return low.type === 'uint8' ? from === 0 && to >= 127 : low.type === 'int8' && from <= -64 && to >= 63;
}

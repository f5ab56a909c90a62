import { counted, listed } from '../words.ts';
import { remarksOnChance } from './chance.ts';
import { isOfQuantizer } from './integer-operators.ts';
import type { OnnxModel } from './model.ts';
import type { Node } from './node.ts';
import { usesHalf } from './passes/widen-half.ts';

/** What a user should know of a model itself before its variants are judged, a sentence or two each. */
export function remarksOn(model: OnnxModel): string[] {
  return [...remarksOnChance(model), ...remarksOnForm(model)];
}

/** What is left of a model's original form. */
function remarksOnForm(model: OnnxModel): string[] {
  const nodes = [...model.graph.allNodes()];
  const quantized = nodes.filter(({ op }) => isOfQuantizer(op));
  const blocked = nodes.filter(({ domain }) => domain === 'com.microsoft.nchwc');
  return [
    ...(quantized.length > 0
      ? [
          `The model is quantized already, or a part of it (${operators(quantized)}): variants are compared with that, not with FP32, ` +
            'and what is quantized stays as it is. Commit the FP32 model that it was made from.',
        ]
      : []),
    ...(blocked.length > 0
      ? [
          `The model was optimized for the CPU of one machine when it was saved (${counted(blocked.length, 'node')} of ` +
            'com.microsoft.nchwc): these nodes have no integer form. Save it without optimizations, or with those up to "extended".',
        ]
      : []),
    ...(usesHalf(model.graph)
      ? [
          'The model is of float16, or a part of it: variants are compared with that, and compute in float32 what they do not quantize.',
        ]
      : []),
  ];
}

/** The commonest first. */
function operators(nodes: readonly Node[]): string {
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a).slice(0, 3);
  return listed(sorted.map(([op, count]) => `${count.toLocaleString('en-US')} ${op}`));
}

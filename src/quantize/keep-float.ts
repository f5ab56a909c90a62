import picomatch from 'picomatch';
import type { Node } from '../onnx/node.ts';

/** Why `keep-float` holds these nodes (one unit) in FP32; undefined where no pattern matches. */
export function keepFloatWhy(
  patterns: readonly string[],
  nodes: readonly ({ name: string; op: string } | undefined)[],
): string | undefined {
  for (const pattern of patterns) {
    const matches = picomatch(pattern, { dot: true, bash: true });
    if (nodes.some((node) => node && (node.op === pattern || node.name === pattern || matches(node.name)))) {
      return `kept in float by the policy (${pattern})`;
    }
  }
  return undefined;
}

/** The same for a node that reads a weight: a pattern may also name the If or Loop that it is in. */
export function keepFloatInside(
  patterns: readonly string[],
  { node, label, op }: { node: Node; label: string; op: string },
): string | undefined {
  return keepFloatWhy(patterns, [{ name: label, op }, outermost(node)]);
}

/** The node of the model's own graph that a node is, or is in. */
export function outermost(node: Node): Node {
  return node.graph.owner ? outermost(node.graph.owner) : node;
}

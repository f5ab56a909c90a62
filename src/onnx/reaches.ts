import type { Node } from './node.ts';

/** So many nodes are looked at, at most. */
const mostNodes = 64;

/**
 * Whether what a node gives gets to a reader that is looked for.
 *
 * @param isWanted whether a reader is one of those
 * @param letsPass whether one hands on what matters, so that its own readers are looked at too
 */
export function reaches(
  start: Node,
  isWanted: (reader: Node) => boolean,
  letsPass: (reader: Node) => boolean,
): boolean {
  const seen = new Set<Node>([start]);
  for (const node of seen) {
    for (const value of node.outputs) {
      for (const reader of value?.consumers ?? []) {
        if (isWanted(reader)) return true;
        if (letsPass(reader) && seen.size < mostNodes) seen.add(reader);
      }
    }
  }
  return false;
}

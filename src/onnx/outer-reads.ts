import type { Graph } from './graph.ts';
import type { Node } from './node.ts';
import type { Value } from './value.ts';

/** The values of the graphs around that a graph and those in it read or return; one may come more than once. */
export function outerReads(graph: Graph): Value[] {
  const own = new Set<Graph>();
  const read: Value[] = [];
  const visit = (each: Graph): void => {
    own.add(each);
    for (const node of each.unorderedNodes) {
      for (const value of node.inputs) if (value) read.push(value);
      for (const inner of node.subgraphs) visit(inner);
    }
    read.push(...each.outputs);
  };
  visit(graph);
  return read.filter((value) => !own.has(value.graph));
}

/** The values of a node's own graph that it reads: its inputs, and what the graphs in it read. One may come more than once. */
export function readsOf(node: Node): Value[] {
  const inner = node.subgraphs.flatMap(outerReads).filter(({ graph }) => graph === node.graph);
  return [...node.inputs.filter((value) => value !== undefined), ...inner];
}

import { UserError } from '../errors.ts';
import type { Graph } from './graph.ts';
import type { Node } from './node.ts';
import { outerReads } from './outer-reads.ts';

/**
 * Producers before consumers, and otherwise the order given: each node is preceded by those of its producers that are
 * not yet there. A node also waits for what its subgraphs read from this graph.
 *
 * @throws UserError where the nodes form a cycle.
 */
export function topologicalOrder(graph: Graph, nodes: readonly Node[]): Node[] {
  const sorted: Node[] = [];
  const state = new Map<Node, 'open' | 'done'>();
  const stack: { node: Node; waiting: Node[] }[] = [];
  const enter = (node: Node): void => {
    state.set(node, 'open');
    stack.push({ node, waiting: producers(graph, node).reverse() });
  };
  for (const start of nodes) {
    if (!state.has(start)) enter(start);
    while (stack.length > 0) {
      const top = stack.at(-1) as { node: Node; waiting: Node[] };
      const next = top.waiting.pop();
      if (next === undefined) {
        state.set(top.node, 'done');
        sorted.push(top.node);
        stack.pop();
      } else if (!state.has(next)) {
        enter(next);
      } else if (state.get(next) === 'open') {
        throw new UserError(`the model is not valid: node '${next.name}' (${next.op}) depends on its own output`);
      }
    }
  }
  return sorted;
}

/** The nodes of `graph` whose outputs the node reads, itself or in its subgraphs. */
function producers(graph: Graph, node: Node): Node[] {
  const read = [...node.inputs, ...node.subgraphs.flatMap(outerReads)];
  return read.flatMap((value) => (value?.producer && value.graph === graph ? [value.producer] : []));
}

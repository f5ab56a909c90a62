import type { OnnxModel } from '../onnx/model.ts';
import type { Node } from '../onnx/node.ts';

/** A node of a model and the node of its optimized graph in which its work ended up. */
export interface Traced {
  node: Node;
  /** undefined: computed when the model was loaded, or nothing depended on it. */
  ran: Node | undefined;
  /** Whether that kernel is named after this node: where several nodes were fused, the one that counts. */
  named: boolean;
}

const numberedName = (index: number): string => `qg-node-${index}.`;
const numbers = /qg-node-(\d+)\./g;

/**
 * Gives all nodes of a model names that nothing else has, by which ONNX Runtime's optimized graph and profile tell them
 * again: fused nodes are named after the nodes they were made of (`x`, `x_token_7`, `x/MatMulAddFusion`).
 */
export function numberNodes(model: OnnxModel): Node[] {
  const nodes = [...model.graph.allNodes()];
  for (const [index, node] of nodes.entries()) {
    node.proto.name = numberedName(index);
    node.graph.touch();
  }
  return nodes;
}

/**
 * Finds what each node of a numbered model became in the optimized graph that ONNX Runtime wrote for it.
 *
 * A node is found by its own name, else by the values that it writes (blocked convolutions are named after theirs), else
 * by what reads them: a Relu that vanished into the convolution before it, or a bias in the product's kernel, is found
 * where its result appears.
 */
export function traceNodes(nodes: readonly Node[], optimized: OnnxModel): Traced[] {
  const byNumber = new Map<number, Node>();
  const byOutput = new Map<string, Node>();
  const constants = new Set<string>();
  for (const graph of optimized.graph.allGraphs()) for (const { name } of graph.initializers) constants.add(name);
  for (const node of optimized.graph.allNodes()) {
    for (const match of node.name.matchAll(numbers)) {
      const number = Number(match[1]);
      if (!byNumber.has(number)) byNumber.set(number, node);
    }
    for (const value of node.outputs) if (value) setOnce(byOutput, value.name, node);
  }
  for (const node of optimized.graph.allNodes()) {
    const blocked = /^(.*)_nchwc$/.exec(node.name);
    if (blocked) byOutput.set(blocked[1]!, node);
  }
  const numberOf = new Map(nodes.map((node, index) => [node, index]));
  const known = new Map<Node, Node | undefined>();
  const find = (node: Node): Node | undefined => {
    if (known.has(node)) return known.get(node);
    known.set(node, undefined);
    const found = byNumber.get(numberOf.get(node)!) ?? written(node, byOutput) ?? reader(node);
    known.set(node, found);
    return found;
  };
  const reader = (node: Node): Node | undefined => {
    for (const value of node.outputs) {
      // A folded node leaves its result behind as a constant; its readers did not take over its work.
      if (!value || constants.has(value.name)) continue;
      for (const consumer of value.consumers) {
        const found = numberOf.has(consumer) ? find(consumer) : undefined;
        if (found) return found;
      }
    }
    return undefined;
  };
  // Readers first, so that a long chain does not nest as deep.
  for (const node of [...nodes].reverse()) find(node);
  return nodes.map((node, index) => ({ node, ran: known.get(node), named: byNumber.has(index) }));
}

function written(node: Node, byOutput: ReadonlyMap<string, Node>): Node | undefined {
  for (const value of node.outputs) {
    let found = value && byOutput.get(value.name);
    // Fusions put a change of layout or rank of their own behind the kernel.
    while (found && found.op !== node.op && movesOnly(found)) found = found.input(0)?.producer;
    if (found) return found;
  }
  return undefined;
}

function movesOnly(node: Node): boolean {
  return node.op === 'ReorderOutput' || (node.op === 'Reshape' && !node.name.includes('qg-node-'));
}

function setOnce<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (!map.has(key)) map.set(key, value);
}

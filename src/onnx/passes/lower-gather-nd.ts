import { axesOf, constantValue } from '../constants.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import { FactFinder } from '../opset/facts.ts';
import type { Value } from '../value.ts';
import type { PassResult } from './pass.ts';

/**
 * Writes a GatherND that picks along the first axis alone as the Gather that it is: so PyTorch's newer exporter writes
 * `table[indices]`. A Gather is known to read a table, and to run on 8 bits.
 */
export function lowerGatherNd(model: OnnxModel): PassResult {
  const nodes = [...model.graph.allNodes()].filter(
    (node) => node.is('GatherND') && node.attrInt('batch_dims', 0) === 0,
  );
  if (nodes.length === 0) return { model, modified: false };
  const facts = new FactFinder(model.graph);
  let modified = false;
  for (const node of nodes) {
    const indices = singleIndices(node, facts);
    if (!indices) continue;
    node.op = 'Gather';
    node.setAttr('batch_dims', undefined);
    node.setInput(1, indices);
    modified = true;
  }
  return { model, modified };
}

/** The indices without their last axis, where that has one element. */
function singleIndices({ name, graph, inputs }: Node, facts: FactFinder): Value | undefined {
  const indices = inputs[1]!;
  const constant = constantValue(indices);
  if (constant) {
    if (constant.dims.at(-1) !== 1) return undefined;
    return graph.addInitializer(`${name}_indices`, { ...constant, dims: constant.dims.slice(0, -1) });
  }
  const { producer } = indices;
  if (!producer?.is('Unsqueeze')) return undefined;
  const axes = axesOf(producer);
  const single = producer.input(0)!;
  return axes?.length === 1 && (axes[0] === -1 || axes[0] === facts.of(single).rank) ? single : undefined;
}

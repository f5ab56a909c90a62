import { constantValue } from '../constants.ts';
import type { OnnxModel } from '../model.ts';
import type { Node } from '../node.ts';
import { FactFinder } from '../opset/facts.ts';
import type { PassResult } from './pass.ts';

/**
 * Lets a Pad that names axes (opset 18) say what it adds at every axis instead. ONNX Runtime 1.30 reads the pads as those of all
 * axes where it moves a Transpose past the node, as it does around integer convolutions: the model fails there, or pads other axes.
 */
export function fullPads(model: OnnxModel): PassResult {
  const nodes = [...model.graph.allNodes()].filter((node) => node.is('Pad') && node.input(3));
  if (nodes.length === 0) return { model, modified: false };
  const facts = new FactFinder(model.graph);
  let modified = false;
  for (const node of nodes) {
    const pads = padsOfAllAxes(node, facts.of(node.input(0)!).rank);
    if (!pads) continue;
    const tensor = { type: 'int64', dims: [pads.length], data: BigInt64Array.from(pads) } as const;
    node.setInput(1, node.graph.addInitializer(`${node.name}_pads`, tensor));
    node.setInput(3, undefined);
    modified = true;
  }
  return { model, modified };
}

/** All beginnings, then all ends; undefined where pads, axes or the rank are not known. */
function padsOfAllAxes(node: Node, rank: number | undefined): bigint[] | undefined {
  const [pads, axes] = [constantValue(node.input(1))?.data, constantValue(node.input(3))?.data];
  if (!(pads instanceof BigInt64Array) || !axes || rank === undefined) return undefined;
  const full = new Array<bigint>(2 * rank).fill(0n);
  for (const [at, given] of Array.from(axes, Number).entries()) {
    const axis = given < 0 ? given + rank : given;
    full[axis] = pads[at]!;
    full[rank + axis] = pads[axes.length + at]!;
  }
  return full;
}

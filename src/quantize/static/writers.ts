import type { Graph } from '../../onnx/graph.ts';
import type { Node } from '../../onnx/node.ts';
import type { Target } from '../../targets/target.ts';
import { writeHardGate } from './hard-gates.ts';
import { writePrelu } from './prelu.ts';
import type { Quantized } from './qdq.ts';

/** The integers around a node that reads and writes a quantized activation. */
export interface Edges {
  graph: Graph;
  target: Target;
  x: Quantized;
  y: Quantized;
  /** Dimensions of its input; 0 where they are not known. */
  rank: number;
}

/**
 * Writes a node in operators that have integer kernels, where Q and DQ around it are not enough. The node stays, as another
 * operator, and its output is the same value.
 *
 * @returns what it writes then: integers, which are left to no Q, or floats
 */
export type Writer = (node: Node, edges: Edges) => 'integers' | 'floats';

const writers: Readonly<Record<string, Writer>> = {
  HardSigmoid: writeHardGate,
  HardSwish: writeHardGate,
  Pad: writePad,
  PRelu: writePrelu,
};

export function writerOf(node: Node): Writer | undefined {
  return node.is(...Object.keys(writers)) ? writers[node.op] : undefined;
}

/** Pad runs on the integers themselves, filling in the zero point. */
function writePad(pad: Node, { x, y }: Edges): 'integers' {
  pad.setInput(0, x.q);
  pad.setInput(2, y.zeroPoint);
  return 'integers';
}

import type { Graph } from '../../onnx/graph.ts';
import type { Value } from '../../onnx/value.ts';
import { operatorOf } from '../../ops/table.ts';
import type { ValueInfos } from './units.ts';

/** What the numbers of a part are: probabilities of a Softmax, scores of a Sigmoid, anything else. */
export type PartKind = 'softmax' | 'sigmoid' | 'plain';

/** Places on an axis of an output. */
export interface Places {
  axis: number;
  from: number;
  to: number;
}

/** Numbers of an output that have one meaning: all of them, or in a detector's head the boxes and the scores apart. */
export interface OutputPart {
  output: string;
  kind: PartKind;
  /** Missing where the whole output is one part. */
  places?: Places;
}

/** Runs of places on an axis, in order, that differ in kind. */
interface Layout {
  axis: number;
  runs: readonly { kind: PartKind; size: number }[];
}

/**
 * The parts of a graph's outputs. YOLO's head is one tensor of boxes in pixels and scores below 1: as one signal the scores
 * would have no say.
 */
export function outputParts(graph: Graph, infos: ValueInfos): OutputPart[] {
  return graph.outputs.flatMap((value): OutputPart[] => {
    const layout = layoutOf(value, infos);
    if (typeof layout === 'string') return [{ output: value.name, kind: layout }];
    let from = 0;
    return layout.runs.map(({ kind, size }) => {
      const places = { axis: layout.axis, from, to: from + size };
      from += size;
      return { output: value.name, kind, places };
    });
  });
}

function layoutOf(value: Value, infos: ValueInfos): PartKind | Layout {
  const { producer } = value;
  if (!producer) return 'plain';
  // To an output of float16.
  if (producer.is('Cast')) return layoutOf(producer.input(0)!, infos);
  if (producer.is('Sigmoid')) return 'sigmoid';
  // Some exporters spell it out.
  if (producer.is('Softmax') || (producer.is('Div') && producer.input(0)?.producer?.is('Exp'))) return 'softmax';
  if (producer.is('Concat')) {
    const rank = infos.get(value.name)?.dims?.length;
    const axis = producer.attrInt('axis', 0);
    const inputs = producer.inputs.filter((input) => input !== undefined);
    return axis < 0 && rank === undefined ? 'plain' : joined(inputs, axis < 0 ? axis + rank! : axis, infos);
  }
  if (operatorOf(producer)?.kind !== 'pass-through') return 'plain';
  const inner = layoutOf(producer.input(0)!, infos);
  if (typeof inner === 'string') return inner;
  const axis = movedAxis(value, inner.axis, infos);
  return axis === undefined ? 'plain' : { ...inner, axis };
}

/** The layout of tensors that are put together along an axis. */
function joined(inputs: readonly Value[], axis: number, infos: ValueInfos): PartKind | Layout {
  const layouts = inputs.map((input) => layoutOf(input, infos));
  const [first] = layouts;
  // The same on every stride of a head, say.
  if (layouts.every((each) => JSON.stringify(each) === JSON.stringify(first))) {
    if (typeof first === 'string' || first!.axis !== axis) return first!;
  }
  const runs: { kind: PartKind; size: number }[] = [];
  for (const [index, layout] of layouts.entries()) {
    const size = infos.get(inputs[index]!.name)?.dims?.[axis];
    const whole = typeof layout === 'string' && typeof size === 'number' ? [{ kind: layout, size }] : undefined;
    const own = typeof layout !== 'string' && layout.axis === axis ? layout.runs : whole;
    if (!own) return 'plain';
    for (const { kind, size } of own) {
      const last = runs.at(-1);
      if (last?.kind === kind) last.size += size;
      else runs.push({ kind, size });
    }
  }
  return { axis, runs };
}

/** Where the axis of a pass-through node's input lies in its output; undefined where its places are no longer those. */
function movedAxis(output: Value, axis: number, infos: ValueInfos): number | undefined {
  const node = output.producer!;
  if (node.is('Identity')) return axis;
  const input = infos.get(node.input(0)!.name)?.dims;
  if (node.is('Transpose')) {
    const order = node.attrInts('perm') ?? input?.map((_, index) => input.length - 1 - index);
    return order?.indexOf(axis);
  }
  const dims = infos.get(output.name)?.dims;
  const keepsLast = node.is('Reshape') && axis === (input?.length ?? 0) - 1 && dims?.at(-1) === input?.at(-1);
  return keepsLast ? dims!.length - 1 : undefined;
}

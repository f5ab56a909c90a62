import { parametersFor, type QuantizationParameters } from '../../calibrate/error.ts';
import { constantValue } from '../../onnx/constants.ts';
import type { Graph } from '../../onnx/graph.ts';
import type { OnnxModel } from '../../onnx/model.ts';
import type { Node } from '../../onnx/node.ts';
import { FactFinder } from '../../onnx/opset/facts.ts';
import type { PassResult } from '../../onnx/passes/pass.ts';
import type { Value } from '../../onnx/value.ts';
import { sharesScale } from '../../ops/row.ts';
import { operatorOf } from '../../ops/table.ts';
import type { IntegerGrid } from '../../targets/target.ts';
import {
  addDequantize,
  addIntegers,
  addPair,
  addParameters,
  addQuantize,
  addTensorParameters,
  nameAfter,
} from './qdq.ts';
import type { Edges } from './writers.ts';

/** PRelu with one slope for all channels is LeakyRelu, which has a kernel. Slopes of more dimensions than the input would add some. */
export function preluToLeakyRelu(model: OnnxModel): PassResult {
  const nodes = model.graph.nodes.filter((node) => node.is('PRelu'));
  if (nodes.length === 0) return { model, modified: false };
  const facts = new FactFinder(model.graph);
  let modified = false;
  for (const node of nodes) {
    const { dims = [], data: slopes } = constantValue(node.input(1)) ?? {};
    if (!(slopes instanceof Float32Array) || slopes.length === 0 || slopes.some((slope) => slope !== slopes[0]))
      continue;
    if (dims.length > (facts.of(node.input(0)!).rank ?? 1)) continue;
    node.op = 'LeakyRelu';
    node.setInput(1, undefined);
    node.setAttr('alpha', { float: slopes[0]! });
    modified = true;
  }
  return { model, modified };
}

/** The greatest level of a slope: one weight a channel loses nothing by it, and products with uint8 stay far from saturation. */
const greatestLevel = 64;

/**
 * Writes PRelu in integers, for which there is no kernel of its own. Where no slope is above 1 it is the greater (Max of 8-bit
 * integers) of its input and of that times the slopes (a convolution of each channel by itself, QLinearConv), all on the input's
 * scale, and takes what LeakyRelu takes. Else what is below zero (Min) times the slopes less 1 is added to it (QLinearAdd).
 */
export function writePrelu(
  prelu: Node,
  { graph, x, y: { parameters: y }, rank, target }: Edges,
): 'integers' | 'floats' {
  const { activation, depthwiseWeight: grid = target.weight } = target;
  const slopes = constantValue(prelu.input(1))!.data as Float32Array;
  const sloped = (of: Value, by: Float32Array) => timesEach(graph, `${prelu.name}_slopes`, of, by, { rank, grid });
  if (sharesScale({ operator: operatorOf(prelu), head: prelu })) {
    prelu.op = 'Max';
    prelu.setInputs([x.q, addQuantize(graph, `${prelu.name}_sloped`, sloped(x.dq, slopes), x).output()]);
    return 'integers';
  }
  const name = `${prelu.name}_below`;
  const below = graph.addNode({ op: 'Min', name, inputs: [x.q, x.zeroPoint] }).output();
  const less = slopes.map((slope) => slope - 1);
  // y - x, for x below zero: no more than the slopes make of the least x, nor than y allows. One slope of 12 is that of a channel.
  const [[least], [lowest, highest]] = [rangeOf(x.parameters, activation), rangeOf(y, activation)];
  const ends = [0, ...less.map((slope) => slope * least)];
  const range = [Math.max(Math.min(...ends), lowest), Math.min(Math.max(...ends), highest - least)] as const;
  const parameters = parametersFor(range, activation);
  const product = sloped(addDequantize(graph, name, below, x), less);
  prelu.op = 'Add';
  prelu.setInputs([x.dq, addPair(graph, product, addTensorParameters(graph, product.name, parameters, activation))]);
  return 'floats';
}

function rangeOf({ scale, zeroPoint }: QuantizationParameters, { qmin, qmax }: IntegerGrid): [number, number] {
  return [(qmin - zeroPoint) * scale, (qmax - zeroPoint) * scale];
}

/** A value times one number for each channel, as the product of integers. */
function timesEach(
  graph: Graph,
  name: string,
  value: Value,
  factors: Float32Array,
  { rank, grid }: { rank: number; grid: IntegerGrid },
): Value {
  const zeroPoint = grid.zeroPoint ?? 0;
  const level = Math.min(greatestLevel, grid.qmax - zeroPoint);
  const levels = Array.from(factors, (factor) => zeroPoint + Math.sign(factor) * level);
  const dims = [factors.length, 1, ...Array<number>(rank - 2).fill(1)];
  const stored = addIntegers(graph, nameAfter(name, 'quantized'), dims, levels, grid.type);
  const scales = factors.map((factor) => Math.abs(factor || 1) / level);
  const parameters = addParameters(graph, name, scales, [factors.length], zeroPoint, grid);
  const weight = addDequantize(graph, name, stored, parameters, 0);
  const attributes = { group: { int: factors.length } };
  return graph.addNode({ op: 'Conv', name, inputs: [value, weight], attributes }).output();
}

import type { Graph } from '../onnx/graph.ts';
import type { OnnxModel } from '../onnx/model.ts';
import { sizeOf } from '../tensor.ts';

/** What a trained number is: it decides the learning rate and how it is written back. */
export type ParameterKind = 'weight' | 'weight-log-scale' | 'activation-log-scale' | 'bias';

/** A trainable tensor: an input of the student's graph, and an initializer (or two) of the quantized model. */
export interface Parameter {
  /** Name of the student's graph input. */
  name: string;
  kind: ParameterKind;
  dims: readonly number[];
  /** What the quantized model has. */
  initial: Float32Array;
  /** What the float model has, where that is another: training by blocks starts from there. */
  float?: Float32Array;
  /** Whether it must stay as it is: something that is not trained depends on it. */
  frozen?: boolean;
}

/** A weight of the quantized model: its integers follow from the trained float weight and log scale. */
export interface WeightSlot {
  /** Initializer with the integers (or packed int4). */
  integers: string;
  scale: string;
  weight: string;
  logScale: string;
  /** Axis of the scales; undefined: one scale. */
  axis: number | undefined;
  /** Ends of the grid, zero point subtracted. */
  low: number;
  high: number;
  zeroPoint: number;
  dims: readonly number[];
  /** The nodes that it belongs to, by name. */
  nodes: { name: string; op: string }[];
}

export interface BiasSlot {
  integers: string;
  scale: string;
  bias: string;
  /** Names of the log scales whose product is the bias's scale. */
  activationLogScale: string;
  weightLogScale: string;
}

/**
 * A quantized (QDQ) model as a float graph that can be trained: every Q/DQ pair is a fake-quant node with a learnable
 * scale, every integer weight a fake-quantized float parameter. What is trained is written back into the same model, so
 * that the exported arithmetic is the trained one.
 */
export interface Student {
  /** The graph; its nodes of the domain `fakeQuantDomain` are lowered before they run. */
  model: OnnxModel;
  parameters: Parameter[];
  weights: WeightSlot[];
  biases: BiasSlot[];
  /** Nodes whose integer weights stay as they are, and why. */
  others: { node: string; op: string; why: string }[];
  /** Float initializers (biases that stay float) -> parameter. */
  floats: Map<string, string>;
  /** Parameter of such a bias -> the weight of the product that it is added to. */
  addends: Map<string, WeightSlot>;
  /** Scale initializer of activations -> parameter. */
  scales: Map<string, string>;
  /** Scale initializer that is a multiple of an activation's, at which the same integers are read as well. */
  multiples: Map<string, { parameter: string; factor: number }>;
  /** Output of each activation's fake-quant node -> the name that the value has in the FP32 model. */
  floatNames: Map<string, string>;
}

/** A student of which nothing is known yet. */
export function newStudent(model: OnnxModel): Student {
  return {
    model,
    parameters: [],
    weights: [],
    biases: [],
    others: [],
    floats: new Map(),
    addends: new Map(),
    scales: new Map(),
    multiples: new Map(),
    floatNames: new Map(),
  };
}

/** Where the float model's numbers are found. */
export interface FloatModel {
  /** A weight before rounding, by its name; undefined where there is none. */
  weight(name: string): Float32Array | undefined;
  /** The bias of the node of that name, without corrections for quantization. */
  bias(node: string, channels: number): Float32Array | undefined;
}

/** Ends of a weight grid, zero point subtracted. */
export interface Levels {
  low: number;
  high: number;
}

/** Elements of one channel that lie together in memory. */
export function innerOf(dims: readonly number[], axis: number | undefined): number {
  return axis === undefined ? sizeOf(dims) : sizeOf(dims.slice(axis + 1));
}

/** A free name for the graph input that stands for a trained tensor. */
export function parameterName(graph: Graph, tensor: string): string {
  return freeName(graph, `${tensor}.trained`);
}

/** A name for a graph input, which is given exactly. */
export function freeName(graph: Graph, wish: string): string {
  let name = wish;
  for (let count = 1; graph.names.has(name); count++) name = `${wish}_${count}`;
  return name;
}

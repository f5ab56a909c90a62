import { constantValue } from '../../onnx/constants.ts';
import type { OnnxModel } from '../../onnx/model.ts';
import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';

/** Beyond this a channel is not worth more balance. */
const limits = [1 / 64, 64] as const;

/** Operators with f(s x) = s f(x) for s > 0, channel by channel. */
const homogeneous = ['Relu', 'LeakyRelu', 'MaxPool', 'AveragePool', 'GlobalAveragePool'];

/** Tensors whose channels can only be scaled together: one tensor, or all that a chain of residual additions joins. */
export interface ChannelGroup {
  values: Value[];
  channels: number;
  /** Convolutions that write them. */
  producers: Node[];
  /** Convolutions that read them. */
  consumers: Node[];
}

/**
 * The groups of tensors that lie between convolutions with nothing but additions of each other and homogeneous functions: what
 * divides a channel at the producers and multiplies it at the consumers leaves the function as it is.
 */
export function channelGroups(
  model: OnnxModel,
  dimsOf: (value: Value) => readonly unknown[] | undefined,
): ChannelGroup[] {
  const { graph } = model;
  const parent = new Map<Value, Value>();
  const find = (value: Value): Value => {
    const next = parent.get(value) ?? value;
    return next === value ? value : find(next);
  };
  const joins = (node: Node): boolean => {
    if (node.is(...homogeneous)) return !node.outputs[1];
    if (!node.is('Add')) return false;
    const [a, b] = [node.input(0), node.input(1)];
    if (!a || !b || a.initializer || b.initializer) return false;
    const dims = [a, b, node.output()].map((value) => dimsOf(value)?.slice(1).join());
    return dims[0] !== undefined && dims.every((text) => text === dims[0]);
  };
  for (const node of graph.nodes) {
    if (!joins(node)) continue;
    const data = node.is('Add') ? [node.input(0), node.input(1)] : [node.input(0)];
    for (const value of data) if (value) parent.set(find(value), find(node.output()));
  }
  const members = new Map<Value, Value[]>();
  for (const node of graph.nodes) {
    for (const value of node.outputs) if (value) members.set(find(value), [...(members.get(find(value)) ?? []), value]);
  }
  for (const value of graph.inputs) members.set(find(value), [...(members.get(find(value)) ?? []), value]);
  const groups: ChannelGroup[] = [];
  for (const values of members.values()) {
    const group = asGroup(values, joins);
    if (group) groups.push(group);
  }
  return groups;
}

function asGroup(values: Value[], joins: (node: Node) => boolean): ChannelGroup | undefined {
  const producers = new Set<Node>();
  const consumers = new Set<Node>();
  for (const value of values) {
    const { producer } = value;
    if (!producer || value.isGraphOutput) return undefined;
    if (producer.is('Conv') && scalable(producer)) producers.add(producer);
    else if (!joins(producer)) return undefined;
    for (const { node, index } of value.uses) {
      if (node.graph !== value.graph) return undefined;
      if (node.is('Conv') && index === 0 && scalable(node)) consumers.add(node);
      else if (!joins(node)) return undefined;
    }
  }
  if (producers.size === 0 || consumers.size === 0) return undefined;
  const channels = constantValue([...producers][0]!.input(1))!.dims[0]!;
  const fits = [...producers].every((node) => constantValue(node.input(1))!.dims[0] === channels);
  return fits ? { values, channels, producers: [...producers], consumers: [...consumers] } : undefined;
}

/** Whether a convolution's weight and bias are constants that can be changed. */
function scalable(node: Node): boolean {
  const weight = constantValue(node.input(1));
  if (!(weight?.data instanceof Float32Array)) return false;
  return node.input(2) === undefined || constantValue(node.input(2))?.data instanceof Float32Array;
}

/**
 * Cross-layer equalization (Nagel et al., "Data-Free Quantization", ICCV 2019) with the activations' measured ranges (as
 * SmoothQuant, Xiao et al., ICML 2023): channel c is divided by s = sqrt(a / w), a its greatest activation and w the greatest
 * of its weights in the consumers, each row of which is taken relative to its own range, since rows have their own scales. The
 * function computed stays the same.
 *
 * @param greatest the greatest magnitude of each channel over the group's tensors
 * @returns the values whose ranges changed; the model is changed in place
 */
export function equalizeGroup(
  { values, channels, producers, consumers }: ChannelGroup,
  greatest: Float64Array,
): Value[] {
  const weights = new Float64Array(channels);
  for (const node of consumers) {
    forEachInput(node, (row, channel, magnitude) => {
      weights[channel] = Math.max(weights[channel]!, row === 0 ? 0 : magnitude / row);
    });
  }
  const raw = Float64Array.from(weights, (w, c) => (w > 0 && greatest[c]! > 0 ? Math.sqrt(greatest[c]! / w) : NaN));
  const logs = raw.filter((s) => !Number.isNaN(s)).map(Math.log);
  if (logs.length < 2) return [];
  const mean = Math.exp(logs.reduce((sum, x) => sum + x, 0) / logs.length);
  const factors = raw.map((s) => (Number.isNaN(s) ? 1 : Math.min(Math.max(s / mean, limits[0]), limits[1])));
  for (const node of producers) {
    scale(node, 1, (i, size) => 1 / factors[Math.floor(i / (size / channels))]!);
    if (node.input(2)) scale(node, 2, (i) => 1 / factors[i]!);
  }
  for (const node of consumers) {
    const channelOf = inputChannelOf(node);
    scale(node, 1, (i) => factors[channelOf(i)]!);
  }
  return values;
}

/** Which input channel a weight of a convolution multiplies. */
function inputChannelOf(node: Node): (index: number) => number {
  const { dims } = constantValue(node.input(1))!;
  const [outputs, perGroup] = dims as [number, number];
  const kernel = dims.slice(2).reduce((product, dim) => product * dim, 1);
  const outputsPerGroup = outputs / node.attrInt('group', 1);
  return (index) => {
    const row = Math.floor(index / (perGroup * kernel));
    return Math.floor(row / outputsPerGroup) * perGroup + (Math.floor(index / kernel) % perGroup);
  };
}

/** Visits each weight with the range of its output row. */
function forEachInput(node: Node, visit: (row: number, channel: number, magnitude: number) => void): void {
  const { data, dims } = constantValue(node.input(1))!;
  const floats = data as Float32Array;
  const size = floats.length / dims[0]!;
  const channelOf = inputChannelOf(node);
  for (let start = 0; start < floats.length; start += size) {
    let range = 0;
    for (let i = start; i < start + size; i++) range = Math.max(range, Math.abs(floats[i]!));
    for (let i = start; i < start + size; i++) visit(range, channelOf(i), Math.abs(floats[i]!));
  }
}

function scale(node: Node, index: number, factor: (i: number, size: number) => number): void {
  const old = node.input(index)!;
  const { data, dims } = constantValue(old)!;
  const scaled = (data as Float32Array).map((x, i) => x * factor(i, data.length));
  const tensor = { type: 'float32', dims, data: scaled } as const;
  if (old.uses.length === 1 && !old.isGraphOutput) node.graph.setInitializer(old, tensor);
  else node.setInput(index, node.graph.addInitializer(old.name, tensor));
}

import { constantValue } from '../../onnx/constants.ts';
import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import { isPerChannel, sizeOf, type TensorInfo } from '../../tensor.ts';
import type { ChannelSets } from './channel-sets.ts';

export type Dims = TensorInfo['dims'];

/** The channels of a tensor, row-major over the axes 1 to `axes`: more than one where a Reshape has taken them apart. */
export interface Channels {
  ids: readonly number[];
  axes: number;
}

/** What a rule sees of the graph. */
export interface Surroundings {
  sets: ChannelSets;
  dims(value: Value | undefined): Dims | undefined;
  /** The channels of a value; those of one that nothing is known of are fixed. Undefined where it has none. */
  channels(value: Value | undefined): Channels | undefined;
  /** x of a product `x gate(x)` whose gate can see its input as it was. */
  gated(product: Node): Value | undefined;
}

/** Where a node scales with an input: f(s x) = s f(x) for s > 0, channel by channel. */
export interface HandedOn {
  /** The inputs that may be scaled. */
  reads: readonly number[];
  /** The channels of each output. */
  outputs: readonly Channels[];
  /** A constant that is added, and is to be scaled as what it is added to. */
  shift?: number;
}

type Rule = (node: Node, at: Surroundings) => HandedOn | undefined;

/** The operators that hand channels on, a row each. */
const rules: Readonly<Record<string, Rule>> = {
  Relu: keep,
  LeakyRelu: keep,
  PRelu: keep,
  MaxPool: keep,
  AveragePool: keep,
  GlobalAveragePool: keep,
  GlobalMaxPool: keep,
  Resize: (node, at) => (node.attrFloat('extrapolation_value', 0) === 0 ? keep(node, at) : undefined),
  Pad: (node, at) => (isZero(node) ? keep(node, at) : undefined),
  Add: sum,
  Mul: product,
  HardSwish: (node, at) => (at.gated(node) ? keep(node, at) : undefined),
  Concat: concatenation,
  Split: (node, at) => parts(node, at, node.attrInt('axis', 0)),
  Slice: slice,
  Reshape: regroup,
  Flatten: regroup,
  Squeeze: regroup,
  Unsqueeze: regroup,
  Transpose: transpose,
};

/** What a node hands on of the channels that it reads; undefined where it does something else with them. */
export function handedOn(node: Node, at: Surroundings): HandedOn | undefined {
  return node.domain === '' && Object.hasOwn(rules, node.op) ? rules[node.op]!(node, at) : undefined;
}

/** Each output channel is made of one input channel. */
function keep(node: Node, at: Surroundings, from = 0): HandedOn | undefined {
  const channels = at.channels(node.input(from));
  if (!channels || node.outputs[1]) return undefined;
  const [before, after] = [at.dims(node.input(from)), at.dims(node.output())];
  if (!before || before.length !== after?.length) return undefined;
  const axes = Array.from({ length: channels.axes }, (_, i) => i + 1);
  return axes.every((axis) => before[axis] === after[axis] && before[axis] !== undefined)
    ? { reads: [from], outputs: [channels] }
    : undefined;
}

function isZero(pad: Node): boolean {
  const value = pad.input(2);
  return pad.attrString('mode', 'constant') !== 'constant' || !value || Number(constantValue(value)?.data[0]) === 0;
}

function sum(node: Node, at: Surroundings): HandedOn | undefined {
  const constant = node.inputs.findIndex((value) => constantValue(value));
  if (constant >= 0) {
    const kept = keep(node, at, 1 - constant);
    const dims = constantValue(node.input(constant))!.dims;
    if (!kept || kept.outputs[0]!.axes > 1) return undefined;
    return isPerChannel(dims, at.dims(node.output())!) ? { ...kept, shift: constant } : undefined;
  }
  const [a, b] = [keep(node, at, 0), keep(node, at, 1)];
  if (!a || !b || a.outputs[0]!.axes !== b.outputs[0]!.axes) return undefined;
  at.sets.join(a.outputs[0]!.ids, b.outputs[0]!.ids);
  return { reads: [0, 1], outputs: a.outputs };
}

/** A product scales with either factor, and hands on one: `x` of `x gate(x)`, else the larger, else the first. */
function product(node: Node, at: Surroundings): HandedOn | undefined {
  const gated = at.gated(node);
  const isConstant = (index: number) => constantValue(node.input(index)) !== undefined;
  const size = (index: number) =>
    sizeOf((at.dims(node.input(index)) ?? []).map((dim) => (typeof dim === 'number' ? dim : 2)));
  const second = gated ? node.input(1) === gated : isConstant(0) || (!isConstant(1) && size(1) > size(0));
  return keep(node, at, second ? 1 : 0);
}

function axisOf(axis: number, dims: Dims | undefined): number | undefined {
  return axis < 0 ? dims && axis + dims.length : axis;
}

function concatenation(node: Node, at: Surroundings): HandedOn | undefined {
  const channels = node.inputs.flatMap((value) => at.channels(value) ?? []);
  const axis = axisOf(node.attrInt('axis') ?? 0, at.dims(node.output()));
  if (channels.length < node.inputs.length || channels.some(({ axes }) => axes !== 1)) return undefined;
  const reads = [...node.inputs.keys()];
  if (axis === 1) return { reads, outputs: [{ ids: channels.flatMap(({ ids }) => ids), axes: 1 }] };
  const [first, ...others] = channels as [Channels, ...Channels[]];
  if (axis === undefined || axis === 0 || others.some(({ ids }) => ids.length !== first.ids.length)) return undefined;
  for (const { ids } of others) at.sets.join(ids, first.ids);
  return { reads, outputs: [first] };
}

function parts(node: Node, at: Surroundings, along: number): HandedOn | undefined {
  const channels = at.channels(node.input(0));
  const axis = axisOf(along, at.dims(node.input(0)));
  if (channels?.axes !== 1 || axis === undefined || axis === 0) return undefined;
  if (axis !== 1) return { reads: [0], outputs: node.outputs.map(() => channels) };
  let from = 0;
  const outputs: Channels[] = [];
  for (const value of node.outputs) {
    const count = at.dims(value)?.[1];
    if (typeof count !== 'number') return undefined;
    outputs.push({ ids: channels.ids.slice(from, from + count), axes: 1 });
    from += count;
  }
  return from === channels.ids.length ? { reads: [0], outputs } : undefined;
}

function slice(node: Node, at: Surroundings): HandedOn | undefined {
  const channels = at.channels(node.input(0));
  const [starts, ends, listed, steps] = [1, 2, 3, 4].map((index) => integers(node.input(index)));
  if (channels?.axes !== 1 || !starts || !ends || (node.input(4) && !steps)) return undefined;
  const axes = (listed ?? [...starts.keys()]).map((axis) => axisOf(axis, at.dims(node.input(0))));
  const along = axes.indexOf(1);
  if (axes.some((axis) => axis === undefined || axis === 0)) return undefined;
  if (along < 0) return { reads: [0], outputs: [channels] };
  if ((steps?.[along] ?? 1) !== 1) return undefined;
  return { reads: [0], outputs: [{ ids: channels.ids.slice(starts[along], ends[along]), axes: 1 }] };
}

function integers(value: Value | undefined): number[] | undefined {
  const data = constantValue(value)?.data;
  return data && Array.from(data as BigInt64Array, Number);
}

/** Channels taken apart into several axes, or put together again, where all else keeps its place. */
function regroup(node: Node, at: Surroundings): HandedOn | undefined {
  const channels = at.channels(node.input(0));
  const [before, after] = [at.dims(node.input(0)), at.dims(node.output())];
  if (!channels || !before || !after) return undefined;
  let [count, axes] = [1, 0];
  while (axes + 1 < after.length && (axes === 0 || count < channels.ids.length)) count *= Number(after[++axes]);
  const rest = (dims: Dims, from: number) => dims.slice(from + 1).filter((dim) => dim !== 1);
  const same = rest(before, channels.axes).join() === rest(after, axes).join();
  const known = !rest(after, axes).includes(undefined);
  return count === channels.ids.length && same && known
    ? { reads: [0], outputs: [{ ids: channels.ids, axes }] }
    : undefined;
}

/** The channels' own axes in another order, as the shuffling of channels does. */
function transpose(node: Node, at: Surroundings): HandedOn | undefined {
  const channels = at.channels(node.input(0));
  const dims = at.dims(node.input(0));
  const permutation = node.attrInts('perm');
  if (!channels || !dims || !permutation) return undefined;
  const { axes, ids } = channels;
  const within = permutation.slice(1, axes + 1);
  if (permutation[0] !== 0 || within.some((axis) => axis < 1 || axis > axes)) return undefined;
  const sizes = dims.slice(1, axes + 1).map(Number);
  const strides = sizes.map((_, i) => sizeOf(sizes.slice(i + 1)));
  let order = [0];
  for (const axis of within) {
    order = order.flatMap((offset) =>
      Array.from({ length: sizes[axis - 1]! }, (_, i) => offset + i * strides[axis - 1]!),
    );
  }
  return { reads: [0], outputs: [{ ids: order.map((index) => ids[index]!), axes }] };
}

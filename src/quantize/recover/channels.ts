import { constantValue } from '../../onnx/constants.ts';
import type { OnnxModel } from '../../onnx/model.ts';
import type { Node } from '../../onnx/node.ts';
import type { Use, Value } from '../../onnx/value.ts';
import { type Channels, type Dims, handedOn, type Surroundings } from './channel-rules.ts';
import { ChannelSets } from './channel-sets.ts';
import { type Gate, gateOf } from './gates.ts';
import { type ScalableLayer, scalableLayer } from './scalable.ts';

/** The channels of a graph's tensors, and what writes and reads them. */
export interface ChannelMap {
  sets: ChannelSets;
  /** The channels of each value that has some. */
  of: ReadonlyMap<Value, Channels>;
  /** Layers whose outputs' channels can be scaled by their weights. */
  producers: readonly ScalableLayer[];
  /** Layers whose inputs' channels can be. */
  consumers: readonly ScalableLayer[];
  /** Gates to which their input can be given back. */
  gates: readonly Gate[];
  /** Additions of constants, which are scaled as what they are added to. */
  shifts: readonly { node: Node; index: number }[];
}

/**
 * Follows every channel from the layers that write it to those that read it, through what hands it on: homogeneous functions,
 * additions, concatenations, splits and shuffles. What divides a channel at its producers and multiplies it at its consumers leaves
 * the function as it is.
 *
 * @param through whether gates of SiLU and HardSwish are passed: each costs a small convolution then
 */
export function mapChannels(
  { graph }: OnnxModel,
  dimsOf: (value: Value) => Dims | undefined,
  through: 'gates' | undefined,
): ChannelMap {
  const sets = new ChannelSets();
  const of = new Map<Value, Channels>();
  const gates = through
    ? graph.nodes.flatMap((node) => gateOf(node) ?? []).filter(({ x }) => (dimsOf(x)?.length ?? 0) > 2)
    : [];
  const gated = new Map(gates.map(({ product, x }) => [product, x]));
  const inGates = new Set(gates.flatMap(({ steps }) => steps));
  const [producers, consumers]: [ScalableLayer[], ScalableLayer[]] = [[], []];
  const shifts: { node: Node; index: number }[] = [];
  const reads = new Map<Node, readonly number[]>();
  const dims = (value: Value | undefined) => value && dimsOf(value);
  const at: Surroundings = {
    sets,
    dims,
    channels: (value) => channelsOf(value, of, sets, dims(value)),
    gated: (product) => gated.get(product),
  };
  for (const node of graph.nodes) {
    const layer = scalableLayer(node, 'output');
    if (layer) {
      producers.push(layer);
      of.set(node.output(), { ids: sets.add(layer.outputs), axes: 1 });
      continue;
    }
    const handed = inGates.has(node) ? undefined : handedOn(node, at);
    if (!handed) continue;
    reads.set(node, handed.reads);
    node.outputs.forEach((value, i) => {
      if (value && handed.outputs[i]) of.set(value, handed.outputs[i]);
    });
    if (handed.shift !== undefined) shifts.push({ node, index: handed.shift });
  }
  /** Whether what reads a value at `index` lets its channels be scaled. */
  const allows = ({ node, index }: Use, { axes }: Channels): boolean => {
    if (node.graph !== graph) return false;
    const layer = index === 0 && axes === 1 ? scalableLayer(node, 'input') : undefined;
    if (layer) consumers.push(layer);
    return layer !== undefined || inGates.has(node) || (reads.get(node)?.includes(index) ?? false);
  };
  for (const [value, channels] of of) {
    // All uses are looked at, to find all layers.
    const uses = value.uses.map((use) => allows(use, channels));
    if (value.isGraphOutput || uses.includes(false)) sets.fix(channels.ids);
  }
  return { sets, of, producers, consumers, gates, shifts };
}

/** The channels of a value; those of one that nothing is known of are as they are. */
function channelsOf(
  value: Value | undefined,
  of: Map<Value, Channels>,
  sets: ChannelSets,
  dims: Dims | undefined,
): Channels | undefined {
  if (!value || constantValue(value)) return undefined;
  const known = of.get(value);
  const count = dims?.[1];
  if (known || typeof count !== 'number') return known;
  const channels = { ids: sets.add(count), axes: 1 };
  sets.fix(channels.ids);
  of.set(value, channels);
  return channels;
}

import type { Node } from '../../onnx/node.ts';
import type { TensorProto } from '../../onnx/proto.ts';
import { readTensor } from '../../onnx/tensor.ts';
import type { Target } from '../../targets/target.ts';
import type { InputMoments } from '../recover/lattice-rounding.ts';
import type { WeightCache } from '../weight-cache.ts';
import { firstRange, type QuantizedTensor, quantizeWeights, type WeightOptions, weightGrid } from '../weights.ts';
import type { Unit } from './units.ts';

/** What decides how the weights of a model are rounded. */
export interface RoundingChoices {
  perChannel: boolean;
  bits: 8 | 4 | 3;
  weightRange: 'max' | 'mse';
  rounding: 'nearest' | 'balanced';
  /** How the inputs of weights vary together, by the weight's name. */
  moments?: ReadonlyMap<string, InputMoments> | undefined;
  /** Nodes whose weight uses the target's wide grid. */
  wideWeights?: ReadonlySet<string>;
  /** Weights that graphs outside of the model read too: rounded to nearest, so that the integers of all are the same. */
  tied?: ReadonlySet<string> | undefined;
}

export type Rounding = Pick<WeightOptions, 'axis' | 'grid' | 'range' | 'rounding' | 'moments'>;

/** How the weight of a unit is rounded. */
export function roundingOf({ head, operator, weight }: Unit, target: Target, choices: RoundingChoices): Rounding {
  const { perChannel, bits, weightRange, rounding, moments, wideWeights, tied } = choices;
  const { value } = weight!;
  const dims = value.initializer!.dims.map(Number);
  const wide = bits === 8 && wideWeights?.has(head.name) ? target.wideWeight : undefined;
  const stored = {
    axis: perChannel ? operator!.weight!.axis(head, dims.length) : undefined,
    grid: wide ?? weightGrid(target, bits, isDepthwise(head, dims)),
  };
  if (tied?.has(value.name)) return { ...stored, range: firstRange(bits), rounding: 'nearest' };
  return {
    ...stored,
    range: weightRange,
    rounding,
    moments: moments?.get(value.name),
  };
}

/** quantizeWeights of an initializer that may have been rounded so before. */
export function rounded(proto: TensorProto, how: Rounding, cache: WeightCache): QuantizedTensor {
  return cache.remember(proto, JSON.stringify({ ...how, moments: how.moments?.id }), () => {
    const { data, dims } = readTensor(proto);
    return quantizeWeights(data as Float32Array, dims, how);
  });
}

/** One input and one output channel a group: the convolution that has a kernel of its own. */
function isDepthwise(head: Node, dims: readonly number[]): boolean {
  return head.is('Conv') && dims[1] === 1 && dims[0] === head.attrInt('group', 1) && (dims[0] as number) > 1;
}

import type { QuantizationParameters } from '../../calibrate/error.ts';
import type { SingleObserver } from '../../calibrate/observers/index.ts';
import type { OnnxModel } from '../../onnx/model.ts';
import type { InputMoments } from '../recover/lattice-rounding.ts';

/** Everything that decides a quantized model. Plain and immutable: each step that tries to improve it makes another. */
export interface Recipe {
  /** The float model that is quantized: the prepared one, or one that computes the same with better-natured numbers. */
  readonly base: OnnxModel;
  /** The float model that computes what FP32 computes, tensor for tensor what `base` is without corrected biases. */
  readonly exact: OnnxModel;
  /** How the range of each root activation was chosen, by name. */
  readonly observers: ReadonlyMap<string, SingleObserver>;
  /** Scale and zero point of each root activation, by name. */
  readonly parameters: ReadonlyMap<string, QuantizationParameters>;
  readonly weightRange: 'max' | 'mse';
  readonly rounding: 'nearest' | 'balanced';
  /** How the inputs of weights vary together, by the weight's name: these are rounded for what their layer computes. */
  readonly moments?: ReadonlyMap<string, InputMoments>;
  /** Nodes that stay float, weights included, with the reason. */
  readonly floatNodes: ReadonlyMap<string, string>;
  /** Nodes that no integer kernel serves well, with the reason: computed in float, their weights still stored as integers. */
  readonly slowNodes: ReadonlyMap<string, string>;
  /** Whether small products between float operators find their scale at run time, as they gain by it on some machines. */
  readonly smallProducts: boolean;
  /** Products that would find their scale at run time but are slower so, with the reason: computed in float, as `slowNodes`. */
  readonly slowProducts: ReadonlyMap<string, string>;
  /** Nodes whose weight uses the target's wide grid. */
  readonly wideWeights: ReadonlySet<string>;
}

/** A recipe with another base that computes the same, and the names of the values that are others there. */
export interface Rebased {
  recipe: Recipe;
  changed: ReadonlySet<string>;
}

import type { OnnxModel } from '../../onnx/model.ts';
import type { Target } from '../../targets/target.ts';
import type { DynamicOptions } from '../dynamic.ts';
import { applyPlan } from '../dynamic-apply.ts';
import { type GroupPlan, planWeights } from '../dynamic-plan.ts';
import { findWeights } from '../dynamic-sites.ts';
import { keepFloatInside, outermost } from '../keep-float.ts';
import type { WeightCache } from '../weight-cache.ts';
import type { Plan } from './plan.ts';
import type { Recipe } from './recipe.ts';

export interface Remaining {
  plan: Plan;
  rows: ReadonlyMap<string, number>;
  smallProducts: boolean;
  slowProducts: ReadonlyMap<string, string>;
  target: Target;
  options: DynamicOptions;
}

/**
 * What becomes of the float weights that static quantization left: products between float operators find their activation's
 * scale at run time, LSTMs and tables of embeddings take their integer forms, every other weight is stored as integers and
 * expanded when the model is loaded. Weights that the policy keeps float, or that a search found to need it, stay.
 */
export function planRemaining(
  model: OnnxModel,
  { plan, rows, smallProducts, slowProducts, target, options }: Remaining,
): GroupPlan[] {
  return planWeights(findWeights(model, options['per-channel']), {
    target,
    integers: true,
    smallProducts,
    rows: (label) => rows.get(label),
    demoted: slowProducts,
    keepsFloat: (site) =>
      keepFloatInside(options['keep-float'], site) ?? plan.floatNodes.get(outermost(site.node).name),
  });
}

/** Does what planRemaining says; all have the policy's bits. */
export function storeRemaining(
  model: OnnxModel,
  remaining: Remaining,
  { weightRange, moments }: Pick<Recipe, 'weightRange' | 'moments'>,
  cache: WeightCache,
): GroupPlan[] {
  const groups = planRemaining(model, remaining);
  const { target } = remaining;
  const { bits } = remaining.options;
  // At 8 bits the range decides little, and the best one of a large table takes seconds to find.
  applyPlan(model, groups, { target, bits, range: bits === 8 ? 'max' : weightRange, moments, cache });
  for (const node of model.graph.allNodes()) {
    if (node.domain !== 'com.microsoft' || model.opset('com.microsoft') !== undefined) continue;
    model.setOpset('com.microsoft', 1);
  }
  return groups;
}

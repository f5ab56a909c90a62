import type { OnnxModel } from '../../onnx/model.ts';
import type { Target } from '../../targets/target.ts';
import { applyPlan } from '../dynamic-apply.ts';
import { type GroupPlan, planWeights } from '../dynamic-plan.ts';
import { findWeights } from '../dynamic-sites.ts';
import { keepFloatWhy, type Plan } from './plan.ts';
import type { StaticOptions } from './run.ts';

/**
 * What static quantization left of float weights: products between float operators find their activation's scale at run
 * time, LSTMs and tables of embeddings take their integer forms, every other weight is stored as integers and expanded when
 * the model is loaded; all have the policy's bits. Weights that the policy keeps float, or that a search found to need it, stay.
 */
export function storeRemaining(
  model: OnnxModel,
  {
    plan,
    rows,
    smallProducts,
    target,
    options,
  }: {
    plan: Plan;
    rows: ReadonlyMap<string, number>;
    smallProducts: boolean;
    target: Target;
    options: StaticOptions;
  },
): GroupPlan[] {
  const groups = planWeights(findWeights(model, options['per-channel']), {
    target,
    integers: true,
    smallProducts,
    rows: (label) => rows.get(label),
    demoted: new Map(),
    keepsFloat: ({ node, label, op }) =>
      keepFloatWhy(options['keep-float'], [{ name: label, op }]) ?? plan.floatNodes.get(node.name),
  });
  applyPlan(model, groups, target, options.bits);
  for (const node of model.graph.allNodes()) {
    if (node.domain !== 'com.microsoft' || model.opset('com.microsoft') !== undefined) continue;
    model.setOpset('com.microsoft', 1);
  }
  return groups;
}

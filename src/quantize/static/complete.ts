import type { OnnxModel } from '../../onnx/model.ts';
import type { Target } from '../../targets/target.ts';
import { applyPlan } from '../dynamic-apply.ts';
import { type GroupPlan, planWeights } from '../dynamic-plan.ts';
import { findWeights } from '../dynamic-sites.ts';
import { keepFloatWhy, type Plan } from './plan.ts';
import type { StaticOptions } from './run.ts';
import type { ValueInfos } from './units.ts';

/**
 * What static quantization left of float weights: products between float operators find their activation's scale at run
 * time, LSTMs and tables of embeddings take their integer forms, every other weight is stored as integers and expanded when
 * the model is loaded; all have the policy's bits. Weights that the policy keeps float, or that a search found to need it, stay.
 */
export function storeRemaining(
  model: OnnxModel,
  { plan, infos, target, options }: { plan: Plan; infos: ValueInfos; target: Target; options: StaticOptions },
): GroupPlan[] {
  const rows = (label: string) => {
    const node = [...plan.decisions.keys()].find((unit) => unit.head.name === label)?.head;
    const dims = node && infos.get(node.input(0)?.name ?? '')?.dims;
    return dims?.slice(0, -1).reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1);
  };
  const groups = planWeights(findWeights(model, options['per-channel']), {
    target,
    integers: true,
    rows,
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

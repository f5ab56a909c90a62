import type { OperatorKind } from '../../ops/row.ts';
import type { NodeDecision } from '../contract.ts';
import type { GroupPlan } from '../dynamic-plan.ts';
import { noSubgraphs, type Subgraphs } from './branches.ts';
import type { Plan } from './plan.ts';

/** The kinds whose nodes have an integer kernel of their own to miss: where they stay float, the report says why. */
const accounted: ReadonlySet<OperatorKind> = new Set(['weighted', 'recurrent', 'elementwise', 'activation', 'pool']);

/** Which nodes are quantized and why the others are not, for the report. */
export function reportNodes(
  plan: Plan,
  rest: readonly GroupPlan[] = [],
  inner: Subgraphs = noSubgraphs,
): NodeDecision[] {
  const remaining = new Map<string, { quantized: boolean; why: string }>();
  for (const { sites } of rest) {
    for (const { site, form, why } of sites) {
      if (remaining.get(site.label)?.quantized) continue;
      remaining.set(site.label, { quantized: form === 'integer' || form === 'table', why });
    }
  }
  const nodes: NodeDecision[] = [];
  for (const { unit, mode, why } of plan.decisions.values()) {
    const kind = unit.operator?.kind;
    const other = mode === 'integer' ? undefined : remaining.get(unit.head.name);
    if (mode !== 'integer' && !other && !(kind && accounted.has(kind))) continue;
    const kernel = unit.operator?.kernels[plan.target.kernels] ?? '';
    const quantized = mode === 'integer' || other?.quantized === true;
    const reasons = other?.quantized ? [other.why] : [why, other?.why];
    const reason = mode === 'integer' ? kernel : joined(reasons);
    // Emitting may have made another operator of a node than it was.
    for (const [node, op = node?.op] of [
      [unit.head, unit.operator?.op],
      [unit.biasAdd, 'Add'],
      [unit.clamp],
    ] as const) {
      if (node) nodes.push({ node: node.name, op: op!, quantized, why: reason });
    }
  }
  nodes.push(...inner.branches.flatMap(({ result }) => result.nodes));
  for (const each of inner.left) {
    const other = remaining.get(each.node);
    if (other?.quantized) nodes.push({ ...each, ...other });
    else nodes.push({ ...each, why: joined([each.why, other?.why]) });
  }
  return nodes;
}

const joined = (reasons: readonly (string | undefined)[]): string => [...new Set(reasons)].filter(Boolean).join('; ');

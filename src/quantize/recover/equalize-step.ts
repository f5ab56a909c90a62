import type { Value } from '../../onnx/value.ts';
import type { Recipe } from '../static/recipe.ts';
import type { StaticRun } from '../static/run.ts';
import { channelGroups, equalizeGroup } from './equalize.ts';
import { axesBut, reduce, runTapped } from './tapped-run.ts';

/** Samples from which the channels' ranges are taken. */
const samples = 32;

/**
 * Balances the channels of every group of tensors between convolutions.
 *
 * @returns a recipe with another base, whose ranges are to be chosen anew for the values in `changed`; undefined where there
 * is no such group
 */
export async function equalizeChannels(
  run: StaticRun,
  recipe: Recipe,
): Promise<{ recipe: Recipe; changed: ReadonlySet<string> } | undefined> {
  const base = recipe.base.clone();
  const groups = channelGroups(base, (value) => run.infos.get(value.name)?.dims);
  if (groups.length === 0) return undefined;
  const names = groups.flatMap(({ values }) => values.map(({ name }) => name));
  const found = await runTapped(run, recipe.base, { samples: run.spread(samples), combine: 'max' }, (graph, opset) => {
    const wanted = new Map<string, Value>();
    for (const name of names) {
      const rank = run.infos.get(name)?.dims.length ?? 0;
      if (rank < 3) continue;
      const magnitude = graph.addNode({ op: 'Abs', name: `${name}_abs`, inputs: [graph.value(name)!] }).output();
      wanted.set(name, reduce(graph, 'ReduceMax', magnitude, axesBut(1, rank), opset));
    }
    return wanted;
  });
  const changed = new Set<string>();
  for (const group of groups) {
    const greatest = new Float64Array(group.channels);
    for (const { name } of group.values) {
      found.get(name)?.forEach((value, c) => {
        greatest[c] = Math.max(greatest[c]!, value);
      });
    }
    for (const value of equalizeGroup(group, greatest)) changed.add(value.name);
  }
  return changed.size > 0 ? { recipe: { ...recipe, base, exact: base }, changed } : undefined;
}

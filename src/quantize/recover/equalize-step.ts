import type { Value } from '../../onnx/value.ts';
import type { Rebased, Recipe } from '../static/recipe.ts';
import type { StaticRun } from '../static/run.ts';
import { mapChannels } from './channels.ts';
import { equalize } from './equalize.ts';
import { axesBut, reduce, runTapped } from './tapped-run.ts';

/** Samples from which the channels' ranges are taken. */
const samples = 32;

/**
 * Balances the channels of tensors between layers.
 *
 * @param through gates of SiLU and HardSwish as well, a small convolution each
 * @returns a recipe with another base, whose ranges are to be chosen anew for the values in `changed`; undefined where there
 * is nothing to balance
 */
export async function equalizeChannels(
  run: StaticRun,
  recipe: Recipe,
  through?: 'gates',
): Promise<Rebased | undefined> {
  const base = recipe.base.clone();
  const dimsOf = (value: Value) => run.infos.get(value.name)?.dims;
  const map = mapChannels(base, dimsOf, through);
  const free = [...map.of].filter(([, { ids, axes }]) => axes === 1 && ids.some((id) => !map.sets.isFixed(id)));
  if (free.length === 0 || (through && map.gates.length === 0)) return undefined;
  const found = await runTapped(
    run,
    recipe.base,
    { samples: run.samples.spread(samples), combine: 'max' },
    (graph, opset) => {
      const wanted = new Map<string, Value>();
      for (const [{ name }] of free) {
        const value = graph.value(name)!;
        const others = axesBut(1, run.infos.get(name)!.dims.length);
        const magnitude = graph.addNode({ op: 'Abs', name: `${name}_abs`, inputs: [value] }).output();
        const square = graph.addNode({ op: 'Mul', name: `${name}_square`, inputs: [value, value] }).output();
        wanted.set(`greatest ${name}`, reduce(graph, 'ReduceMax', magnitude, others, opset));
        wanted.set(`square ${name}`, reduce(graph, 'ReduceMean', square, others, opset));
      }
      return wanted;
    },
  );
  const statistics = new Map(
    free.map(([value]) => [
      value,
      { greatest: found.get(`greatest ${value.name}`)!, square: found.get(`square ${value.name}`)! },
    ]),
  );
  const { changed, added } = equalize(map, statistics, dimsOf);
  if (changed.length === 0) return undefined;
  for (const [value, like] of added) run.introduce(value.name, like.name);
  return { recipe: { ...recipe, base, exact: base }, changed: new Set(changed.map(({ name }) => name)) };
}

import { join } from 'node:path';
import { storeReference } from '../../data/store.ts';
import { saveModel } from '../../onnx/model.ts';
import type { Recipe } from '../static/recipe.ts';
import type { StaticRun } from '../static/run.ts';
import { meansJob } from './channel-means-job.ts';
import { channelGroups, equalizeGroup } from './equalize.ts';

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
  const tapped = recipe.base.clone();
  const { graph } = tapped;
  for (const value of graph.outputs) graph.removeOutput(value);
  const outputs = new Map<string, string>();
  for (const { name } of groups.flatMap(({ values }) => values)) {
    const rank = run.infos.get(name)?.dims.length ?? 0;
    if (rank < 3) continue;
    const axes = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2)];
    const magnitude = graph.addNode({ op: 'Abs', name: `${name}_abs`, inputs: [graph.value(name)!] }).output();
    const listed = graph.addInitializer(`${name}_axes`, {
      type: 'int64',
      dims: [axes.length],
      data: BigInt64Array.from(axes, BigInt),
    });
    const inputs = tapped.opset() < 18 ? [magnitude] : [magnitude, listed];
    const attributes = { keepdims: { int: 0 }, ...(tapped.opset() < 18 && { axes: { ints: axes } }) };
    const greatest = graph.addNode({ op: 'ReduceMax', name: `${name}_max`, inputs, attributes }).output();
    graph.addOutput(greatest);
    outputs.set(name, greatest.name);
  }
  const path = join(run.request.workDir, 'channels.onnx');
  await saveModel(tapped, path);
  const { calibration, threads = 0 } = run.request;
  const found = await run.worker.call(meansJob, {
    session: { model: path, provider: 'cpu', threads },
    store: storeReference(calibration),
    samples: run.spread(samples),
    outputs: [...outputs.values()],
    combine: 'max',
  });
  const changed = new Set<string>();
  for (const group of groups) {
    const greatest = new Float64Array(group.channels);
    for (const { name } of group.values) {
      found[outputs.get(name) ?? '']?.forEach((value, c) => {
        greatest[c] = Math.max(greatest[c]!, value);
      });
    }
    for (const value of equalizeGroup(group, greatest)) changed.add(value.name);
  }
  return changed.size > 0 ? { recipe: { ...recipe, base, exact: base }, changed } : undefined;
}

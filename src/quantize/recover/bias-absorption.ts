import { constantValue } from '../../onnx/constants.ts';
import type { OnnxModel } from '../../onnx/model.ts';
import type { Value } from '../../onnx/value.ts';
import type { Rebased, Recipe } from '../static/recipe.ts';
import type { StaticRun } from '../static/run.ts';
import { soleUse } from '../static/units.ts';
import { axesBut, reduce, runTapped } from './tapped-run.ts';

/**
 * High-bias absorption (Nagel et al., ICCV 2019): a channel that ReLU never cuts carries a constant c = mean - 3 sigma that
 * only widens the activation's range. It is taken from the first convolution's bias and added to the second's. Equalization
 * makes such channels; run it after that. Only where the second convolution pads nothing, so that the constant reaches every
 * output alike.
 *
 * @param floor of each channel of a Conv's raw output, by node name: the least value seen
 * @returns how many channels were absorbed; the model is changed in place
 */
export function absorbHighBias(model: OnnxModel, floor: (conv: string) => Float32Array | undefined): number {
  let absorbed = 0;
  for (const first of model.graph.nodes) {
    const least = first.is('Conv') ? floor(first.name) : undefined;
    const relu = least && soleUse(first.output())?.node;
    const use = relu?.is('Relu') ? soleUse(relu.output()) : undefined;
    const second = use?.node;
    if (!least || !second?.is('Conv') || use?.index !== 0) continue;
    if (
      (second.attrInts('pads') ?? []).some((pad) => pad !== 0) ||
      second.attrString('auto_pad', 'NOTSET') !== 'NOTSET'
    )
      continue;
    const bias1 = constantValue(first.input(2));
    const w2 = constantValue(second.input(1));
    const bias2 = constantValue(second.input(2));
    if (!bias1 || !w2 || !(w2.data instanceof Float32Array) || (second.input(2) && !bias2)) continue;
    const outputs = w2.dims[0]!;
    const perGroup = w2.dims[1]!;
    const kernel = w2.data.length / (outputs * perGroup);
    const perOutputGroup = outputs / second.attrInt('group', 1);
    // The samples do not show the very least: a tenth of it stays for what was not seen.
    const constant = least.map((x) => Math.max(0, x * 0.9));
    if (!constant.some((x) => x > 0)) continue;
    absorbed += constant.filter((x) => x > 0).length;
    const b1 = Float32Array.from(bias1.data as Float32Array, (x, c) => x - constant[c]!);
    const b2 = bias2 ? (bias2.data as Float32Array).slice() : new Float32Array(outputs);
    for (let o = 0; o < outputs; o++) {
      const group = Math.floor(o / perOutputGroup);
      for (let i = 0; i < perGroup; i++) {
        let sum = 0;
        for (let k = 0; k < kernel; k++) sum += w2.data[(o * perGroup + i) * kernel + k]!;
        b2[o]! += sum * constant[group * perGroup + i]!;
      }
    }
    const { graph } = model;
    first.setInput(
      2,
      graph.addInitializer(`${first.name}_bias_absorbed`, { type: 'float32', dims: [b1.length], data: b1 }),
    );
    second.setInput(
      2,
      graph.addInitializer(`${second.name}_bias_absorbed`, { type: 'float32', dims: [outputs], data: b2 }),
    );
  }
  return absorbed;
}

/** Samples from which the least values are taken. */
const samples = 32;

/**
 * Measures the least value of each channel before a ReLU and absorbs what is above zero.
 *
 * @returns a recipe with another base, and the values whose ranges changed; undefined where nothing was absorbed
 */
export async function absorbBiases(run: StaticRun, recipe: Recipe): Promise<Rebased | undefined> {
  const changed = new Set<string>();
  const found = await runTapped(
    run,
    recipe.base,
    { samples: run.samples.spread(samples), combine: 'max' },
    (graph, opset) => {
      const wanted = new Map<string, Value>();
      for (const node of graph.nodes) {
        if (!node.is('Conv')) continue;
        const use = soleUse(node.output());
        const rank = run.infos.get(node.output().name)?.dims.length ?? 0;
        if (!use?.node.is('Relu') || rank < 3) continue;
        const { name } = node.output();
        const negative = graph.addNode({ op: 'Neg', name: `${name}_negative`, inputs: [node.output()] }).output();
        wanted.set(node.name, reduce(graph, 'ReduceMax', negative, axesBut(1, rank), opset));
        changed.add(name).add(use.node.output().name);
      }
      return wanted;
    },
  );
  if (found.size === 0) return undefined;
  const base = recipe.base.clone();
  const absorbed = absorbHighBias(base, (conv) => found.get(conv)?.map((value) => -value));
  return absorbed > 0 ? { recipe: { ...recipe, base, exact: base }, changed } : undefined;
}

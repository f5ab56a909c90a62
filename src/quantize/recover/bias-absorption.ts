import { constantValue } from '../../onnx/constants.ts';
import type { OnnxModel } from '../../onnx/model.ts';
import { soleUse } from '../static/units.ts';

/**
 * High-bias absorption (Nagel et al., ICCV 2019): a channel that ReLU never cuts carries a constant c = mean - 3 sigma that
 * only widens the activation's range. It is taken from the first convolution's bias and added to the second's. Equalization
 * makes such channels; run it after that. Only where the second convolution pads nothing, so that the constant reaches every
 * output alike.
 *
 * @param floor of each channel of a Conv's raw output, by node name: the least value seen
 * @returns how many channels were absorbed; the model is changed in place
 */
export function absorbHighBias(model: OnnxModel, floor: (conv: string) => Float64Array | undefined): number {
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
    const constant = least.map((x) => Math.max(0, x));
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

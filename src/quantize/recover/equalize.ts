import { constantValue } from '../../onnx/constants.ts';
import type { OnnxModel } from '../../onnx/model.ts';
import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import { soleUse } from '../static/units.ts';

/** Beyond this a channel is not worth more balance, and float32 keeps its precision. */
const limits = [1e-3, 1e3] as const;

/**
 * Cross-layer equalization (Nagel et al., "Data-Free Quantization", ICCV 2019): between two convolutions with nothing but
 * ReLU (or another function with f(s x) = s f(x)) in between, output channel c of the first is divided by s and input
 * channel c of the second multiplied, s = sqrt(r1 / r2) of their weight ranges. The function computed stays the same; the
 * channels' ranges, and with them the activation's, become alike.
 *
 * @returns how many pairs were balanced; the model is changed in place
 */
export function equalize(model: OnnxModel, rounds = 4): number {
  let pairs = 0;
  for (let round = 0; round < rounds; round++) {
    pairs = 0;
    for (const node of model.graph.nodes) {
      if (node.is('Conv') && balancePair(node)) pairs++;
    }
  }
  return pairs;
}

function balancePair(first: Node): boolean {
  const second = nextConvolution(first.output());
  if (!second || second.input(1) === first.input(1)) return false;
  const w1 = constantValue(first.input(1));
  const w2 = constantValue(second.input(1));
  const bias = constantValue(first.input(2));
  if (!w1 || !w2 || (first.input(2) && !bias)) return false;
  if (!(w1.data instanceof Float32Array) || !(w2.data instanceof Float32Array)) return false;
  const channels = w1.dims[0]!;
  const groups = second.attrInt('group', 1);
  const perGroup = w2.dims[1]!;
  if (perGroup * groups !== channels) return false;
  const size1 = w1.data.length / channels;
  const outputsPerGroup = w2.dims[0]! / groups;
  const kernel = w2.data.length / (w2.dims[0]! * perGroup);
  const a = w1.data.slice();
  const b = w2.data.slice();
  const shift = bias ? (bias.data as Float32Array).slice() : undefined;
  for (let c = 0; c < channels; c++) {
    const range1 = greatest(a, c * size1, size1);
    const group = Math.floor(c / perGroup);
    const starts = Array.from(
      { length: outputsPerGroup },
      (_, o) => ((group * outputsPerGroup + o) * perGroup + (c % perGroup)) * kernel,
    );
    const range2 = Math.max(...starts.map((start) => greatest(b, start, kernel)));
    if (range1 === 0 || range2 === 0) continue;
    const s = Math.min(Math.max(Math.sqrt(range1 / range2), limits[0]), limits[1]);
    for (let i = c * size1; i < (c + 1) * size1; i++) a[i]! /= s;
    if (shift) shift[c]! /= s;
    for (const start of starts) for (let i = start; i < start + kernel; i++) b[i]! *= s;
  }
  replace(first, 1, a, w1.dims);
  replace(second, 1, b, w2.dims);
  if (shift) replace(first, 2, shift, bias!.dims);
  return true;
}

/** The Conv that alone reads a value, through functions that a positive factor passes through. */
function nextConvolution(value: Value): Node | undefined {
  const use = soleUse(value);
  if (use?.index !== 0) return undefined;
  if (use.node.is('Conv')) return use.node;
  return use.node.is('Relu', 'LeakyRelu') ? nextConvolution(use.node.output()) : undefined;
}

function greatest(values: Float32Array, start: number, count: number): number {
  let found = 0;
  for (let i = start; i < start + count; i++) found = Math.max(found, Math.abs(values[i]!));
  return found;
}

function replace(node: Node, index: number, data: Float32Array, dims: readonly number[]): void {
  const old = node.input(index)!;
  const tensor = { type: 'float32', dims, data } as const;
  if (old.uses.length === 1 && !old.isGraphOutput) node.graph.setInitializer(old, tensor);
  else node.setInput(index, node.graph.addInitializer(`${old.name}_equalized`, tensor));
}

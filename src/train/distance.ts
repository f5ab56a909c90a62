import type { Tensor } from '../tensor.ts';

/** How far outputs are from FP32's: KL divergence of classes, else squared error over the energy of FP32's. */
export type Distance = 'kl' | 'mse';

/** The mean over all pairs; NaN where an output is NaN. */
export function distance(pairs: readonly { got: Tensor; wanted: Tensor }[], kind: Distance): number {
  let total = 0;
  for (const { got, wanted } of pairs) {
    const [a, b] = [got.data as Float32Array, wanted.data as Float32Array];
    total += kind === 'kl' ? divergence(a, b, wanted.dims.at(-1) ?? 1) : relativeError(a, b);
  }
  return total / pairs.length;
}

function relativeError(got: Float32Array, wanted: Float32Array): number {
  let error = 0;
  let energy = 1e-12;
  for (let i = 0; i < wanted.length; i++) {
    const target = wanted[i] as number;
    error += ((got[i] as number) - target) ** 2;
    energy += target * target;
  }
  return error / energy;
}

/** Mean over rows of KL(softmax(wanted) || softmax(got)). */
function divergence(got: Float32Array, wanted: Float32Array, row: number): number {
  let sum = 0;
  for (let start = 0; start < wanted.length; start += row) {
    const p = logSoftmax(wanted.subarray(start, start + row));
    const q = logSoftmax(got.subarray(start, start + row));
    for (let i = 0; i < row; i++) sum += Math.exp(p[i] as number) * ((p[i] as number) - (q[i] as number));
  }
  return (sum * row) / wanted.length;
}

function logSoftmax(values: Float32Array): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of values) largest = Math.max(largest, value);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  const shift = largest + Math.log(sum);
  return Float64Array.from(values, (value) => value - shift);
}

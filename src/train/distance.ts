import { sizeOf, type Tensor } from '../tensor.ts';

/** How far outputs are from FP32's: KL divergence of classes, else squared error over the energy of FP32's. */
export type Distance = 'kl' | 'mse';

/** Mean square below which FP32 is taken for silent; far above the smallest number that single precision holds. */
export const leastEnergy = 1e-24;

/**
 * The distance of each sample of a batch, mean over all pairs; NaN where an output is NaN. The mean over samples is the
 * distance of the batch. Outputs whose first axis is not the batch count as one sample.
 *
 * @param batch samples in the batch
 * @param axis of the classes
 */
export function distances(
  pairs: readonly { got: Tensor; wanted: Tensor }[],
  kind: Distance,
  batch: number,
  axis = -1,
): Float64Array {
  const bySample = pairs.every(({ wanted }) => (wanted.dims[0] ?? 1) % batch === 0);
  const result = new Float64Array(bySample ? batch : 1);
  for (const { got, wanted } of pairs) {
    const [a, b] = [got.data as Float32Array, wanted.data as Float32Array];
    const size = b.length / result.length;
    const scale = kind === 'mse' ? result.length / Math.max(energy(b), b.length * leastEnergy) : 1;
    for (let at = 0; at < result.length; at++) {
      const [x, y] = [a.subarray(at * size, (at + 1) * size), b.subarray(at * size, (at + 1) * size)];
      const own = kind === 'kl' ? divergence(x, y, wanted.dims, axis) : scale * squaredError(x, y);
      result[at] = (result[at] as number) + own / pairs.length;
    }
  }
  return result;
}

export function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Whether the same samples are nearer to FP32 by more than chance would do: by more than the standard error of the mean
 * difference. What was picked as the best of several states on few samples would else often be no better on others. A
 * single sample has no such error, and shows nothing.
 */
export function clearlyNearer(after: Float64Array, before: Float64Array): boolean {
  if (before.length < 2 || !Number.isFinite(mean(after))) return false;
  if (!Number.isFinite(mean(before))) return true;
  const gains = before.map((value, i) => value - (after[i] as number));
  const gain = mean(gains);
  const variance = gains.reduce((sum, value) => sum + (value - gain) ** 2, 0) / (gains.length - 1);
  return gain > Math.sqrt(variance / gains.length);
}

function energy(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

function squaredError(got: Float32Array, wanted: Float32Array): number {
  let error = 0;
  for (let i = 0; i < wanted.length; i++) error += ((got[i] as number) - (wanted[i] as number)) ** 2;
  return error;
}

/** Mean over rows of KL(softmax(wanted) || softmax(got)); a row goes along an axis of tensors of these dims, or of samples of them. */
function divergence(got: Float32Array, wanted: Float32Array, dims: readonly number[], axis: number): number {
  const row = dims.at(axis) ?? 1;
  const inner = axis === -1 ? 1 : sizeOf(dims.slice(axis + 1));
  // A segmentation has as many rows as pixels: they share the arrays.
  const [p, q] = [new Float64Array(row), new Float64Array(row)];
  let sum = 0;
  for (let block = 0; block < wanted.length; block += row * inner) {
    for (let start = block; start < block + inner; start++) {
      logSoftmax(wanted, start, inner, p);
      logSoftmax(got, start, inner, q);
      // A class that is masked out is minus infinity in both.
      for (let i = 0; i < row; i++)
        if (p[i] !== -Infinity) sum += Math.exp(p[i] as number) * ((p[i] as number) - (q[i] as number));
    }
  }
  return (sum * row) / wanted.length;
}

/** Of the values from `start` on, `stride` apart, as many as `to` holds. */
function logSoftmax(values: Float32Array, start: number, stride: number, to: Float64Array): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < to.length; i++) largest = Math.max(largest, values[start + i * stride] as number);
  let sum = 0;
  for (let i = 0; i < to.length; i++) sum += Math.exp((values[start + i * stride] as number) - largest);
  const shift = largest + Math.log(sum);
  for (let i = 0; i < to.length; i++) to[i] = (values[start + i * stride] as number) - shift;
}

import { describe, expect, it } from 'vitest';
import { balanceRounding } from '../../src/quantize/recover/rounding.ts';
import {
  biasFloor,
  type QuantizedTensor,
  quantizeBias,
  quantizeWeights,
  weightGrid,
} from '../../src/quantize/weights.ts';
import { targets } from '../../src/targets/index.ts';
import { normal } from './static/helpers.ts';

/** The float weight that a quantized one stands for. */
function dequantized({ values, dims, axis, scales, zeroPoint }: QuantizedTensor): Float32Array {
  const inner = axis === undefined ? values.length : dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  return Float32Array.from(values, (value, i) => (value - zeroPoint) * scales[Math.floor(i / inner) % scales.length]!);
}

const squared = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + (x - b[i]!) ** 2, 0);

describe('weights on a grid', () => {
  const dims = [6, 5, 3, 3];
  const { data } = normal(dims, 3, 0.2);

  it.each([0, 1, 3, undefined])('err by at most half a step of their channel along axis %s', (axis) => {
    for (const grid of [
      targets['cpu-x64-avx2'].weight,
      targets['cpu-x64-vnni'].weight,
      targets['cpu-x64-avx2'].wideWeight!,
    ]) {
      const quantized = quantizeWeights(data, dims, { axis, grid });
      expect(quantized.scales).toHaveLength(axis === undefined ? 1 : dims[axis]!);
      const back = dequantized(quantized);
      const inner = axis === undefined ? data.length : dims.slice(axis + 1).reduce((a, b) => a * b, 1);
      data.forEach((value, i) => {
        const scale = quantized.scales[Math.floor(i / inner) % quantized.scales.length]!;
        expect(Math.abs(value - back[i]!)).toBeLessThanOrEqual(scale * 0.501);
      });
      expect(Math.min(...quantized.values)).toBeGreaterThanOrEqual(grid.qmin);
      expect(Math.max(...quantized.values)).toBeLessThanOrEqual(grid.qmax);
    }
  });

  it.each([4, 3] as const)('of %i bits are nearer with the range of least error than with the whole range', (bits) => {
    const grid = weightGrid(targets['cpu-x64-vnni'], bits);
    const max = dequantized(quantizeWeights(data, dims, { axis: 0, grid, range: 'max' }));
    const mse = dequantized(quantizeWeights(data, dims, { axis: 0, grid, range: 'mse' }));
    expect(squared(data, mse)).toBeLessThan(squared(data, max) * 0.95);
  });

  it('take scales that are given, for weights that were trained', () => {
    const scales = Float32Array.from({ length: 6 }, (_, c) => 0.01 * (c + 1));
    const grid = targets['cpu-x64-vnni'].weight;
    expect(quantizeWeights(data, dims, { axis: 0, grid, scales }).scales).toEqual(scales);
  });

  it('of zeros in one channel have the least scale of the others: its bias is as fine as theirs', () => {
    const grid = targets['cpu-x64-vnni'].weight;
    const pruned = data.map((w, i) => (i < data.length / 6 ? 0 : w));
    const { scales, values } = quantizeWeights(pruned, dims, { axis: 0, grid });
    expect(scales[0]).toBe(Math.min(...scales.slice(1)));
    expect(values.subarray(0, data.length / 6).every((level) => level === 0)).toBe(true);
  });

  it('of zeros have a usable scale; NaN is refused', () => {
    const grid = targets['cpu-x64-vnni'].weight;
    expect(quantizeWeights(new Float32Array(4), [2, 2], { axis: 0, grid }).scales).toEqual(Float32Array.of(1, 1));
    expect(() => quantizeWeights(Float32Array.of(1, NaN), [2, 1], { axis: 0, grid })).toThrow(/NaN/);
  });
});

describe('balanced rounding', () => {
  it('leaves the error of each kernel and each channel within half a step, and no weight off by more than one', () => {
    const dims = [4, 8, 3, 3];
    const { data } = normal(dims, 5, 0.1);
    const grid = weightGrid(targets['cpu-x64-vnni'], 4);
    const { values, scales } = quantizeWeights(data, dims, { axis: 0, grid, range: 'max', rounding: 'balanced' });
    for (let o = 0; o < 4; o++) {
      let channel = 0;
      for (let i = 0; i < 8; i++) {
        let kernel = 0;
        for (let k = 0; k < 9; k++) {
          const at = (o * 8 + i) * 9 + k;
          const error = data[at]! / scales[o]! - values[at]!;
          expect(Math.abs(error)).toBeLessThan(1.001);
          kernel += error;
        }
        // A kernel is within half a step, or within one and a half where its channel took a flip from it.
        expect(Math.abs(kernel)).toBeLessThanOrEqual(1.51);
        channel += kernel;
      }
      expect(Math.abs(channel)).toBeLessThanOrEqual(0.51);
    }
  });

  it('does not leave the grid', () => {
    const levels = Float64Array.of(7, 7, 7);
    balanceRounding(Float64Array.of(0.4, 0.4, 0.4), levels, 1, -7, 7);
    expect([...levels]).toEqual([7, 7, 7]);
  });
});

describe('biases', () => {
  it('are int32 in steps of activation scale times weight scale', () => {
    const { values, scales } = quantizeBias(Float32Array.of(1, -2), 0.5, Float32Array.of(0.01, 0.02));
    expect([...values]).toEqual([200, -200]);
    expect([...scales]).toEqual([...Float32Array.of(0.005, 0.01)]);
  });

  it('ask for a weight scale with which they fit', () => {
    const bias = Float32Array.of(1e6, 1e-3);
    const floor = biasFloor(bias, 1e-4);
    const { values } = quantizeBias(bias, 1e-4, Float32Array.from(floor));
    expect(Math.max(...values.map(Math.abs))).toBeLessThan(2 ** 31 - 1);
  });
});

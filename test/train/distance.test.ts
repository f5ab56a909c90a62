import { expect, test } from 'vitest';
import { Random } from '../../src/random.ts';
import type { Tensor } from '../../src/tensor.ts';
import { clearlyNearer, distances, mean } from '../../src/train/distance.ts';

const tensor = (dims: number[], data: number[]): Tensor => ({ type: 'float32', dims, data: Float32Array.from(data) });

test('KL divergence of each sample from FP32', () => {
  const wanted = tensor([2, 2], [Math.log(0.75), Math.log(0.25), 0, 0]);
  const got = tensor([2, 2], [0, 0, 0, 0]);
  const [first, second] = distances([{ got, wanted }], 'kl', 2);
  expect(first).toBeCloseTo(0.75 * Math.log(1.5) + 0.25 * Math.log(0.5), 6);
  expect(second).toBeCloseTo(0, 9);
});

test('classes lie along the axis that is given', () => {
  // Two samples of two classes at two places: the second sample is as FP32 says.
  const wanted = tensor([2, 2, 2], [Math.log(0.75), 0, Math.log(0.25), 0, 1, 2, 3, 4]);
  const got = tensor([2, 2, 2], [0, 0, 0, 0, 1, 2, 3, 4]);
  const [first, second] = distances([{ got, wanted }], 'kl', 2, 1);
  expect(first).toBeCloseTo((0.75 * Math.log(1.5) + 0.25 * Math.log(0.5)) / 2, 6);
  expect(second).toBeCloseTo(0, 9);
});

test('squared errors of samples are over the energy of the batch, so that a silent sample counts no more than others', () => {
  const wanted = tensor([2, 2], [3, 4, 0, 0]);
  const got = tensor([2, 2], [3, 5, 0, 2]);
  const found = distances([{ got, wanted }], 'mse', 2);
  expect([...found]).toEqual([expect.closeTo(2 / 25, 6), expect.closeTo(8 / 25, 6)]);
  expect(mean(found)).toBeCloseTo((1 + 4) / 25, 6);
});

test('errors of small outputs are in relation to them', () => {
  const small = (data: number[]) =>
    tensor(
      [2, 2],
      data.map((value) => value * 1e-8),
    );
  const found = distances([{ got: small([3, 5, 0, 2]), wanted: small([3, 4, 0, 0]) }], 'mse', 2);
  expect([...found]).toEqual([expect.closeTo(2 / 25, 6), expect.closeTo(8 / 25, 6)]);
});

test('a single sample tells nothing', () => {
  expect(clearlyNearer(Float64Array.of(0), Float64Array.of(1))).toBe(false);
  expect(clearlyNearer(Float64Array.of(0, 0), Float64Array.of(1, 1))).toBe(true);
});

test('nearer by chance is not clearly nearer', () => {
  const random = new Random(1, 'distances');
  const before = Float64Array.from({ length: 40 }, () => 1 + 0.2 * random.normal());
  const shifted = (gain: number) => before.map((value) => value - gain + 0.2 * random.normal());
  expect(clearlyNearer(shifted(0.3), before)).toBe(true);
  expect(clearlyNearer(shifted(-0.05), before)).toBe(false);
  expect(clearlyNearer(before, before)).toBe(false);
  // A gain on one sample alone is no more than its standard error.
  expect(clearlyNearer(before.with(7, 0), before)).toBe(false);
  expect(clearlyNearer(before.with(7, Number.NaN), before)).toBe(false);
  expect(clearlyNearer(before, before.with(7, Number.NaN))).toBe(true);
});

import { expect, it } from 'vitest';
import { factorBlock, roundToLattice } from '../../../src/quantize/recover/lattice-rounding.ts';
import { normal } from './helpers.ts';

const [outputs, inputs, rows] = [6, 24, 400];

it('rounds a weight so that the products with inputs that vary together err less than after rounding to nearest', () => {
  const source = normal([rows, 6], 1).data;
  const mix = normal([6, inputs], 2).data;
  const own = normal([rows, inputs], 3, 0.2).data;
  const x = own.map((value, i) => {
    const [row, column] = [Math.floor(i / inputs), i % inputs];
    let sum = value;
    for (let k = 0; k < 6; k++) sum += source[row * 6 + k]! * mix[k * inputs + column]!;
    return sum;
  });
  const moments = new Float32Array(inputs * inputs);
  for (let r = 0; r < rows; r++) {
    for (let i = 0; i < inputs; i++) {
      for (let j = 0; j < inputs; j++) {
        moments[i * inputs + j] = moments[i * inputs + j]! + (x[r * inputs + i]! * x[r * inputs + j]!) / rows;
      }
    }
  }
  const weight = normal([outputs, inputs], 4).data;
  const scales = new Float32Array(outputs).fill(0.5);
  const blocks = [factorBlock(moments, inputs)];
  const levels = roundToLattice(weight, scales, { id: 0, outputs, inputs, outputsFirst: true, blocks }, -7, 7);
  const error = (rounded: ArrayLike<number>) => {
    let sum = 0;
    for (let r = 0; r < rows; r++) {
      for (let o = 0; o < outputs; o++) {
        let off = 0;
        for (let i = 0; i < inputs; i++)
          off += x[r * inputs + i]! * (rounded[o * inputs + i]! * 0.5 - weight[o * inputs + i]!);
        sum += off * off;
      }
    }
    return sum;
  };
  expect(error(levels)).toBeLessThan(error(weight.map((value) => Math.round(value / 0.5))) / 3);
  expect(Math.max(...levels.map(Math.abs))).toBeLessThanOrEqual(7);
});

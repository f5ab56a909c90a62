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

/** Of inputs that are mixed from as many independent ones. */
function secondMoments(size: number, seed: number): Float32Array {
  const mix = normal([size, size], seed).data;
  return Float32Array.from({ length: size * size }, (_, at) => {
    const [i, j] = [Math.floor(at / size), at % size];
    let sum = 0;
    for (let k = 0; k < size; k++) sum += mix[i * size + k]! * mix[j * size + k]!;
    return sum;
  });
}

it.each([1, 7, 8, 21])('gives the Cholesky factor of %i inputs, those of least energy first', (size) => {
  const moments = secondMoments(size, 5);
  const { order, columns } = factorBlock(moments, size);
  const energy = Array.from(order, (i) => moments[i * size + i]!);
  expect(energy).toEqual(energy.toSorted((a, b) => a - b));
  const damping = 0.01 * (energy.reduce((sum, value) => sum + value, 0) / size);
  const factor = (i: number, j: number) => (i < j ? 0 : columns[j * size - (j * (j - 1)) / 2 + i - j]!);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let product = 0;
      for (let k = 0; k < size; k++) product += factor(i, k) * factor(j, k);
      expect(product).toBeCloseTo(moments[order[i]! * size + order[j]!]! + (i === j ? damping : 0), 4);
    }
  }
});

it('rounds each group of outputs and each block of inputs as if it were alone, however the weight lies in memory', () => {
  const [groups, perGroup, size] = [2, 11, 9];
  const [all, own] = [groups * perGroup, 2 * size];
  const blocks = Array.from({ length: groups * 2 }, (_, seed) => factorBlock(secondMoments(size, seed), size));
  const weight = Float32Array.from(normal([all, own], 9).data);
  const scales = Float32Array.from({ length: all }, (_, i) => 0.2 + 0.01 * i);
  const alone = Int16Array.from({ length: weight.length });
  for (let output = 0; output < all; output++) {
    for (const half of [0, 1]) {
      const from = output * own + half * size;
      const block = blocks[Math.floor(output / perGroup) * 2 + half]!;
      const one = { id: 0, outputs: 1, inputs: size, outputsFirst: true, blocks: [block] };
      alone.set(roundToLattice(weight.slice(from, from + size), scales.slice(output, output + 1), one, -7, 7), from);
    }
  }
  const together = { id: 0, outputs: all, inputs: own, outputsFirst: true, blocks };
  expect(roundToLattice(weight, scales, together, -7, 7)).toEqual(alone);
  // Each group with its inputs before its outputs, as in a stack of matrices.
  const places = Array.from(weight, (_, at) => {
    const [group, within] = [Math.floor(at / (perGroup * own)), at % (perGroup * own)];
    return (group * perGroup + (within % perGroup)) * own + Math.floor(within / perGroup);
  });
  const turned = Float32Array.from(places, (at) => weight[at]!);
  const rounded = roundToLattice(turned, scales, { ...together, outputsFirst: false }, -7, 7);
  expect(rounded).toEqual(Int16Array.from(places, (at) => alone[at]!));
  // Each group with three inputs of an output side by side, as of a transposed convolution.
  const side = 3;
  const kernels = Array.from(weight, (_, at) => {
    const [group, within] = [Math.floor(at / (perGroup * own)), at % (perGroup * own)];
    const [channel, rest] = [Math.floor(within / (perGroup * side)), within % (perGroup * side)];
    return (group * perGroup + Math.floor(rest / side)) * own + channel * side + (rest % side);
  });
  const spread = Float32Array.from(kernels, (at) => weight[at]!);
  const roundedSo = roundToLattice(spread, scales, { ...together, outputsFirst: false, side }, -7, 7);
  expect(roundedSo).toEqual(Int16Array.from(kernels, (at) => alone[at]!));
});

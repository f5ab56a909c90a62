import { describe, expect, it } from 'vitest';
import { convertNumbers } from '../../src/data/convert.ts';
import { halfToNumber, numberToHalf } from '../../src/numbers.ts';

const where = (index: number) => `data[${index}]`;

describe('convertNumbers', () => {
  it('changes the type and not the value', () => {
    expect(convertNumbers([1, 2n, 3], 'int64', where)).toEqual(BigInt64Array.of(1n, 2n, 3n));
    expect(convertNumbers(BigInt64Array.of(-5n, 7n), 'int32', where)).toEqual(Int32Array.of(-5, 7));
    expect(convertNumbers([0.1], 'float32', where)).toEqual(Float32Array.of(0.1));
    expect(convertNumbers([0, 1], 'bool', where)).toEqual(Uint8Array.of(0, 1));
    expect(convertNumbers([1.5, Number.NEGATIVE_INFINITY], 'float16', where)).toEqual(Uint16Array.of(0x3e00, 0xfc00));
  });

  it('refuses what does not fit, naming the place, the value and the type', () => {
    expect(() => convertNumbers([1, 2 ** 40], 'int32', where)).toThrow(
      'data[1] is 1099511627776, and the model wants int32',
    );
    expect(() => convertNumbers([0.5], 'int64', where)).toThrow('data[0] is 0.5, and the model wants int64');
    expect(() => convertNumbers([-1], 'uint8', where)).toThrow('data[0] is -1');
    expect(() => convertNumbers([2], 'bool', where)).toThrow('bool, 0 or 1');
    expect(() => convertNumbers([1e39], 'float32', where)).toThrow('data[0] is 1e+39');
    expect(() => convertNumbers([70000], 'float16', where)).toThrow('float16');
    expect(() => convertNumbers([Number.NaN], 'float32', where)).toThrow('data[0] is NaN');
    expect(() => convertNumbers([Number.NaN], 'int8', where)).toThrow('data[0] is NaN');
    expect(() => convertNumbers([2n ** 63n], 'int64', where)).toThrow('9223372036854775807');
  });
});

describe('float16', () => {
  it('is exact both ways for every number, and rounds to nearest even', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = halfToNumber(bits);
      if (!Number.isNaN(value) && numberToHalf(value) !== bits) wrong.push(bits);
    }
    // Between two neighbours: the tie goes to the even one, what is nearer wins otherwise.
    for (let bits = 0; bits < 0x7bff; bits++) {
      const [low, high] = [halfToNumber(bits), halfToNumber(bits + 1)];
      const middle = (low + high) / 2;
      if (numberToHalf(middle) !== (bits % 2 === 0 ? bits : bits + 1)) wrong.push(bits);
      if (numberToHalf(middle + (high - low) / 8) !== bits + 1) wrong.push(bits);
      if (numberToHalf(middle - (high - low) / 8) !== bits) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
    expect(numberToHalf(65519.99)).toBe(0x7bff);
    expect(numberToHalf(65520)).toBe(0x7c00);
  });
});

import { expect, test } from 'vitest';
import { tensorProto } from '../../src/onnx/tensor.ts';
import { WeightCache } from '../../src/quantize/weight-cache.ts';

/** A weight whose integers take so many bytes. */
const weight = (bytes: number) => tensorProto({ type: 'int8', dims: [bytes], data: new Int8Array(bytes) }, 'w');

/** Rounds through a cache and says whether that had to be done. */
function roundings(cache: WeightCache) {
  return (proto: ReturnType<typeof weight>, how: string): boolean => {
    let made = false;
    cache.remember(proto, how, () => {
      made = true;
      return { values: { length: Number(proto.dims[0]) } };
    });
    return made;
  };
}

test('rounds a weight once for each way', () => {
  const rounds = roundings(new WeightCache(0));
  const [a, b] = [weight(100), weight(100)];
  expect([rounds(a, 'nearest'), rounds(b, 'nearest'), rounds(a, 'balanced')]).toEqual([true, true, true]);
  expect([rounds(a, 'nearest'), rounds(b, 'nearest'), rounds(a, 'balanced')]).toEqual([false, false, false]);
});

test('where there is no more room, the newest takes the place of what was not used for the longest time', () => {
  const rounds = roundings(new WeightCache(14e6));
  const copies = Array.from({ length: 6 }, () => [weight(7e6), weight(7e6)]);
  // Copies of a model whose weights were changed and given up.
  for (const each of copies.flat()) expect(rounds(each, 'nearest')).toBe(true);
  const last = copies.at(-1)!;
  for (const how of ['balanced', 'fitted']) for (const each of last) expect(rounds(each, how)).toBe(true);
  for (const how of ['nearest', 'balanced', 'fitted']) for (const each of last) expect(rounds(each, how)).toBe(false);
  expect(rounds(copies[0]![0]!, 'nearest')).toBe(true);
});

test('of weights that have no room all together, each keeps its place from one candidate to the next', () => {
  const cache = new WeightCache(200e6);
  const rounds = roundings(cache);
  const all = Array.from({ length: 4 }, () => weight(50e6));
  expect([cache.roomFor(1), new WeightCache(50e6).roomFor(3), new WeightCache(50e6).roomFor(4)]).toEqual([
    false,
    true,
    false,
  ]);
  for (const each of all) rounds(each, 'nearest');
  expect(all.map((each) => rounds(each, 'nearest'))).toEqual([false, false, false, true]);
  expect(all.map((each) => rounds(each, 'balanced'))).toEqual([true, true, true, true]);
  expect(all.map((each) => rounds(each, 'balanced'))).toEqual([false, false, false, true]);
});

test('keeps several ways of all weights of a larger model', () => {
  const rounds = roundings(new WeightCache(14e6));
  const all = [weight(7e6), weight(7e6)];
  for (const how of ['nearest', 'balanced', 'fitted']) for (const each of all) rounds(each, how);
  for (const how of ['nearest', 'balanced', 'fitted']) for (const each of all) expect(rounds(each, how)).toBe(false);
});

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

test('where there is no more room, the newest way of a weight takes the place of its oldest', () => {
  const cache = new WeightCache(0);
  const rounds = roundings(cache);
  const [a, b] = [weight(7e6), weight(7e6)];
  for (const each of [a, b]) rounds(each, 'nearest');
  expect(cache.hasRoom(a)).toBe(false);
  for (const each of [a, b]) expect(rounds(each, 'balanced')).toBe(true);
  for (const each of [a, b]) expect(rounds(each, 'balanced')).toBe(false);
  expect(rounds(a, 'nearest')).toBe(true);
});

test('keeps several ways of all weights of a larger model', () => {
  const rounds = roundings(new WeightCache(14e6));
  const all = [weight(7e6), weight(7e6)];
  for (const how of ['nearest', 'balanced', 'fitted']) for (const each of all) rounds(each, how);
  for (const how of ['nearest', 'balanced', 'fitted']) for (const each of all) expect(rounds(each, how)).toBe(false);
});

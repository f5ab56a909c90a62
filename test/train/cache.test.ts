import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TensorCache } from '../../src/train/cache.ts';
import { scratch } from './support.ts';

/** 400 bytes. */
const feeds = (value: number) => ({
  y: { type: 'float32' as const, dims: [100], data: new Float32Array(100).fill(value) },
});

test('all caches of a training share one room in memory, what is beyond it goes to disk and comes back', () => {
  const folder = scratch();
  const room = { left: 1000 };
  const paths = ['a', 'b'].map((name) => join(folder, name));
  const [first, second] = paths.map((path) => new TensorCache(path, room)) as [TensorCache, TensorCache];
  first.set(0, feeds(1));
  second.set(0, feeds(2));
  second.set(1, feeds(3));
  expect(room.left).toBe(200);
  expect(paths.map((path) => existsSync(path))).toEqual([false, true]);
  expect([first.get(0), second.get(0), second.get(1)]).toEqual([feeds(1), feeds(2), feeds(3)]);
  first.drop();
  second.drop();
  expect(room.left).toBe(1000);
  expect(existsSync(paths[1]!)).toBe(false);
});

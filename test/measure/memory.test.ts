import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MemoryMeasurement } from '../../src/measure/contract.ts';
import { memoryMeasurement, peakMemory } from '../../src/measure/memory.ts';
import { measureSize } from '../../src/measure/size.ts';
import { Random } from '../../src/random.ts';
import { WorkerError } from '../../src/runtime/contract.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { floats, sessionOf, stack } from '../runtime/models.ts';
import { writeStore } from '../runtime/store-file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'memory-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a model of a quarter of the weights takes less of the file system and of memory', async () => {
  const runtime = await locateRuntime();
  // Processes of the same model differ by some 10 MB: the weights have to be many times that.
  const width = 2048;
  const store = writeStore(join(folder, 'store'), [{ x: floats([1, width]) }]);
  const large = await sessionOf(folder, 'large', stack(8, width));
  const small = await sessionOf(folder, 'small', stack(2, width));
  const peak = (label: string, session?: typeof large) =>
    peakMemory({ label, store, runtime, ...(session && { session }) });
  const empty = await peak('empty');
  const [fp32, variant] = [await peak('fp32', large), await peak('variant', small)];
  const weights = 8 * 4 * width ** 2;
  // One copy as it is stored, at most another as the kernels want it, and another while the file is parsed.
  const own = memoryMeasurement(fp32, fp32, empty, 0.95) as MemoryMeasurement;
  expect(own.peakBytes).toBeGreaterThan(weights);
  expect(own.peakBytes).toBeLessThan(4 * weights);
  const memory = memoryMeasurement(fp32, variant, empty, 0.95) as MemoryMeasurement;
  expect(memory.ratio).toBeLessThan(0.6);
  expect(memory.intervals!.ratio.high).toBeGreaterThan(memory.ratio);
  const more = await peakMemory({ label: 'variant', store, runtime, session: small }, variant);
  expect(more.peaks.slice(0, 3)).toEqual(variant.peaks);
  expect(more.peaks).toHaveLength(5);
  expect(await measureSize(large.model, small.model)).toEqual({
    bytes: expect.closeTo(weights / 4, -5),
    ratio: expect.closeTo(0.25, 2),
  });
});

test('a process that fails says why', async () => {
  const runtime = await locateRuntime();
  const store = writeStore(join(folder, 'store'), [{ x: floats([1, 4]) }]);
  const session = { model: join(folder, 'absent.onnx'), provider: 'cpu' as const, threads: 1 };
  await expect(peakMemory({ label: 'fp32', session, store, runtime })).rejects.toThrow(WorkerError);
});

test('what cannot be told from the runtime itself is not measured', () => {
  const of = (...peaks: number[]) => ({ peaks, devicePeaks: [] });
  expect(memoryMeasurement(of(5, 5, 5), of(9, 9, 9), of(5, 5, 5), 0.95)).toHaveProperty('notMeasured');
  expect(memoryMeasurement(of(9, 9, 9), of(4, 4, 4), of(5, 5, 5), 0.95)).toMatchObject({ peakBytes: 0, ratio: 0 });
});

test('the interval of a ratio is as wide as processes of one file differ', () => {
  const random = new Random(11);
  const peaks = (mean: number, count: number) => ({
    peaks: Array.from({ length: count }, () => mean + 2 * random.normal()),
    devicePeaks: [],
  });
  const covered = (count: number) => {
    const repeats = Array.from({ length: 1000 }, () => {
      const found = memoryMeasurement(peaks(100, count), peaks(70, count), peaks(40, count), 0.95);
      const { low, high } = (found as MemoryMeasurement).intervals!.ratio;
      return low <= 0.5 && 0.5 <= high;
    });
    return repeats.filter(Boolean).length / repeats.length;
  };
  // 95 %, less three standard errors.
  for (const count of [3, 5, 9]) expect(covered(count)).toBeGreaterThan(0.929);
});

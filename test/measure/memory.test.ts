import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryMeasurement, peakMemory } from '../../src/measure/memory.ts';
import { measureSize } from '../../src/measure/size.ts';
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
  expect(fp32.bytes - empty.bytes).toBeGreaterThan(weights);
  expect(fp32.bytes - empty.bytes).toBeLessThan(4 * weights);
  const memory = memoryMeasurement(fp32, variant, empty);
  expect(memory).toMatchObject({ peakBytes: variant.bytes - empty.bytes });
  expect((memory as { ratio: number }).ratio).toBeLessThan(0.6);
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
  expect(memoryMeasurement({ bytes: 5 }, { bytes: 9 }, { bytes: 5 })).toHaveProperty('notMeasured');
  expect(memoryMeasurement({ bytes: 9 }, { bytes: 4 }, { bytes: 5 })).toEqual({ peakBytes: 0, ratio: 0 });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedStore } from '../../src/data/store.ts';
import { UserError } from '../../src/errors.ts';
import type { LatencyMeasurement } from '../../src/measure/contract.ts';
import { type LatencyRequest, measureLatency } from '../../src/measure/latency.ts';
import type { Progress } from '../../src/progress.ts';
import type { RuntimeLocation, SessionSpec } from '../../src/runtime/contract.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { floats, sessionOf, stack } from '../runtime/models.ts';
import { writeStore } from '../runtime/store-file.ts';

let folder: string;
let runtime: RuntimeLocation;
let store: FeedStore;
let slow: SessionSpec;
let fast: SessionSpec;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latency-test-'));
  runtime = await locateRuntime();
  store = writeStore(
    join(folder, 'store'),
    Array.from({ length: 4 }, (_, index) => ({ x: floats([1, 256], index) })),
  );
  slow = await sessionOf(folder, 'slow', stack(24, 256));
  fast = await sessionOf(folder, 'fast', stack(3, 256));
});
afterAll(() => rmSync(folder, { recursive: true }));

function request(variants: LatencyRequest['variants'], more: Partial<LatencyRequest> = {}): LatencyRequest {
  const common = { percentile: 'p50', confidence: 0.95, budgetMs: 2_000, seed: 1, runtime } as const;
  return { fp32: slow, variants, store, batches: [1], ...common, ...more };
}

test('a variant with an eighth of the work is faster, beyond doubt; the same file is not', async () => {
  const result = await measureLatency(
    request(
      [
        { id: 'fast', session: fast },
        { id: 'same', session: slow },
      ],
      // A few generations of sessions on a busy machine may differ much by themselves: as in a gate, more are taken then.
      { budgetMs: 30_000, decide: ({ speedup }, id) => id === 'same' || speedup.low > 1.5 },
    ),
  );
  const [quick, same] = result.variants.map(({ latency }) => latency![0]!) as [LatencyMeasurement, LatencyMeasurement];
  expect(quick.speedup.low).toBeGreaterThan(1.5);
  expect(same.speedup.low).toBeLessThan(1.1);
  expect(same.speedup.high).toBeGreaterThan(0.9);
  for (const latency of [quick, same, result.fp32[0]!]) {
    expect(latency.p50Ms).toBeGreaterThan(0);
    expect(latency.p90Ms).toBeGreaterThanOrEqual(latency.p50Ms);
    expect(latency.p99Ms).toBeGreaterThanOrEqual(latency.p90Ms);
    expect(latency.intervals!.p50Ms.low).toBeLessThanOrEqual(latency.p50Ms);
    expect(latency.runs).toBeGreaterThan(20);
    expect(latency.loadMs).toBeGreaterThan(0);
    expect(latency.noise).toBeGreaterThan(0);
  }
  expect(result.noise).toHaveLength(1);
  expect(result.environment.load).toBeGreaterThan(0);
});

test.each([
  [2, expect.any(Number)],
  [1, undefined],
])('of FP32 on %i threads it is known what one thread would take', async (threads, expected) => {
  const { environment } = await measureLatency(request([], { fp32: { ...slow, threads }, budgetMs: 500 }));
  expect(environment.oneThread).toEqual(expected);
  if (threads > 1) expect(environment.oneThread).toBeGreaterThan(0);
});

test('while threads only cost, no limit near by is decided, and sampling goes on until the budget ends', async () => {
  const measure = async (ms: number) => {
    let looks = 0;
    const result = await measureLatency(
      request([{ id: 'fast', session: { ...fast, threads: 2 } }], {
        fp32: { ...slow, threads: 2 },
        budgetMs: 10_000,
        noise: [{ batch: 1, percentile: 'p50', deviation: 0, halfWidth: 0 }],
        serial: [{ batch: 1, ms }],
        decide: ({ speedup: { low, high } }) => {
          looks++;
          return low > 0.1 && high < 1e3;
        },
      }),
    );
    return { looks, oneThread: result.environment.oneThread!, latency: result.variants[0]!.latency![0]! };
  };
  const together = await measure(1_000);
  expect(together.looks).toBe(1);
  expect(together.oneThread).toBeGreaterThan(1);
  const apart = await measure(1e-6);
  expect(apart.looks).toBeGreaterThan(1);
  expect(apart.oneThread).toBeLessThan(1);
  expect(apart.latency.noise).toBeCloseTo(1 / apart.oneThread - 1);
});

test('sampling ends when the check is decided', async () => {
  const looks: number[] = [];
  const decided = await measureLatency(
    request([{ id: 'fast', session: fast }], {
      budgetMs: 60_000,
      decide: ({ speedup, runs }) => {
        looks.push(runs);
        return speedup.low > 1.2;
      },
    }),
  );
  expect(looks.length).toBeGreaterThanOrEqual(1);
  expect(decided.variants[0]!.latency![0]!.speedup.low).toBeGreaterThan(1.2);
});

test('every batch size, with the noise of an earlier measurement', async () => {
  const noise = [1, 4].map((batch) => ({ batch, percentile: 'p50' as const, deviation: 0.5, halfWidth: 0.6 }));
  const { variants } = await measureLatency(
    request([{ id: 'fast', session: fast }], { batches: [1, 4], noise, budgetMs: 1_000 }),
  );
  const [one, four] = variants[0]!.latency!;
  expect([one!.batch, four!.batch]).toEqual([1, 4]);
  expect(one!.speedup.high / one!.speedup.estimate).toBeGreaterThan(1.6);
  expect(one!.noise).toBe(0.6);
});

test('a batch size without noise of an earlier measurement gets its own', async () => {
  const noise = [{ batch: 1, percentile: 'p50' as const, deviation: 0.5, halfWidth: 0.6 }];
  const result = await measureLatency(
    request([{ id: 'fast', session: fast }], { batches: [1, 4], noise, budgetMs: 1_000 }),
  );
  const [one, four] = result.variants[0]!.latency!;
  expect(one!.noise).toBe(0.6);
  expect(four!.noise).toBeGreaterThan(0);
  expect(four!.noise).not.toBe(0.6);
});

test('a variant that cannot be loaded does not take the others with it', async () => {
  const broken = { ...slow, model: join(folder, 'absent.onnx') };
  const { variants, fp32 } = await measureLatency(
    request(
      [
        { id: 'broken', session: broken },
        { id: 'fast', session: fast },
      ],
      { budgetMs: 500 },
    ),
  );
  expect(variants[0]).toMatchObject({ id: 'broken', error: { kind: 'error' } });
  expect(variants[0]).not.toHaveProperty('latency');
  expect(variants[1]!.latency).toHaveLength(1);
  expect(fp32).toHaveLength(1);
});

/** As fast as `fast`, and for one sample alone. */
const single = () =>
  sessionOf(folder, 'single', (b) => {
    const x = b.input('x', 'float32', ['batch', 256]);
    const shape = b.constant({ type: 'int64', dims: [2], data: BigInt64Array.of(1n, 256n) }, 'shape');
    b.output(b.op('Reshape', [x, shape]), 'y', { type: 'float32', dims: ['batch', 256] });
  });

test('a batch size at which a variant fails takes nothing from the others, before and after it', async () => {
  const { variants, fp32, noise } = await measureLatency(
    request(
      [
        { id: 'single', session: await single() },
        { id: 'fast', session: fast },
      ],
      { batches: [4, 1], budgetMs: 500 },
    ),
  );
  expect(variants[0]!.failed).toEqual([
    { batch: 4, failed: true, notMeasured: expect.stringMatching(/^single: .*Reshape/) },
  ]);
  expect(variants[0]!.latency!.map(({ batch }) => batch)).toEqual([1]);
  expect(variants[1]).toMatchObject({ latency: [{ batch: 4 }, { batch: 1 }], failed: [] });
  expect([fp32, noise].map((list) => list.map(({ batch }) => batch))).toEqual([
    [4, 1],
    [4, 1],
  ]);
});

test('nothing is kept of a batch size at which the only variant fails, nor where FP32 does', async () => {
  const alone = await measureLatency(
    request([{ id: 'single', session: await single() }], { batches: [1, 4], budgetMs: 500 }),
  );
  expect(alone.variants[0]).toMatchObject({ latency: [{ batch: 1 }], failed: [{ batch: 4 }] });
  expect([alone.fp32, alone.noise].map((list) => list.map(({ batch }) => batch))).toEqual([[1], [1]]);
  const { variants, fp32 } = await measureLatency(
    request([{ id: 'fast', session: fast }], { fp32: await single(), batches: [4, 1], budgetMs: 500 }),
  );
  expect(variants[0]).toMatchObject({ latency: [{ batch: 1 }], failed: [{ batch: 4 }] });
  expect(variants[0]!.failed![0]!.notMeasured).toMatch(/^fp32( again)?: .*Reshape/);
  expect(fp32.map(({ batch }) => batch)).toEqual([1]);
});

test.runIf(process.platform === 'linux')(
  'a process that ends at one batch size is started again for the next',
  async () => {
    let killed = false;
    const progress: Progress = {
      stage(name) {
        return {
          advance() {
            if (killed || name !== 'latency at batch 1') return;
            killed = true;
            // The variant's is the youngest.
            execFileSync('pkill', ['-KILL', '-n', '-P', String(process.pid)]);
          },
          done() {},
        };
      },
      note() {},
    };
    const { variants } = await measureLatency(
      request([{ id: 'fast', session: fast }], { batches: [1, 4], budgetMs: 500, progress }),
    );
    expect(variants[0]).toMatchObject({ latency: [{ batch: 4 }], failed: [{ batch: 1 }] });
    expect(variants[0]!.failed![0]!.notMeasured).toMatch(/killed, most likely because memory ran out/);
  },
);

test('a batch that the model cannot take is the user’s to correct', async () => {
  const fixed = await sessionOf(folder, 'fixed', (b) => {
    b.output(b.op('Neg', [b.input('x', 'float32', [1, 256])]), 'y', { type: 'float32', dims: [1, 256] });
  });
  const measured = measureLatency(request([], { fp32: fixed, batches: [8] }));
  await expect(measured).rejects.toThrow(UserError);
  await expect(measured).rejects.toThrow(/batch 8: the model's input "x" has a fixed batch of 1/);
});

test('inputs of several shapes are told apart', async () => {
  const any = await sessionOf(folder, 'any', (b) => {
    b.output(b.op('Neg', [b.input('x', 'float32', ['batch', 'length'])]), 'y', {
      type: 'float32',
      dims: ['batch', 'length'],
    });
  });
  const lengths = writeStore(
    join(folder, 'lengths'),
    [8, 20_000].map((length) => ({ x: floats([1, length], length) })),
  );
  const { variants, fp32 } = await measureLatency(
    request([{ id: 'same', session: any }], { fp32: any, store: lengths, budgetMs: 500 }),
  );
  for (const [latency] of [variants[0]!.latency!, fp32]) {
    expect(latency!.shapes!.map(({ shape }) => shape)).toEqual(['[1, 8]', '[1, 20000]']);
    const [short, long] = latency!.shapes!;
    expect(short!.runs + long!.runs).toBe(latency!.runs);
    expect(long!.p50Ms).toBeGreaterThan(short!.p50Ms);
    expect(long!.speedup.estimate).toBeGreaterThan(0);
  }
});

import { describe, expect, it } from 'vitest';
import { checkVariant } from '../../src/gate/checks.ts';
import { latencyDecided } from '../../src/gate/latency.ts';
import { compareWithBase, uncompared } from '../../src/gate/regression.ts';
import { samplesNeeded } from '../../src/gate/samples-needed.ts';
import { suggest } from '../../src/gate/suggest.ts';
import { decideGate, decideVerdict, type Verdict } from '../../src/gate/verdict.ts';
import { tangoInterval, wilsonInterval } from '../../src/measure/accuracy/paired-proportions.ts';
import type {
  AccuracyMeasurement,
  Check,
  Estimate,
  FloatNode,
  LatencyMeasurement,
  Measurements,
} from '../../src/measure/contract.ts';
import { type Limits, policySchema } from '../../src/policy/schema.ts';
import { Random } from '../../src/random.ts';

const latencyOf = (low: number, estimate: number, high: number): LatencyMeasurement => ({
  batch: 1,
  p50Ms: 10,
  p90Ms: 12,
  p99Ms: 15,
  intervals: {
    p50Ms: { estimate: 10, low: 9, high: 11 },
    p90Ms: { estimate: 12, low: 11, high: 13 },
    p99Ms: { estimate: 15, low: 12, high: 20 },
  },
  runs: 100,
  speedup: { estimate, low, high },
});

function accuracyOf(lost: number, gained: number, samples: number): AccuracyMeasurement {
  const drop = tangoInterval(lost, gained, samples, 0.95);
  const fp32 = 0.8;
  const value = fp32 - drop.estimate;
  return {
    metric: 'top1',
    direction: 'higher',
    value,
    interval: { low: value - 0.03, high: value + 0.03 },
    fp32,
    drop,
    relativeDrop: { estimate: drop.estimate / fp32, low: drop.low / fp32, high: drop.high / fp32 },
    samples,
    flips: { lost, gained, lostSamples: [], gainedSamples: [] },
  };
}

const good: Measurements = {
  size: { bytes: 3_500_000, ratio: 0.25 },
  latency: [latencyOf(1.4, 1.5, 1.6)],
  memory: { peakBytes: 30e6, ratio: 0.8 },
  accuracy: accuracyOf(12, 10, 10_000),
};
const limits: Limits = {
  size: { 'max-ratio': 0.3, max: 4e6 },
  latency: { 'min-speedup': 1.2, max: 12, at: 'p50', batch: 1 },
  memory: { 'max-ratio': 0.9, max: 40e6 },
  accuracy: { 'max-drop': 0.01, 'max-relative-drop': 0.02, min: 0.7 },
};
const check = (measurements: Measurements, own: Limits = limits, confidence = 0.95) =>
  checkVariant({ limits: own, measurements, confidence });
const only = (name: string, measurements: Measurements, own: Limits): Check =>
  check(measurements, own).find((each) => each.name === name)!;

describe('checks', () => {
  it('are one for each limit, in a fixed order', () => {
    const checks = check(good);
    expect(checks.map(({ name }) => name)).toEqual([
      'size.max-ratio',
      'size.max',
      'latency.min-speedup',
      'latency.max',
      'memory.max-ratio',
      'memory.max',
      'accuracy.max-drop',
      'accuracy.max-relative-drop',
      'accuracy.min',
    ]);
    expect(checks.map(({ verdict }) => verdict)).toEqual(Array(9).fill('pass'));
    expect(check(good, {})).toEqual([]);
  });

  it('say in a sentence what was measured and what the limit is', () => {
    expect(only('size.max-ratio', good, limits).message).toBe(
      'The size over FP32 is 0.25, within the limit of at most 0.3.',
    );
    expect(only('latency.min-speedup', good, limits).message).toBe(
      'The speed-up over FP32 at p50, batch 1, is 1.5x (95 % interval 1.4x to 1.6x), within the limit of at least 1.2x.',
    );
    const drop = only('accuracy.max-drop', { accuracy: accuracyOf(30, 2, 1000) }, { accuracy: { 'max-drop': 0.01 } });
    expect(drop.verdict).toBe('fail');
    expect(drop.message).toBe(
      'The drop of top1 is 2.8 points (95 % interval 1.83 points to 4.07 points), beyond the limit of at most 1 point. ' +
        'FP32 has 80 %, this variant 77.2 % on 1,000 samples; 30 samples went from right to wrong and 2 from wrong to right.',
    );
  });

  it('show a limit as it is written, and no number that misses it as the limit itself', () => {
    const size = (ratio: number, limit: number) =>
      only('size.max-ratio', { size: { bytes: 4_204_000, ratio } }, { size: { 'max-ratio': limit } }).message;
    expect(size(0.3004, 0.3)).toBe('The size over FP32 is 0.3004, beyond the limit of at most 0.3.');
    expect(size(0.2996, 0.3)).toBe('The size over FP32 is 0.3, within the limit of at most 0.3.');
    expect(size(0.25, 0.3125)).toBe('The size over FP32 is 0.25, within the limit of at most 0.3125.');
    const bytes = only('size.max', { size: { bytes: 4_000_123, ratio: 0.3 } }, { size: { max: 4e6 } });
    expect(bytes.message).toBe('The size is 4.0001 MB, beyond the limit of at most 4 MB.');
  });

  it('never round a confidence to certainty', () => {
    const messages = [0.975, 0.99999].map(
      (confidence) => check(good, { accuracy: { min: 0.7 } }, confidence)[0]!.message,
    );
    expect(messages[0]).toContain('97.5 % interval');
    expect(messages[1]).toContain('99.999 % interval');
  });

  it('are inconclusive where the interval straddles the limit, and say how many samples would decide', () => {
    const own = only('accuracy.max-drop', { accuracy: accuracyOf(4, 2, 400) }, { accuracy: { 'max-drop': 0.01 } });
    expect(own.verdict).toBe('inconclusive');
    expect(own.message).toContain(`About ${own.samplesNeeded!.toLocaleString('en-US')} more samples would decide it.`);
    const times = (400 + own.samplesNeeded!) / 400;
    expect(tangoInterval(4 * times, 2 * times, 400 * times, 0.95).high).toBeLessThanOrEqual(0.01);
    expect(tangoInterval(3.5 * times, 1.75 * times, 350 * times, 0.95).high).toBeGreaterThan(0.005);
  });

  it('have the units and the direction of the metric also where it was not measured', () => {
    const accuracy = { notMeasured: 'rmse of FP32 is not a number (NaN)', failed: true } as const;
    const checks = checkVariant({
      limits: { accuracy: { 'max-drop': 0.1, min: 0.5 } },
      measurements: { accuracy },
      scored: { metric: 'rmse', direction: 'lower' },
      confidence: 0.95,
    });
    expect(checks.map(({ operator, message }) => [operator, message])).toEqual([
      ['<=', 'The drop of rmse was not measured: rmse of FP32 is not a number (NaN); the limit is 0.1.'],
      ['<=', 'Rmse was not measured: rmse of FP32 is not a number (NaN); the limit is 0.5.'],
    ]);
    const [own] = uncompared({ accuracy: 0.1 }, 0.95, 'the base cannot be read', 'rmse');
    expect(own!.message).toBe(
      'The drop of rmse from the base branch was not measured: the base cannot be read; the limit is 0.1.',
    );
  });

  it('say that there is no interval where it is open to both sides, and pass by the estimate alone', () => {
    const { flips: _, ...single } = accuracyOf(0, 0, 40);
    const accuracy: AccuracyMeasurement = {
      ...single,
      metric: 'command',
      drop: { estimate: 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY },
    };
    const own = only('accuracy.max-drop', { accuracy }, { accuracy: { 'max-drop': 0.01 } });
    expect(own).toMatchObject({ estimate: 0, low: null, high: null, verdict: 'inconclusive' });
    expect(own.message).toMatch(
      /^The drop of command is 0 \(no interval\), which does not decide the limit of at most 0.01\. FP32 /,
    );
    expect(decideVerdict([own], 'estimate')).toBe('pass');
    expect(decideVerdict([own], 'fail')).toBe('fail');
  });

  it('compare latency at the percentile and the batch of the limit', () => {
    const at = (percentile: 'p50' | 'p99', batch: number) =>
      only('latency.max', good, { latency: { max: 14, at: percentile, batch } });
    expect(at('p50', 1)).toMatchObject({ estimate: 10, high: 11, verdict: 'pass' });
    expect(at('p99', 1)).toMatchObject({ estimate: 15, low: 12, verdict: 'inconclusive' });
    expect(at('p50', 8)).toMatchObject({ estimate: null, verdict: 'fail' });
  });

  it('say of an interval without an upper end that it has none', () => {
    const latency = latencyOf(1.4, 1.5, 1.6);
    const p99Ms = { estimate: 15, low: 12, high: Number.POSITIVE_INFINITY };
    const open = { latency: [{ ...latency, intervals: { ...latency.intervals!, p99Ms } }] };
    const own = only('latency.max', open, { latency: { max: 10, at: 'p99', batch: 1 } });
    expect(own.message).toContain('is 15 ms (95 % interval 12 ms or more), beyond the limit of at most 10 ms.');
  });

  it('turn `min` round where lower is better', () => {
    const accuracy: AccuracyMeasurement = {
      metric: 'perplexity',
      direction: 'lower',
      value: 12,
      interval: { low: 11, high: 13 },
      fp32: 11,
      drop: { estimate: 1, low: 0.5, high: 1.5 },
      samples: 50,
    };
    expect(only('accuracy.min', { accuracy }, { accuracy: { min: 14 } })).toMatchObject({
      operator: '<=',
      verdict: 'pass',
    });
    expect(only('accuracy.min', { accuracy }, { accuracy: { min: 10 } }).verdict).toBe('fail');
  });

  describe('never pass without a number', () => {
    const drop = { accuracy: { 'max-drop': 0.01 } };
    it('that is missing', () => {
      for (const each of check({})) expect(each).toMatchObject({ estimate: null, verdict: 'fail' });
    });
    it('that a crash took', () => {
      const accuracy = { notMeasured: 'the process was killed', failed: true as const };
      const own = only('accuracy.max-drop', { accuracy }, drop);
      expect(own.verdict).toBe('fail');
      expect(own.message).toContain('the process was killed');
    });
    it('that a batch size took, whatever there is of others', () => {
      const failed = { batch: 8, notMeasured: 'out of memory at batch 8', failed: true as const };
      const latency = [failed, latencyOf(1.4, 1.5, 1.6)];
      const at = (batch: number): Limits => ({ latency: { 'min-speedup': 1.2, max: 12, at: 'p90', batch } });
      for (const name of ['latency.min-speedup', 'latency.max']) {
        const own = only(name, { latency }, at(8));
        expect(own).toMatchObject({ estimate: null, verdict: 'fail' });
        expect(own.message).toContain('batch 8, was not measured: out of memory at batch 8; the limit is');
      }
      expect(only('latency.min-speedup', { latency }, at(1)).verdict).toBe('pass');
      expect(only('latency.min-speedup', { latency }, at(2))).toMatchObject({ estimate: null, verdict: 'fail' });
    });
    it('that this machine cannot measure', () => {
      const own = only('latency.max', { latency: { notMeasured: 'another CPU' } }, limits);
      expect(own).toMatchObject({ estimate: null, verdict: 'inconclusive' });
    });
    it('that is NaN, or whose interval is', () => {
      const nan: Estimate = { estimate: Number.NaN, low: Number.NaN, high: Number.NaN };
      expect(only('accuracy.max-drop', { accuracy: { ...accuracyOf(0, 0, 1000), drop: nan } }, drop)).toMatchObject({
        estimate: null,
        verdict: 'fail',
      });
      const open = { ...nan, estimate: 0 };
      expect(only('accuracy.max-drop', { accuracy: { ...accuracyOf(0, 0, 1000), drop: open } }, drop).verdict).toBe(
        'inconclusive',
      );
      expect(
        only('latency.min-speedup', { latency: [latencyOf(0, 2, Number.POSITIVE_INFINITY)] }, limits),
      ).toMatchObject({
        low: 0,
        high: null,
        verdict: 'inconclusive',
      });
    });
    it('because the variant could not be made', () => {
      const checks = checkVariant({
        limits,
        measurements: good,
        confidence: 0.95,
        error: { kind: 'aborted', message: 'it aborted' },
      });
      for (const each of checks) expect(each).toMatchObject({ verdict: 'fail', estimate: null });
    });
  });

  describe('of the worst class', () => {
    const perClass = (drops: [number, number][]): Measurements => ({
      accuracy: {
        ...accuracyOf(0, 0, 1000),
        perClass: drops.map(([lost, samples], index) => ({
          name: `class ${index}`,
          samples,
          value: 0.8,
          fp32: 0.8,
          drop: tangoInterval(lost, 0, samples, 1 - 0.05 / drops.length),
        })),
      },
    });
    const own = (drops: [number, number][]) =>
      only('accuracy.per-class.max-drop', perClass(drops), { accuracy: { 'per-class': { 'max-drop': 0.05 } } });

    it('fail where one class is beyond the limit for sure', () => {
      const found = own([
        [0, 200],
        [60, 200],
        [1, 200],
      ]);
      expect(found.verdict).toBe('fail');
      expect(found.message).toContain('"class 1" lost 30 points on 200 samples');
    });
    it('do not fail by one flip in a small class', () => {
      const found = own([[1, 10], ...Array.from({ length: 20 }, (): [number, number] => [0, 10])]);
      expect(found.verdict).toBe('inconclusive');
      expect(decideVerdict([found], 'estimate')).toBe('pass');
      expect(found.message).toContain('part of which is chance');
    });
    it.each([
      [12, 50, 100],
      [12, 50, 1000],
      [10, 100, 10],
    ])('fail by the estimate where one lost %i of %i and %i others nothing', (lost, samples, others) => {
      const found = own([[lost, samples], ...Array.from({ length: others }, (): [number, number] => [0, samples])]);
      expect(decideVerdict([found], 'estimate')).toBe('fail');
    });
    it.each([100, 1000])('do not fail by chance alone among %i', (count) => {
      const random = new Random(5);
      // Each sample is lost or gained with a probability of 2 %.
      const flips = () => Array.from({ length: 50 }, () => random.uniform()).filter((x) => x < 0.02).length;
      const failed = Array.from({ length: 20 }, () => {
        const classes = Array.from({ length: count }, () => tangoInterval(flips(), flips(), 50, 1 - 0.05 / count));
        const accuracy = {
          ...accuracyOf(0, 0, 50 * count),
          perClass: classes.map((drop, at) => ({ name: `${at}`, samples: 50, value: 0.8, fp32: 0.8, drop })),
        };
        const limits = { accuracy: { 'per-class': { 'max-drop': 0.05 } } };
        return decideVerdict([only('accuracy.per-class.max-drop', { accuracy }, limits)], 'estimate') === 'fail';
      });
      expect(failed.filter(Boolean)).toEqual([]);
    });
    it('need classes with samples', () => {
      const found = only('accuracy.per-class.max-drop', good, { accuracy: { 'per-class': { 'max-drop': 0.05 } } });
      expect(found).toMatchObject({ verdict: 'inconclusive', estimate: null });
    });
  });
});

describe('samples needed', () => {
  it('decide a minimum that is near to 1, where right samples are counted', () => {
    const interval = wilsonInterval(19, 20, 0.95);
    const needed = samplesNeeded(interval, '>=', 0.96, { samples: 20, share: 0.95 }, 0.95);
    const all = 20 + needed!;
    expect(wilsonInterval(0.95 * all, all, 0.95).high).toBeLessThan(0.96);
  });

  it('are none where the estimate lies on the limit', () => {
    const own = accuracyOf(10, 5, 500);
    expect(samplesNeeded(own.drop, '<=', 0.01, own, 0.95)).toBeUndefined();
  });
  it('are none where it would take more than a hundred times the samples', () => {
    const measured = (estimate: number) => ({ estimate, low: estimate - 2, high: estimate + 2 });
    expect(samplesNeeded(measured(0.85), '<=', 1, { samples: 600 }, 0.95)).toBeUndefined();
    expect(samplesNeeded(measured(0.75), '<=', 1, { samples: 600 }, 0.95)).toBe(38_000);
  });
  it('follow the root of the samples without flips', () => {
    // The half-width 2 has to shrink to 1: four times the samples.
    const needed = samplesNeeded({ estimate: 0, low: -2, high: 2 }, '<=', 1, { samples: 100 }, 0.95);
    expect(needed).toBeGreaterThanOrEqual(300);
    expect(needed).toBeLessThanOrEqual(310);
  });
});

describe('verdicts', () => {
  const make = (verdict: Check['verdict'], estimate: number | null = 0): Check => ({
    name: 'accuracy.max-drop',
    operator: '<=',
    limit: 0.01,
    estimate,
    low: 0,
    high: 0,
    verdict,
    message: 'It is so.',
  });

  it('fail for a failed check, whatever else passes', () => {
    expect(decideVerdict([make('pass'), make('fail')], 'warn')).toBe('fail');
    expect(decideVerdict([], 'fail')).toBe('pass');
  });
  it('of an inconclusive check follow the policy', () => {
    const inside = make('inconclusive', 0.005);
    const beyond = make('inconclusive', 0.015);
    expect(decideVerdict([inside], 'estimate')).toBe('pass');
    expect(decideVerdict([beyond], 'estimate')).toBe('fail');
    expect(decideVerdict([inside], 'fail')).toBe('fail');
    expect(decideVerdict([beyond], 'warn')).toBe('inconclusive');
    expect(decideVerdict([make('inconclusive', null)], 'estimate')).toBe('inconclusive');
  });

  it('neither fail nor pass a latency that misses by less than equal files differ by', () => {
    const own = (noise: number, estimate: number) =>
      only(
        'latency.min-speedup',
        { latency: [{ ...latencyOf(0.8, estimate, 1.4), noise }] },
        { latency: { 'min-speedup': 1, at: 'p50', batch: 1 } },
      );
    expect(decideVerdict([own(0.02, 0.95)], 'estimate')).toBe('fail');
    expect(decideVerdict([own(0.1, 0.95)], 'estimate')).toBe('inconclusive');
    expect(decideVerdict([own(0.1, 1.01)], 'estimate')).toBe('pass');
    expect(decideVerdict([own(0.1, 0.88)], 'estimate')).toBe('fail');
    expect(own(0.1, 0.95).message).toContain('Equal files differ by up to 10 % here;');
    // Not an excuse where the interval decides.
    const sure = { latency: [{ ...latencyOf(0.8, 0.9, 0.95), noise: 0.3 }] };
    expect(decideVerdict([only('latency.min-speedup', sure, limits)], 'estimate')).toBe('fail');
  });

  const gate = (require: unknown, variants: [number, Verdict][], rest: object = {}, onInconclusive = 'estimate') => {
    const policy = policySchema.parse({
      version: 1,
      models: [{ path: 'm.onnx' }],
      levels: { 1: { ...rest }, 2: {} },
      gate: { require, 'on-inconclusive': onInconclusive },
    });
    const own = variants.map(([level, verdict]) => ({
      id: `level${level}-cpu`,
      level,
      target: 'cpu',
      verdict,
      checks: [make(verdict === 'error' ? 'fail' : verdict, null)],
      error: verdict === 'error' ? { message: 'it aborted' } : undefined,
    }));
    return decideGate([{ name: 'm', variants: own }], policy);
  };

  it('all: every level', () => {
    expect(
      gate('all', [
        [1, 'pass'],
        [2, 'pass'],
      ]),
    ).toMatchObject({ verdict: 'pass', passed: true });
    const failed = gate('all', [
      [1, 'pass'],
      [2, 'fail'],
    ]);
    expect(failed).toMatchObject({ verdict: 'fail', passed: false });
    expect(failed.reason).toBe('m: level2-cpu fails: It is so. `gate.require: any` would accept level1-cpu.');
  });
  it('any: one level', () => {
    expect(
      gate('any', [
        [1, 'fail'],
        [2, 'pass'],
      ]),
    ).toMatchObject({ verdict: 'pass', passed: true });
    expect(
      gate('any', [
        [1, 'fail'],
        [2, 'error'],
      ]),
    ).toMatchObject({ verdict: 'fail', passed: false });
  });
  it('a list: those levels', () => {
    expect(
      gate(2, [
        [1, 'fail'],
        [2, 'pass'],
      ]),
    ).toMatchObject({ verdict: 'pass' });
    expect(
      gate(
        [1, 2],
        [
          [1, 'error'],
          [2, 'pass'],
        ],
      ),
    ).toMatchObject({ verdict: 'error', passed: false });
  });
  it('a level that was not needed passes, one that was not run does not', () => {
    const stopped = gate('all', [[1, 'pass']], { stop: true });
    expect(stopped).toMatchObject({ verdict: 'pass' });
    expect(stopped.reason).toContain('Level 2 was not needed: level1-cpu passes and says stop.');
    // Nor where another run has it.
    const both: [number, Verdict][] = [
      [1, 'pass'],
      [2, 'fail'],
    ];
    expect(gate('all', both, { stop: true })).toMatchObject({ verdict: 'pass' });
    expect(gate('all', both)).toMatchObject({ verdict: 'fail' });
    for (const onInconclusive of ['estimate', 'warn'] as const) {
      expect(gate('all', [[1, 'pass']], {}, onInconclusive)).toMatchObject({ verdict: 'fail', passed: false });
    }
  });
  it('warn lets an inconclusive verdict through and says so', () => {
    const warned = gate(
      'all',
      [
        [1, 'pass'],
        [2, 'inconclusive'],
      ],
      {},
      'warn',
    );
    expect(warned).toMatchObject({ verdict: 'inconclusive', passed: true });
    expect(warned.reason).toContain('with a warning');
    expect(
      gate('all', [
        [1, 'pass'],
        [2, 'inconclusive'],
      ]).passed,
    ).toBe(false);
  });
  it('nothing at all is no pass', () => {
    expect(decideGate([], policySchema.parse({ version: 1, models: [{ path: 'm.onnx' }] })).passed).toBe(false);
    expect(gate('all', []).passed).toBe(false);
  });
});

describe('latency sampling', () => {
  const limit = { 'min-speedup': 1.2, at: 'p50', batch: 1 } as const;
  it('stops once the limit is decided', () => {
    expect(latencyDecided(limit, latencyOf(1.1, 1.3, 1.5))).toBe(false);
    expect(latencyDecided(limit, latencyOf(1.21, 1.3, 1.5))).toBe(true);
    expect(latencyDecided(limit, latencyOf(1, 1.1, 1.19))).toBe(true);
  });
  it('without a limit stops at two percent', () => {
    const none = { at: 'p50', batch: 1 } as const;
    expect(latencyDecided(none, latencyOf(1.4, 1.5, 1.6))).toBe(false);
    expect(latencyDecided(none, latencyOf(1.48, 1.5, 1.52))).toBe(true);
    expect(latencyDecided({ ...limit, batch: 4 }, latencyOf(1.1, 1.3, 1.5))).toBe(false);
  });
});

describe('against the base branch', () => {
  const options = { limits: { accuracy: 0.005, size: 0.02, speedup: 0.1 }, confidence: 0.95, batch: 1, id: 'level2' };

  it('passes what did not change', () => {
    const { checks, notes } = compareWithBase({ measurements: good }, { measurements: good }, options);
    expect(notes).toEqual([]);
    expect(checks.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['regression.accuracy', 'pass'],
      ['regression.size', 'pass'],
      ['regression.speedup', 'pass'],
    ]);
    expect(decideVerdict(checks, 'estimate')).toBe('pass');
  });
  it('fails what became worse', () => {
    const worse: Measurements = {
      ...good,
      size: { bytes: 3_700_000, ratio: 0.27 },
      latency: [latencyOf(1.05, 1.1, 1.15)],
      accuracy: accuracyOf(150, 10, 10_000),
    };
    const { checks } = compareWithBase({ measurements: good }, { measurements: worse }, options);
    expect(checks.map(({ verdict }) => verdict)).toEqual(['fail', 'fail', 'fail']);
  });
  it('says that there is no baseline', () => {
    const { checks, notes } = compareWithBase(undefined, { measurements: good }, options);
    expect(checks).toEqual([]);
    expect(notes[0]).toContain('no baseline');
    const partial = compareWithBase(
      { measurements: { ...good, accuracy: { notMeasured: 'x' } } },
      { measurements: good },
      options,
    );
    expect(partial.notes[0]).toContain('accuracy was not compared');
  });
  it('does not pass a number that the head lost', () => {
    const { checks } = compareWithBase({ measurements: good }, { measurements: {} }, options);
    expect(checks.map(({ verdict }) => verdict)).toEqual(['fail', 'fail', 'fail']);
  });
  it('takes the base measured again beside the head', () => {
    const { checks } = compareWithBase(
      undefined,
      { measurements: good },
      {
        ...options,
        interleaved: { accuracy: accuracyOf(0, 0, 10_000) },
      },
    );
    expect(checks.map(({ name, verdict }) => [name, verdict])).toEqual([['regression.accuracy', 'pass']]);
  });
  it('does not pass a head that crashed, whatever the base has', () => {
    const failed = { notMeasured: 'the process was killed', failed: true } as const;
    const crashed = { ...good, accuracy: failed, latency: failed };
    for (const base of [good, { size: good.size! }]) {
      const { checks } = compareWithBase({ measurements: base }, { measurements: crashed }, options);
      expect(checks.map(({ name, verdict }) => [name, verdict])).toEqual([
        ['regression.accuracy', 'fail'],
        ['regression.size', 'pass'],
        ['regression.speedup', 'fail'],
      ]);
    }
  });
  it('leaves every limit open where the base cannot be read', () => {
    const checks = uncompared(options.limits, 0.95, 'the base cannot be read');
    expect(checks.map(({ verdict, estimate, limit }) => [verdict, estimate, limit])).toEqual([
      ['inconclusive', null, 0.005],
      ['inconclusive', null, 0.02],
      ['inconclusive', null, 0.9],
    ]);
    expect(decideVerdict(checks, 'estimate')).toBe('inconclusive');
  });
});

describe('suggestions', () => {
  const accuracy = accuracyOf(30, 2, 1000);
  const base = {
    id: 'level2-cpu',
    level: 2,
    levels: policySchema.parse({ version: 1, models: [{ path: 'm.onnx' }] }).levels,
    onInconclusive: 'estimate',
    measurements: { ...good, accuracy },
    checks: check({ accuracy }, { accuracy: { 'max-drop': 0.01 } }),
  } as const;

  it('are none where all pass', () => {
    expect(suggest({ ...base, checks: check(good) })).toEqual([]);
  });
  it('name a verified trial without calling it an estimate', () => {
    const trials = [{ keptFloat: ['/conv1'], bytes: 1, speedup: 1.456, metricDrop: 0.004 }];
    expect(suggest({ ...base, trials })[0]).toBe(
      'level2-cpu: keep /conv1 in FP32: the drop of top1 goes 2.8 points -> 0.4 points at +3.02 % latency.',
    );
  });
  it('name the next level where there is none in the policy', () => {
    expect(suggest(base)).toEqual([
      'level2-cpu: add level 3, training with fake quantization, to the policy; it was not tried.',
    ]);
  });
  it('say where threads only cost, as the speed-up hangs on that', () => {
    const measurements = { latency: [latencyOf(1.05, 1.1, 1.15)] };
    const checks = check(measurements, { latency: { 'min-speedup': 1.2, at: 'p50', batch: 1 } });
    const slow = { ...base, measurements, checks };
    expect(suggest({ ...slow, oneThread: 0.76 })[0]).toMatch(
      /FP32 takes 0\.76 times as long on one thread as on all.*threads: 1/,
    );
    expect(suggest({ ...slow, oneThread: 1.4 }).join()).not.toContain('one thread');
  });
  it('take nodes back that only add conversions, not those that store their weights in integers', () => {
    const limits = { latency: { 'min-speedup': 1.2, at: 'p50', batch: 1 } } as const;
    const measurements = { latency: [latencyOf(1.05, 1.1, 1.15)] };
    const node = (name: string, why: string) => ({ node: name, op: 'Conv', why });
    const stored = node('/stored', 'weight stored as integers and expanded when the model is loaded');
    const unfused = { ...node('/unfused', 'Conv runs in float'), unfused: true as const };
    const slow = { ...base, measurements, checks: check(measurements, limits) };
    const placed = (...floatNodes: FloatNode[]) => ({
      providers: {},
      quantizedNodes: 6,
      integerKernels: 0,
      floatNodes,
    });
    expect(suggest({ ...slow, placement: placed(stored) }).join()).not.toContain('conversions');
    expect(suggest({ ...slow, placement: placed(stored, unfused) })).toContain(
      'level2-cpu: 1 of 6 quantized nodes (/unfused) run in no integer kernel and only add conversions; keep them in FP32.',
    );
    const elsewhere = { latency: { notMeasured: 'another CPU' } };
    const open = { ...slow, measurements: elsewhere, checks: check(elsewhere, limits) };
    expect(suggest({ ...open, placement: placed(stored, unfused) })).toEqual([]);
  });
  it('promise of more samples only what they decide, also to very few', () => {
    const few = { ...accuracyOf(0, 0, 2), interval: { low: 0.1, high: 1 } };
    const limits = { accuracy: { 'max-drop': 0.0003, 'max-relative-drop': 0.02, min: 0.5 } };
    const checks = check({ accuracy: few }, limits);
    expect(checks.map(({ samplesNeeded }) => samplesNeeded !== undefined)).toEqual([false, true, true]);
    expect(suggest({ ...base, measurements: { accuracy: few }, checks })[0]).toMatch(
      /add about 2\d0 samples to the 2 validation samples to decide accuracy.max-relative-drop and accuracy.min \(estimate\)/,
    );
  });
  it('ask for samples where only they are missing', () => {
    const few = accuracyOf(4, 2, 400);
    const checks = check({ accuracy: few }, { accuracy: { 'max-drop': 0.01 } });
    expect(suggest({ ...base, measurements: { accuracy: few }, checks })[0]).toMatch(
      /add about [\d,]+ samples to the 400/,
    );
  });
});

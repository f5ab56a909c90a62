import type { ModelReport, Report, VariantReport } from '../../src/report/schema.ts';

/** Reports written by hand, one for each way that a gate can end. */

type CheckReport = VariantReport['checks'][number];
type Accuracy = Extract<NonNullable<VariantReport['measurements']['accuracy']>, { metric: string }>;

const digest = (seed: string) => seed.repeat(64).slice(0, 64);
const fp32Bytes = 14_012_345;

export function check(
  name: string,
  operator: '<=' | '>=',
  limit: number,
  [low, estimate, high]: readonly [number, number, number],
  verdict: CheckReport['verdict'] = 'pass',
  extra: Partial<CheckReport> = {},
): CheckReport {
  return { name, operator, limit, estimate, low, high, verdict, message: `${name} is ${estimate}`, ...extra };
}

export function accuracy(change: Partial<Accuracy> = {}): Accuracy {
  return {
    metric: 'top1',
    direction: 'higher',
    value: 0.71,
    fp32: 0.712,
    drop: { low: -0.004, estimate: 0.002, high: 0.008 },
    samples: 2000,
    flips: {
      lost: 14,
      gained: 10,
      lostSamples: ['data/validation/cat/0004.jpg', 'data/validation/dog/0191.jpg'],
      gainedSamples: ['data/validation/fox/0007.jpg'],
    },
    ...change,
  };
}

export function fp32(change: Partial<VariantReport> = {}): VariantReport {
  return {
    id: 'fp32',
    level: 0,
    method: 'fp32',
    target: 'cpu-x64-avx2',
    file: 'models/mobilenet/fp32.onnx',
    sha256: digest('0'),
    bytes: fp32Bytes,
    seconds: 11,
    verdict: 'pass',
    measurements: {
      size: { bytes: fp32Bytes, ratio: 1 },
      latency: [
        { batch: 1, p50Ms: 12.13, p90Ms: 12.9, p99Ms: 14.2, runs: 420, speedup: { low: 1, estimate: 1, high: 1 } },
      ],
      memory: { peakBytes: 121_000_000, ratio: 1 },
      accuracy: accuracy({ value: 0.712, drop: { low: 0, estimate: 0, high: 0 } }),
    },
    checks: [],
    notes: [],
    ...change,
  };
}

export function variant(change: Partial<VariantReport> = {}): VariantReport {
  const level = change.level ?? 2;
  const target = change.target ?? 'cpu-x64-avx2';
  return {
    id: `level${level}-${target}`,
    level,
    method: ({ 1: 'dynamic', 2: 'static', 3: 'qat' } as const)[level as 1 | 2 | 3],
    target,
    file: `models/mobilenet/level${level}-${target}.onnx`,
    sha256: digest(String(level)),
    bytes: 3_574_220,
    seconds: 38,
    verdict: 'pass',
    measurements: {
      size: { bytes: 3_574_220, ratio: 0.2551 },
      latency: [
        {
          batch: 1,
          p50Ms: 8.31,
          p90Ms: 8.8,
          p99Ms: 10.1,
          runs: 420,
          speedup: { low: 1.41, estimate: 1.46, high: 1.51 },
        },
      ],
      memory: { peakBytes: 84_000_000, ratio: 0.694 },
      accuracy: accuracy(),
    },
    placement: {
      providers: { cpu: 61 },
      quantizedNodes: 58,
      integerKernels: 56,
      floatNodes: [
        { node: '/features/0/conv', op: 'Conv', why: 'keep-float names it' },
        { node: '/classifier/Softmax', op: 'Softmax', why: 'no integer kernel on cpu-x64-avx2' },
      ],
    },
    checks: [
      check('size.max-ratio', '<=', 0.3, [0.2551, 0.2551, 0.2551]),
      check('latency.min-speedup', '>=', 1.2, [1.41, 1.46, 1.51]),
      check('memory.max-ratio', '<=', 0.9, [0.694, 0.694, 0.694]),
      check('accuracy.max-drop', '<=', 0.01, [-0.004, 0.002, 0.008]),
    ],
    notes: [
      'Observer histogram for 51 of 58 tensors: the smallest measured error.',
      'Bias correction kept: error 12 % lower.',
    ],
    ...change,
  };
}

export function model(change: Partial<ModelReport> = {}): ModelReport {
  return {
    name: 'mobilenet',
    source: {
      path: 'models/mobilenet.onnx',
      sha256: digest('a'),
      bytes: fp32Bytes,
      opset: 17,
      parameters: 3_487_816,
    },
    task: 'classification',
    data: { calibration: 'data/calibration (200 images)', validation: 'data/validation (2,000 images)' },
    verdict: 'pass',
    fp32: fp32(),
    variants: [variant()],
    sensitivity: [
      { node: '/features/1/conv/0/Conv', op: 'Conv', sqnrDb: 14.2, metricDrop: 0.0031 },
      { node: '/features/2/conv/1/Conv', op: 'Conv', sqnrDb: 18.9, metricDrop: 0.0012 },
      { node: '/features/17/Add', op: 'Add', sqnrDb: 31.4, metricDrop: 0 },
    ],
    suggestions: [],
    ...change,
  };
}

export function report(change: Partial<Report> = {}): Report {
  return {
    schemaVersion: 1,
    verdict: 'pass',
    startedAt: '2025-03-01T10:00:00Z',
    seconds: 134.2,
    stages: { parse: 0.4, calibrate: 12.1, quantize: 9.3, latency: 60, accuracy: 48.2, memory: 4.2 },
    policy: { path: 'quant.yml', sha256: digest('b') },
    machine: {
      cpu: 'AMD EPYC 7763 64-Core Processor',
      isa: 'avx2',
      cores: 2,
      memoryBytes: 8_000_000_000,
      os: 'Linux 6.8.0',
      node: 'v24.21.0',
      onnxruntime: '1.30.0',
      noise: 0.013,
    },
    gate: {
      require: '2',
      levels: [{ level: 2, stop: false }],
      confidence: 0.95,
      onInconclusive: 'estimate',
      reason: 'level 2 is required and passed',
    },
    models: [model()],
    ...change,
  };
}

export const passing = report();

export const failing = report({
  verdict: 'fail',
  policy: {
    path: 'quant.yml',
    sha256: digest('c'),
    changes: [
      'loosened: levels.2.limits.accuracy.max-drop from 0.005 to 0.01',
      'levels.2.observer from min-max to auto',
    ],
    loosened: ['loosened: levels.2.limits.accuracy.max-drop from 0.005 to 0.01'],
  },
  base: { ref: 'main', sha: '0123456789abcdef0123456789abcdef01234567', status: 'measured again on this machine' },
  gate: { require: '2', confidence: 0.95, onInconclusive: 'estimate', reason: 'level 2 is required and failed' },
  models: [
    model({
      verdict: 'fail',
      data: { calibration: 'data/calibration (200 images)', validation: 'data/validation (2,000 images)', shared: 3 },
      variants: [
        variant({
          level: 1,
          verdict: 'pass',
          checks: [check('size.max-ratio', '<=', 0.6, [0.2551, 0.2551, 0.2551])],
          measurements: {
            size: { bytes: 3_600_000, ratio: 0.257 },
            latency: { notMeasured: 'this runner is not cpu-x64-vnni' },
            memory: { peakBytes: 99_000_000, ratio: 0.82 },
            accuracy: accuracy({ value: 0.709, drop: { low: -0.002, estimate: 0.003, high: 0.008 } }),
          },
        }),
        variant({
          verdict: 'fail',
          measurements: {
            ...variant().measurements,
            latency: [
              {
                batch: 1,
                p50Ms: 11.2,
                p90Ms: 11.8,
                p99Ms: 13.1,
                runs: 420,
                speedup: { low: 1.05, estimate: 1.08, high: 1.11 },
              },
              {
                batch: 8,
                p50Ms: 80.2,
                p90Ms: 83.8,
                p99Ms: 91.1,
                runs: 120,
                speedup: { low: 1.15, estimate: 1.19, high: 1.23 },
              },
            ],
            accuracy: accuracy({
              value: 0.681,
              drop: { low: 0.022, estimate: 0.031, high: 0.04 },
              flips: {
                lost: 97,
                gained: 35,
                lostSamples: Array.from({ length: 97 }, (_, index) => `data/validation/cat/${index}.jpg`),
                gainedSamples: Array.from({ length: 35 }, (_, index) => `data/validation/dog/${index}.jpg`),
              },
              perClass: [
                { name: 'cat', samples: 200, value: 0.61, fp32: 0.72, drop: { low: 0.07, estimate: 0.11, high: 0.15 } },
                { name: 'dog', samples: 200, value: 0.7, fp32: 0.71, drop: { low: -0.02, estimate: 0.01, high: 0.04 } },
              ],
            }),
          },
          checks: [
            check('size.max-ratio', '<=', 0.3, [0.2551, 0.2551, 0.2551]),
            check('latency.min-speedup', '>=', 1.2, [1.05, 1.08, 1.11], 'fail'),
            check('memory.max-ratio', '<=', 0.9, [0.694, 0.694, 0.694]),
            check('accuracy.max-drop', '<=', 0.01, [0.022, 0.031, 0.04], 'fail'),
            check('accuracy.min', '>=', 0.68, [0.661, 0.681, 0.7], 'inconclusive', { samplesNeeded: 1800 }),
          ],
          search: {
            tried: 14,
            seconds: 61,
            keptFloat: ['/features/1/conv/0/Conv'],
            frontier: [
              { keptFloat: [], bytes: 3_500_000, speedup: 1.31, metricDrop: 0.042, sqnrDb: 13.1, chosen: false },
              {
                keptFloat: ['/features/1/conv/0/Conv'],
                bytes: 3_574_220,
                speedup: 1.08,
                metricDrop: 0.031,
                sqnrDb: 17,
                chosen: true,
              },
              {
                keptFloat: ['/features/1/conv/0/Conv', '/features/2/conv/1/Conv'],
                bytes: 3_900_000,
                speedup: 0.97,
                metricDrop: 0.012,
                sqnrDb: 22,
                chosen: false,
              },
              {
                keptFloat: ['a', 'b', 'c'],
                bytes: 5_100_000,
                speedup: 0.9,
                metricDrop: 0.004,
                sqnrDb: 29,
                chosen: false,
              },
            ],
          },
        }),
        variant({
          level: 3,
          measurements: {
            ...variant().measurements,
            accuracy: accuracy({ value: 0.7095, drop: { low: -0.001, estimate: 0.0025, high: 0.006 } }),
          },
          training: {
            steps: 1200,
            seconds: 540,
            trainedNodes: 52,
            untrained: [{ node: '/classifier/TopK', op: 'TopK', why: 'has no gradient' }],
            tiers: [
              { name: 'block-wise reconstruction', lossBefore: 0.41, lossAfter: 0.12, kept: true },
              { name: 'distillation', lossBefore: 0.12, lossAfter: 0.13, kept: false },
            ],
          },
        }),
      ],
      suggestions: [
        'Keep /features/1/conv/0/Conv and /features/2/conv/1/Conv in FP32: −3.1 -> −1.2 points at 0.97x speed (measured).',
        'Try Level 3: it lost 0.3 points here.',
      ],
    }),
  ],
});

export const inconclusive = report({
  verdict: 'inconclusive',
  gate: { require: '2', confidence: 0.95, onInconclusive: 'warn', reason: 'level 2 is required and not decided' },
  models: [
    model({
      verdict: 'inconclusive',
      variants: [
        variant({
          verdict: 'inconclusive',
          measurements: {
            ...variant().measurements,
            accuracy: accuracy({ value: 0.702, drop: { low: -0.003, estimate: 0.009, high: 0.021 }, samples: 400 }),
          },
          checks: [
            check('size.max-ratio', '<=', 0.3, [0.2551, 0.2551, 0.2551]),
            check('latency.min-speedup', '>=', 1.2, [1.41, 1.46, 1.51]),
            check('accuracy.max-drop', '<=', 0.01, [-0.003, 0.009, 0.021], 'inconclusive', { samplesNeeded: 5200 }),
          ],
        }),
      ],
      suggestions: ['Measure on 5,200 further samples: the interval would then be narrow enough.'],
    }),
  ],
});

export const broken = report({
  verdict: 'error',
  gate: { require: 'all', confidence: 0.95, onInconclusive: 'estimate', reason: 'level 2 could not be measured' },
  models: [
    model({
      verdict: 'error',
      variants: [
        variant({ level: 1 }),
        {
          id: 'level2-cpu-x64-avx2',
          level: 2,
          method: 'static',
          target: 'cpu-x64-avx2',
          seconds: 3,
          verdict: 'error',
          measurements: {},
          checks: [
            {
              name: 'accuracy.max-drop',
              operator: '<=',
              limit: 0.01,
              estimate: null,
              low: null,
              high: null,
              verdict: 'fail',
              message: 'not measured: the worker was killed',
            },
          ],
          notes: [],
          error: {
            kind: 'killed',
            message: 'the worker was killed by SIGKILL after 3 s (out of memory?)\nlast line: Conv',
          },
        },
      ],
    }),
  ],
});

const names = ['mobilenet', 'squeezenet', 'resnet18', 'kwt-speech-commands', 'sst2-distilbert', 'super-resolution'];

/** Six models, three levels each, different metrics. */
export const many = report({
  models: names.map((name, index) =>
    model({
      name,
      source: { ...model().source, path: `models/${name}.onnx` },
      fp32: fp32({
        measurements: {
          ...fp32().measurements,
          ...(name === 'super-resolution' && {
            accuracy: accuracy({ metric: 'psnr', value: 31.42, fp32: 31.42, drop: { low: 0, estimate: 0, high: 0 } }),
          }),
        },
      }),
      variants: [1, 2, 3].map((level) =>
        variant({
          level,
          measurements: {
            ...variant().measurements,
            latency: [
              {
                batch: 1,
                p50Ms: 8 + index,
                p90Ms: 9 + index,
                p99Ms: 11 + index,
                runs: 300,
                speedup: { low: 1.1 + index / 10, estimate: 1.15 + index / 10 + level / 20, high: 1.35 + index / 10 },
              },
            ],
            ...(name === 'super-resolution' && {
              accuracy: accuracy({
                metric: 'psnr',
                value: 31.3,
                fp32: 31.42,
                drop: { low: 0.08, estimate: 0.12, high: 0.16 },
              }),
            }),
          },
          checks:
            name === 'super-resolution'
              ? [check('accuracy.max-drop', '<=', 0.5, [0.08, 0.12, 0.16])]
              : [
                  check('size.max-ratio', '<=', 0.3, [0.2551, 0.2551, 0.2551]),
                  check('accuracy.max-drop', '<=', 0.01, [-0.004, 0.002, 0.008]),
                ],
        }),
      ),
    }),
  ),
});

/** Text that wants to be something else. */
export const hostileTexts = [
  '| a | b |\n|---|---|\n| x | y |',
  '</details></td></table><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '@octocat and @org/team please look, fixes #1, closes GH-2, see octo/repo#3',
  '[click](javascript:alert(1)) ![x](https://evil.example/p.png) https://evil.example www.evil.example',
  '`code` ``more`` ```block```',
  '\u202Egnp.exe\u202C \u200Bzero\u200Dwidth\uFEFF \u2066isolate\u2069',
  '\u001b[31mred\u001b[0m\u0007\r\n# heading\n- list\n> quote',
  '*bold* _em_ ~~gone~~ $math$ :tada: &lt;b&gt; \\| \\`',
  '<!-- quant-gate:main --> <!-- comment',
  'e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301 zalgo',
  '/'.repeat(5000),
  '0123456789abcdef0123456789abcdef01234567',
  '::error::workflow command\n::set-output name=x::y',
  '',
  '   ',
] as const;

const hostileAt = (index: number) => hostileTexts[index % hostileTexts.length]!;

/** The same texts in every place that others can write to. */
export const hostile = report({
  verdict: 'fail',
  policy: { path: hostileAt(0), sha256: digest('d'), changes: [...hostileTexts], loosened: [...hostileTexts] },
  base: { ref: hostileAt(3), sha: hostileAt(1), status: hostileAt(4) },
  machine: { ...passing.machine, cpu: hostileAt(1), gpu: hostileAt(3), os: hostileAt(0), isa: hostileAt(5) },
  gate: { require: hostileAt(0), confidence: 0.95, onInconclusive: 'estimate', reason: hostileAt(1) },
  stages: { [hostileAt(1)]: 3 },
  models: hostileTexts.map((text, index) =>
    model({
      name: text,
      source: { ...model().source, path: text },
      task: text,
      data: { calibration: text, validation: text, shared: 2 },
      verdict: 'fail',
      variants: [
        variant({
          id: text,
          target: text,
          file: `models/hostile-${index}/level2.onnx`,
          verdict: 'fail',
          notes: [text],
          error: { kind: text, message: text },
          measurements: {
            ...variant().measurements,
            memory: { notMeasured: text },
            accuracy: accuracy({
              metric: text,
              note: text,
              flips: { lost: 1, gained: 1, lostSamples: [text], gainedSamples: [text] },
              perClass: [{ name: text, samples: 1, value: 0, fp32: 1, drop: { low: 0, estimate: 1, high: 1 } }],
            }),
          },
          placement: {
            providers: { [text]: 3 },
            quantizedNodes: 1,
            integerKernels: 1,
            floatNodes: [{ node: text, op: hostileAt(index + 1), why: hostileAt(index + 2) }],
          },
          checks: [
            check(`accuracy.max-drop${text}`, '<=', 0.01, [0.02, 0.03, 0.04], 'fail', { message: text }),
            check(text, '<=', 0.01, [0.02, 0.03, 0.04], 'fail', { message: text }),
          ],
          search: {
            tried: 1,
            seconds: 1,
            keptFloat: [text],
            frontier: [{ keptFloat: [text], bytes: 10, chosen: true }],
          },
          training: {
            steps: 1,
            seconds: 1,
            trainedNodes: 1,
            untrained: [{ node: text, op: text, why: text }],
            tiers: [{ name: text, lossBefore: 1, lossAfter: 0, kept: true }],
          },
        }),
      ],
      sensitivity: [{ node: text, op: text, sqnrDb: 3 }],
      suggestions: [text],
    }),
  ),
});

import * as z from 'zod';
import { dataSource, oneOrMore } from './sources.ts';
import { durationPattern, parseDuration, parseSize, sizePattern } from './units.ts';

/**
 * The single source of quant.yml: TypeScript types, defaults, the JSON Schema for editors and the reference page all
 * come from here. Keys stay spelled as in the file, so that a message, the schema and the code use one name.
 */

/** Where editors of a user's repository, which has no copy, find the JSON Schema. */
export const schemaAddress = 'https://raw.githubusercontent.com/quant-gate/quant-gate/v1/schema/quant.schema.json';

/** A schema's own message says what would be right; the loader puts the place and the value before it. */
const durationMessage = 'a duration with its unit, such as 20ms, 90s, 10m or 2h';
const sizeMessage = 'a size with its unit, such as 512KiB or 4MB';
const duration = z
  .string({ error: durationMessage })
  .regex(durationPattern, durationMessage)
  .transform((text) => parseDuration(text) as number)
  .meta({ title: 'duration' })
  .describe('A duration with its unit: 20ms, 90s, 10m, 2h.');
const size = z
  .string({ error: sizeMessage })
  .regex(sizePattern, sizeMessage)
  .transform((text) => parseSize(text) as number)
  .meta({ title: 'size' })
  .describe('A size with its unit: 512KiB, 4MB.');
const fraction = z.number().min(0).max(1);
const positive = z.number().positive();
const notZero = z.number().refine((value) => value !== 0, 'a number to divide by');

// ---- data ----

const aChannel = (value: z.ZodNumber) => z.union([value.transform((one) => [one]), z.array(value).min(1).max(4)]);
const preprocess = z.strictObject({
  resize: z
    .union([z.int().positive(), z.tuple([z.int().positive(), z.int().positive()])])
    .optional()
    .describe('Short side, or [height, width], in pixels.'),
  interpolation: z.enum(['bilinear', 'bicubic', 'nearest']).default('bilinear').describe('As PIL does it.'),
  crop: z
    .union([z.int().positive(), z.tuple([z.int().positive(), z.int().positive()])])
    .optional()
    .describe('Centre crop in pixels, or [height, width].'),
  letterbox: z
    .union([z.int().positive(), z.tuple([z.int().positive(), z.int().positive()])])
    .optional()
    .describe('Fit into this square or [height, width], keep the aspect, pad the rest with `pad-value`.'),
  'pad-value': z.number().min(0).max(255).default(0).describe('The grey level around a letterboxed image, 0 to 255.'),
  color: z.enum(['rgb', 'bgr', 'gray']).default('rgb').describe('The order of the channels that the model expects.'),
  scale: positive.default(1).describe('Every value is divided by this first.'),
  mean: aChannel(z.number()).optional().describe('Subtracted after `scale`, a channel each.'),
  std: aChannel(notZero).optional().describe('Divided by after `mean`, a channel each.'),
  layout: z.enum(['nchw', 'nhwc']).optional().describe("Default: read off the input's shape."),
});

// ---- limits ----

const sizeLimits = z.strictObject({
  'max-ratio': positive.optional().describe('INT8 bytes over FP32 bytes, external data included.'),
  max: size.optional().describe('Bytes of the INT8 file.'),
});
const latencyLimits = z.strictObject({
  'min-speedup': positive.optional().describe('FP32 time over INT8 time.'),
  max: duration.optional().describe('Time of one run of the INT8 file.'),
  at: z.enum(['p50', 'p90', 'p99']).default('p50').describe('The percentile that is compared.'),
  batch: z.int().positive().default(1).describe('The batch size at which the limits hold.'),
});
const memoryLimits = z.strictObject({
  'max-ratio': positive
    .optional()
    .describe(
      'Peak of the INT8 process over that of the FP32 process, both less what the runtime takes without a model.',
    ),
  max: size.optional().describe('Peak bytes of the INT8 process, less what the runtime takes without a model.'),
});
export const accuracyLimits = z.strictObject({
  'max-drop': z.number().min(0).optional().describe("In the metric's own units: 0.01 is one point of accuracy."),
  'max-relative-drop': z.number().min(0).optional().describe('A fraction of the FP32 value.'),
  min: z.number().optional().describe('The least value of the metric (the most, where lower is better).'),
  'per-class': z
    .strictObject({ 'max-drop': z.number().min(0) })
    .optional()
    .describe('The same for the worst class.'),
});
const limits = z.strictObject({
  size: sizeLimits.optional(),
  latency: latencyLimits.optional(),
  memory: memoryLimits.optional(),
  accuracy: accuracyLimits.optional(),
});

// ---- levels ----

const levelCommon = {
  limits: limits.default({}).describe('What a variant of this level must keep.'),
  stop: z.boolean().default(false).describe('The climb ends here if this level passes.'),
};
export const observers = ['auto', 'min-max', 'moving-average', 'histogram', 'percentile', 'entropy'] as const;
const recoveries = [
  'equalize',
  'bias-absorption',
  'bias-correction',
  'weight-range',
  'rounding',
  'mixed-precision',
] as const;
const quantization = {
  'per-channel': z.boolean().default(true).describe('One scale for each output channel of a weight.'),
  bits: z
    .union([z.literal(8), z.literal(4), z.literal(3)])
    .default(8)
    .describe('Weight bits.'),
  'keep-float': z
    .array(z.string())
    .default([])
    .describe('Node names or globs, or operator types, that stay in FP32; one that no model has is an error.'),
};
const level1 = z.strictObject({
  method: z.literal('dynamic').default('dynamic').describe('Weights offline, activations at run time; needs no data.'),
  ...quantization,
  ...levelCommon,
});
const staticOptions = {
  observer: z.enum(observers).default('auto').describe('How activation ranges are chosen from calibration data.'),
  recover: z
    .union([z.enum(['auto', 'none']), z.array(z.enum(recoveries))])
    .default('auto')
    .describe(
      'What is tried to win accuracy back; each step is kept only where the measured error falls. equalize: channels of one size; ' +
        'bias-absorption: a constant goes from a range to the next bias; rounding: weights, for what their operators compute of the ' +
        'calibration data (GPTQ); weight-range: clipped or covering scales of weights; bias-correction: shifted means; mixed-precision: ' +
        'the search for nodes to keep in FP32 where the accuracy limit is missed.',
    ),
  prefer: z
    .enum(['balanced', 'speed', 'size'])
    .default('balanced')
    .describe('balanced: not slower than FP32, then smallest; speed: fastest; size: smallest.'),
  'search-budget': duration
    .prefault('5m')
    .describe(
      "Time for the mixed-precision search, where the accuracy limit is missed: all 8 bits of the weights first where the CPU's fast kernel takes 7, then the fewest nodes in FP32, with their weights as integers where the limit holds so. At Level 3, where training misses the limit.",
    ),
};
const level2 = z.strictObject({
  method: z.literal('static').default('static').describe('Weights and activations offline, from calibration data.'),
  ...quantization,
  ...staticOptions,
  ...levelCommon,
});
const level3 = z.strictObject({
  method: z
    .literal('qat')
    .default('qat')
    .describe('Weights and scales trained on; for models whose accuracy Level 2 cannot hold.'),
  ...quantization,
  ...staticOptions,
  budget: duration.prefault('10m').describe('Time for the training.'),
  command: z
    .string()
    .optional()
    .describe(
      "The user's own training: it writes an ONNX file with Q/DQ. How it quantizes is its own matter: of the keys above only `budget` goes with it.",
    ),
  model: z
    .string()
    .optional()
    .describe('A committed quantization-aware export instead of training; none of the keys above goes with it.'),
  ...levelCommon,
});

// ---- the whole ----

export const tasks = [
  'classification',
  'regression',
  'embedding',
  'detection',
  'segmentation',
  'language-model',
  'generic',
] as const;
export const metricNames = [
  'top1',
  'top5',
  'accuracy',
  'f1',
  'auc',
  'mae',
  'rmse',
  'r2',
  'cosine',
  'spearman',
  'psnr',
  'map50',
  'map',
  'miou',
  'perplexity',
  'agreement',
  'kl',
  'sqnr',
] as const;
export const targetNames = ['cpu', 'cpu-x64-avx2', 'cpu-x64-vnni', 'cpu-arm64', 'cuda', 'tensorrt'] as const;

const metricCommand = z.strictObject({
  command: z.string().describe('Reads .npz files of outputs and labels, prints one number; see docs/metrics.md.'),
  direction: z.enum(['higher', 'lower']).default('higher'),
});
export const modelSchema = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'at most 100 letters, digits, ".", "_" and "-"')
    .optional()
    .describe(
      "In the report, and of the folder of its files; default: the file's stem, which follows it where a glob has several matches.",
    ),
  path: z.string().describe("The model's file, or a glob: one entry a match."),
  build: z.strictObject({ command: z.string() }).optional().describe('Writes `path` before the gate reads it.'),
  task: z.enum(tasks).default('generic').describe('Gives the default metric and how outputs are read.'),
  metric: z
    .union([z.enum(metricNames), metricCommand])
    .optional()
    .describe("Default: the task's."),
  output: z.string().optional().describe('The output that the metric reads; default: the first.'),
  border: z.int().nonnegative().default(0).describe('Pixels left out on each side (psnr).'),
  decoder: z
    .strictObject({
      boxes: z.string().optional(),
      scores: z.string().optional(),
      classes: z.string().optional(),
      command: z.string().optional(),
    })
    .optional()
    .describe('Detection: which outputs are boxes, scores and classes, or a command that decodes raw heads.'),
  batch: z.int().positive().default(1).describe('Batch size at which accuracy is measured.'),
  data: z
    .strictObject({
      calibration: dataSource.optional(),
      validation: dataSource.optional(),
      training: dataSource.optional().describe('Level 3 with labels.'),
      preprocess: preprocess
        .optional()
        .describe(
          'For images, in this order: `color`, `resize`, `crop`, `letterbox`, then `(x / scale - mean) / std`.',
        ),
    })
    .default({}),
});

/** What the `publish/` action does; the report and the manifest hand it on. */
export const publishSchema = z.strictObject({
  variants: z
    .enum(['passing', 'all'])
    .default('passing')
    .describe('Which variants the `publish/` action publishes, beside FP32.'),
  to: z.enum(['release', 'none']).default('release').describe('Where to; with `none` that action does nothing.'),
});

export const policySchema = z.strictObject({
  version: z.literal(1, { error: '1, the only version of quant.yml so far' }).describe('The version of this format.'),
  models: z.array(modelSchema).min(1).describe('What the gate looks at, an entry each.'),
  targets: z
    .array(z.enum(targetNames))
    .min(1)
    .default(['cpu'])
    .describe(
      'What the INT8 file will run on; cpu is the CPU of the machine that measures. What runs in integers is wrong in a file for ' +
        'cpu-x64-vnni on an x86-64 CPU without VNNI; a file for cpu-x64-avx2 is right on every CPU.',
    ),
  levels: z
    .strictObject({ 1: level1.optional(), 2: level2.optional(), 3: level3.optional() })
    .default({ 2: level2.parse({}) }),
  gate: z
    .strictObject({
      require: z
        .union([z.enum(['any', 'all']), oneOrMore(z.union([z.literal(1), z.literal(2), z.literal(3)]))])
        .default('all')
        .describe('The levels that must pass: a level, a list, any, all.'),
      confidence: z.number().gt(0.5).lt(1).default(0.95).describe('Of every interval.'),
      'on-inconclusive': z
        .enum(['estimate', 'fail', 'warn'])
        .default('estimate')
        .describe(
          'Where an interval straddles its limit: the estimate decides (not a latency that misses by less than equal files differ by), the check fails, or it only warns.',
        ),
      regression: z
        .strictObject({
          accuracy: z.number().min(0).optional().describe("In the metric's own units: 0.01 is one point of accuracy."),
          size: fraction.optional().describe('A fraction of the base: 0.02 allows 2 % more bytes.'),
          speedup: fraction.optional().describe('A fraction of the base: 0.10 allows 10 % less speed-up.'),
        })
        .optional()
        .describe('How much worse than the base branch a variant may be.'),
      'limits-from': z.enum(['head', 'base']).default('head').describe('Whose limits count in a pull request.'),
    })
    .prefault({}),
  measure: z
    .strictObject({
      'latency-budget': duration
        .prefault('60s')
        .describe(
          'The longest that latency of one variant is sampled; three sessions of each are, however long they take to make.',
        ),
      threads: z.int().positive().optional().describe('Threads of a session; default: the physical cores.'),
      batches: z.array(z.int().positive()).min(1).default([1]).describe('Batch sizes at which latency is measured.'),
    })
    .prefault({}),
  publish: publishSchema.optional(),
});

export type Policy = z.output<typeof policySchema>;
export type ModelPolicy = Policy['models'][number];
export type Preprocess = z.output<typeof preprocess>;
export type Limits = z.output<typeof limits>;
export type Level = 1 | 2 | 3;
export type Level1Policy = z.output<typeof level1>;
export type Level2Policy = z.output<typeof level2>;
export type Level3Policy = z.output<typeof level3>;
export type LevelPolicy = Level1Policy | Level2Policy | Level3Policy;
export type Task = (typeof tasks)[number];
export type MetricName = (typeof metricNames)[number];
export type TargetName = (typeof targetNames)[number];
export type Observer = (typeof observers)[number];
export type Recovery = (typeof recoveries)[number];

import * as z from 'zod';
import { publishSchema } from '../policy/schema.ts';

/** report.json, version 1: enough to render everything again. Published as schema/report.schema.json. */

/** An end of an interval; null where it is open: the samples do not bound it. */
const end = z.number().nullable();
const estimate = z.object({ estimate: z.number(), low: end, high: end });
const notMeasured = z.object({ notMeasured: z.string(), failed: z.literal(true).optional() });
const verdict = z.enum(['pass', 'fail', 'inconclusive', 'error']);

const latency = z.object({
  batch: z.int(),
  p50Ms: z.number(),
  p90Ms: z.number(),
  p99Ms: z.number(),
  intervals: z.object({ p50Ms: estimate, p90Ms: estimate, p99Ms: estimate }).optional(),
  runs: z.int(),
  speedup: estimate,
  shapes: z
    .array(z.object({ shape: z.string(), p50Ms: z.number(), runs: z.int(), speedup: estimate }))
    .optional()
    .describe('By the shape of the inputs, where the data has several.'),
  loadMs: z.number().optional(),
  noise: z.number().optional(),
  discarded: z.int().optional(),
  waited: z
    .number()
    .optional()
    .describe('The fraction of the time in which another process had the CPU; it is left out of all times.'),
});
const accuracy = z.object({
  metric: z.string(),
  direction: z.enum(['higher', 'lower']),
  value: z.number(),
  interval: z.object({ low: end, high: end }).optional(),
  fp32: z.number(),
  drop: estimate,
  relativeDrop: estimate.optional(),
  samples: z.int(),
  flips: z
    .object({
      lost: z.int(),
      gained: z.int(),
      lostSamples: z.array(z.string()),
      gainedSamples: z.array(z.string()),
      pValue: z.number().optional().describe('Exact McNemar test.'),
    })
    .optional(),
  perClass: z
    .array(z.object({ name: z.string(), samples: z.int(), value: z.number(), fp32: z.number(), drop: estimate }))
    .optional(),
  sqnrDb: z.number().optional(),
  note: z.string().optional(),
});
const measurements = z.object({
  size: z.object({ bytes: z.int(), ratio: z.number() }).optional(),
  latency: z
    .union([z.array(z.union([latency, notMeasured.extend({ batch: z.int() })])), notMeasured])
    .optional()
    .describe('An entry a batch size.'),
  memory: z
    .union([
      z.object({
        peakBytes: z.int(),
        ratio: z.number(),
        intervals: z.object({ peakBytes: estimate, ratio: estimate }).optional(),
        devicePeakBytes: z.int().optional(),
      }),
      notMeasured,
    ])
    .optional(),
  accuracy: z.union([accuracy, notMeasured]).optional(),
});
const placement = z.object({
  providers: z.record(z.string(), z.int()),
  quantizedNodes: z.int(),
  integerKernels: z.int(),
  floatNodes: z.array(
    z.object({
      node: z.string(),
      op: z.string(),
      why: z.string(),
      unfused: z
        .literal(true)
        .optional()
        .describe('It was quantized, and the runtime did not fuse it: the conversions around it are for nothing.'),
    }),
  ),
});
const check = z.object({
  name: z.string(),
  operator: z.enum(['<=', '>=']),
  limit: z.number(),
  estimate: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  message: z.string(),
  samplesNeeded: z.int().optional(),
  noise: z.number().optional().describe('Latency: the fraction by which equal files differ on this machine.'),
});
const variant = z.object({
  id: z.string(),
  level: z.int().min(0).max(3),
  method: z.enum(['fp32', 'dynamic', 'static', 'qat']),
  target: z.string(),
  requested: z
    .literal('cpu')
    .optional()
    .describe('Where the policy names the target only as `cpu`: it is what the CPU of the machine happens to be.'),
  file: z.string().optional().describe('Relative to the output folder; absent where the variant could not be made.'),
  sha256: z.string().optional(),
  bytes: z.int().optional(),
  seconds: z.number(),
  verdict,
  measurements,
  placement: placement.optional(),
  checks: z.array(check),
  notes: z.array(z.string()).describe('What the quantizer decided and why, a sentence each.'),
  search: z
    .object({
      tried: z.int(),
      seconds: z.number(),
      keptFloat: z.array(z.string()),
      frontier: z.array(
        z.object({
          keptFloat: z.array(z.string()),
          wideWeights: z
            .int()
            .optional()
            .describe("Layers whose weights have the 8 bits of a slower kernel, where the target's fast one takes 7."),
          integerWeights: z
            .int()
            .optional()
            .describe('Of how many of the nodes in FP32 the weights are stored as integers.'),
          bytes: z.int(),
          speedup: z.number().optional(),
          metricDrop: z.number().optional(),
          sqnrDb: z.number().optional(),
          chosen: z.boolean(),
        }),
      ),
    })
    .optional()
    .describe('The mixed-precision search: what was tried, and the frontier of accuracy, speed and size.'),
  training: z
    .object({
      steps: z.int(),
      seconds: z.number(),
      trainedNodes: z.int(),
      untrained: z.array(z.object({ node: z.string(), op: z.string(), why: z.string() })),
      tiers: z.array(z.object({ name: z.string(), lossBefore: z.number(), lossAfter: z.number(), kept: z.boolean() })),
    })
    .optional(),
  error: z.object({ kind: z.string(), message: z.string() }).optional(),
});
const model = z.object({
  name: z.string(),
  source: z.object({
    path: z.string(),
    sha256: z.string(),
    bytes: z.int(),
    opset: z.int(),
    parameters: z.int(),
  }),
  task: z.string(),
  metric: z.string().optional().describe('What accuracy is measured by; `command` of a command.'),
  data: z.object({
    calibration: z.string().optional(),
    validation: z.string().optional(),
    shared: z.int().optional().describe('Samples that are in both.'),
    sharedTraining: z.int().optional().describe('Validation samples that are in `data.training` too.'),
    repeated: z.int().optional().describe('Validation samples that repeat another; absent where they are hardly any.'),
    chance: z
      .number()
      .optional()
      .describe('What always the same answer comes to, where FP32 is no better on the validation data.'),
    unmeasured: z
      .string()
      .optional()
      .describe('Why accuracy itself was not measured, a sentence; what stands in its place compares with FP32.'),
  }),
  verdict,
  fp32: variant.omit({ error: true }),
  variants: z.array(variant),
  sensitivity: z
    .array(
      z.object({
        node: z.string(),
        op: z.string(),
        sqnrDb: z.number().describe('Signal over noise at the outputs with this node alone quantized, dB.'),
        withoutDb: z.number().optional().describe('The same with all nodes quantized but this one.'),
        metricDrop: z.number().optional(),
      }),
    )
    .optional(),
  suggestions: z.array(z.string()),
});

const machine = z.object({
  cpu: z.string(),
  isa: z.string(),
  cores: z.int(),
  memoryBytes: z.int(),
  gpu: z.string().optional(),
  os: z.string(),
  node: z.string(),
  onnxruntime: z.string(),
  noise: z.number().optional().describe("Half-width of an A/A pair's speed-up interval, as a fraction."),
  conditions: z
    .object({
      governor: z.string().optional().describe('Of the CPU frequency; absent where the machine does not say.'),
      load: z.number().describe('Load average over one minute.'),
      steal: z.number().optional().describe('Fraction of CPU time that the hypervisor gave to others.'),
      boundTo: z.array(z.int()).optional().describe('CPUs that the timed processes were bound to.'),
      oneThread: z
        .number()
        .optional()
        .describe("FP32's time on one thread over that on all of its threads; below 1 more threads only cost."),
      gpu: z
        .object({
          name: z.string(),
          memoryBytes: z.number(),
          usedBytes: z.number().describe('By all processes.'),
          clockMhz: z.number(),
          temperatureC: z.number(),
          throttle: z.string().describe('Bit mask of why the clock is held down, as nvidia-smi has it.'),
        })
        .optional(),
    })
    .optional()
    .describe('What may have disturbed the latency: the worst that was seen while it was measured.'),
});

export const reportSchema = z.object({
  schemaVersion: z.literal(1),
  verdict,
  startedAt: z.iso.datetime(),
  seconds: z.number(),
  stages: z.record(z.string(), z.number()).describe('Seconds spent in each stage.'),
  inRuntime: z
    .record(z.string(), z.object({ run: z.number(), load: z.number() }))
    .optional()
    .describe('Seconds of each stage inside ONNX Runtime: running models, and making sessions.'),
  policy: z.object({
    path: z.string(),
    sha256: z.string(),
    changes: z.array(z.string()).optional().describe("What the pull request changes in the base branch's policy."),
    loosened: z.array(z.string()).optional().describe('Those of the changes that make the gate easier to pass.'),
    publish: publishSchema.optional().describe('What the policy says of it.'),
  }),
  base: z
    .object({ ref: z.string(), sha: z.string(), status: z.string() })
    .optional()
    .describe('What the variants were compared with, or why not.'),
  machine,
  machines: z
    .array(machine.extend({ measured: z.array(z.string()).describe('`model/variant`, each.') }))
    .optional()
    .describe('In a report that joins several: every machine that took part, `machine` among them.'),
  gate: z.object({
    require: z.string(),
    levels: z
      .array(z.object({ level: z.int().min(1).max(3), stop: z.boolean() }))
      .optional()
      .describe('Those of the policy, whichever were run: by them a report that joins several is judged.'),
    confidence: z.number(),
    onInconclusive: z.enum(['estimate', 'fail', 'warn']),
    reason: z.string(),
  }),
  models: z.array(model),
});

export type Report = z.output<typeof reportSchema>;
export type ModelReport = Report['models'][number];
export type VariantReport = ModelReport['variants'][number];

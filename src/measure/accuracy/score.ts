import type { Label } from '../../data/dataset.ts';
import { UserError } from '../../errors.ts';
import type { Tensor } from '../../tensor.ts';
import type { AccuracyMeasurement, NotMeasured } from '../contract.ts';
import type { Metric, MetricContext, Outputs } from '../metrics/metric.ts';
import { outputTraits } from '../metrics/read.ts';
import { decibel, energy } from '../metrics/sqnr.ts';
import {
  type CommandReference,
  type CommandScoring,
  commandMetric,
  compareByCommand,
  referenceByCommand,
} from './command-metric.ts';
import { compareRecords, type IntervalOptions } from './paired.ts';

/** The outputs of one model over a dataset, sample by sample; can be read more than once. */
export interface OutputSet {
  readonly size: number;
  read(): AsyncIterable<Outputs> | Iterable<Outputs>;
}

/** What is known of a sample besides the outputs; a `StoredSample` is one. */
export interface LabelledSample {
  id: string;
  label?: Label;
}

/** How outputs become values: the metric, and the policy's words about it. `openScoring` makes it. */
export type Scoring = RecordScoring | CommandScoring;

/** What the limits on accuracy are about; the direction in which it is better. */
export function scoredMetric(scoring: Scoring): Pick<AccuracyMeasurement, 'metric' | 'direction'> {
  if ('command' in scoring) return { metric: commandMetric, direction: scoring.direction };
  const { name, direction } = scoring.metric;
  return { metric: name, direction };
}

export interface RecordScoring {
  metric: Metric;
  context: Omit<MetricContext, 'traits' | 'output'> & { output?: string };
  /** Turns raw outputs into those that the metric reads, for instance boxes. */
  decode?: (
    outputs: AsyncIterable<Outputs>,
    samples: readonly LabelledSample[],
    context: MetricContext,
  ) => AsyncIterable<Outputs>;
}

/** FP32 scored once; every variant is compared with it. */
export type ReferenceScore = RecordReference | CommandReference;

export interface RecordReference {
  readonly scoring: RecordScoring;
  readonly context: MetricContext;
  readonly samples: readonly LabelledSample[];
  readonly outputs: OutputSet;
  readonly records: readonly unknown[];
  /** FP32's own measurement: no drop. */
  readonly measurement: AccuracyMeasurement | NotMeasured;
}

/** Whether the value of any sample is one against FP32, and not against a label. */
export function comparesWithFp32(reference: ReferenceScore): boolean {
  // A command sees one model's outputs at a time, and the labels.
  if (!('context' in reference)) return false;
  const { context, samples, scoring } = reference;
  const { metric } = scoring;
  if (metric.labels !== 'optional') return metric.labels === 'none';
  return samples.some(({ label }) => !metric.readsLabel?.(context, label));
}

/** Samples that show what FP32's outputs look like. */
const traitSamples = 64;

/**
 * Scores FP32. Memory: a small record a sample.
 *
 * @throws UserError where the labels or outputs do not fit the metric, naming the sample
 */
export async function scoreReference(
  scoring: Scoring,
  outputs: OutputSet,
  samples: readonly LabelledSample[],
  options: IntervalOptions,
): Promise<ReferenceScore> {
  checkSizes(outputs, samples);
  if (samples.length === 0) throw new UserError('accuracy: there are no samples to measure it on');
  if ('command' in scoring) return referenceByCommand(scoring, outputs, samples);
  const context = await readContext(scoring, outputs);
  const pass: Pass = { records: [], broken: [], signal: 0, noise: 0 };
  for await (const { own, raw } of decoded(scoring, context, outputs, samples)) {
    const index = pass.records.length;
    pass.records.push(record(scoring.metric, context, samples[index]!, own, own));
    if (hasNan(raw, context)) pass.broken.push(samples[index]!.id);
  }
  const base = { scoring, context, samples, outputs, records: pass.records };
  return { ...base, measurement: measure(base, pass, options) };
}

/**
 * Compares a variant with FP32 on the same samples, in one pass over both outputs.
 *
 * 0/1 metrics get the exact McNemar test and Tango's score interval, all others a BCa bootstrap over samples; a NaN is
 * never a right prediction, and where it leaves a metric without a value nothing is measured.
 *
 * @throws UserError where the outputs do not fit the metric
 */
export async function compareAccuracy(
  reference: ReferenceScore,
  variant: OutputSet,
  options: IntervalOptions,
): Promise<AccuracyMeasurement | NotMeasured> {
  checkSizes(variant, reference.samples);
  if ('command' in reference.scoring) return compareByCommand(reference as CommandReference, variant, options);
  return compareByRecords(reference as RecordReference, variant, options);
}

async function compareByRecords(
  reference: RecordReference,
  variant: OutputSet,
  options: IntervalOptions,
): Promise<AccuracyMeasurement | NotMeasured> {
  const { scoring, context, samples } = reference;
  const pass: Pass = { records: [], broken: [], signal: 0, noise: 0 };
  const fp32 = rawOutputs(reference.outputs);
  try {
    for await (const { own, raw } of decoded(scoring, context, variant, samples)) {
      const index = pass.records.length;
      // FP32's raw outputs: a metric that decodes has labels and does not look at them.
      const other = (await fp32.next()).value as Outputs;
      pass.records.push(record(scoring.metric, context, samples[index]!, own, other));
      if (hasNan(raw, context)) {
        pass.broken.push(samples[index]!.id);
      } else if (!hasNan(other, context)) {
        const { signal, noise } = energyOf(context, raw, other);
        pass.signal += signal;
        pass.noise += noise;
      }
    }
  } finally {
    await fp32.return(undefined);
  }
  return measure(reference, pass, options);
}

function checkSizes({ size }: OutputSet, samples: readonly LabelledSample[]): void {
  if (size !== samples.length) throw new Error(`outputs of ${size} samples for ${samples.length} samples`);
}

interface Pass {
  records: unknown[];
  /** Samples with a NaN in the output that is read. */
  broken: string[];
  /** Energies for the SQNR, of samples without NaN. */
  signal: number;
  noise: number;
}

interface Decoded {
  raw: Outputs;
  own: Outputs;
}

async function* rawOutputs(outputs: OutputSet): AsyncGenerator<Outputs> {
  yield* outputs.read();
}

/** Raw outputs beside decoded ones, without reading twice. */
async function* decoded(
  { decode }: RecordScoring,
  context: MetricContext,
  outputs: OutputSet,
  samples: readonly LabelledSample[],
): AsyncGenerator<Decoded> {
  if (!decode) {
    for await (const raw of outputs.read()) yield { raw, own: raw };
    return;
  }
  const waiting: Outputs[] = [];
  async function* remembered() {
    for await (const raw of outputs.read()) {
      waiting.push(raw);
      yield raw;
    }
  }
  for await (const own of decode(remembered(), samples, context)) yield { raw: waiting.shift()!, own };
}

function record(metric: Metric, context: MetricContext, { id, label }: LabelledSample, own: Outputs, other: Outputs) {
  if (metric.labels === 'required' && !label) {
    throw new UserError(`metric ${metric.name} needs labels; "${id}" has none`);
  }
  try {
    return metric.record(context, own, label, other);
  } catch (error) {
    throw error instanceof UserError ? new UserError(`"${id}": ${error.message}`, { cause: error }) : error;
  }
}

async function readContext({ context }: RecordScoring, outputs: OutputSet): Promise<MetricContext> {
  const tensors: Tensor[] = [];
  let name = context.detection?.boxes ?? context.output;
  for await (const sample of outputs.read()) {
    name ??= Object.keys(sample)[0] as string;
    const tensor = sample[name];
    if (!tensor)
      throw new UserError(`output: the model has no output "${name}"; it has ${Object.keys(sample).join(', ')}`);
    if (tensor.type !== 'string') tensors.push(tensor);
    if (tensors.length === traitSamples) break;
  }
  return { ...context, output: name as string, traits: outputTraits(tensors, context.task) };
}

function hasNan(outputs: Outputs, context: MetricContext): boolean {
  const { type, data } = outputs[context.output] as Tensor;
  if (type === 'float16') return (data as Uint16Array).some((bits) => (bits & 0x7fff) > 0x7c00);
  if (type !== 'float32' && type !== 'float64') return false;
  const values = data as Float32Array;
  for (let index = 0; index < values.length; index++) if (Number.isNaN(values[index])) return true;
  return false;
}

function energyOf(context: MetricContext, own: Outputs, other: Outputs): { signal: number; noise: number } {
  const tensor = own[context.output] as Tensor;
  const expected = other[context.output] as Tensor;
  // Outputs such as "the boxes that were found" have as many rows as each model finds: no sample-wise ratio.
  if (tensor.type === 'string' || tensor.dims.join() !== expected.dims.join()) return { signal: Number.NaN, noise: 0 };
  return energy(tensor, expected);
}

type Scored = Omit<RecordReference, 'measurement' | 'outputs'>;

function measure({ scoring, context, samples, records }: Scored, pass: Pass, options: IntervalOptions) {
  const { metric } = scoring;
  const notes: string[] = [];
  if (pass.broken.length > 0) {
    notes.push(
      `the output of ${pass.broken.length} of ${samples.length} samples is not a number (NaN), first "${pass.broken[0]}"`,
    );
  }
  const result = compareRecords({ metric, context, samples, before: records, after: pass.records }, options);
  if ('notMeasured' in result) {
    return { ...result, notMeasured: [...notes, result.notMeasured].join('; ') };
  }
  const ratio = decibel(pass.signal, pass.noise);
  const own = pass.records !== records && metric.name !== 'sqnr' && Number.isFinite(ratio) && pass.signal > 0;
  return {
    metric: metric.name,
    direction: metric.direction,
    ...result,
    samples: samples.length,
    ...(own && { sqnrDb: ratio }),
    ...(notes.length > 0 && { note: notes.join('; ') }),
  };
}

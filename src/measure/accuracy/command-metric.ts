import { UserError } from '../../errors.ts';
import { withTemporaryFolder } from '../../files.ts';
import type { AccuracyMeasurement, Estimate, NotMeasured } from '../contract.ts';
import { type CommandRunner, exchangeFiles, writeLabels, writeOutputs } from '../metrics/exchange.ts';
import { type Metric, type Outputs, ratioOfSums, type SumRecord } from '../metrics/metric.ts';
import { studentQuantile } from './distributions.ts';
import { compareRecords, type IntervalOptions } from './paired.ts';
import type { LabelledSample, OutputSet } from './score.ts';

/** Groups of the jackknife that gives a single number its interval: as many further calls of the command. */
const groups = 10;

/** A metric that a command of the policy computes. */
export interface CommandScoring {
  command: string;
  direction: 'higher' | 'lower';
  run: CommandRunner;
  /** The only output that the command is given; default: all. */
  output?: string;
}

/** FP32 as the command scored it. */
export interface CommandReference {
  readonly scoring: CommandScoring;
  readonly samples: readonly LabelledSample[];
  readonly result: CommandResult;
  readonly measurement: AccuracyMeasurement | NotMeasured;
}

/** As what a report names it. */
export const commandMetric = 'command';

export async function referenceByCommand(
  scoring: CommandScoring,
  outputs: OutputSet,
  samples: readonly LabelledSample[],
): Promise<CommandReference> {
  const result = await runMetricCommand(scoring, outputs, samples);
  const value = resultValue(result);
  const measurement: AccuracyMeasurement | NotMeasured = Number.isFinite(value)
    ? {
        metric: commandMetric,
        direction: scoring.direction,
        value,
        fp32: value,
        drop: { estimate: 0, low: 0, high: 0 },
        samples: samples.length,
      }
    : { notMeasured: 'the metric command gave no finite number for FP32', failed: true };
  return { scoring, samples, result, measurement };
}

export async function compareByCommand(
  { scoring, samples, result: fp32 }: CommandReference,
  variant: OutputSet,
  options: IntervalOptions,
): Promise<AccuracyMeasurement | NotMeasured> {
  const { direction } = scoring;
  const own = await runMetricCommand(scoring, variant, samples);
  if (own.kind !== fp32.kind) {
    throw new UserError('metric: the command printed a number for one model and a list for the other');
  }
  const [value, reference] = [resultValue(own), resultValue(fp32)];
  if (!Number.isFinite(value) || !Number.isFinite(reference)) {
    const which = Number.isFinite(reference) ? 'this variant' : 'FP32';
    return { notMeasured: `the metric command gave no finite number for ${which}`, failed: true };
  }
  const common = { metric: commandMetric, direction, samples: samples.length };
  if (own.kind === 'samples' && fp32.kind === 'samples') {
    const paired = compareRecords(
      { metric: meanOf(direction), samples, before: toRecords(fp32), after: toRecords(own), context: {} },
      options,
    );
    return 'notMeasured' in paired ? paired : { ...common, ...paired };
  }
  if (samples.length < 2) return { notMeasured: 'one sample has no interval of the metric command', failed: true };
  const dropOf = (was: number, is: number) => (direction === 'higher' ? was - is : is - was);
  const [before, after] = [fp32, own] as [NumberResult, NumberResult];
  if (![...before.without, ...after.without].every(Number.isFinite)) {
    return { notMeasured: 'the metric command gave no finite number without a tenth of the samples', failed: true };
  }
  const parts = before.without.map((part, group) => dropOf(part, after.without[group]!));
  const scale = Math.max(Math.abs(value), Math.abs(reference));
  const drop = groupedInterval(dropOf(reference, value), parts, scale, options);
  const whole = groupedInterval(value, after.without, scale, options);
  const relative = (part: number) => part / Math.abs(reference);
  return {
    ...common,
    value,
    interval: { low: whole.low, high: whole.high },
    fp32: reference,
    drop,
    ...(reference !== 0 && {
      relativeDrop: { estimate: relative(drop.estimate), low: relative(drop.low), high: relative(drop.high) },
    }),
    ...(drop.high === Number.POSITIVE_INFINITY && { note: unknownSpread }),
  };
}

/** Why a drop has no interval. */
const unknownSpread =
  'leaving out a tenth of the samples never changed the drop, which does not tell how much other samples would; ' +
  'a command that prints a list with a number for each sample has an interval';

/** The mean of a number a sample; where every number is 0 or 1, a share of the samples. */
const meanOf = (direction: 'higher' | 'lower'): Metric<SumRecord> => ({
  name: commandMetric,
  direction,
  labels: 'optional',
  record: () => {
    throw new Error('a command scores whole datasets');
  },
  outcome: ({ sum }) => (sum === 0 || sum === 1 ? sum : undefined),
  estimator: (records) => ratioOfSums(records),
});

type NumberResult = Extract<CommandResult, { kind: 'number' }>;

const toRecords = ({ values }: { values: readonly number[] }): SumRecord[] => values.map((sum) => ({ sum, count: 1 }));

const resultValue = (result: CommandResult): number =>
  result.kind === 'number' ? result.value : result.values.reduce((sum, value) => sum + value, 0) / result.values.length;

/** What a metric command said of one model. */
type CommandResult =
  /** A number a sample: their mean is the value. */
  | { kind: 'samples'; values: number[] }
  /** One number, and the number without each tenth of the samples. */
  | { kind: 'number'; value: number; without: number[] };

/**
 * Runs a metric command over the outputs of one model.
 *
 * - QUANT_GATE_OUTPUTS and QUANT_GATE_LABELS are .npz files, see `writeOutputs` and `writeLabels`;
 * - the last line that it prints is the value: a number, or a JSON list with a number for each sample, whose mean is
 *   the value. The list gives the better interval with one call; for a number the command is called ten times more,
 *   each time without a tenth of the samples.
 *
 * @throws UserError where commands are not allowed, it fails, or prints something else
 */
async function runMetricCommand(
  { command, run, output }: CommandScoring,
  outputs: OutputSet,
  samples: readonly LabelledSample[],
): Promise<CommandResult> {
  const all: Outputs[] = [];
  for await (const sample of outputs.read()) {
    if (output !== undefined && !sample[output]) throw new UserError(`output: the model has no output "${output}"`);
    all.push(output === undefined ? sample : { [output]: sample[output]! });
  }
  const call = (keep: (index: number) => boolean) =>
    callOnce(
      command,
      run,
      all.filter((_, index) => keep(index)),
      samples.filter((_, index) => keep(index)),
    );
  const whole = await call(() => true);
  if (typeof whole !== 'number') return { kind: 'samples', values: whole };
  const without: number[] = [];
  // Without its only sample there is nothing to score.
  const calls = samples.length < 2 ? 0 : Math.min(groups, samples.length);
  for (let group = 0; group < calls; group++) {
    const part = await call((index) => index % groups !== group);
    if (typeof part !== 'number') throw new UserError('metric: the command printed a number first and a list later');
    without.push(part);
  }
  return { kind: 'number', value: whole, without };
}

function callOnce(
  command: string,
  run: CommandRunner,
  outputs: readonly Outputs[],
  samples: readonly LabelledSample[],
): Promise<number | number[]> {
  return withTemporaryFolder(async (folder) => {
    const { QUANT_GATE_OUTPUTS, QUANT_GATE_LABELS } = exchangeFiles(folder);
    await writeOutputs(QUANT_GATE_OUTPUTS, outputs);
    await writeLabels(
      QUANT_GATE_LABELS,
      samples.map(({ label }) => label),
    );
    const printed = await run(command, { what: 'metric', env: { QUANT_GATE_OUTPUTS, QUANT_GATE_LABELS } });
    return parsePrinted(printed, samples.length);
  });
}

/** The last line that is not empty. `nan`, as Python prints it, is a number here: the caller says what is wrong. */
function parsePrinted(printed: string, samples: number): number | number[] {
  const line = printed.trimEnd().split('\n').at(-1)?.trim() ?? '';
  if (/^[+-]?nan$/i.test(line)) return Number.NaN;
  if (/^[+-]?inf(inity)?$/i.test(line)) return Number.POSITIVE_INFINITY;
  const text = line.replaceAll(/\bnan\b/gi, 'null');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Not JSON; the message below shows what it is.
    value = undefined;
  }
  if (typeof value === 'number') return value;
  if (Array.isArray(value) && value.every((each) => typeof each === 'number' || each === null)) {
    if (value.length === samples) return value.map((each) => each ?? Number.NaN);
    throw new UserError(`metric: the command printed ${value.length} numbers for ${samples} samples`);
  }
  throw new UserError(
    `metric: the command's last line is ${JSON.stringify(line.slice(0, 100))}; expected a number, or a JSON list of one ` +
      'number for each sample',
  );
}

/** The share of the values that is a difference of rounding. */
const roundingError = 1e-9;

/**
 * The interval of one number: the jackknife over ten groups of samples, with Student's t (F. Mosteller and J. Tukey,
 * 1968). Both models leave out the same samples, so the difference stays paired. Where no group changes the number, it may count
 * right answers of which none flipped, as well as anything else: nothing is known of its spread, and the ends are open.
 */
function groupedInterval(
  estimate: number,
  parts: readonly number[],
  scale: number,
  { confidence }: IntervalOptions,
): Estimate {
  const count = parts.length;
  const mean = parts.reduce((sum, part) => sum + part, 0) / count;
  const squares = parts.reduce((sum, part) => sum + (part - mean) ** 2, 0);
  const error = Math.sqrt(((count - 1) / count) * squares);
  if (error <= roundingError * scale) {
    return { estimate, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  }
  const half = studentQuantile(1 - (1 - confidence) / 2, count - 1) * error;
  return { estimate, low: estimate - half, high: estimate + half };
}

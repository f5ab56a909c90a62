import { counted } from '../words.ts';
import {
  bytes,
  type CheckReport,
  type Column,
  checkFormat,
  columnOf,
  columns,
  dropChange,
  factor,
  intervalOf,
  isAbsolute,
  isAgainstBase,
  isDropNegative,
  measured,
  metricUnit,
  metricValue,
  milliseconds,
  percent,
  ratio,
  type Scored,
} from './format.ts';
import type { ModelReport, Report, VariantReport } from './schema.ts';

/**
 * What a report says, as plain text in small pieces: Markdown, HTML and the terminal show the same words and differ
 * only in how they dress them. Nothing here is escaped; the renderers escape every piece.
 */

export type Status = Report['verdict'] | 'none';

export const icons: Readonly<Record<Status, string>> = {
  pass: '✅',
  fail: '❌',
  inconclusive: '⚠️',
  error: '🚫',
  none: '',
};

export const verdictWords: Readonly<Record<Report['verdict'], string>> = {
  pass: 'passed',
  fail: 'failed',
  inconclusive: 'came to no decision',
  error: 'could not finish',
};

export type AccuracyReport = Extract<NonNullable<VariantReport['measurements']['accuracy']>, { metric: string }>;
type LatencyEntry = Extract<NonNullable<VariantReport['measurements']['latency']>, unknown[]>[number];
export type LatencyReport = Extract<LatencyEntry, { speedup: unknown }>;
type MemoryReport = Extract<NonNullable<VariantReport['measurements']['memory']>, { peakBytes: number }>;

export function accuracyOf(variant: VariantReport): AccuracyReport | undefined {
  const { accuracy } = variant.measurements;
  return accuracy && 'metric' in accuracy ? accuracy : undefined;
}

/** Every batch size, also one at which it was not measured. */
export function latencyEntries({ measurements: { latency } }: VariantReport): LatencyEntry[] {
  return Array.isArray(latency) ? latency : [];
}

export function latencyOf(variant: VariantReport): LatencyReport[] {
  return latencyEntries(variant).filter((each) => 'speedup' in each);
}

export function memoryOf(variant: VariantReport): MemoryReport | undefined {
  const { memory } = variant.measurements;
  return memory && 'peakBytes' in memory ? memory : undefined;
}

/** Why a column has no number; undefined where it has one. */
function whyNotMeasured(variant: VariantReport, column: Column): string | undefined {
  if (column === 'latency' && latencyOf(variant).length > 0) return undefined;
  const found = variant.measurements[column];
  const measurement = Array.isArray(found) ? found[0] : found;
  if (measurement === undefined) return '';
  return 'notMeasured' in measurement ? measurement.notMeasured : undefined;
}

/** The levels of `2` or `1, 2`; undefined where no level is required by its number (`any`, `all`). */
export function requiredLevels({ require }: Pick<Report['gate'], 'require'>): number[] | undefined {
  return require.match(/\d/g)?.map(Number);
}

// ---- checks ----

const severity: Readonly<Record<CheckReport['verdict'], number>> = { fail: 0, inconclusive: 1, pass: 2 };

/** The checks of one column, the gravest first. */
export function checksOf(variant: VariantReport, column: Column): CheckReport[] {
  return variant.checks
    .filter((check) => columnOf(check) === column)
    .toSorted(
      (one, other) =>
        severity[one.verdict] - severity[other.verdict] || Number(isAgainstBase(one)) - Number(isAgainstBase(other)),
    );
}

/** A check without a number shows as what it counts as, but never as passed. */
export function checkStatus(check: CheckReport): Status {
  return check.estimate === null && check.verdict === 'pass' ? 'inconclusive' : check.verdict;
}

/** The metric that a variant was or would have been measured with; without a name where the report has none. */
export function metricOf(variant: VariantReport, model: ModelReport): Scored {
  const [measured] = [variant, model.fp32, ...model.variants].flatMap((each) => accuracyOf(each) ?? []);
  return measured ?? { metric: model.metric ?? '' };
}

/** The metric that a model's variants were measured with. */
export function modelMetric(model: ModelReport): Scored {
  return metricOf(model.variants[0] ?? model.fp32, model);
}

/** What a check says where it did not pass: its numbers against the limit, or why there is none. */
export function checkSays(check: CheckReport, variant: VariantReport, model: ModelReport): string {
  return check.estimate === null ? `${check.name}: ${check.message}` : checkSentence(check, variant, model);
}

/** `top1 −3.1 points (−4.0 to −2.2), limit −1.0` */
export function checkSentence(check: CheckReport, variant: VariantReport, model: ModelReport): string {
  const format = checkFormat(check, metricOf(variant, model));
  return `${format.what} ${measured(check, format)}, limit ${format.limit}`;
}

/** What has to be known of the data before its numbers are believed, a sentence each without its full stop. Not escaped. */
export function dataSays({ data, fp32 }: ModelReport): string[] {
  const { shared = 0, sharedTraining = 0, repeated = 0, unmeasured, chance } = data;
  const says = (count: number, role: string) =>
    `${counted(count, 'sample')} of the ${role} data ${count === 1 ? 'is' : 'are'} also in the validation data`;
  const accuracy = accuracyOf(fp32);
  return [
    ...(unmeasured ? [unmeasured] : []),
    ...(chance !== undefined && accuracy
      ? [
          `FP32 itself has ${accuracy.metric} ${metricValue(accuracy.metric, accuracy.value)}, and always the same answer would have ` +
            `${metricValue(accuracy.metric, chance)}: labels or preprocessing are likely not the model's, and then no drop is seen`,
        ]
      : []),
    // No interval knows it.
    ...(repeated > 0
      ? [
          `${counted(repeated, 'validation sample')} ${repeated === 1 ? 'repeats' : 'repeat'} another: intervals take each for one of its own, so they are too narrow`,
        ]
      : []),
    ...(shared > 0 ? [says(shared, 'calibration')] : []),
    ...(sharedTraining > 0 ? [`${says(sharedTraining, 'training')}: accuracy on them says little of Level 3`] : []),
  ];
}

// ---- the table ----

export interface Cell {
  status: Status;
  /** `1.46x` */
  main: string;
  /** The other way to say it: `8.31 ms`, `0.26 of FP32`; or why there is no number. */
  more?: string;
  /** `1.41x to 1.51x` */
  interval?: string;
  /** `limit ≥ 1.20x`, `worst class −3.0 points, limit −2.0` */
  limit?: string;
  /** Whether the limit is on `more`, so that `main` alone does not show what is limited. */
  limitsMore: boolean;
  /** Checks of this column beyond the one whose limit is shown. */
  others: number;
}

/** One measurement of one variant against its limit, the gravest where there are several. */
export function cell(variant: VariantReport, column: Column, model: ModelReport): Cell {
  const checks = checksOf(variant, column);
  const [check] = checks;
  const common = {
    status: check ? checkStatus(check) : ('none' as const),
    ...(check && { limit: limitPhrase(check, variant, model) }),
    limitsMore: check !== undefined && isOnMore(check, variant),
    others: Math.max(checks.length - 1, 0),
  };
  const why = whyNotMeasured(variant, column);
  if (why === undefined) return { ...common, ...numbers(variant, column, model, check) };
  // The error is said in full elsewhere.
  const silent = why === '' || why === variant.error?.message;
  const blank = variant.error && !check && why === '';
  return { ...common, main: blank ? '' : 'not measured', ...(!silent && { more: why }) };
}

/** A cell in two lines: `1.46x, 8.31 ms` over `1.41x to 1.51x`, `limit ≥ 1.20x`. */
export function lines({ main, more, interval, limit, others }: Cell): { first: string; second: string[] } {
  const above = interval !== undefined && more !== undefined;
  const second = [
    above ? undefined : more,
    interval,
    limit,
    others > 0 ? `and ${counted(others, 'other check')}` : undefined,
  ];
  return {
    first: above ? `${main}, ${more}` : main,
    second: second.filter((each) => each !== undefined && each !== '') as string[],
  };
}

/** A limit of the metric's value or of the median time; one of another percentile is on neither number of the cell. */
function isOnMore({ name, estimate }: CheckReport, variant: VariantReport): boolean {
  if (name !== 'latency.max' || estimate === null) return name === 'accuracy.min';
  return latencyOf(variant).some(({ p50Ms }) => isAlmost(p50Ms, estimate));
}

/** A limit that is not on the cell's own number says which number it is on. */
function limitPhrase(check: CheckReport, variant: VariantReport, model: ModelReport): string {
  const format = checkFormat(check, metricOf(variant, model));
  const limit = `limit ${format.limit}`;
  const { estimate } = check;
  if (estimate === null && whyNotMeasured(variant, columnOf(check)!) !== undefined) return limit;
  const value = estimate === null ? 'not measured' : `${format.value(estimate)}${format.unit}`;
  if (isAgainstBase(check)) return `against base ${value}, ${limit}`;
  if (check.name === 'latency.max' && !isOnMore(check, variant)) return `latency ${value}, ${limit}`;
  if (check.name.includes('per-class')) return `worst class ${value}, ${limit}`;
  if (check.name.includes('relative')) return `relative loss ${value}, ${limit}`;
  // The number of the cell is another batch size's.
  return estimate === null ? `${value}, ${limit}` : limit;
}

function numbers(
  variant: VariantReport,
  column: Column,
  model: ModelReport,
  check: CheckReport | undefined,
): Pick<Cell, 'main' | 'more' | 'interval'> {
  const baseline = variant.level === 0;
  /** What is limited has the digits of its limit. */
  const as = (name: string, usual: (value: number) => string) =>
    check?.name === name ? checkFormat(check, metricOf(variant, model)).value : usual;
  const withInterval = (interval: string | undefined) => (interval === undefined ? {} : { interval });
  switch (column) {
    case 'size': {
      const size = variant.measurements.size!;
      const over = as('size.max-ratio', ratio)(size.ratio);
      return { main: as('size.max', bytes)(size.bytes), ...(!baseline && { more: `${over} of FP32` }) };
    }
    case 'latency': {
      const all = latencyOf(variant);
      // A limit may be on another batch than the first: that one is shown.
      const first = all.find((each) => isAbout(check, each)) ?? all[0]!;
      const showTime = as('latency.max', milliseconds);
      const time = `${showTime(first.p50Ms)}${first.batch === 1 ? '' : ` at batch ${first.batch}`}`;
      if (baseline) return { main: time };
      const value = as('latency.min-speedup', factor);
      const interval = intervalOf(first.speedup, { value, flipped: false });
      return { main: value(first.speedup.estimate), more: time, ...withInterval(interval) };
    }
    case 'memory': {
      const memory = memoryOf(variant)!;
      const over = as('memory.max-ratio', ratio)(memory.ratio);
      return { main: as('memory.max', bytes)(memory.peakBytes), ...(!baseline && { more: `${over} of FP32` }) };
    }
    case 'accuracy': {
      const accuracy = accuracyOf(variant)!;
      const format = as('accuracy.min', (each) => metricValue(accuracy.metric, each));
      const value = format(accuracy.value);
      if (isAbsolute(accuracy.metric)) {
        if (baseline) return { main: '–', more: `${accuracy.metric} is against FP32` };
        const own = accuracy.interval && intervalOf(accuracy.interval, { value: format, flipped: false });
        return { main: value, more: accuracy.metric, ...withInterval(own) };
      }
      if (baseline) return { main: value, more: accuracy.metric };
      const change = as('accuracy.max-drop', (drop) => dropChange(accuracy, drop));
      const interval = intervalOf(accuracy.drop, { value: change, flipped: isDropNegative(accuracy) });
      const main = `${change(accuracy.drop.estimate)}${metricUnit(accuracy.metric)}`;
      return { main, more: value, ...withInterval(interval) };
    }
  }
}

/** Whether a check was made of this latency: the check does not name its batch, but its estimate is one of the numbers. */
function isAbout(check: CheckReport | undefined, { speedup, p50Ms, p90Ms, p99Ms }: LatencyReport): boolean {
  const estimate = check?.estimate;
  if (estimate === undefined || estimate === null) return false;
  return [speedup.estimate, p50Ms, p90Ms, p99Ms].some((each) => isAlmost(each, estimate));
}

const isAlmost = (one: number, other: number): boolean => Math.abs(one - other) <= 1e-9 * Math.abs(one);

export const columnTitles: Readonly<Record<Column, string>> = {
  size: 'Size',
  latency: 'Speed-up',
  memory: 'Memory',
  accuracy: 'Accuracy',
};
export { columns };

// ---- sentences ----

/** Whether the report measures more than one target, so that a level alone does not name a variant. */
export function hasManyTargets(report: Report): boolean {
  const known = manyTargets.get(report);
  if (known !== undefined) return known;
  const first = report.models.find(({ variants }) => variants.length > 0)?.variants[0]?.target;
  const many = report.models.some(({ variants }) => variants.some(({ target }) => target !== first));
  manyTargets.set(report, many);
  return many;
}

/** Every line asks, and a report has thousands: it is looked for once. */
const manyTargets = new WeakMap<Report, boolean>();

/** `level 2`, `level 2 for cuda` */
export function variantName(variant: VariantReport, report: Report): string {
  return `level ${variant.level}${hasManyTargets(report) ? ` for ${variant.target}` : ''}`;
}

/** Every variant with its model. */
export function allVariants({
  models,
}: {
  models: readonly ModelReport[];
}): { model: ModelReport; variant: VariantReport }[] {
  return models.flatMap((model) => model.variants.map((variant) => ({ model, variant })));
}

/** `; about 5,200 further samples would decide it` */
export function further(check: CheckReport): string {
  if (check.samplesNeeded === undefined) return '';
  const what = columnOf(check) === 'latency' ? 'block' : 'sample';
  return `; about ${counted(check.samplesNeeded, `further ${what}`)} would decide it`;
}

/** `AMD EPYC 7763 (avx2), 2 cores, 8.00 GB` */
export function machineText({ cpu, isa, cores, memoryBytes, gpu }: Report['machine']): string {
  return `${cpu} (${isa}), ${counted(cores, 'core')}, ${bytes(memoryBytes)}${gpu ? `, ${gpu}` : ''}`;
}

/** What may have disturbed the latency on a machine. */
export function conditionsText({
  governor,
  load,
  steal,
  boundTo,
  oneThread,
  gpu,
}: NonNullable<Report['machine']['conditions']>): string {
  return [
    `load ${load.toFixed(1)}`,
    ...(steal === undefined ? [] : [`${percent(steal, 1)} of CPU time stolen`]),
    ...(governor === undefined ? [] : [`governor ${governor}`]),
    ...(boundTo ? [`bound to CPU ${boundTo.join(', ')}`] : []),
    ...(oneThread === undefined ? [] : [`FP32 takes ${oneThread.toFixed(2)} times as long on one thread as on all`]),
    ...(gpu
      ? [
          `GPU at ${gpu.clockMhz} MHz, ${gpu.temperatureC} °C, ${bytes(gpu.usedBytes)} of ${bytes(gpu.memoryBytes)} in use, throttle reasons ${gpu.throttle}`,
        ]
      : []),
  ].join(', ');
}

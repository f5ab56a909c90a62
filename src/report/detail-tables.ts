import { confidencePercent, counted } from '../words.ts';
import {
  bytes,
  checkFormat,
  count,
  dropText,
  factor,
  intervalOf,
  measured,
  metricValue,
  milliseconds,
  number,
  percent,
  type Scored,
  seconds,
} from './format.ts';
import type { ModelReport, VariantReport } from './schema.ts';
import {
  type AccuracyReport,
  allVariants,
  checkStatus,
  latencyEntries,
  metricOf,
  modelMetric,
  type Status,
} from './view.ts';

/**
 * What the comment's folded sections and the page's have in common, as plain values: the tables, and the sentences above
 * them. Nothing here is escaped or shortened; each renderer does that, and dresses the cells that are more than text.
 */

export type Cell =
  | string
  /** A name, as code; the comment has room for `short` characters of it. */
  | { code: string; short: number }
  | { status: Status }
  | { variant: VariantReport; of: ModelReport }
  /** A value, or none, and its remark; the comment has the remark only where there is no value. */
  | { value: string | undefined; remark: string }
  /** Nodes by name, and what is said of them besides; the comment names the first few. */
  | { nodes: readonly string[]; and: string }
  | { chosen: boolean };

export interface Table {
  columns: readonly Column[];
  rows: readonly (readonly Cell[])[];
}

export interface Column {
  title: string;
  number?: true;
}

/** Columns of words, then columns of numbers. */
export function columnsOf(words: readonly string[], numbers: readonly string[] = []): Column[] {
  return [...words.map((title) => ({ title })), ...numbers.map((title) => ({ title, number: true as const }))];
}

export function checkTable(models: readonly ModelReport[], confidence: number): Table {
  const rows = allVariants({ models }).flatMap(({ model, variant }) =>
    variant.checks.map((check): Cell[] => {
      const format = checkFormat(check, metricOf(variant, model));
      return [
        { status: checkStatus(check) },
        { variant, of: model },
        { code: check.name, short: 60 },
        { value: check.estimate === null ? undefined : measured(check, format), remark: check.message },
        format.limit,
      ];
    }),
  );
  const measuredTitle = `Measured (${confidencePercent(confidence)} interval)`;
  return { columns: columnsOf(['', 'Variant', 'Check', measuredTitle, 'Limit']), rows };
}

/** @param whole also each shape of the inputs, and what the measurement left out */
export function latencyTable(models: readonly ModelReport[], whole: boolean): Table {
  const titles = ['Batch', 'p50', 'p90', 'p99', 'Speed-up', 'Runs', 'Load'];
  if (whole) titles.push('Rounds discarded', 'CPU given to others');
  const rows = models.flatMap((model) =>
    [model.fp32, ...model.variants].flatMap((variant) =>
      latencyEntries(variant).flatMap((each): Cell[][] => {
        if (!('speedup' in each)) {
          const blank = Array<Cell>(titles.length - 2).fill('');
          return [
            [{ variant, of: model }, count(each.batch), { value: undefined, remark: each.notMeasured }, ...blank],
          ];
        }
        const speedup = (text: string) => (variant.level === 0 ? '' : text);
        const interval = intervalOf(each.speedup, { value: factor, flipped: false });
        const row = [
          { variant, of: model },
          count(each.batch),
          milliseconds(each.p50Ms),
          milliseconds(each.p90Ms),
          milliseconds(each.p99Ms),
          speedup(`${factor(each.speedup.estimate)}${interval ? ` (${interval})` : ''}`),
          count(each.runs),
          each.loadMs === undefined ? '' : milliseconds(each.loadMs),
        ];
        if (!whole) return [row];
        const left = [
          each.discarded === undefined ? '' : count(each.discarded),
          each.waited === undefined ? '' : percent(each.waited),
        ];
        const shapes = (each.shapes ?? []).map(({ shape, p50Ms, runs, speedup: { estimate } }) => [
          { code: shape, short: 60 },
          count(each.batch),
          milliseconds(p50Ms),
          '',
          '',
          speedup(factor(estimate)),
          count(runs),
          '',
          '',
          '',
        ]);
        return [[...row, ...left], ...shapes];
      }),
    ),
  );
  return { columns: columnsOf(['Variant'], titles), rows };
}

/** The frontier of the mixed-precision search. */
export function frontierTable({ frontier }: Search, scored: Scored): Table {
  const rows = frontier.map((point) => [
    { chosen: point.chosen },
    { nodes: point.keptFloat, and: weightsOf(point) },
    bytes(point.bytes),
    point.speedup === undefined ? '' : factor(point.speedup),
    point.metricDrop === undefined ? '' : dropText(scored, point.metricDrop),
    point.sqnrDb === undefined ? '' : `${number(point.sqnrDb)} dB`,
  ]);
  return { columns: columnsOf(['', 'Nodes in FP32'], ['Size', 'Speed-up', 'Accuracy', 'SQNR']), rows };
}

/** What a point of the frontier has besides nodes in FP32. */
function weightsOf({
  keptFloat,
  wideWeights: layers = 0,
  integerWeights: stored = 0,
}: Search['frontier'][number]): string {
  const wide = layers > 0 ? `8-bit weights in ${counted(layers, 'layer')}` : '';
  const whose = stored < keptFloat.length ? `weights of ${stored}` : 'their weights';
  const said = [stored > 0 ? `${whose} as integers` : '', wide].filter(Boolean);
  return said.length > 0 ? `(${said.join(', ')})` : '';
}

/** The nodes of a model, the one that costs most first. */
export function sensitivityTable(model: ModelReport): Table {
  const scored = modelMetric(model);
  const rows = (model.sensitivity ?? [])
    .toSorted((one, other) => one.sqnrDb - other.sqnrDb)
    .map(({ node, op, sqnrDb, metricDrop }) => [
      { code: node, short: 100 },
      op,
      `${number(sqnrDb)} dB`,
      metricDrop === undefined ? '' : dropText(scored, metricDrop),
    ]);
  return { columns: columnsOf(['Node', 'Operator'], ['SQNR', 'Accuracy']), rows };
}

/** `top1 71.0 % against 71.2 % over 2,000 samples`, and what else there is to say of it. */
export function accuracyText(accuracy: AccuracyReport): { value: string; more: string[] } {
  const { metric, sqnrDb, note } = accuracy;
  const value = `${metric} ${metricValue(metric, accuracy.value)} against ${metricValue(metric, accuracy.fp32)} over ${counted(accuracy.samples, 'sample')}`;
  return {
    value,
    more: [
      ...(sqnrDb === undefined ? [] : [`fidelity of the outputs ${number(sqnrDb)} dB SQNR`]),
      ...(note === undefined ? [] : [note]),
    ],
  };
}

/** The classes of labels, the one that lost most first. */
export function classesOf(accuracy: AccuracyReport): NonNullable<AccuracyReport['perClass']> {
  return (accuracy.perClass ?? []).toSorted((one, other) => other.drop.estimate - one.drop.estimate);
}

export function placementText({
  providers,
  quantizedNodes,
  integerKernels,
}: NonNullable<VariantReport['placement']>): string {
  const ran = Object.entries(providers).map(([name, nodes]) => `${name} ${nodes}`);
  return `${counted(quantizedNodes, 'node')} quantized, ${integerKernels} in integer kernels; ran on ${ran.join(', ') || 'nothing'}`;
}

type Search = NonNullable<VariantReport['search']>;

export function searchText({ tried, seconds: spent }: Search): string {
  return `${counted(tried, 'candidate')} in ${seconds(spent)}`;
}

/** What a training did in all, and what it did and left a line each. */
export function trainingText(training: NonNullable<VariantReport['training']>): { summary: string; lines: string[] } {
  const what = training.trainedNodes > 0 ? `${counted(training.trainedNodes, 'node')} trained` : 'no node is changed';
  return {
    summary: `Training: ${counted(training.steps, 'step')} in ${seconds(training.seconds)}, ${what}`,
    lines: [
      ...training.tiers.map(
        ({ name, lossBefore, lossAfter, kept }) =>
          `${name}: loss ${number(lossBefore)} to ${number(lossAfter)}, ${kept ? 'kept' : 'dropped'}`,
      ),
      ...training.untrained.map(({ node, op, why }) => `not trained: ${node} (${op}), ${why}`),
    ],
  };
}

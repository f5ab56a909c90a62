import { table } from '../quantize/table.ts';
import type { StepResult } from '../train-step.ts';
import type { TrainRow } from './measure.ts';
import { label, type Setting } from './settings.ts';

const percentMetrics = new Set(['top1', 'accuracy', 'agreement']);
const scale = ({ metric }: TrainRow) => (percentMetrics.has(metric) ? 100 : 1);
const of = (row: TrainRow, value: number | undefined) => (value === undefined ? '' : (scale(row) * value).toFixed(2));
const signed = (value: number) => `${value > 0 ? '+' : ''}${value.toFixed(2)}`;
const seconds = ({ seconds: { training, budget } }: TrainRow) => `${Math.round(training)} of ${budget} s`;
const share = (value: number | undefined) => (value === undefined ? '' : `${(100 * value).toFixed(1)} %`);

/** Of training graph and file, and of the file without graph optimizations and the file. */
const same = ({ exported, kernels }: TrainRow) =>
  `${share(exported)}${kernels === undefined ? '' : ` (${share(kernels)})`}`;

/** Share of rows on which Level 2 and Level 3 give FP32's class. */
const asFloat = ({ agreement }: TrainRow) =>
  agreement ? `${share(agreement.level2)}, ${share(agreement.level3)}` : '';

/** From FP32, on held-back calibration data: before and after training. */
function distance({ distance: { before, after }, training }: TrainRow): string {
  const kept = training.tiers.some((tier) => tier.kept);
  return kept ? `${before.toPrecision(2)} to ${after.toPrecision(2)}` : `${before.toPrecision(2)}, Level 2 kept`;
}

/** What training wins back where rounding loses. */
export function recovered(rows: readonly TrainRow[]): string {
  return table(
    [
      'model',
      'setting',
      'plain rounding',
      'Level 2',
      'blocks',
      'Level 3',
      'FP32',
      'recovered',
      'as FP32: Level 2, 3',
      'distance from FP32',
      'graph = file (unfused)',
      'training',
    ],
    rows.map((row) => {
      const lost = row.fp32 - row.plain!.value;
      return [
        row.model,
        label(row),
        of(row, row.plain!.value),
        of(row, row.level2.value),
        of(row, row.blocks?.value),
        of(row, row.level3.value),
        of(row, row.fp32),
        lost > 0.01 ? `${Math.round((100 * (row.level3.value - row.plain!.value)) / lost)} %` : '',
        asFloat(row),
        distance(row),
        same(row),
        seconds(row),
      ];
    }),
    'llrrrrrrrrrr',
  );
}

/** Level 3 beside Level 2 at 8 bits. */
export function compared(rows: readonly TrainRow[]): string {
  return table(
    [
      'model',
      'metric',
      'rows',
      'FP32',
      'Level 2',
      'Level 3',
      'Level 3 less Level 2',
      'as FP32: Level 2, 3',
      'graph = file (unfused)',
      'distance from FP32',
      'training',
    ],
    rows.map((row) => {
      const { estimate, low, high } = row.worse;
      const [change, from, to] = [-estimate, -high, -low].map((value) => signed(scale(row) * value));
      return [
        row.tenCrops ? `${row.model}, ten crops` : row.model,
        row.metric,
        String(row.rows),
        of(row, row.fp32),
        of(row, row.level2.value),
        of(row, row.level3.value),
        `${change} (${from} to ${to})`,
        asFloat(row),
        same(row),
        distance(row),
        seconds(row),
      ];
    }),
    'llrrrrrrrrr',
  );
}

/** A training step here and in PyTorch. */
export function steps(results: readonly StepResult[]): string {
  return table(
    ['network', 'batch', 'threads', 'here', 'PyTorch', 'ratio', 'range of ratios'],
    results.map(({ network, batch, threads, ours, theirs, ratio, low, high }) => [
      network,
      String(batch),
      String(threads),
      `${ours.toFixed(0)} ms`,
      `${theirs.toFixed(0)} ms`,
      ratio.toFixed(2),
      `${low.toFixed(2)} to ${high.toFixed(2)}`,
    ]),
    'lrrrrrr',
  );
}

export const keyOf = (setting: Setting): string =>
  `${setting.model}/${label(setting)}${setting.tenCrops ? '/ten-crops' : ''}`;

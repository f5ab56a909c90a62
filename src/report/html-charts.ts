import { counted } from '../words.ts';
import { escapeHtml } from './escape.ts';
import {
  bytes,
  type CheckReport,
  checkFormat,
  dropChange,
  factor,
  isAbsolute,
  metricUnit,
  metricValue,
  number,
  ratio,
  type Scored,
} from './format.ts';
import type { Name } from './html-parts.ts';
import type { ModelReport, VariantReport } from './schema.ts';
import { accuracyOf, checkStatus, checksOf, latencyOf, memoryOf, metricOf, modelMetric, type Status } from './view.ts';

/** Charts as inline SVG. Every number in them is also in a table, so each is one image with one description. */

const width = 520;
const left = 150;
const right = 66;
const rowHeight = 30;

interface Row {
  label: string;
  status: Status;
  value: number;
  /** null: open. */
  low?: number | null;
  high?: number | null;
  /** Where the limit lies on the same scale, and how it reads. */
  limit?: number;
  limitText?: string;
  text: string;
}

/** Accuracy, speed-up, size and memory of a model's variants, each as far as it was measured. */
export function comparisonCharts(model: ModelReport, name: Name): string {
  return `<div class="charts">${[
    accuracyChart(model, name),
    speedChart(model, name),
    ratioChart(model, name, 'size', 'Size', (variant) => variant.measurements.size?.ratio),
    ratioChart(model, name, 'memory', 'Peak memory', (variant) => memoryOf(variant)?.ratio),
  ].join('')}</div>`;
}

/** A value and its limit as the tables have them. */
function said(
  check: CheckReport | undefined,
  scored: Scored | undefined,
  value: number,
  usual: (value: number) => string,
): Pick<Row, 'text' | 'limitText'> {
  if (!check) return { text: usual(value) };
  const format = checkFormat(check, scored);
  return { text: format.value(value), limitText: format.limit };
}

/** No end has the sign of a zero. */
const negative = (end: number | null): number | null => (end === null ? null : -end || 0);

function accuracyChart(model: ModelReport, name: Name): string {
  const rows = model.variants.flatMap((variant): Row[] => {
    const accuracy = accuracyOf(variant);
    if (!accuracy || isAbsolute(accuracy.metric)) return [];
    const check = checksOf(variant, 'accuracy').find(
      ({ name }) => name.endsWith('max-drop') && !name.includes('class'),
    );
    const { estimate, low, high } = accuracy.drop;
    return [
      {
        label: name(variant),
        status: check ? checkStatus(check) : 'none',
        value: -estimate || 0,
        low: negative(high),
        high: negative(low),
        ...(check && { limit: -check.limit }),
        ...said(check, accuracy, estimate, (drop) => dropChange(accuracy, drop)),
      },
    ];
  });
  const scored = modelMetric(model);
  const { metric } = scored;
  if (isAbsolute(metric)) return fidelityChart(model, name, metric);
  const unit = metricUnit(metric).trim() || 'its own unit';
  return chart(`Change of ${metric}`, `against FP32, in ${unit}; right is better`, rows, 0, (value) =>
    dropChange(scored, -value),
  );
}

/** A metric against FP32 itself: its value, from nothing. */
function fidelityChart(model: ModelReport, name: Name, metric: string): string {
  const rows = model.variants.flatMap((variant): Row[] => {
    const accuracy = accuracyOf(variant);
    if (!accuracy) return [];
    const check = checksOf(variant, 'accuracy').find(({ name }) => name.endsWith('.min'));
    return [
      {
        label: name(variant),
        status: check ? checkStatus(check) : 'none',
        value: accuracy.value,
        ...(check && { limit: check.limit }),
        ...said(check, accuracy, accuracy.value, (value) => metricValue(metric, value)),
      },
    ];
  });
  return chart(metric, 'of the outputs against FP32; right is better', rows, 0, (value) => number(value), true);
}

function speedChart(model: ModelReport, name: Name): string {
  const rows = model.variants.flatMap((variant): Row[] => {
    const [first] = latencyOf(variant);
    if (!first) return [];
    const check = checksOf(variant, 'latency').find(
      // One without an estimate is about another batch size.
      ({ name, estimate }) => name.includes('min-speedup') && estimate !== null,
    );
    return [
      {
        label: name(variant),
        status: check ? checkStatus(check) : 'none',
        value: first.speedup.estimate,
        low: first.speedup.low,
        high: first.speedup.high,
        ...(check && { limit: check.limit }),
        ...said(check, undefined, first.speedup.estimate, factor),
      },
    ];
  });
  return chart('Speed-up', 'FP32 time over INT8 time; right is better', rows, 1, factor);
}

function ratioChart(
  model: ModelReport,
  name: Name,
  column: 'size' | 'memory',
  title: string,
  measure: (variant: VariantReport) => number | undefined,
): string {
  const rows = model.variants.flatMap((variant): Row[] => {
    const value = measure(variant);
    if (value === undefined) return [];
    const check = checksOf(variant, column).find(({ name }) => name.endsWith('max-ratio'));
    return [
      {
        label: name(variant),
        status: check ? checkStatus(check) : 'none',
        value,
        ...(check && { limit: check.limit }),
        ...said(check, undefined, value, ratio),
      },
    ];
  });
  return chart(title, 'as a fraction of FP32; left is better', rows, 1, ratio, true);
}

/** One row a variant: a dot with its interval, or a bar from zero; a dashed mark at the limit, a line where FP32 is. */
function chart(
  title: string,
  subtitle: string,
  rows: readonly Row[],
  baseline: number,
  format: (value: number) => string,
  bars = false,
): string {
  const finite = rows.filter(({ value }) => Number.isFinite(value));
  if (finite.length === 0) return '';
  const values = finite.flatMap(({ value, low, high, limit }) => [value, low ?? value, high ?? value, limit ?? value]);
  const scale = scaleOf([...values, baseline, ...(bars ? [0] : [])].filter(Number.isFinite), left, width - right);
  const bottom = finite.length * rowHeight + 6;
  const grid = scale.ticks
    .map((tick) => {
      const x = scale.at(tick);
      return `<line class="grid" x1="${x}" x2="${x}" y1="0" y2="${bottom}"/><text class="soft" x="${x}" y="${bottom + 15}" text-anchor="middle">${escapeHtml(format(tick))}</text>`;
    })
    .join('');
  const zero = scale.at(baseline);
  const marks = finite
    .map((row, index) => {
      const y = index * rowHeight + rowHeight / 2 + 3;
      const at = scale.at(row.value);
      const from = scale.at(0);
      const shape = bars
        ? `<rect class="bar" x="${Math.min(from, at)}" width="${Math.max(Math.abs(at - from), 1).toFixed(1)}" y="${y - 7}" height="14" rx="2"/>`
        : `<path class="whisker" d="M${scale.at(row.low ?? row.value)} ${y - 5}v10m0 -5H${scale.at(row.high ?? row.value)}m0 -5v10"/><circle class="dot" cx="${at}" cy="${y}" r="5"/>`;
      const limit =
        row.limit === undefined || !Number.isFinite(row.limit)
          ? ''
          : `<line class="limit" x1="${scale.at(row.limit)}" x2="${scale.at(row.limit)}" y1="${y - 12}" y2="${y + 12}"/>`;
      return `<g class="${row.status}"><text x="${left - 10}" y="${y + 4}" text-anchor="end">${escapeHtml(row.label, 24)}</text>${shape}${limit}<text x="${width - right + 10}" y="${y + 4}">${escapeHtml(row.text)}</text></g>`;
    })
    .join('');
  const spoken = finite
    .map(({ label, text, limitText }) => `${label} ${text}${limitText === undefined ? '' : `, limit ${limitText}`}`)
    .join('; ');
  return figure(
    title,
    subtitle,
    `${title} ${subtitle}: ${spoken}`,
    bottom + 22,
    `${grid}<line class="axis" x1="${zero}" x2="${zero}" y1="0" y2="${bottom}"/>${marks}`,
  );
}

/** The mixed-precision search: what accuracy costs in speed, or in size where speed was not measured. */
export function frontierChart(variant: VariantReport, model: ModelReport, name: string): string {
  const points = variant.search?.frontier ?? [];
  const scored = metricOf(variant, model);
  const { metric } = scored;
  const bySpeed = points.every(({ speedup }) => speedup !== undefined);
  const byMetric = points.every(({ metricDrop }) => metricDrop !== undefined);
  const drawn = points
    .map((point) => ({
      x: bySpeed ? point.speedup! : point.bytes,
      y: byMetric ? -point.metricDrop! || 0 : (point.sqnrDb ?? Number.NaN),
      chosen: point.chosen,
      kept: point.keptFloat.length,
    }))
    .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
    .sort((one, other) => one.x - other.x);
  if (drawn.length < 2) return '';
  // Above the highest point is its label.
  const [top, bottom, start] = [28, 206, 62];
  const formatX = bySpeed ? factor : bytes;
  const formatY = byMetric ? (value: number) => dropChange(scored, -value) : number;
  const horizontal = scaleOf(
    drawn.map(({ x }) => x),
    start,
    width - 24,
  );
  const vertical = scaleOf(
    drawn.map(({ y }) => y),
    bottom,
    top,
  );
  const grid =
    horizontal.ticks
      .map(
        (tick) =>
          `<line class="grid" x1="${horizontal.at(tick)}" x2="${horizontal.at(tick)}" y1="${top}" y2="${bottom}"/><text class="soft" x="${horizontal.at(tick)}" y="${bottom + 16}" text-anchor="middle">${escapeHtml(formatX(tick))}</text>`,
      )
      .join('') +
    vertical.ticks
      .map(
        (tick) =>
          `<line class="grid" x1="${start}" x2="${width - 24}" y1="${vertical.at(tick)}" y2="${vertical.at(tick)}"/><text class="soft" x="${start - 8}" y="${vertical.at(tick) + 4}" text-anchor="end">${escapeHtml(formatY(tick))}</text>`,
      )
      .join('');
  const way = drawn
    .map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${horizontal.at(x)} ${vertical.at(y)}`)
    .join('');
  const dots = drawn
    .map(({ x, y, chosen, kept }) => {
      const [cx, cy] = [horizontal.at(x), vertical.at(y)];
      const label = chosen ? `chosen, ${kept} in FP32` : `${kept}`;
      const anchor = cx > width - 110 ? `x="${cx - 9}" text-anchor="end"` : `x="${cx + 9}"`;
      return `<g class="${chosen ? 'pass' : 'none'}"><circle class="dot" cx="${cx}" cy="${cy}" r="${chosen ? 7 : 5}"/><text class="${chosen ? '' : 'soft'}" ${anchor} y="${cy - 7}">${label}</text></g>`;
    })
    .join('');
  const axes = `${bySpeed ? 'speed-up' : 'size'} across, ${byMetric ? `change of ${metric}` : 'SQNR in dB'} upwards`;
  const spoken = drawn
    .map(
      ({ x, y, kept, chosen }) =>
        `${counted(kept, 'node')} in FP32: ${formatX(x)}, ${formatY(y)}${chosen ? ' (chosen)' : ''}`,
    )
    .join('; ');
  return figure(
    `Search frontier, ${name}`,
    `${axes}; labels count nodes in FP32`,
    spoken,
    bottom + 24,
    `${grid}<path class="path" d="${way}"/>${dots}`,
  );
}

function figure(title: string, subtitle: string, description: string, height: number, content: string): string {
  return `<figure><figcaption>${escapeHtml(title)} <span>${escapeHtml(subtitle)}</span></figcaption><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(description, 1500)}">${content}</svg></figure>`;
}

interface Scale {
  at(value: number): number;
  ticks: number[];
}

/** A linear scale over all values with some air, and three to six round ticks within it. */
function scaleOf(values: readonly number[], from: number, to: number): Scale {
  let [low, high] = [Math.min(...values), Math.max(...values)];
  if (low === high) [low, high] = [low - (Math.abs(low) || 1) * 0.5, high + (Math.abs(high) || 1) * 0.5];
  const air = (high - low) * 0.06;
  if (low !== 0) low -= air;
  if (high !== 0) high += air;
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough) ?? rough;
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step); tick * step <= high + step * 1e-9; tick += 1) {
    ticks.push(Number((tick * step).toPrecision(12)));
  }
  const at = (value: number) => Number((from + ((value - low) / (high - low)) * (to - from)).toFixed(1));
  return { at, ticks };
}

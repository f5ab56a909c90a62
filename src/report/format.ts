import { extraDigits } from '../gate/judge.ts';
import { traitsOf } from '../policy/task.ts';
import type { VariantReport } from './schema.ts';

/** Numbers as people read them: rounded to what matters, with their unit. `extra` is how many digits more than usual. */

const minus = '−';

/** `significant` digits, no exponent for everyday sizes, a real minus sign. */
export function number(value: number, significant = 3): string {
  if (Number.isNaN(value)) return 'not a number';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${minus}∞`;
  const size = Math.abs(Number(value.toPrecision(significant)));
  if (size === 0) return '0';
  if (size < 1e-4 || size >= 1e7) return value.toExponential(significant - 1).replaceAll('-', minus);
  const decimals = Math.max(0, significant - 1 - Math.floor(Math.log10(size)));
  return value.toFixed(Math.min(decimals, 6)).replace('-', minus);
}

/** Bytes in decimal units, as file managers and GitHub show them. */
export function bytes(value: number, { extra = 0 } = {}): string {
  for (const [unit, size] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    if (Math.abs(value) >= size * 0.9995) return `${number(value / size, 3 + extra)} ${unit}`;
  }
  return `${value} B`;
}

export function milliseconds(value: number, { extra = 0 } = {}): string {
  const digits = 3 + extra;
  if (value >= 1000) return `${number(value / 1000, digits)} s`;
  return value < 0.1 ? `${number(value * 1000, digits)} µs` : `${number(value, digits)} ms`;
}

/** A span of time in the two units that matter: `1 h 12 min`, `4 min 20 s`, `12.3 s`. */
export function seconds(value: number): string {
  if (value >= 3600) {
    const minutes = Math.round(value / 60);
    return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }
  if (value >= 60) return `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`;
  return value >= 1 ? `${number(value)} s` : milliseconds(value * 1000);
}

/** `1.46x` */
export function factor(value: number, { extra = 0 } = {}): string {
  return `${value >= 9.995 ? number(value, 3 + extra) : value.toFixed(2 + extra)}x`;
}

export function ratio(value: number, { extra = 0 } = {}): string {
  return value === 0 ? '0' : value.toFixed((Math.abs(value) < 0.1 ? 3 : 2) + extra);
}

export function percent(value: number, decimals = 1): string {
  return `${(100 * value).toFixed(decimals).replace('-', minus)} %`;
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** A metric's value: `71.2 %`, `32.10 dB`, `0.0123`. */
export function metricValue(metric: string, value: number, { extra = 0 } = {}): string {
  switch (traitsOf(metric).unit) {
    case 'fraction':
      return percent(value, 1 + extra);
    case 'decibel':
      return `${Number.isFinite(value) ? value.toFixed(1 + extra).replace('-', minus) : number(value)} dB`;
    default:
      return number(value, 4 + extra);
  }
}

const signed = (text: string, value: number) => (value > 0 && /[1-9]/.test(text) ? `+${text}` : text);

/** A difference in the metric's unit without the unit's name, signed: `−0.2`, `+0.0031`. */
export function metricChange(metric: string, change: number, { extra = 0 } = {}): string {
  const none = (text: string) => (/[1-9]/.test(text) ? text : text.replace(minus, '').replace('-', ''));
  switch (traitsOf(metric).unit) {
    case 'fraction': {
      // Two decimals where the change is below a twentieth of a point, so that it does not read as nothing.
      const points = 100 * change;
      const decimals = points !== 0 && Math.abs(points) < 0.05 ? 2 : 1;
      return signed(none(points.toFixed(Math.max(decimals, 1 + extra)).replace('-', minus)), change);
    }
    case 'decibel':
      return signed(none(change.toFixed(2 + extra).replace('-', minus)), change);
    default:
      return signed(number(change, 3 + extra), change);
  }
}

/** What accuracy was measured by. A command's name does not tell in which direction its metric is better. */
export interface Scored {
  /** Empty where the report does not say. */
  metric: string;
  direction?: 'higher' | 'lower';
}

/** A drop as a person reads it: how the metric changed, `−` for a top1 that fell and `+` for an rmse that rose. */
export function dropChange(scored: Scored, drop: number, digits?: { extra: number }): string {
  return metricChange(scored.metric, (isDropNegative(scored) ? -drop : drop) || 0, digits);
}

/** Whether what is worse is shown as less, so that the ends of an interval of drops change places in print. */
export function isDropNegative({ metric, direction }: Scored): boolean {
  return direction === undefined ? traitsOf(metric).lower !== true : direction === 'higher';
}

/** `dropChange` with its unit: `−0.2 points`. */
export function dropText(scored: Scored, drop: number): string {
  return `${dropChange(scored, drop)}${metricUnit(scored.metric)}`;
}

/** The name of the unit of `metricChange`. */
export function metricUnit(metric: string): string {
  const { unit } = traitsOf(metric);
  return unit ? { fraction: ' points', decibel: ' dB' }[unit] : '';
}

// ---- checks ----

export type CheckReport = VariantReport['checks'][number];

/** The four columns of a comparison; every check belongs to one. */
export const columns = ['size', 'latency', 'memory', 'accuracy'] as const;
export type Column = (typeof columns)[number];

export function columnOf(check: Pick<CheckReport, 'name'>): Column | undefined {
  const name = check.name.toLowerCase();
  if (name.includes('speedup') || name.startsWith('latency')) return 'latency';
  return columns.find((column) => name.startsWith(column) || name.includes(`.${column}`));
}

/**
 * Numbers of a check in the unit that its name implies, with as many digits as its limit has. Drops are shown as signed
 * changes of the metric: one of 0.002 against a limit of 0.01 reads `−0.2 points (limit −1.0)`, and of a metric that is
 * better lower `+0.0020 (limit +0.010)`.
 */
export interface CheckFormat {
  value(value: number): string;
  unit: string;
  /** `≤ 0.30`, `≥ 1.20x`, `−1.0`. */
  limit: string;
  /** Whether low and high change places in print, because the sign does. */
  flipped: boolean;
  what: string;
}

export function checkFormat(check: CheckReport, scored: Scored = { metric: '' }): CheckFormat {
  const { metric } = scored;
  const name = check.name;
  const operator = check.operator === '<=' ? '≤' : '≥';
  const digitsOf = (show: Show): ((value: number) => string) => {
    const extra = extraDigits(check, (value, digits = 0) => show(value, { extra: digits }));
    return (value) => show(value, { extra });
  };
  const make = (what: string, show: Show) => {
    const value = digitsOf(show);
    return { value, unit: '', what, limit: `${operator} ${value(check.limit)}`, flipped: false };
  };
  const column = columnOf(check);
  const base = isAgainstBase(check) ? ' against the base branch' : '';
  if (column === 'accuracy' && name.includes('relative')) return make('relative loss', percentWith(2));
  if (column === 'accuracy' && check.operator === '<=' && (name.includes('drop') || base)) {
    const change = digitsOf((value, digits) => dropChange(scored, value, digits));
    const subject = metric || 'accuracy';
    const what = name.includes('per-class') ? `${subject} of the worst class` : `${subject}${base}`;
    const flipped = isDropNegative(scored);
    return { value: change, unit: metricUnit(metric), limit: change(check.limit), flipped, what };
  }
  if (column === 'accuracy') return make(metric || 'accuracy', (value, digits) => metricValue(metric, value, digits));
  if (column === 'latency' && name.includes('speedup')) return make(`speed-up${base}`, factor);
  if (column === 'latency') return make('latency', milliseconds);
  if (name.includes('ratio')) return make(column === 'memory' ? 'memory over FP32' : 'size over FP32', ratio);
  if (base) return make(`growth of ${column ?? name}${base}`, percentWith(1));
  if (column) return make(column, bytes);
  return make(name, (value, { extra }) => number(value, 4 + extra));
}

type Show = (value: number, digits: { extra: number }) => string;

const percentWith =
  (decimals: number): Show =>
  (value, { extra }) =>
    percent(value, decimals + extra);

/** Whether a check compares with the base branch instead of FP32. */
export function isAgainstBase({ name }: Pick<CheckReport, 'name'>): boolean {
  return name.startsWith('regression');
}

/** Whether a metric compares with FP32 itself, so that its value says all and a change of it nothing. */
export function isAbsolute(metric: string): boolean {
  return traitsOf(metric).absolute === true;
}

/** `−0.2 points (−0.8 to +0.4)`, or why there is no number. */
export function measured(check: CheckReport, format: CheckFormat): string {
  if (check.estimate === null) return 'not measured';
  const interval = intervalOf(check, format);
  return `${format.value(check.estimate)}${format.unit}${interval ? ` (${interval})` : ''}`;
}

/** `−0.8 to +0.4`; `no interval` where it is open to both sides; undefined where it has no width. */
export function intervalOf(
  { low, high }: { low: number | null; high: number | null },
  format: Pick<CheckFormat, 'value' | 'flipped'>,
): string | undefined {
  if (low === null && high === null) return 'no interval';
  if (low === high) return undefined;
  const [from, to] = format.flipped ? [high, low] : [low, high];
  if (from === null) return `${format.value(to!)} or less`;
  return to === null ? `${format.value(from)} or more` : `${format.value(from)} to ${format.value(to)}`;
}

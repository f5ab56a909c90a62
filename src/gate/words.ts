import { traitsOf } from '../policy/task.ts';

/**
 * Numbers inside the sentences of checks, plain ASCII: they are read in logs and quoted in the report. `extra` is how many
 * digits more than usual.
 */

/** Three significant digits, at least as many as a limit of the same size needs. */
export function plain(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : value > 0 ? 'infinite' : '-infinite';
  if (value === 0) return '0';
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size < -4 || size > 6) return value.toExponential(digits - 1);
  return String(Number(value.toFixed(Math.max(0, digits - 1 - size))));
}

export const ratio = (value: number, extra = 0): string => plain(value, 3 + extra);

export function bytes(value: number, extra = 0): string {
  for (const [unit, size] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['kB', 1e3],
  ] as const) {
    if (Math.abs(value) >= size) return `${plain(value / size, 4 + extra)} ${unit}`;
  }
  return `${value} B`;
}

export const milliseconds = (value: number, extra = 0): string => `${plain(value, 3 + extra)} ms`;
export const factor = (value: number, extra = 0): string => `${plain(value, 3 + extra)}x`;
export const percent = (value: number, extra = 0): string => `${plain(100 * value, 3 + extra)} %`;

/** A metric's value: `71.2 %`, `32.1 dB`, `0.0123`. */
export function metricValue(metric: string, value: number, extra = 0): string {
  const { unit } = traitsOf(metric);
  if (unit === 'fraction') return `${plain(100 * value, 4 + extra)} %`;
  return unit === 'decibel' ? `${plain(value, 4 + extra)} dB` : plain(value, 4 + extra);
}

const points = (text: string): string => `${text} point${text === '1' ? '' : 's'}`;

/** A difference of a metric: `0.4 points`, `0.2 dB`. */
export function metricDifference(metric: string, difference: number, extra = 0): string {
  const { unit } = traitsOf(metric);
  if (unit === 'fraction') return points(ratio(100 * difference, extra));
  return unit === 'decibel' ? `${ratio(difference, extra)} dB` : ratio(difference, extra);
}

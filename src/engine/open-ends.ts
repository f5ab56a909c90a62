import type { Measurements } from '../measure/contract.ts';
import type { VariantReport } from '../report/schema.ts';

/** Measurements as the report has them: JSON knows no infinity, so that an open end of an interval is null. */
export function withOpenEnds(measurements: Measurements): VariantReport['measurements'] {
  return opened(measurements) as VariantReport['measurements'];
}

function opened(value: unknown): unknown {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return null;
  if (Array.isArray(value)) return value.map(opened);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, opened(each)]));
}

import type { Observer as ObserverName } from '../../policy/schema.ts';
import { entropy } from './entropy.ts';
import { histogramMse } from './histogram.ts';
import { minMax } from './min-max.ts';
import { movingAverage } from './moving-average.ts';
import type { Observer } from './observer.ts';
import { percentile } from './percentile.ts';

export type { Observer } from './observer.ts';

/** The observers by the policy's names; `auto` chooses among them (see quantize/static). A new one is a file and a line here. */
export const observers: Readonly<Record<Exclude<ObserverName, 'auto'>, Observer>> = {
  'min-max': minMax,
  'moving-average': movingAverage,
  histogram: histogramMse,
  percentile: percentile(99.999),
  entropy,
};

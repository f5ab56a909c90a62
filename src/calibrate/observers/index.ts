import type { Observer as ObserverName } from '../../policy/schema.ts';
import { entropy } from './entropy.ts';
import { histogramAbsolute, histogramMse } from './histogram.ts';
import { minMax } from './min-max.ts';
import { movingAverage } from './moving-average.ts';
import type { Observer } from './observer.ts';
import { percentile } from './percentile.ts';

export type { Observer } from './observer.ts';

/** An observer of the policy, or one that only `auto` tries. */
export type SingleObserver = Exclude<ObserverName, 'auto'> | 'absolute';

/** The observers by the policy's names; `auto` chooses among them (see quantize/static). A new one is a file and a line here. */
export const observers: Readonly<Record<SingleObserver, Observer>> = {
  'min-max': minMax,
  'moving-average': movingAverage,
  histogram: histogramMse,
  absolute: histogramAbsolute,
  percentile: percentile(99.999),
  entropy,
};

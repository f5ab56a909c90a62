import type { Observer } from './observer.ts';

/** Everything that was seen. Right where no value is an outlier; one outlier costs everybody else's resolution. */
export const minMax: Observer = { name: 'min-max', range: ({ min, max }) => [min, max] };

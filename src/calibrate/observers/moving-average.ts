import type { Observer } from './observer.ts';

/** The mean of the samples' extremes, so that one odd sample counts little (ONNX Runtime's CalibMovingAverage). */
export const movingAverage: Observer = { name: 'moving-average', range: ({ meanMin, meanMax }) => [meanMin, meanMax] };

/** A thread that measures the coverage of intervals; see verdicts.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { metrics } from '../src/measure/metrics/table.ts';
import type { MetricName } from '../src/policy/schema.ts';
import { coverageOf } from './verdicts-accuracy.ts';
import type { Population } from './verdicts-data.ts';

export interface CoverageTask {
  metric: MetricName;
  population: Pick<Population, 'name' | 'before' | 'after'>;
  samples: number;
  draws: number;
}

const { metric, population, samples, draws } = workerData as CoverageTask;
const ids = population.before.map((_, index) => ({ id: String(index) }));
const whole: Population = { ...population, metric: metrics[metric], context: {}, samples: ids };
parentPort!.postMessage(coverageOf(whole, samples, draws));

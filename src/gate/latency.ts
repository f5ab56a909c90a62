import type { LatencyMeasurement } from '../measure/contract.ts';
import type { Limits } from '../policy/schema.ts';
import { checkVariant } from './checks.ts';

/** Where no limit asks for more, the speed-up is worth knowing to this fraction. */
const precision = 0.02;

/**
 * The stop rule of latency sampling: whether what is known decides every limit on latency. At a batch size that no
 * limit is about, whether the speed-up is known to two percent.
 *
 * Looking again and again until an interval happens to leave the limit behind would raise false alarms. So the
 * intervals that a look is given have to be wider than the stated ones: the sampler spends a fifth of the error
 * probability on each look (about Pocock's constant for ten looks; S. Pocock, Biometrika 64, 1977), and only the
 * intervals of the last look are stated at the policy's confidence.
 */
export function latencyDecided(limits: NonNullable<Limits['latency']>, latency: LatencyMeasurement): boolean {
  if (latency.batch !== limits.batch) return isPrecise(latency);
  const checks = checkVariant({ limits: { latency: limits }, measurements: { latency: [latency] }, confidence: 0.95 });
  if (checks.length === 0) return isPrecise(latency);
  return checks.every(({ verdict }) => verdict !== 'inconclusive');
}

function isPrecise({ speedup: { estimate, low, high } }: LatencyMeasurement): boolean {
  return high - low <= 2 * precision * estimate;
}

import { tangoInterval, wilsonInterval } from '../measure/accuracy/paired-proportions.ts';
import type { AccuracyMeasurement, Check, Estimate } from '../measure/contract.ts';
import { verdictOf } from './judge.ts';

/** So many times the samples there are, or so many in all where that is more; beyond it, "more samples" is no advice. */
const mostTimes = 100;
const mostSamples = 10_000;

/**
 * How many further samples would decide an inconclusive check if the estimate stayed where it is. With flips, by
 * Tango's interval on as many times the samples; for a share of right samples by Wilson's; else the interval shrinks with the root of
 * the number of samples.
 *
 * @returns undefined where the estimate is so near the limit that no reasonable number would do
 */
export function samplesNeeded(
  measured: Estimate,
  operator: Check['operator'],
  limit: number,
  { samples, flips, share }: Pick<AccuracyMeasurement, 'samples' | 'flips'> & { share?: number },
  confidence: number,
): number | undefined {
  const { estimate, low, high } = measured;
  const most = Math.max(mostTimes, mostSamples / samples);
  const decides = (times: number): boolean => {
    return verdictOf(intervalOf(times), operator, limit) !== 'inconclusive';
  };
  const intervalOf = (times: number): Estimate => {
    if (flips) return tangoInterval(flips.lost * times, flips.gained * times, samples * times, confidence);
    if (share !== undefined) return wilsonInterval(share * samples * times, samples * times, confidence);
    return {
      estimate,
      low: estimate - (estimate - low) / Math.sqrt(times),
      high: estimate + (high - estimate) / Math.sqrt(times),
    };
  };
  if (samples < 1 || !decides(most)) return undefined;
  let [from, to] = [1, most];
  for (let step = 0; step < 60; step++) {
    const middle = Math.sqrt(from * to);
    if (decides(middle)) to = middle;
    else from = middle;
  }
  return niceCeil(samples * (to - 1));
}

/** Two digits, upwards: the number is an estimate itself. */
function niceCeil(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 1);
  return Math.max(1, Math.ceil(value / unit) * unit);
}

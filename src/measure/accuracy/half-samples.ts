import type { Random } from '../../random.ts';
import type { Estimate } from '../contract.ts';
import { type BootstrapOptions, jackknifeMoments, leastDefined, type Statistic } from './bootstrap.ts';
import { studentQuantile } from './distributions.ts';

/** Their mean square is known to 6 %, the ends as well as those of a bootstrap with 2,000 resamples. */
const defaultHalves = 500;

/**
 * Intervals for a statistic that jumps where an order changes: the jackknife that leaves out a random half of the samples, which
 * holds for such statistics where that of single samples does not (J. Shao and C. Wu, Annals of Statistics 17, 1989, 1176-1197). No sample
 * is drawn twice, which an order would show.
 *
 * A half's value is off the whole's by as much, in the mean square, as the whole's is off the truth. Their mean shows a bias: average
 * precision of few images is too high, of the worse model more than of the better, so that a drop looks too small. The interval lies about
 * the value less this bias; as that is no better known than it is large, it counts as an error too. Student's t has the degrees of freedom that `jackknifeMoments` finds.
 *
 * The ends are NaN where more than a tenth of the halves have no value, and have no width where no half changes anything.
 */
export function halfSampleIntervals(samples: number, statistic: Statistic, options: BootstrapOptions): Estimate[] {
  const { confidence, random, resamples: halves = defaultHalves } = options;
  const weights = new Uint16Array(samples).fill(1);
  const estimates = new Float64Array(statistic.size);
  statistic.evaluate(weights, estimates);

  const sums = new Float64Array(statistic.size);
  const squares = new Float64Array(statistic.size);
  const defined = new Uint32Array(statistic.size);
  const out = new Float64Array(statistic.size);
  for (let half = 0; half < halves; half++) {
    drawHalf(weights, random);
    statistic.evaluate(weights, out);
    for (let item = 0; item < statistic.size; item++) {
      const distance = (out[item] as number) - (estimates[item] as number);
      if (Number.isNaN(distance)) continue;
      sums[item] = (sums[item] as number) + distance;
      squares[item] = (squares[item] as number) + distance ** 2;
      defined[item] = (defined[item] as number) + 1;
    }
  }

  const kept = samples >> 1;
  // The variance of a mean of `kept` samples of `samples` is (samples - kept) / kept of that of the mean of all.
  const scale = kept / (samples - kept);
  const jackknife = jackknifeMoments(samples, statistic);
  return Array.from(estimates, (estimate, item) => {
    const count = defined[item] as number;
    if (Number.isNaN(estimate) || count < leastDefined * halves) return { estimate, low: Number.NaN, high: Number.NaN };
    if (squares[item] === 0) return { estimate, low: estimate, high: estimate };
    const centre = estimate - (sums[item] as number) / count;
    const error = Math.sqrt((scale * (squares[item] as number)) / count);
    const own = typeof confidence === 'number' ? confidence : confidence(item);
    const reach = error * studentQuantile(1 - (1 - own) / 2, jackknife[item]!.freedom);
    return { estimate, low: Math.min(estimate, centre - reach), high: Math.max(estimate, centre + reach) };
  });
}

/** 1 for a random half of the samples, rounded down, and 0 for the others (selection sampling; D. Knuth, TAOCP 2, 3.4.2). */
function drawHalf(weights: Uint16Array, random: Random): void {
  let wanted = weights.length >> 1;
  for (let index = 0; index < weights.length; index++) {
    const isDrawn = random.uniform() * (weights.length - index) < wanted;
    weights[index] = isDrawn ? 1 : 0;
    if (isDrawn) wanted--;
  }
}

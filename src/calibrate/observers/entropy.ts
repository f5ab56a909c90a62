import type { Range } from '../error.ts';
import { type Distribution, distributionOf } from '../histogram.ts';
import type { Observer } from './observer.ts';

const bins = 2048;

/**
 * The threshold whose quantized distribution is nearest to the true one by Kullback-Leibler divergence (Migacz, "8-bit
 * Inference with TensorRT", GTC 2017). Ranges are [0, t] for values of one sign, else [-t, t] cut at what was seen.
 */
export const entropy: Observer = {
  name: 'entropy',
  range(statistics, grid): Range {
    const distribution = distributionOf(statistics);
    const { min, max, total } = distribution;
    const greatest = Math.max(-min, max);
    if (total === 0 || greatest <= 0) return [0, 0];
    const oneSided = min >= 0 || max <= 0;
    const symmetric = grid.zeroPoint !== undefined || !oneSided;
    const levels = symmetric ? (grid.qmax - grid.qmin + 1) >> 1 : grid.qmax - grid.qmin + 1;
    const magnitudes = linearMagnitudes(distribution, greatest);
    const t = (greatest * (leastDivergence(magnitudes, levels) + 0.5)) / bins;
    return [Math.max(min, -t), Math.min(max, t)];
  },
};

/** A histogram of |x| with bins of one width over [0, greatest]. */
export function linearMagnitudes({ low, high, count }: Distribution, greatest: number): Float64Array {
  const linear = new Float64Array(bins);
  const width = greatest / bins;
  for (let i = 0; i < count.length; i++) {
    const a = Math.min(Math.abs(low[i]!), Math.abs(high[i]!));
    const b = Math.max(Math.abs(low[i]!), Math.abs(high[i]!));
    const first = Math.min(Math.floor(a / width), bins - 1);
    const last = Math.min(Math.floor(b / width), bins - 1);
    if (first === last || b === a) linear[first]! += count[i]!;
    else {
      for (let j = first; j <= last; j++) {
        const overlap = Math.min(b, (j + 1) * width) - Math.max(a, j * width);
        linear[j]! += (count[i]! * Math.max(overlap, 0)) / (b - a);
      }
    }
  }
  return linear;
}

/** How many bins to keep, from `levels` to all. The bin of zero is left out of both distributions, as in TensorRT. */
export function leastDivergence(histogram: Float64Array, levels: number): number {
  const cumulative = new Float64Array(histogram.length + 1);
  for (let i = 0; i < histogram.length; i++) cumulative[i + 1] = cumulative[i]! + histogram[i]!;
  let best = histogram.length;
  let least = Infinity;
  for (let kept = levels; kept <= histogram.length; kept += Math.max(1, levels >> 4)) {
    const divergence = divergenceAt(histogram, cumulative, kept, levels);
    if (divergence < least) [best, least] = [kept, divergence];
  }
  return best;
}

/** KL(P || Q): P is the histogram with everything beyond `kept` in the last kept bin, Q is it on `levels` levels. */
export function divergenceAt(histogram: Float64Array, cumulative: Float64Array, kept: number, levels: number): number {
  const outliers = cumulative[histogram.length]! - cumulative[kept]!;
  const totalP = cumulative[histogram.length]! - histogram[0]!;
  const totalQ = cumulative[kept]! - histogram[0]!;
  if (totalP === 0 || totalQ === 0) return Infinity;
  let divergence = 0;
  for (let level = 0; level < levels; level++) {
    const from = Math.max(1, Math.floor((level * kept) / levels));
    const to = Math.floor(((level + 1) * kept) / levels);
    let filled = 0;
    for (let i = from; i < to; i++) if (histogram[i]! > 0) filled++;
    if (filled === 0) {
      // The outliers join a bin that Q leaves empty: as far apart as can be.
      if (level === levels - 1 && outliers > 0) divergence += (outliers / totalP) * Math.log(outliers / totalP / 1e-9);
      continue;
    }
    const q = (cumulative[to]! - cumulative[from]!) / filled / totalQ;
    for (let i = from; i < to; i++) {
      const p = (histogram[i]! + (i === kept - 1 ? outliers : 0)) / totalP;
      if (p > 0) divergence += p * Math.log(p / (histogram[i]! > 0 ? q : 1e-9));
    }
  }
  return divergence;
}

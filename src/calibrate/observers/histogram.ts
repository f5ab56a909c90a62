import type { IntegerGrid } from '../../targets/target.ts';
import { parametersFor, quantizationError, type Range } from '../error.ts';
import { coarsen, type Distribution, distributionOf, type TensorStatistics } from '../histogram.ts';
import type { Observer } from './observer.ts';

/** How far a range may shrink, in octaves, and the steps of the search: first coarse, then around the best. */
const octaves = 5;
const coarse = 1 / 4;
const fine = 1 / 16;

/**
 * The range with the least mean squared error, clipping and rounding together (Choukroun et al. 2019; what PyTorch's
 * HistogramObserver searches). Each end is searched with the other fixed until neither moves.
 */
export const histogramMse = leastError('histogram', 2);

/** As histogramMse with the absolute error: clips more, for tensors whose outliers say little. */
export const histogramAbsolute = leastError('absolute', 1);

function leastError(name: string, norm: 1 | 2): Observer {
  return { name, range: (statistics, grid, behind) => search(statistics, grid, norm, behind) };
}

function search(
  statistics: TensorStatistics,
  grid: IntegerGrid,
  norm: 1 | 2,
  behind: ((x: number) => number) | undefined,
): Range {
  const seen = distributionOf(statistics);
  const whole = behind ? weighted(seen, behind, norm) : seen;
  if (whole.total === 0) return [0, 0];
  const ends: Range = [Math.min(whole.min, 0), Math.max(whole.max, 0)];
  // Bins far narrower than the narrowest step say no more than their sum.
  const distribution = coarsen(whole, (Math.max(-ends[0], ends[1]) * 2 ** -octaves) / 1024);
  const error = (range: Range) => quantizationError(distribution, parametersFor(range, grid), grid, norm);
  let best = ends;
  let least = error(best);
  const shrink = (end: 0 | 1, octavesDown: number) => {
    const bound = ends[end] * 2 ** -octavesDown;
    const range: Range = end === 1 ? [best[0], bound] : [bound, best[1]];
    const found = error(range);
    if (found >= least) return false;
    [best, least] = [range, found];
    return true;
  };
  for (let round = 0; round < 3; round++) {
    const before = least;
    for (const end of [1, 0] as const) {
      if (ends[end] === 0) continue;
      let at = Math.log2(ends[end] / best[end]);
      for (let down = 0; down <= octaves; down += coarse) if (shrink(end, down)) at = down;
      for (let near = at - coarse + fine; near < at + coarse; near += fine) if (near > 0) shrink(end, near);
    }
    if (least === before) break;
  }
  return best;
}

/** Counts by what a function leaves of a small error in each bin: its slope there. */
function weighted(distribution: Distribution, behind: (x: number) => number, norm: 1 | 2): Distribution {
  const { low, high, count } = distribution;
  const weights = count.map((n, i) => {
    const [a, b] = [low[i]!, high[i]!];
    // A bin that is a point: the slope around it.
    const half = a < b ? 0 : Math.max(Math.abs(a), 1) / 256;
    return n * Math.abs((behind(b + half) - behind(a - half)) / (b - a + 2 * half)) ** norm;
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return total > 0 && Number.isFinite(total) ? { ...distribution, count: weights, total } : distribution;
}

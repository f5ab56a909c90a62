import type { IntegerGrid } from '../../targets/target.ts';
import { parametersFor, quantizationError, type Range } from '../error.ts';
import { distributionOf, type TensorStatistics } from '../histogram.ts';
import type { Observer } from './observer.ts';

/** How far a range may shrink: 2^-6 of what was seen, in steps of 2^(1/16). */
const steps = Array.from({ length: 97 }, (_, i) => 2 ** (-i / 16));

/**
 * The range with the least mean squared error, clipping and rounding together (Choukroun et al. 2019; what PyTorch's
 * HistogramObserver searches). Each end is searched with the other fixed until neither moves.
 */
export const histogramMse = leastError('histogram', 2);

/** As histogramMse with the absolute error: clips more, for tensors whose outliers say little. */
export const histogramAbsolute = leastError('absolute', 1);

function leastError(name: string, norm: 1 | 2): Observer {
  return { name, range: (statistics, grid) => search(statistics, grid, norm) };
}

function search(statistics: TensorStatistics, grid: IntegerGrid, norm: 1 | 2): Range {
  const distribution = distributionOf(statistics);
  const { min, max } = distribution;
  if (distribution.total === 0) return [0, 0];
  const error = (range: Range) => quantizationError(distribution, parametersFor(range, grid), grid, norm);
  let best: Range = [Math.min(min, 0), Math.max(max, 0)];
  let least = error(best);
  for (let round = 0; round < 3; round++) {
    const before = least;
    for (const end of [1, 0] as const) {
      const whole = end === 1 ? Math.max(max, 0) : Math.min(min, 0);
      if (whole === 0) continue;
      for (const step of steps) {
        const range: Range = end === 1 ? [best[0], whole * step] : [whole * step, best[1]];
        const found = error(range);
        if (found < least) [best, least] = [range, found];
      }
    }
    if (least === before) break;
  }
  return best;
}

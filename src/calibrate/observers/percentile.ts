import { type Distribution, distributionOf } from '../histogram.ts';
import type { Observer } from './observer.ts';

/** Cuts off (100 - percentile) % of the values, half of it at each end. For tensors with rare, far outliers. */
export function percentile(percent: number): Observer {
  const cut = (100 - percent) / 200;
  return {
    name: 'percentile',
    range: (statistics) => {
      const distribution = distributionOf(statistics);
      return [quantile(distribution, cut), quantile(distribution, 1 - cut)];
    },
  };
}

/** The value below which a fraction of the values lies, even within a bin. */
export function quantile({ low, high, count, total, min, max }: Distribution, fraction: number): number {
  if (total === 0) return 0;
  let rest = fraction * total;
  for (let i = 0; i < count.length; i++) {
    const n = count[i] as number;
    if (rest <= n) return Math.max(min, Math.min(max, low[i]! + ((high[i]! - low[i]!) * rest) / n));
    rest -= n;
  }
  return max;
}

import type { Estimate } from '../contract.ts';
import { binomialCdf, criticalValue } from './distributions.ts';

/**
 * Exact McNemar test (McNemar 1947, the binomial form): the two-sided probability of flips at least this lopsided if
 * right-to-wrong and wrong-to-right were equally likely.
 */
export function mcnemarExact(lost: number, gained: number): number {
  const flips = lost + gained;
  if (lost === gained) return 1;
  return Math.min(1, 2 * binomialCdf(Math.min(lost, gained), flips, 0.5));
}

/**
 * Score interval for the difference of two paired proportions (T. Tango, Statistics in Medicine 17, 1998, 891-908):
 * the differences that the score test does not reject at `confidence`. Unlike the Wald interval it keeps its coverage
 * with few flips, and has a width where there are none at all (n samples without a flip leave +-z^2 / (n + z^2)).
 *
 * @param lost samples right before and wrong after
 * @param gained samples wrong before and right after
 * @param samples all samples, at least 1
 * @returns the drop, (lost - gained) / samples, with its interval, within [-1, 1]
 */
export function tangoInterval(lost: number, gained: number, samples: number, confidence: number): Estimate {
  const estimate = (lost - gained) / samples;
  const critical = criticalValue(confidence);
  /** Falls as `drop` grows: +critical at the lower end, -critical at the upper. */
  const score = (drop: number): number => {
    const distance = lost - gained - samples * drop;
    if (distance === 0) return 0;
    // The maximum-likelihood probability of `gained` under this drop, the larger root of a q^2 + b q + c = 0.
    const a = 2 * samples;
    const b = -lost - gained + (2 * samples - lost + gained) * drop;
    const c = -gained * drop * (1 - drop);
    const q = (Math.sqrt(Math.max(0, b * b - 4 * a * c)) - b) / (2 * a);
    const variance = samples * (2 * q + drop * (1 - drop));
    return variance <= 0 ? Math.sign(distance) * Number.POSITIVE_INFINITY : distance / Math.sqrt(variance);
  };
  return {
    estimate,
    low: bisect((drop) => score(drop) <= critical, -1, estimate),
    high: bisect((drop) => score(drop) < -critical, estimate, 1),
  };
}

/**
 * Wilson's score interval for one proportion (JASA 22, 1927).
 *
 * @returns `successes / samples` with its interval, within [0, 1]
 */
export function wilsonInterval(successes: number, samples: number, confidence: number): Estimate {
  const z = criticalValue(confidence);
  const estimate = successes / samples;
  const centre = (successes + (z * z) / 2) / (samples + z * z);
  const half = (z / (samples + z * z)) * Math.sqrt((successes * (samples - successes)) / samples + (z * z) / 4);
  // None right is exactly at the low end and all right at the high one, whatever is rounded: a limit may be there.
  return { estimate, low: successes === 0 ? 0 : centre - half, high: successes === samples ? 1 : centre + half };
}

/** Where `beyond` turns from false to true in [from, to]; `to` where it does not. */
function bisect(beyond: (value: number) => boolean, from: number, to: number): number {
  let [left, right] = [from, to];
  if (beyond(left)) return left;
  for (let step = 0; step < 60; step++) {
    const middle = (left + right) / 2;
    if (beyond(middle)) right = middle;
    else left = middle;
  }
  return right;
}

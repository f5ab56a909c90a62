import jstatModule from 'jstat';

/** The part of jstat that is used here; the package brings no types. */
interface JStat {
  normal: { inv(p: number, mean: number, std: number): number; cdf(x: number, mean: number, std: number): number };
  studentt: { inv(p: number, freedom: number): number };
  ibeta(x: number, a: number, b: number): number;
}
const jstat: JStat = (jstatModule as unknown as { jStat?: JStat }).jStat ?? (jstatModule as unknown as JStat);

/** The x below which a standard normal variable falls with probability `p`. */
export const normalQuantile = (p: number): number => jstat.normal.inv(p, 0, 1);
/** The probability that a standard normal variable is at most `x`. */
export const normalCdf = (x: number): number => jstat.normal.cdf(x, 0, 1);
/** The x below which Student's t with `freedom` degrees of freedom falls with probability `p`. */
export const studentQuantile = (p: number, freedom: number): number => jstat.studentt.inv(p, freedom);

/** P(X <= k) for X ~ Binomial(n, p). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : 1 - jstat.ibeta(p, k + 1, n - k);
}

/** Two-sided: 0.95 gives 1.96. */
export const criticalValue = (confidence: number): number => normalQuantile(1 - (1 - confidence) / 2);

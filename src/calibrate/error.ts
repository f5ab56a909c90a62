import { roundHalfToEven } from '../numbers.ts';
import type { IntegerGrid } from '../targets/target.ts';
import type { Distribution } from './histogram.ts';

/** A closed interval of real numbers. */
export type Range = readonly [low: number, high: number];

/** Scale and zero point of a tensor: real = scale * (level - zeroPoint). */
export interface QuantizationParameters {
  scale: number;
  zeroPoint: number;
}

/** Below this a float32 scale is subnormal or its reciprocal overflows. */
const smallestScale = 2 ** -126;

/**
 * Scale and zero point that cover `range` on a grid. Zero is always inside, exactly on a level. The scale is a float32
 * number; one below the smallest normal float becomes 1 with zero point 0 (the tensor is zero everywhere).
 */
export function parametersFor([low, high]: Range, grid: IntegerGrid): QuantizationParameters {
  const lo = Math.min(low, 0);
  const hi = Math.max(high, 0);
  if (!Number.isFinite(lo) || !Number.isFinite(hi)) throw new Error(`the range [${low}, ${high}] is not finite`);
  const { qmin, qmax } = grid;
  let scale: number;
  if (grid.zeroPoint !== undefined) {
    const down = grid.zeroPoint > qmin ? -lo / (grid.zeroPoint - qmin) : 0;
    const up = qmax > grid.zeroPoint ? hi / (qmax - grid.zeroPoint) : 0;
    scale = Math.fround(Math.max(down, up));
    return scale < smallestScale ? { scale: 1, zeroPoint: grid.zeroPoint } : { scale, zeroPoint: grid.zeroPoint };
  }
  scale = Math.fround((hi - lo) / (qmax - qmin));
  if (scale < smallestScale) return { scale: 1, zeroPoint: Math.min(Math.max(0, qmin), qmax) };
  return { scale, zeroPoint: Math.min(Math.max(roundHalfToEven(qmin - lo / scale), qmin), qmax) };
}

/** The real numbers that the ends of the grid stand for. */
export function coveredRange({ scale, zeroPoint }: QuantizationParameters, { qmin, qmax }: IntegerGrid): Range {
  return [scale * (qmin - zeroPoint), scale * (qmax - zeroPoint)];
}

/**
 * Mean error of quantizing a distribution whose values lie evenly within each bin: the integral over the bins of what rounding
 * and clipping do, exactly.
 *
 * @param norm 2 is the squared error; 1 the absolute error, to which far outliers count for less
 */
export function quantizationError(
  distribution: Distribution,
  parameters: QuantizationParameters,
  grid: IntegerGrid,
  norm: 1 | 2 = 2,
): number {
  const { low, high, count, total } = distribution;
  const { scale } = parameters;
  const [bottom, top] = coveredRange(parameters, grid);
  const integral = (x: number) => errorUpTo(x, scale, bottom, top, norm);
  let sum = 0;
  // Most bins begin where the one before ended.
  let [end, atEnd] = [Number.NaN, 0];
  for (let i = 0; i < count.length; i++) {
    const a = low[i] as number;
    const b = high[i] as number;
    // Below a thousandth of a step the integrals' difference drowns in rounding; the error is that of the point.
    if (b - a > scale * 1e-3) {
      const atStart = a === end ? atEnd : integral(a);
      end = b;
      atEnd = integral(b);
      sum += ((count[i] as number) * (atEnd - atStart)) / (b - a);
    } else {
      const nearest = Math.min(Math.max(Math.round(a / scale) * scale, bottom), top);
      sum += (count[i] as number) * Math.abs(a - nearest) ** norm;
    }
  }
  return total === 0 ? 0 : sum / total;
}

/** An antiderivative in x of the error: each step of rounding adds 1/12 of a step's cube, or 1/4 of its square. */
function errorUpTo(x: number, scale: number, bottom: number, top: number, norm: 1 | 2): number {
  const inside = Math.min(Math.max(x, bottom), top);
  const beyond = x - inside;
  const u = inside / scale;
  const n = roundHalfToEven(u);
  const r = u - n;
  return norm === 2
    ? (beyond * beyond * beyond) / 3 + scale * scale * scale * (n / 12 + (r * r * r) / 3)
    : (beyond * Math.abs(beyond)) / 2 + scale * scale * (n / 4 + (r * Math.abs(r)) / 2);
}

/** Mean square of a distribution: the signal that quantizationError disturbs. */
export function power({ low, high, count, total }: Distribution): number {
  let sum = 0;
  for (let i = 0; i < count.length; i++) {
    const [a, b] = [low[i]!, high[i]!];
    sum += (count[i]! * (a * a + a * b + b * b)) / 3;
  }
  return total === 0 ? 0 : sum / total;
}

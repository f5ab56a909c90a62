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

/** As ONNX's QuantizeLinear and the processor's default rounding do it. */
export function roundHalfToEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** The real numbers that the ends of the grid stand for. */
export function coveredRange({ scale, zeroPoint }: QuantizationParameters, { qmin, qmax }: IntegerGrid): Range {
  return [scale * (qmin - zeroPoint), scale * (qmax - zeroPoint)];
}

/**
 * Mean squared error of quantizing a distribution, from its bins: values are even within a bin; where a bin is wider than
 * a step, rounding errs by scale^2 / 12.
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
  const rounding = norm === 2 ? (scale * scale) / 12 : scale / 4;
  const distance = norm === 2 ? squaredDistance : absoluteDistance;
  let sum = 0;
  for (let i = 0; i < count.length; i++) {
    const a = low[i] as number;
    const b = high[i] as number;
    const n = count[i] as number;
    if (b <= bottom) sum += n * distance(a, b, bottom);
    else if (a >= top) sum += n * distance(a, b, top);
    else if (b - a >= scale) sum += n * rounding;
    else {
      const center = (a + b) / 2;
      const nearest = Math.min(Math.max(Math.round(center / scale) * scale, bottom), top);
      sum += n * distance(a, b, nearest);
    }
  }
  return total === 0 ? 0 : sum / total;
}

/** Mean of (x - point)^2 for x even in [a, b]. */
function squaredDistance(a: number, b: number, point: number): number {
  const center = (a + b) / 2 - point;
  const width = b - a;
  return center * center + (width * width) / 12;
}

/** Mean of |x - point| for x even in [a, b]. */
function absoluteDistance(a: number, b: number, point: number): number {
  if (point <= a || point >= b) return Math.abs((a + b) / 2 - point);
  return ((point - a) ** 2 + (b - point) ** 2) / (2 * (b - a));
}

/** Mean square of a distribution: the signal that quantizationError disturbs. */
export function power({ low, high, count, total }: Distribution): number {
  let sum = 0;
  for (let i = 0; i < count.length; i++) sum += (count[i] as number) * squaredDistance(low[i]!, high[i]!, 0);
  return total === 0 ? 0 : sum / total;
}

/**
 * A histogram of float32 numbers whose bins are the numbers that agree in their upper 16 bits: sign, exponent and 7 bits
 * of mantissa (the bfloat16 numbers). Every value has its bin from the start, so one pass suffices whatever the range
 * turns out to be, an outlier costs no resolution, and sums of histograms do not depend on the order. A bin is at
 * most 1/128 of its value wide; infinities and NaN have bins of their own. Counting costs one read and one increment.
 */
export class FloatHistogram {
  #counts = new Uint32Array(65536);
  /** Counts beyond 32 bits. */
  #overflow: Float64Array | undefined;
  #added = 0;

  /** Counts every `step`th value. */
  add(values: Float32Array, step = 1): void {
    const counts = this.#counts;
    const upper = new Uint16Array(values.buffer, values.byteOffset, values.length * 2);
    for (let i = 1; i < upper.length; i += 2 * step) {
      const bin = upper[i] as number;
      counts[bin] = (counts[bin] as number) + 1;
    }
    this.#added += values.length;
    if (this.#added > 2 ** 31) this.#spill();
  }

  #spill(): void {
    this.#overflow ??= new Float64Array(65536);
    for (let i = 0; i < 65536; i++) this.#overflow[i] = (this.#overflow[i] as number) + (this.#counts[i] as number);
    this.#counts.fill(0);
    this.#added = 0;
  }

  /** The bins that hold something, ascending by value. */
  sparse(): SparseHistogram {
    const bins: number[] = [];
    const counts: number[] = [];
    const visit = (bin: number) => {
      const count = (this.#counts[bin] as number) + (this.#overflow?.[bin] ?? 0);
      if (count === 0) return;
      bins.push(bin);
      counts.push(count);
    };
    for (let bin = 0xffff; bin >= 0x8000; bin--) visit(bin);
    for (let bin = 0; bin < 0x8000; bin++) visit(bin);
    return { bins: Uint16Array.from(bins), counts: Float64Array.from(counts) };
  }
}

/** Least and greatest finite value; Infinity and -Infinity where there is none. */
export function finiteRange(values: Float32Array): { min: number; max: number } {
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

/** Upper 16 bits of the numbers of each bin, ascending by value, with their counts. */
export interface SparseHistogram {
  bins: Uint16Array;
  counts: Float64Array;
}

/** What calibration knows of one tensor. Plain data: it crosses process boundaries. */
export interface TensorStatistics {
  histogram: SparseHistogram;
  /** Least and greatest finite value. */
  min: number;
  max: number;
  /** Means over the samples of each sample's least and greatest value. */
  meanMin: number;
  meanMax: number;
  samples: number;
}

/** The finite part of a histogram with the edges of its bins, ascending; bins are half-open and do not overlap. */
export interface Distribution {
  low: Float64Array;
  high: Float64Array;
  count: Float64Array;
  total: number;
  /** Elements that are infinite or NaN. */
  nonFinite: number;
  min: number;
  max: number;
}

const word = new Uint32Array(1);
const asFloat = new Float32Array(word.buffer);
function numberOf(bits: number): number {
  word[0] = bits;
  return asFloat[0] as number;
}

/** Gives the bins their edges, the outermost cut at the exact minimum and maximum. */
export function distributionOf({ histogram: { bins, counts }, min, max }: TensorStatistics): Distribution {
  const finite: number[] = [];
  let nonFinite = 0;
  bins.forEach((bin, i) => {
    if ((bin & 0x7f80) === 0x7f80) nonFinite += counts[i] as number;
    else finite.push(i);
  });
  const low = new Float64Array(finite.length);
  const high = new Float64Array(finite.length);
  const count = new Float64Array(finite.length);
  let total = 0;
  finite.forEach((from, to) => {
    const bin = bins[from] as number;
    const near = numberOf((bin << 16) >>> 0);
    const next = ((bin & 0x7fff) + 1) << 16;
    const far = (bin & 0x8000 ? -1 : 1) * ((bin & 0x7fff) === 0x7f7f ? 2 ** 128 : numberOf(next));
    // The bin of zero holds no number worth telling from zero.
    const zero = (bin & 0x7fff) === 0;
    low[to] = zero ? 0 : Math.max(Math.min(near, far), min);
    high[to] = zero ? 0 : Math.min(Math.max(near, far), max);
    count[to] = counts[from] as number;
    total += counts[from] as number;
  });
  return { low, high, count, total, nonFinite, min, max };
}

/** Joins neighbouring bins of one sign until none but the last before zero or a gap is narrower than `width`. */
export function coarsen(distribution: Distribution, width: number): Distribution {
  const { low, high, count } = distribution;
  const bins: [low: number, high: number, count: number][] = [];
  for (let i = 0; i < count.length; i++) {
    const last = bins.at(-1);
    const joins =
      last && high[i]! - last[0] <= width && last[0] >= 0 === low[i]! >= 0 && last[0] < last[1] && low[i]! < high[i]!;
    if (joins) {
      last[1] = high[i]!;
      last[2] += count[i]!;
    } else bins.push([low[i]!, high[i]!, count[i]!]);
  }
  return {
    ...distribution,
    low: Float64Array.from(bins, (bin) => bin[0]),
    high: Float64Array.from(bins, (bin) => bin[1]),
    count: Float64Array.from(bins, (bin) => bin[2]),
  };
}

/** The statistics of the union of two tensors' values (tensors that share one scale). */
export function mergeStatistics(a: TensorStatistics, b: TensorStatistics): TensorStatistics {
  const sums = new Map<number, number>();
  for (const { bins, counts } of [a.histogram, b.histogram]) {
    bins.forEach((bin, i) => {
      sums.set(bin, (sums.get(bin) ?? 0) + (counts[i] as number));
    });
  }
  const order = (bin: number) => (bin & 0x8000 ? 0x7fff - (bin & 0x7fff) : 0x8000 + bin);
  const bins = [...sums.keys()].sort((x, y) => order(x) - order(y));
  return {
    histogram: { bins: Uint16Array.from(bins), counts: Float64Array.from(bins, (bin) => sums.get(bin) as number) },
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    meanMin: Math.min(a.meanMin, b.meanMin),
    meanMax: Math.max(a.meanMax, b.meanMax),
    samples: Math.max(a.samples, b.samples),
  };
}

/** About this many values of a tensor and sample make its histogram. */
const sampledValues = 16_384;

/**
 * Every how many values of a tensor of `count` are enough: coprime with `count`, so that no row, column or channel is
 * always met or always missed. 1 where all are taken.
 */
export function samplingStep(count: number): number {
  let step = Math.floor(count / sampledValues);
  if (step < 2) return 1;
  while (greatestCommonDivisor(step, count) !== 1) step++;
  return step;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

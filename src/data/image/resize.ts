import type { Pixels } from './pixels.ts';

export type Interpolation = 'bilinear' | 'bicubic' | 'nearest';

/**
 * Resizes as PIL's `Image.resize` does, bit for bit: an antialiased separable convolution, horizontal pass first, each
 * pass rounded to 8 bits, with coefficients in fixed point of 22 bits.
 *
 * Bit for bit means Pillow up to 12; since 13.0 it begins with the pass that costs less, and where that is the vertical
 * one, some values differ by a grey level, bicubic beside hard edges by more. torchvision resizes PIL images with this; `cv2.resize` and tensors without antialiasing give other values.
 * Source: Pillow, `src/libImaging/Resample.c` and, for `nearest`, `Geometry.c` (`ImagingScaleAffine`).
 */
export function resize(pixels: Pixels, width: number, height: number, interpolation: Interpolation): Pixels {
  if (pixels.width === width && pixels.height === height) return pixels;
  if (interpolation === 'nearest') return nearest(pixels, width, height);
  const filter = filters[interpolation];
  const across = pixels.width === width ? pixels : horizontal(pixels, width, coefficients(pixels.width, width, filter));
  return across.height === height ? across : vertical(across, height, coefficients(across.height, height, filter));
}

interface Filter {
  support: number;
  weight(distance: number): number;
}

const filters: Record<'bilinear' | 'bicubic', Filter> = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  // Keys (1981) with a = -0.5.
  bicubic: {
    support: 2,
    weight(distance) {
      const a = -0.5;
      const x = Math.abs(distance);
      if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
      if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
      return 0;
    },
  },
};

/** Two bits of headroom for the sum's over- and undershoot, one byte for the value: what is left of 32 bits. */
const precision = 32 - 8 - 2;

interface Coefficients {
  /** For each output position the first input position that counts, and how many do. */
  starts: Int32Array;
  counts: Int32Array;
  /** `stride` weights for each output position. */
  weights: Int32Array;
  stride: number;
}

function coefficients(from: number, to: number, filter: Filter): Coefficients {
  const scale = from / to;
  // Scaling down widens the filter over all input pixels that an output pixel covers.
  const stretch = Math.max(scale, 1);
  const support = filter.support * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(to);
  const counts = new Int32Array(to);
  const weights = new Int32Array(to * stride);
  const inverse = 1 / stretch;
  const row = new Float64Array(stride);
  for (let out = 0; out < to; out++) {
    const center = (out + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const count = Math.min(from, Math.trunc(center + support + 0.5)) - start;
    let sum = 0;
    for (let at = 0; at < count; at++) {
      row[at] = filter.weight((at + start - center + 0.5) * inverse);
      sum += row[at]!;
    }
    for (let at = 0; at < count; at++) {
      const weight = (sum === 0 ? row[at]! : row[at]! / sum) * 2 ** precision;
      weights[out * stride + at] = Math.trunc(weight < 0 ? weight - 0.5 : weight + 0.5);
    }
    starts[out] = start;
    counts[out] = count;
  }
  return { starts, counts, weights, stride };
}

const half = 1 << (precision - 1);

function clip(sum: number): number {
  return Math.max(0, Math.min(255, sum >> precision));
}

function horizontal(pixels: Pixels, width: number, { starts, counts, weights, stride }: Coefficients): Pixels {
  const { height, channels, data: from } = pixels;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0, to = 0; y < height; y++) {
    const line = y * pixels.width * channels;
    for (let x = 0; x < width; x++) {
      const count = counts[x]!;
      const first = line + starts[x]! * channels;
      const weight = x * stride;
      if (channels === 3) {
        let red = half;
        let green = half;
        let blue = half;
        for (let at = 0, source = first; at < count; at++, source += 3) {
          const w = weights[weight + at]!;
          red = (red + from[source]! * w) | 0;
          green = (green + from[source + 1]! * w) | 0;
          blue = (blue + from[source + 2]! * w) | 0;
        }
        data[to++] = clip(red);
        data[to++] = clip(green);
        data[to++] = clip(blue);
      } else {
        let sum = half;
        for (let at = 0; at < count; at++) sum = (sum + from[first + at]! * weights[weight + at]!) | 0;
        data[to++] = clip(sum);
      }
    }
  }
  return { width, height, channels, data };
}

function vertical(pixels: Pixels, height: number, { starts, counts, weights, stride }: Coefficients): Pixels {
  const { width, channels, data: from } = pixels;
  const line = width * channels;
  const data = new Uint8Array(line * height);
  const sums = new Int32Array(line);
  for (let y = 0; y < height; y++) {
    sums.fill(half);
    const count = counts[y]!;
    for (let at = 0; at < count; at++) {
      const w = weights[y * stride + at]!;
      const source = (starts[y]! + at) * line;
      for (let x = 0; x < line; x++) sums[x] = (sums[x]! + from[source + x]! * w) | 0;
    }
    const to = y * line;
    for (let x = 0; x < line; x++) data[to + x] = clip(sums[x]!);
  }
  return { width, height, channels, data };
}

/** PIL steps through the source by repeated addition, so the positions carry its rounding. */
function positions(from: number, to: number): Int32Array {
  const step = from / to;
  const result = new Int32Array(to);
  let at = step * 0.5;
  for (let out = 0; out < to; out++) {
    result[out] = Math.min(from - 1, Math.trunc(at));
    at += step;
  }
  return result;
}

function nearest(pixels: Pixels, width: number, height: number): Pixels {
  const { channels, data: from } = pixels;
  const columns = positions(pixels.width, width);
  const rows = positions(pixels.height, height);
  const data = new Uint8Array(width * height * channels);
  for (let y = 0, to = 0; y < height; y++) {
    const line = rows[y]! * pixels.width;
    for (let x = 0; x < width; x++) {
      const source = (line + columns[x]!) * channels;
      for (let channel = 0; channel < channels; channel++) data[to++] = from[source + channel]!;
    }
  }
  return { width, height, channels, data };
}

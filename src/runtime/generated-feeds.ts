import type { Tensor, TensorInfo, TensorType, TensorValues } from '../tensor.ts';

/**
 * Inputs for a model of which nothing is known but its signature: floats from a normal distribution, small integers,
 * booleans that are true. The same seed gives the same values.
 *
 * @param sizes what symbolic or unknown dimensions are taken to be, by name; '' is every other. Default 1 for the first
 * axis and names that say batch, else 32.
 */
export function generatedFeeds(
  inputs: readonly TensorInfo[],
  seed: number,
  sizes: Readonly<Record<string, number>> = {},
): Record<string, Tensor> {
  const random = mulberry32(seed + 1);
  const feeds: Record<string, Tensor> = {};
  for (const { name, type, dims } of inputs) {
    const shape = dims.map((dim, axis) => sizeOf(dim, axis, sizes));
    const count = shape.reduce((product, dim) => product * dim, 1);
    feeds[name] = { type, dims: shape, data: values(type, count, random, shape.length === 0) };
  }
  return feeds;
}

function sizeOf(dim: number | string | undefined, axis: number, sizes: Readonly<Record<string, number>>): number {
  if (typeof dim === 'number') return dim;
  if (dim !== undefined && sizes[dim] !== undefined) return sizes[dim];
  if (axis === 0 || (dim !== undefined && /batch|^n$/i.test(dim))) return 1;
  return sizes[''] ?? 32;
}

function values(type: TensorType, count: number, random: () => number, scalar: boolean): TensorValues {
  switch (type) {
    case 'float32':
      return Float32Array.from({ length: count }, () => normal(random));
    case 'float64':
      return Float64Array.from({ length: count }, () => normal(random));
    case 'float16':
      // Bits of 1.0: half precision has no array type here.
      return new Uint16Array(count).fill(0x3c00);
    case 'int64':
      // A scalar integer is a setting, such as a sample rate, rather than data.
      return BigInt64Array.from({ length: count }, () => (scalar ? 16000n : BigInt(Math.floor(random() * 2))));
    case 'uint64':
      return BigUint64Array.from({ length: count }, () => BigInt(Math.floor(random() * 2)));
    case 'bool':
      return new Uint8Array(count).fill(1);
    case 'string':
      return Array.from({ length: count }, () => 'a');
    default: {
      const data = new integerArrays[type](count);
      const top = type === 'uint8' ? 256 : 2;
      for (let i = 0; i < count; i++) data[i] = Math.floor(random() * top);
      return data;
    }
  }
}

const integerArrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
} as const;

/** Box and Muller, 1958. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A small generator with 32 bits of state (Tommy Ettinger, public domain): enough for inputs nobody measures. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

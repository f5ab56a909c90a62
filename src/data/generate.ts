import { createHash } from 'node:crypto';
import { Random } from '../random.ts';
import { sizeOf, type Tensor, type TensorInfo } from '../tensor.ts';
import { batchAxes } from './batch.ts';
import { convertNumbers } from './convert.ts';
import type { Dataset, Sample } from './dataset.ts';
import { storeFormat } from './store.ts';

/**
 * Sizes of symbolic dimensions that say what they are; others are `otherSize`. Big enough for what networks do to an
 * image or a sequence, small enough to be quick.
 */
const namedSizes: readonly (readonly [RegExp, number])[] = [
  [/batch|^n$/i, 1],
  [/height|width|^[hw]$|image_?size/i, 224],
  [/past|cache/i, 1],
  [/seq|len|time|frames|steps|tokens|^[tls]$/i, 32],
  [/channel|^c$/i, 3],
];
const otherSize = 16;
/** Side of an image whose size the model leaves open without a name. */
const imageSide = 224;
/** Indices below this are in any vocabulary. */
const safeIndices = 10;

/** Values of integer and bool inputs that stand for something, by name. */
const namedValues: readonly (readonly [RegExp, (at: number) => number])[] = [
  [/mask/i, () => 1],
  [/token_?type|segment/i, () => 0],
  [/position/i, (at) => at],
  [/^sr$|sample_?rate/i, () => 16_000],
];

/**
 * Inputs where the policy has no data: enough to compare INT8 with FP32, not to measure accuracy. Floats are about
 * N(0, 1) and smooth along the last two axes, as images and sound are; integers are small indices. The same seed gives
 * the same samples everywhere.
 *
 * @param count samples
 */
export function generateInputs(inputs: readonly TensorInfo[], count: number, seed: number): Dataset {
  const axes = batchAxes(inputs);
  return {
    description: `generated inputs (${count} samples)`,
    size: count,
    async cacheKey() {
      return createHash('sha256')
        .update(JSON.stringify([storeFormat, 'generated', inputs, count, seed]))
        .digest('hex');
    },
    async *samples(): AsyncGenerator<Sample> {
      for (let index = 0; index < count; index++) {
        const tensors = inputs.map((input) => [
          input.name,
          generate(input, axes[input.name], new Random(seed, `generated ${input.name} ${index}`)),
        ]);
        yield { id: `generated[${index}]`, inputs: Object.fromEntries(tensors) as Record<string, Tensor> };
      }
    },
  };
}

function generate(input: TensorInfo, batchAxis: number | undefined, random: Random): Tensor {
  const dims = input.dims.map((dim, axis) => (axis === batchAxis ? 1 : dimOf(dim, axis, input)));
  const size = sizeOf(dims);
  if (input.type === 'string') return { type: 'string', dims, data: new Array<string>(size).fill('text') };
  const values = input.type.startsWith('float') ? smoothNoise(dims, size, random) : indices(input, size, random);
  return { type: input.type, dims, data: convertNumbers(values, input.type, () => `generated "${input.name}"`) };
}

function dimOf(dim: TensorInfo['dims'][number], axis: number, { dims, type }: TensorInfo): number {
  // A fixed 0 is how some exporters write "unknown".
  if (typeof dim === 'number' && dim > 0) return dim;
  const named = typeof dim === 'string' ? namedSizes.find(([pattern]) => pattern.test(dim))?.[1] : undefined;
  if (named !== undefined) return named;
  const isImage = dims.length === 4 && type.startsWith('float');
  const channelsLast = dims[3] === 1 || dims[3] === 3;
  if (isImage && axis >= (channelsLast ? 1 : 2)) return imageSide;
  return otherSize;
}

function indices({ name, type }: TensorInfo, size: number, random: Random): number[] {
  const named = namedValues.find(([pattern]) => pattern.test(name))?.[1];
  const most = type === 'bool' ? 2 : type === 'uint8' ? 256 : safeIndices;
  return Array.from({ length: size }, (_, at) => (type === 'bool' ? 1 : (named?.(at) ?? random.below(most))));
}

/** White noise plus twice as strong waves along the last two axes, of variance 1 in all. */
function smoothNoise(dims: readonly number[], size: number, random: Random): Float64Array {
  const width = dims.at(-1) ?? 1;
  const height = dims.length > 1 ? dims.at(-2)! : 1;
  const values = new Float64Array(size);
  const waves = 3;
  for (let plane = 0; plane < size; plane += width * height) {
    const parts = Array.from({ length: waves }, () => ({
      across: random.uniform() * 3,
      down: random.uniform() * 3,
      phase: random.uniform() * 2 * Math.PI,
    }));
    for (let at = 0; at < width * height; at++) {
      const x = (at % width) / width;
      const y = Math.floor(at / width) / height;
      let value = random.normal() * Math.sqrt(0.2);
      for (const { across, down, phase } of parts) {
        // A sine has variance 1/2.
        value += Math.sqrt((0.8 * 2) / waves) * Math.sin(2 * Math.PI * (across * x + down * y) + phase);
      }
      values[plane + at] = value;
    }
  }
  return values;
}

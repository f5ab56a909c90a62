import { UserError } from '../../errors.ts';
import { roundHalfToEven } from '../../numbers.ts';
import type { Tensor } from '../../tensor.ts';
import { type Metric, type MetricContext, ratioOfSums, type SumRecord } from './metric.ts';
import { layoutOf, numbers, outputOf } from './read.ts';

/** An image equal to its label has no finite PSNR; it counts with this, beyond what 16 bits resolve. */
const exactDb = 100;

/**
 * Peak signal to noise ratio in dB, image by image, the mean over the images.
 *
 * An 8-bit label means 8-bit images: the peak is 255, and a float output is brought to 0..255 (times 255 where FP32's
 * outputs lie about 0..1), clipped and rounded as it would be saved. For a float label the peak is 1, or 255 where
 * FP32's outputs go beyond 2. `border` pixels on each side are left out, as is usual in super resolution.
 */
export const psnr: Metric<SumRecord> = {
  name: 'psnr',
  direction: 'higher',
  labels: 'required',
  record(context, outputs, label) {
    if (label?.kind !== 'tensor') throw new UserError('metric psnr needs images as labels');
    const tensor = outputOf(context, outputs);
    const expected = label.tensor;
    const mse = meanSquaredError(context, tensor, expected);
    const peak = peakOf(context, expected);
    return { sum: mse === 0 ? exactDb : Math.min(exactDb, 10 * Math.log10((peak * peak) / mse)), count: 1 };
  },
  estimator: (records) => ratioOfSums(records),
};

const beyondUnit = ({ traits }: MetricContext): boolean => Math.max(traits.max, -traits.min) > 2;

const peakOf = (context: MetricContext, expected: Tensor): number =>
  expected.type === 'uint8' || beyondUnit(context) ? 255 : 1;

function meanSquaredError(context: MetricContext, output: Tensor, label: Tensor): number {
  const values = numbers(output);
  const expected = numbers(label);
  if (layoutOf(output).join() !== layoutOf(label).join()) {
    throw new UserError(
      `metric psnr: output "${context.output}" is [${output.dims}], the label is [${label.dims}]; expected one order of axes`,
    );
  }
  const [height, width] = imageSize(output.dims);
  const pixels = height * width;
  // [..., height, width] and [..., height, width, channels] differ in how far a row and a column lie apart.
  const channelsLast = isChannelsLast(output.dims);
  const channels = channelsLast ? (output.dims.at(-1) as number) : 1;
  const { border } = context;
  if (2 * border >= Math.min(height, width)) {
    throw new UserError(`border: ${border} pixels on each side leave nothing of a ${height} x ${width} image`);
  }
  const eightBit = label.type === 'uint8' && output.type.startsWith('float');
  const scale = eightBit && !beyondUnit(context) ? 255 : 1;
  let sum = 0;
  let count = 0;
  for (let plane = 0; plane < values.length / (pixels * channels); plane++) {
    for (let row = border; row < height - border; row++) {
      const start = (plane * pixels + row * width + border) * channels;
      const end = start + (width - 2 * border) * channels;
      for (let index = start; index < end; index++) {
        const value = (values[index] as number) * scale;
        const shown = eightBit ? roundHalfToEven(Math.min(255, Math.max(0, value))) : value;
        sum += (shown - (expected[index] as number)) ** 2;
        count++;
      }
    }
  }
  return sum / count;
}

/** Three or four dimensions that end in 1, 3 or 4 are channels last, unless the second one is such a number too. */
function isChannelsLast(dims: readonly number[]): boolean {
  const isChannels = (dim: number | undefined) => dim === 1 || dim === 3 || dim === 4;
  return dims.length === 4 && isChannels(dims[3]) && !isChannels(dims[1]);
}

function imageSize(dims: readonly number[]): [number, number] {
  const [height, width] = isChannelsLast(dims) ? dims.slice(-3, -1) : dims.slice(-2);
  return [height ?? 1, width ?? 1];
}

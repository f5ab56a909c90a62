import { UserError } from '../../errors.ts';
import type { Preprocess } from '../../policy/schema.ts';
import type { NumericValues, Tensor, TensorInfo, TensorType } from '../../tensor.ts';
import { counted } from '../../words.ts';
import { convertNumbers } from '../convert.ts';
import { shapeText } from '../shape.ts';
import { fixedSize, type GeometryStep, imageGeometry } from './geometry.ts';
import { mostPixels, type Pixels, toGray, toRgb } from './pixels.ts';
import { resize } from './resize.ts';

/** How images become one input of a model; a plain value, so that it crosses to a decoding thread. */
export interface ImagePlan {
  input: string;
  type: TensorType;
  /** The model's dims, for messages and for the last check. */
  dims: readonly (number | string | undefined)[];
  layout: 'nchw' | 'nhwc' | 'nhw';
  channels: 1 | 3;
  preprocess: Preprocess;
}

/** What an absent `preprocess` means: RGB as it is, 0 to 255. */
export const plainPreprocess: Preprocess = { interpolation: 'bilinear', 'pad-value': 0, color: 'rgb', scale: 1 };

/**
 * Settles layout and channels from the policy and the model's input.
 *
 * The layout is the policy's, else it is read off the shape: the axis of 1 or 3 is the channels. A model whose input
 * has one channel gets grey also where `color` says nothing of it.
 *
 * @throws UserError where the input cannot be an image or the policy's sizes do not fit it
 */
export function planImage(preprocess: Preprocess | undefined, input: TensorInfo): ImagePlan {
  const policy = preprocess ?? plainPreprocess;
  const { name, dims, type } = input;
  const wants = `the model's input "${name}" is ${type} ${shapeText(dims)}`;
  if (dims.length !== 4 && dims.length !== 3) {
    throw new UserError(
      `${wants}, which is not an image ([batch, channels, height, width] or [batch, height, width, channels]).`,
    );
  }
  if (type === 'string' || type === 'bool') throw new UserError(`${wants}; images are numbers.`);
  const layout = dims.length === 3 ? 'nhw' : (policy.layout ?? layoutOf(dims));
  const channelDim = layout === 'nhw' ? 1 : dims[layout === 'nchw' ? 1 : 3];
  const channels = policy.color === 'gray' || channelDim === 1 ? 1 : 3;
  if (typeof channelDim === 'number' && channelDim !== channels) {
    const cure = channelDim === 3 ? '`color: rgb` or `bgr`' : '`layout`, or use `arrays`';
    throw new UserError(
      `preprocess gives ${counted(channels, 'channel')} (color: ${policy.color}, layout: ${layout}), but ${wants}. Change ${cure}.`,
      { key: ['preprocess'] },
    );
  }
  for (const key of ['mean', 'std'] as const) {
    const count = policy[key]?.length;
    if (count !== undefined && count !== 1 && count !== channels) {
      throw new UserError(
        `preprocess.${key} has ${count} values for ${channels} channels; give ${channels}, or one for all.`,
        { key: ['preprocess', key] },
      );
    }
  }
  const plan: ImagePlan = { input: name, type, dims, layout, channels, preprocess: policy };
  const size = fixedSize(policy);
  if (size) checkShape(plan, size.width, size.height, 'preprocess');
  valueTable(plan);
  return plan;
}

/**
 * A mean of fractions beside pixels of 0 to 255, or of pixels beside fractions: with either, every image is far from what the
 * model was trained on, and FP32 and INT8 are compared on that.
 */
export function remarksOnScale(preprocess: Preprocess | undefined): string[] {
  const { mean = [], scale } = preprocess ?? plainPreprocess;
  // What the mean is as a pixel.
  const odd = mean.find((value) => value > 0 && (value * scale <= 1 || value * scale > 255));
  if (odd === undefined) return [];
  return [
    `preprocess computes (x / scale - mean) / std of pixels from 0 to 255: with \`scale: ${scale}\` and a mean of ${odd} that is ` +
      `${odd * scale > 255 ? 'negative for every pixel' : 'positive for every pixel but black'}. ` +
      `${odd * scale > 255 ? 'A mean in pixels goes with `scale: 1`' : 'A mean of fractions goes with `scale: 255`'}.`,
  ];
}

function layoutOf(dims: TensorInfo['dims']): 'nchw' | 'nhwc' {
  const isChannels = (dim: TensorInfo['dims'][number]) => dim === 1 || dim === 3;
  return isChannels(dims[3]) && !isChannels(dims[1]) ? 'nhwc' : 'nchw';
}

function shapeOf({ layout, channels }: ImagePlan, width: number, height: number): number[] {
  if (layout === 'nhw') return [1, height, width];
  return layout === 'nchw' ? [1, channels, height, width] : [1, height, width, channels];
}

/** @throws UserError where an input image of this size does not fit the model */
export function checkShape(plan: ImagePlan, width: number, height: number, what: string): void {
  const shape = shapeOf(plan, width, height);
  const fits = shape.every(
    (size, axis) => axis === 0 || typeof plan.dims[axis] !== 'number' || plan.dims[axis] === size,
  );
  if (fits) return;
  const [h, w] = plan.layout === 'nhwc' ? [plan.dims[1], plan.dims[2]] : plan.dims.slice(-2);
  const square = typeof h === 'number' && h === w ? `${h}` : `[${h}, ${w}]`;
  throw new UserError(
    `${what} gives ${shapeText(shape)}, but the model's input "${plan.input}" is ${shapeText(plan.dims)}. ` +
      `Set preprocess to end at this size, for instance \`crop: ${square}\` or \`resize: [${h}, ${w}]\`.`,
    { key: ['preprocess'] },
  );
}

/**
 * Decoded pixels -> the model's input, [1, ...]: colour, `resize`, `crop`, `letterbox`, then `(x / scale - mean) / std`
 * in float32 as torch and NumPy compute it, step by step.
 *
 * @throws UserError naming `file` where the result does not fit the model, or into memory
 */
export function imageTensor(pixels: Pixels, plan: ImagePlan, file: string): Tensor {
  const { preprocess } = plan;
  const { steps } = imageGeometry(preprocess, pixels.width, pixels.height);
  const large = steps.find(({ width, height }) => width * height > mostPixels);
  if (large) {
    throw new UserError(
      `${file} (${pixels.width} x ${pixels.height}) becomes ${large.width} x ${large.height} pixels by preprocess, more than fit into ` +
        'memory; set `resize: [height, width]`, or leave it out.',
      { key: ['preprocess'] },
    );
  }
  const coloured = plan.channels === 1 ? toGray(pixels) : toRgb(pixels);
  const placed = place(coloured, steps, preprocess.interpolation, Math.round(preprocess['pad-value']));
  checkShape(plan, placed.width, placed.height, file);
  return { type: plan.type, dims: shapeOf(plan, placed.width, placed.height), data: lookUp(placed, plan) };
}

/** A mask's value that means "no class here" (Pascal VOC's borders), and the label that metrics ignore instead. */
const maskIgnore = 255;
const labelIgnore = -100;

/**
 * A mask -> its class indices in the geometry of the model's input, [height, width] int16. Nearest neighbour, so that
 * classes never mix; 255, and what the image does not cover, become -100.
 */
export function maskTensor(mask: Pixels, preprocess: Preprocess): Tensor {
  const { steps } = imageGeometry(preprocess, mask.width, mask.height);
  const { width, height, data } = place(mask, steps, 'nearest', maskIgnore, maskIgnore);
  const values = Int16Array.from(data, (value) => (value === maskIgnore ? labelIgnore : value));
  return { type: 'int16', dims: [height, width], data: values };
}

function place(
  pixels: Pixels,
  steps: readonly GeometryStep[],
  interpolation: Preprocess['interpolation'],
  pad: number,
  zero = 0,
) {
  let current = pixels;
  for (const step of steps) {
    if (step.kind === 'resize') current = resize(current, step.width, step.height, interpolation);
    else current = window(current, step, step.fill === 'zero' ? zero : pad);
  }
  return current;
}

interface Window {
  left: number;
  top: number;
  width: number;
  height: number;
}

function window(pixels: Pixels, { left, top, width, height }: Window, fill: number): Pixels {
  const { channels } = pixels;
  const data = new Uint8Array(width * height * channels);
  const [firstX, lastX] = [Math.max(0, left), Math.min(pixels.width, left + width)];
  const [firstY, lastY] = [Math.max(0, top), Math.min(pixels.height, top + height)];
  if (fill !== 0 && (lastX - firstX < width || lastY - firstY < height)) data.fill(fill);
  for (let y = firstY; y < lastY && firstX < lastX; y++) {
    const from = (y * pixels.width + firstX) * channels;
    const line = pixels.data.subarray(from, from + (lastX - firstX) * channels);
    data.set(line, ((y - top) * width + (firstX - left)) * channels);
  }
  return { width, height, channels, data };
}

const tables = new WeakMap<ImagePlan, NumericValues[]>();

/** A pixel has 256 values, so what becomes of each is computed once, a channel of the model each. */
function valueTable(plan: ImagePlan): NumericValues[] {
  let table = tables.get(plan);
  if (table) return table;
  const { scale, mean, std } = plan.preprocess;
  const f = Math.fround;
  table = Array.from({ length: plan.channels }, (_, channel) => {
    const values = Float64Array.from({ length: 256 }, (_unused, pixel) => {
      const centred = f(f(pixel / f(scale)) - f(pick(mean, channel) ?? 0));
      return f(centred / f(pick(std, channel) ?? 1));
    });
    return convertNumbers(values, plan.type, () => `preprocess (scale, mean, std) for input "${plan.input}"`);
  });
  tables.set(plan, table);
  return table;
}

function pick(values: readonly number[] | undefined, channel: number): number | undefined {
  return values?.[values.length === 1 ? 0 : channel];
}

function lookUp({ data: pixels, channels }: Pixels, plan: ImagePlan): NumericValues {
  const table = valueTable(plan) as Float32Array[];
  const data = new (table[0]!.constructor as new (length: number) => Float32Array)(pixels.length);
  const area = pixels.length / channels;
  for (let channel = 0; channel < channels; channel++) {
    const values = table[channel]!;
    // Blue, green, red: the model's first channel is the image's last.
    const source = plan.preprocess.color === 'bgr' ? channels - 1 - channel : channel;
    if (plan.layout === 'nhwc') {
      for (let at = 0; at < area; at++) data[at * channels + channel] = values[pixels[at * channels + source]!]!;
    } else {
      for (let at = 0; at < area; at++) data[channel * area + at] = values[pixels[at * channels + source]!]!;
    }
  }
  return data;
}

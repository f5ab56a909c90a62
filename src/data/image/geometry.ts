import { roundHalfToEven } from '../../numbers.ts';
import type { Preprocess } from '../../policy/schema.ts';

type GeometryPolicy = Pick<Preprocess, 'resize' | 'crop' | 'letterbox'>;

/**
 * Where an image of a given size ends up in the model's input. A point of the original maps to
 * `x * scaleX + offsetX`, `y * scaleY + offsetY`; outputs such as boxes map back by the inverse.
 */
export interface ImageGeometry {
  /** Size of the model's input image. */
  width: number;
  height: number;
  /** Sizes the image is resized to, one after the other; then a window of the last size is taken or padded. */
  steps: readonly GeometryStep[];
  scaleX: number;
  scaleY: number;
  offsetX: number;
  offsetY: number;
}

export type GeometryStep =
  | { kind: 'resize'; width: number; height: number }
  /** Takes the window at (left, top); what lies outside of the image is filled, by a crop with 0. */
  | { kind: 'window'; left: number; top: number; width: number; height: number; fill: 'zero' | 'pad-value' };

/**
 * The geometry of `resize`, then `crop`, then `letterbox` for an image of this size.
 *
 * - `resize: n` makes the short side n and the long side `int(n * long / short)`, as torchvision does;
 *   `[height, width]` ignores the aspect.
 * - `crop` is torchvision's centre crop: offsets are rounded half to even, and a larger crop pads with zeros.
 * - `letterbox` scales by the smaller ratio, rounds the size, and centres; padding that is odd is larger at the end.
 */
export function imageGeometry(policy: GeometryPolicy, width: number, height: number): ImageGeometry {
  const steps: GeometryStep[] = [];
  let [scaleX, scaleY, offsetX, offsetY] = [1, 1, 0, 0];
  let [currentWidth, currentHeight] = [width, height];
  const resizeTo = (toWidth: number, toHeight: number) => {
    const [byX, byY] = [toWidth / currentWidth, toHeight / currentHeight];
    [scaleX, offsetX, scaleY, offsetY] = [scaleX * byX, offsetX * byX, scaleY * byY, offsetY * byY];
    steps.push({ kind: 'resize', width: toWidth, height: toHeight });
    [currentWidth, currentHeight] = [toWidth, toHeight];
  };
  const windowAt = (left: number, top: number, toWidth: number, toHeight: number, fill: 'zero' | 'pad-value') => {
    steps.push({ kind: 'window', left, top, width: toWidth, height: toHeight, fill });
    [offsetX, offsetY] = [offsetX - left, offsetY - top];
    [currentWidth, currentHeight] = [toWidth, toHeight];
  };
  if (typeof policy.resize === 'number') {
    const short = policy.resize;
    if (width <= height) resizeTo(short, Math.trunc((short * height) / width));
    else resizeTo(Math.trunc((short * width) / height), short);
  } else if (policy.resize) {
    resizeTo(policy.resize[1], policy.resize[0]);
  }
  if (policy.crop !== undefined) {
    const [cropHeight, cropWidth] = pair(policy.crop);
    const left = cropOffset(currentWidth, cropWidth);
    windowAt(left, cropOffset(currentHeight, cropHeight), cropWidth, cropHeight, 'zero');
  }
  if (policy.letterbox !== undefined) {
    const [boxHeight, boxWidth] = pair(policy.letterbox);
    const ratio = Math.min(boxWidth / currentWidth, boxHeight / currentHeight);
    const fitted = (size: number, most: number) => Math.max(1, Math.min(most, Math.round(size * ratio)));
    resizeTo(fitted(currentWidth, boxWidth), fitted(currentHeight, boxHeight));
    const left = -Math.floor((boxWidth - currentWidth) / 2);
    windowAt(left, -Math.floor((boxHeight - currentHeight) / 2), boxWidth, boxHeight, 'pad-value');
  }
  return { width: currentWidth, height: currentHeight, steps, scaleX, scaleY, offsetX, offsetY };
}

/** Height and width of the input image where the policy fixes them, whatever the image. */
export function fixedSize(policy: GeometryPolicy): { height: number; width: number } | undefined {
  const size = policy.letterbox ?? policy.crop ?? (typeof policy.resize === 'number' ? undefined : policy.resize);
  if (size === undefined) return undefined;
  const [height, width] = pair(size);
  return { height, width };
}

function pair(size: number | readonly [number, number]): readonly [number, number] {
  return typeof size === 'number' ? [size, size] : size;
}

/** torchvision pads a smaller image first, `(crop - size) // 2` before, and rounds half to even where it crops. */
function cropOffset(size: number, crop: number): number {
  return crop > size ? -Math.floor((crop - size) / 2) : roundHalfToEven((size - crop) / 2);
}

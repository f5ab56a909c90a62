import type { Label } from '../../data/dataset.ts';
import { imageGeometry } from '../../data/image/geometry.ts';
import { UserError } from '../../errors.ts';
import type { Tensor } from '../../tensor.ts';
import { byScore, type Detections, detectionsOutput, detectionWidth, suppress } from './boxes.ts';
import type { DetectionContext, MetricContext, Outputs } from './metric.ts';
import { numbers } from './read.ts';

/** Detections an image: COCO evaluates the 100 best of a class; this bounds what is kept over all classes. */
const mostDetections = 300;
/** Raw scores below this are not detections; low, since average precision wants the whole curve. */
const scoreThreshold = 0.001;
/** Overlap beyond which the worse of two raw boxes of a class is dropped. */
const suppressionOverlap = 0.6;

/**
 * Reads boxes from outputs, for models that give corners [x0, y0, x1, y1].
 *
 * - `boxes` [1, N, 4], `scores` [1, N], `classes` [1, N]: as after non-maximum suppression; read as they are;
 * - `boxes` [1, N, 4], `scores` [1, N, C] without `classes`: raw; every class is thresholded at 0.001 and suppressed
 *   at an overlap of 0.6;
 * - where FP32's coordinates stay below 2 they are fractions of the model's input image, else its pixels; both are brought back to
 *   the original image by undoing the policy's `resize`, `crop` and `letterbox`.
 *
 * The output names default to `boxes`, `scores` and `labels` or `classes` where the model has outputs of these names.
 */
export function decodeBoxes(
  { detection = {}, traits }: MetricContext,
  outputs: Outputs,
  label: Label | undefined,
): Outputs {
  const boxesTensor = named(outputs, 'boxes', detection.boxes ?? 'boxes');
  const scoresTensor = named(outputs, 'scores', detection.scores ?? 'scores');
  const classesName = detection.classes ?? ['labels', 'classes'].find((name) => name in outputs);
  const boxes = numbers(boxesTensor);
  const scores = numbers(scoresTensor);
  const count = boxes.length / 4;
  const width = count > 0 ? scores.length / count : 1;
  // As many numbers in another order ([1, classes, N]) would be read as scores of other boxes.
  const isRaw = scoresTensor.dims.at(-2) === count && scoresTensor.dims.at(-1) === width && classesName === undefined;
  if (boxesTensor.dims.at(-1) !== 4 || (width !== 1 && !isRaw)) {
    throw new UserError(
      `decoder: boxes are [${boxesTensor.dims}] and scores [${scoresTensor.dims}]; expected [1, N, 4] and [1, N] or ` +
        '[1, N, classes]. Raw heads need `decoder: { command: ... }`.',
    );
  }
  // Of one class there are as many scores as boxes, raw or not: raw they have an axis of classes all the same.
  const hasClassAxis = scoresTensor.dims.length === boxesTensor.dims.length && scoresTensor.dims.at(-1) === 1;
  const found: number[] = [];
  if (classesName !== undefined || (scores.length === count && !hasClassAxis)) {
    const classes = classesName === undefined ? undefined : numbers(named(outputs, 'classes', classesName));
    for (const index of byScore(scores).slice(0, mostDetections)) {
      found.push(classes?.[index] ?? 0, scores[index] as number, ...corners(boxes, index));
    }
  } else {
    for (let classIndex = 0; classIndex < width; classIndex++) {
      const above: number[] = [];
      for (let index = 0; index < count; index++) {
        if ((scores[index * width + classIndex] as number) >= scoreThreshold) above.push(index);
      }
      const own = above.map((index) => scores[index * width + classIndex] as number);
      const candidates = above.flatMap((index) => corners(boxes, index));
      for (const kept of suppress(candidates, own, suppressionOverlap, mostDetections)) {
        found.push(classIndex, own[kept] as number, ...corners(candidates, kept));
      }
    }
  }
  return detectionOutputs(toOriginal(Float64Array.from(found), detection, traits.max <= 2, label));
}

/** Outputs as the metrics read them. */
export function detectionOutputs(detections: Detections): Outputs {
  return {
    [detectionsOutput]: {
      type: 'float64',
      dims: [detections.length / detectionWidth, detectionWidth],
      data: detections,
    },
  };
}

function named(outputs: Outputs, role: string, name: string): Tensor {
  const tensor = outputs[name];
  if (tensor) return tensor;
  throw new UserError(
    `decoder: ${role}: the model has no output "${name}"; it has ${Object.keys(outputs)
      .map((each) => `"${each}"`)
      .join(', ')}`,
  );
}

function corners(boxes: ArrayLike<number>, index: number): [number, number, number, number] {
  return Array.from({ length: 4 }, (_, side) => boxes[index * 4 + side]) as [number, number, number, number];
}

/** From the model's input image to the original one. */
function toOriginal(
  detections: Detections,
  detection: DetectionContext,
  fractions: boolean,
  label: Label | undefined,
): Detections {
  if (label?.kind !== 'boxes') throw new UserError('detection needs boxes as labels');
  const geometry = imageGeometry(detection.preprocess ?? {}, label.width, label.height);
  for (let start = 0; start < detections.length; start += detectionWidth) {
    for (let side = 0; side < 4; side++) {
      const [size, scale, offset] =
        side % 2 === 0
          ? [geometry.width, geometry.scaleX, geometry.offsetX]
          : [geometry.height, geometry.scaleY, geometry.offsetY];
      const value = (detections[start + 2 + side] as number) * (fractions ? size : 1);
      detections[start + 2 + side] = (value - offset) / scale;
    }
  }
  return detections;
}

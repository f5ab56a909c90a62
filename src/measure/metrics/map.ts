import type { Box } from '../../data/dataset.ts';
import { UserError } from '../../errors.ts';
import { byScore, type Detections, detectionsOutput, detectionWidth, iou } from './boxes.ts';
import { countClasses, type Estimator, type Metric } from './metric.ts';

/** COCO's IoU thresholds, `numpy.linspace(0.5, 0.95, 10)` to the last bit: boxes of whole pixels overlap by 0.85 exactly. */
const cocoThresholds = Array.from({ length: 10 }, (_, index) => 0.5 + index * ((0.95 - 0.5) / 9));
/** COCO's recall thresholds, `numpy.linspace(0, 1, 101)`. */
const recalls = Float64Array.from({ length: 101 }, (_, index) => (index === 100 ? 1 : index * 0.01));
/** Detections of an image and class that count, the best. */
const maxDetections = 100;
/** `numpy.spacing(1)`, in pycocotools' denominator. */
const epsilon = 2 ** -52;

/** What one image adds, class by class. */
interface ImageRecord {
  classes: ClassMatches[];
}

interface ClassMatches {
  classIndex: number;
  /** Boxes that have to be found: not crowds. */
  boxes: number;
  /** Of the detections, best first. */
  scores: Float64Array;
  /** Bit t: at IoU threshold t the detection found a box, or fell on a crowd and does not count. */
  found: Uint16Array;
  ignored: Uint16Array;
}

/** Mean average precision at IoU 0.5: COCO's AP50. */
export const map50 = meanAveragePrecision('map50', [0.5]);
/** Mean average precision over IoU 0.50 to 0.95: COCO's AP. */
export const map = meanAveragePrecision('map', cocoThresholds);

/**
 * Mean average precision as pycocotools computes it (area `all`, 100 detections an image and class): precision
 * interpolated at 101 recalls, the mean over thresholds and over the classes that have a box to be found.
 */
function meanAveragePrecision(name: string, thresholds: readonly number[]): Metric<ImageRecord> {
  return {
    name,
    direction: 'higher',
    labels: 'required',
    rough: true,
    record(_context, outputs, label) {
      if (label?.kind !== 'boxes') throw new UserError(`metric ${name} needs boxes as labels`);
      const detections = outputs[detectionsOutput]?.data as Detections;
      return { classes: matchImage(detections, label.boxes, thresholds) };
    },
    classCounts: (records) =>
      countClasses(
        classesOf(records),
        records.map(({ classes }) => classes.filter(({ boxes }) => boxes > 0).map(({ classIndex }) => classIndex)),
      ),
    cases(records) {
      return { whole: records.length, classes: this.classCounts!(records) };
    },
    estimator(records): Estimator {
      const curves = Array.from({ length: classesOf(records) }, (_, index) => curveOf(records, index));
      const precisions = new Float64Array(1 + Math.max(0, ...curves.map(({ image }) => image.length)));
      const recall = new Float64Array(precisions.length);
      return {
        cost: thresholds.length * curves.reduce((sum, { image }) => sum + 4 * image.length + recalls.length, 0),
        evaluate(weights, classes) {
          let sum = 0;
          let present = 0;
          for (const [index, curve] of curves.entries()) {
            let value = 0;
            for (let at = 0; at < thresholds.length; at++) {
              value += averagePrecision(curve, at, weights, precisions, recall);
            }
            value /= thresholds.length;
            if (classes) classes[index] = value;
            if (Number.isNaN(value)) continue;
            sum += value;
            present++;
          }
          return sum / present;
        },
      };
    },
  };
}

/** Of the boxes that have to be found: what is detected of another class counts nowhere, and may be any number. */
function classesOf(records: readonly ImageRecord[]): number {
  let most = -1;
  for (const { classes } of records)
    for (const { classIndex, boxes } of classes) if (boxes > 0) most = Math.max(most, classIndex);
  return most + 1;
}

function matchImage(detections: Detections, labels: readonly Box[], thresholds: readonly number[]): ClassMatches[] {
  const own = new Map<number, number[]>();
  for (let start = 0; start < detections.length; start += detectionWidth) {
    // A NaN score or corner finds nothing and is not counted as found anywhere.
    const classIndex = detections[start] as number;
    const starts = own.get(classIndex) ?? [];
    starts.push(start);
    own.set(classIndex, starts);
  }
  const present = new Set([...own.keys(), ...labels.map(({ classIndex }) => classIndex)]);
  return [...present]
    .sort((a, b) => a - b)
    .map((classIndex) => {
      const starts = own.get(classIndex) ?? [];
      const order = byScore(starts.map((start) => score(detections, start)));
      const best = order.slice(0, maxDetections).map((position) => starts[position] as number);
      // Crowds last: a detection takes a real box first.
      const boxes = labels
        .filter((box) => box.classIndex === classIndex)
        .sort((a, b) => Number(a.crowd ?? 0) - Number(b.crowd ?? 0));
      return { classIndex, ...matchClass(detections, best, boxes, thresholds) };
    });
}

/** A NaN score comes last. */
function score(detections: Detections, start: number): number {
  const value = detections[start + 1] as number;
  return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
}

function matchClass(
  detections: Detections,
  starts: readonly number[],
  boxes: readonly Box[],
  thresholds: readonly number[],
): Omit<ClassMatches, 'classIndex'> {
  const corners = boxes.map(({ x0, y0, x1, y1 }) => [x0, y0, x1, y1]);
  const crowd = boxes.map((box) => box.crowd === true);
  const overlaps = starts.map((start) =>
    corners.map((corner, box) => iou(detections, start + 2, corner, 0, crowd[box])),
  );
  const found = new Uint16Array(starts.length);
  const ignored = new Uint16Array(starts.length);
  for (const [bit, threshold] of thresholds.entries()) {
    const taken = new Set<number>();
    for (let detection = 0; detection < starts.length; detection++) {
      const match = bestBox(overlaps[detection] as number[], Math.min(threshold, 1 - 1e-10), crowd, taken);
      if (match === undefined) continue;
      taken.add(match);
      const marks = crowd[match] ? ignored : found;
      marks[detection] = (marks[detection] as number) | (1 << bit);
    }
  }
  return {
    boxes: crowd.filter((isCrowd) => !isCrowd).length,
    scores: Float64Array.from(starts, (start) => score(detections, start)),
    found,
    ignored,
  };
}

/** The free box with the largest overlap, the last of equals as in pycocotools; a crowd only where no box is left. */
function bestBox(
  overlaps: readonly number[],
  threshold: number,
  crowd: readonly boolean[],
  taken: ReadonlySet<number>,
): number | undefined {
  let best: number | undefined;
  let largest = threshold;
  for (let box = 0; box < overlaps.length; box++) {
    if (taken.has(box) && !crowd[box]) continue;
    if (best !== undefined && !crowd[best] && crowd[box]) break;
    const overlap = overlaps[box] as number;
    if (overlap < largest) continue;
    largest = overlap;
    best = box;
  }
  return best;
}

/** All detections of a class, best first. */
interface Curve {
  image: Int32Array;
  found: Uint16Array;
  ignored: Uint16Array;
  /** Boxes to be found: [image, boxes] pairs. */
  boxes: [number, number][];
}

function curveOf(records: readonly ImageRecord[], classIndex: number): Curve {
  const boxes: [number, number][] = [];
  const items: { image: number; score: number; found: number; ignored: number }[] = [];
  for (const [image, { classes }] of records.entries()) {
    const own = classes.find((matches) => matches.classIndex === classIndex);
    if (!own) continue;
    if (own.boxes > 0) boxes.push([image, own.boxes]);
    for (let at = 0; at < own.scores.length; at++) {
      items.push({
        image,
        score: own.scores[at] as number,
        found: own.found[at] as number,
        ignored: own.ignored[at] as number,
      });
    }
  }
  // A stable sort: equal scores stay in the order of the images.
  items.sort((a, b) => (a.score === b.score ? 0 : b.score - a.score));
  return {
    image: Int32Array.from(items, (item) => item.image),
    found: Uint16Array.from(items, (item) => item.found),
    ignored: Uint16Array.from(items, (item) => item.ignored),
    boxes,
  };
}

/** Area under the interpolated curve of precision over recall; NaN where there is no box to be found. */
function averagePrecision(
  { image, found, ignored, boxes }: Curve,
  threshold: number,
  weights: Uint16Array,
  precision: Float64Array,
  recall: Float64Array,
): number {
  let positives = 0;
  for (const [index, count] of boxes) positives += (weights[index] as number) * count;
  if (positives === 0) return Number.NaN;
  const bit = 1 << threshold;
  let right = 0;
  let wrong = 0;
  let points = 0;
  for (let index = 0; index < image.length; index++) {
    const weight = weights[image[index] as number] as number;
    if (weight === 0 || (ignored[index] as number) & bit) continue;
    if (((found[index] as number) & bit) === 0) {
      wrong += weight;
      continue;
    }
    right += weight;
    // A point matters only where recall rises: between, precision falls and the interpolation takes the next maximum.
    recall[points] = right / positives;
    precision[points] = right / (right + wrong + epsilon);
    points++;
  }
  for (let point = points - 2; point >= 0; point--) {
    if ((precision[point + 1] as number) > (precision[point] as number))
      precision[point] = precision[point + 1] as number;
  }
  let sum = 0;
  let point = 0;
  for (const wanted of recalls) {
    while (point < points && (recall[point] as number) < wanted) point++;
    if (point === points) break;
    sum += precision[point] as number;
  }
  return sum / recalls.length;
}

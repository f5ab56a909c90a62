/** A detection: [class, score, x0, y0, x1, y1] in pixels of the original image; `Detections` holds them flattened. */
export type Detections = Float64Array;
export const detectionWidth = 6;

/** The output that a decoder leaves for the metrics. */
export const detectionsOutput = 'detections';

type Values = ArrayLike<number>;

/**
 * Intersection over union of two boxes [x0, y0, x1, y1] as pycocotools computes it: 0 where they do not overlap. With
 * `crowd`, over the area of `a` alone: a detection inside a crowd region is not wrong.
 */
export function iou(a: Values, aStart: number, b: Values, bStart: number, crowd = false): number {
  const [ax0, ay0, ax1, ay1] = corners(a, aStart);
  const [bx0, by0, bx1, by1] = corners(b, bStart);
  const width = Math.min(ax1, bx1) - Math.max(ax0, bx0);
  const height = Math.min(ay1, by1) - Math.max(ay0, by0);
  if (!(width > 0 && height > 0)) return 0;
  const intersection = width * height;
  const own = (ax1 - ax0) * (ay1 - ay0);
  return intersection / (crowd ? own : own + (bx1 - bx0) * (by1 - by0) - intersection);
}

function corners(values: Values, start: number): [number, number, number, number] {
  return [values[start], values[start + 1], values[start + 2], values[start + 3]] as [number, number, number, number];
}

/** Positions by falling score; equal scores keep their order. */
export function byScore(scores: Values): number[] {
  return Array.from({ length: scores.length }, (_, index) => index).sort(
    (a, b) => (scores[b] as number) - (scores[a] as number) || a - b,
  );
}

/**
 * Non-maximum suppression of one class: keeps a box unless a better one that was kept overlaps it by more than
 * `overlap`.
 *
 * @returns the kept positions, best first
 */
export function suppress(boxes: Values, scores: Values, overlap: number, most: number): number[] {
  const kept: number[] = [];
  for (const candidate of byScore(scores)) {
    if (kept.length === most) break;
    if (kept.every((better) => iou(boxes, candidate * 4, boxes, better * 4) <= overlap)) kept.push(candidate);
  }
  return kept;
}

import { readFileSync, writeFileSync } from 'node:fs';
import { imageGeometry } from '../../../src/data/image/geometry.ts';
import { openNpz } from '../../../src/data/npy.ts';
import { suppress } from '../../../src/measure/metrics/boxes.ts';

/**
 * A `decoder: { command }` for NanoDet: class scores and box distributions of three strides -> boxes in the original
 * image. The network's input is letterboxed to 416.
 */
const size = 416;
const bins = 8;
const classes = 80;
const heads = [
  { stride: 8, scores: '792', boxes: '795' },
  { stride: 16, scores: '814', boxes: '817' },
  { stride: 32, scores: '836', boxes: '839' },
];
const scoreThreshold = 0.05;
const most = 100;

const variable = (name: string): string => process.env[name] ?? '';
const samples: { width: number; height: number }[] = JSON.parse(readFileSync(variable('QUANT_GATE_SAMPLES'), 'utf8'));
const archive = await openNpz(variable('QUANT_GATE_OUTPUTS'), 'outputs.npz');
const arrays = new Map<string, Float32Array>();
for (const name of archive.keys) arrays.set(name, (await (await archive.open(name)).read()) as Float32Array);

const result = samples.map(({ width, height }, image) => {
  const boxes: number[] = [];
  const scores: Float32Array[] = [];
  for (const { stride, ...names } of heads) {
    const side = size / stride;
    const cells = side * side;
    const all = arrays.get(names.scores)!.subarray(image * cells * classes, (image + 1) * cells * classes);
    const distances = arrays.get(names.boxes)!.subarray(image * cells * 4 * bins, (image + 1) * cells * 4 * bins);
    for (let cell = 0; cell < cells; cell++) {
      const own = all.subarray(cell * classes, (cell + 1) * classes);
      if (!own.some((score) => score > scoreThreshold)) continue;
      const x = (cell % side) * stride + 0.5 * (stride - 1);
      const y = Math.floor(cell / side) * stride + 0.5 * (stride - 1);
      const [left, top, right, bottom] = [0, 1, 2, 3].map(
        (edge) => expectation(distances.subarray((cell * 4 + edge) * bins, (cell * 4 + edge + 1) * bins)) * stride,
      ) as [number, number, number, number];
      boxes.push(clip(x - left), clip(y - top), clip(x + right), clip(y + bottom));
      scores.push(own);
    }
  }
  const found: number[][] = [];
  const { scaleX, scaleY, offsetX, offsetY } = imageGeometry({ letterbox: size }, width, height);
  for (let index = 0; index < classes; index++) {
    const candidates = scores.flatMap((own, at) => (own[index]! > scoreThreshold ? [at] : []));
    const corners = candidates.flatMap((at) => boxes.slice(at * 4, at * 4 + 4));
    const own = candidates.map((at) => scores[at]![index]!);
    for (const kept of suppress(corners, own, 0.6, most)) {
      const [x0, y0, x1, y1] = corners.slice(kept * 4, kept * 4 + 4) as [number, number, number, number];
      const place = [
        (x0 - offsetX) / scaleX,
        (y0 - offsetY) / scaleY,
        (x1 - offsetX) / scaleX,
        (y1 - offsetY) / scaleY,
      ];
      found.push([index, own[kept]!, ...place]);
    }
  }
  return found.sort((a, b) => b[1]! - a[1]!).slice(0, most);
});
writeFileSync(variable('QUANT_GATE_OUTPUT'), JSON.stringify(result));

function clip(value: number): number {
  return Math.min(size, Math.max(0, value));
}

/** The mean of a distribution over 0..7, given as logits. */
function expectation(logits: Float32Array): number {
  const largest = Math.max(...logits);
  let sum = 0;
  let weighted = 0;
  for (const [index, logit] of logits.entries()) {
    const weight = Math.exp(logit - largest);
    sum += weight;
    weighted += index * weight;
  }
  return weighted / sum;
}

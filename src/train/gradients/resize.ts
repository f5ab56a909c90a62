import { constantValue } from '../../onnx/constants.ts';
import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import { sizeOf } from '../../tensor.ts';
import { type Gradient, type GradientContext, type GradientTable, positive, Unsupported } from './gradient.ts';

/** Where a place of the result lies in the input, both counted along one axis: https://onnx.ai/onnx/operators/onnx__Resize.html */
type Coordinates = (at: number, scale: number, from: number, to: number) => number;

/** Each step in single precision, as the runtime computes it: what is halfway or whole goes to one side. */
const { fround } = Math;

/** Within it a place may be rounded either way. */
const margin = 1e-5;

const halfPixel: Coordinates = (at, scale) => fround(fround(fround(at + 0.5) / scale) - 0.5);

const coordinates: Readonly<Record<string, Coordinates>> = {
  half_pixel: halfPixel,
  half_pixel_symmetric: (at, scale, from, to) => {
    const offset = fround((from / 2) * fround(1 - fround(to / fround(scale * from))));
    return fround(fround(offset + fround(fround(at + 0.5) / scale)) - 0.5);
  },
  pytorch_half_pixel: (at, scale, from, to) => (to > 1 ? halfPixel(at, scale, from, to) : 0),
  align_corners: (at, _, from, to) => (to > 1 ? (at * (from - 1)) / (to - 1) : 0),
  asymmetric: (at, scale) => at / scale,
};

const nearest: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** What each place of an axis of the result is made of: `to` rows of `from` shares. */
function shares(node: Node, scale: number, from: number, to: number): Float32Array {
  const kind = node.attrString('coordinate_transformation_mode', 'half_pixel');
  const mode = node.attrString('mode', 'nearest');
  const place = coordinates[kind];
  const round = nearest[node.attrString('nearest_mode', 'round_prefer_floor')];
  if (!place || !round) throw new Unsupported(`Resize with ${kind}`);
  if (mode !== 'nearest' && mode !== 'linear') throw new Unsupported(`Resize in the mode ${mode}`);
  if (node.attrInt('antialias', 0) !== 0) throw new Unsupported('Resize with antialias');
  const matrix = new Float32Array(to * from);
  const inside = (index: number) => Math.min(Math.max(index, 0), from - 1);
  for (let at = 0; at < to; at++) {
    const x = fround(place(at, fround(scale), from, to));
    if (mode === 'nearest') {
      // The runtime's own sum of three terms comes out on the other side of some that are halfway or whole.
      if (kind === 'half_pixel_symmetric' && scale < 1 && round(x - margin) !== round(x + margin))
        throw new Unsupported('Resize by half_pixel_symmetric in which a place is as near to two');
      matrix[at * from + inside(round(x))]! += 1;
      continue;
    }
    const before = Math.floor(x);
    matrix[at * from + inside(before)]! += 1 - (x - before);
    matrix[at * from + inside(before + 1)]! += x - before;
  }
  return matrix;
}

/** The gradient along one axis of a tensor, the others left as they are. */
function alongAxis({ e }: GradientContext, dy: Value, axis: number, matrix: Float32Array, from: number): Value {
  const shape = e.shape(dy);
  const to = shape[axis]!;
  const result = shape.with(axis, from);
  const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
  const parts = e.tensor([to, from], matrix);
  return inner === 1
    ? e.reshape(e.matmul(e.reshape(dy, [outer, to]), parts), result)
    : e.reshape(e.matmul(e.swap(parts), e.reshape(dy, [outer, to, inner])), result);
}

/** Where the aspect ratio is kept, the scales by which places are found: the same for all axes, as the sizes allow. */
function commonScale(node: Node, from: readonly number[], axes: readonly number[]): Float32Array | undefined {
  const policy = node.attrString('keep_aspect_ratio_policy', 'stretch');
  if (policy === 'stretch' || !node.input(3)) return undefined;
  const sizes = constantValue(node.input(3))?.data as BigInt64Array | undefined;
  if (!sizes) throw new Unsupported('Resize that keeps the aspect ratio, to sizes that are not constant');
  const scales = axes.map((axis, i) => Number(sizes[i]) / from[axis]!);
  return new Float32Array(axes.length).fill(policy === 'not_larger' ? Math.min(...scales) : Math.max(...scales));
}

/** Each place gives to those that it is made of, axis by axis. Copies of whole pixels are summed, which is faster. */
const resize: Gradient = (context) => {
  const { e, node, shape } = context;
  const from = shape(0);
  const to = e.shape(context.dy);
  // The runtime copies what keeps its size, whatever the scales.
  if (to.every((size, axis) => size === from[axis])) return [context.dy];
  const axes = positive(node.attrInts('axes', [...from.keys()]), from.length);
  const given = commonScale(node, from, axes) ?? (constantValue(node.input(2))?.data as Float32Array | undefined);
  let dy = context.dy;
  for (const [axis, size] of from.entries()) {
    const own = axes.indexOf(axis);
    const scale = own >= 0 && given && given.length > 0 ? given[own]! : to[axis]! / size;
    if (scale === 1 && to[axis] === size) continue;
    const matrix = shares(node, scale, size, to[axis]!);
    const factor = to[axis]! / size;
    const isCopy = (share: number, at: number) =>
      share === Number(Math.floor(Math.floor(at / size) / factor) === at % size);
    const copies = Number.isInteger(factor) && matrix.every(isCopy);
    if (!copies) {
      dy = alongAxis(context, dy, axis, matrix, size);
      continue;
    }
    const now = e.shape(dy);
    dy = e.reshape(e.sum(e.reshape(dy, now.toSpliced(axis, 1, size, factor)), [axis + 1]), now.with(axis, size));
  }
  return [dy];
};

export const resizeGradients: GradientTable = { Resize: resize };

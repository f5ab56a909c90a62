import { constantValue } from '../../onnx/constants.ts';
import type { Value } from '../../onnx/value.ts';
import { sizeOf } from '../../tensor.ts';
import type { Emitter } from '../emitter.ts';
import { type Gradient, type GradientTable, positive, Unsupported } from './gradient.ts';

/** y has the elements of x in their order. */
const reshaping: Gradient = ({ e, dy, shape }) => [e.reshape(dy, shape(0))];

function ints(value: Value | undefined, what: string): number[] {
  const constant = constantValue(value);
  if (!constant || constant.type === 'string') throw new Unsupported(`${what} is not a constant`);
  return Array.from(constant.data as Float32Array | BigInt64Array, Number);
}

type Side = 'front' | 'back';

/** Where the gradient of what a Pad repeats goes: an end of it, as large as what it repeats of. Along one axis at a time. */
const foldedBack: {
  readonly [mode: string]: (e: Emitter, end: Value, axis: number, size: number, side: Side) => Value;
} = {
  /** All to the first or the last. */
  edge: (e, end, axis, size, side) => along(e, e.sum(end, [axis]), axis, side === 'front' ? 0 : size - 1, size),
  /** In reverse order to what lies next to the first or before the last. */
  reflect(e, end, axis, size, side) {
    const count = e.shape(end)[axis] as number;
    if (count >= size) throw new Unsupported('Pad that reflects more than there is');
    return along(e, e.reverse(end, [axis]), axis, side === 'front' ? 1 : size - 1 - count, size);
  },
};

/** A value among zeros: from `at` on along an axis that becomes `size` long. */
function along(e: Emitter, value: Value, axis: number, at: number, size: number): Value {
  const shape = e.shape(value);
  const begin = shape.map((_, each) => (each === axis ? at : 0));
  const end = shape.map((dim, each) => (each === axis ? size - at - dim : 0));
  return e.pad(value, begin, end);
}

function between(e: Emitter, value: Value, axis: number, start: number, end: number): Value {
  const shape = e.shape(value);
  return e.slice(
    value,
    shape.map((_, each) => (each === axis ? start : 0)),
    shape.map((dim, each) => (each === axis ? end : dim)),
    shape.map(() => 1),
  );
}

export const shapeGradients: GradientTable = {
  Reshape: reshaping,
  Flatten: reshaping,
  Squeeze: reshaping,
  Unsqueeze: reshaping,

  Transpose: ({ e, dy, node, shape }) => {
    const rank = shape(0).length;
    const perm = node.attrInts(
      'perm',
      Array.from({ length: rank }, (_, axis) => rank - 1 - axis),
    );
    const inverse = Array.from<number>({ length: rank });
    perm.forEach((from, to) => {
      inverse[from] = to;
    });
    return [e.transpose(dy, inverse)];
  },

  Concat: ({ e, dy, node, shape, needs }) => {
    const rank = e.shape(dy).length;
    const [axis] = positive([node.attrInt('axis', 0)], rank) as [number];
    let at = 0;
    return node.inputs.map((_, i) => {
      const size = shape(i)[axis] as number;
      const starts = e.shape(dy).map((__, a) => (a === axis ? at : 0));
      const ends = e.shape(dy).map((dim, a) => (a === axis ? at + size : dim));
      at += size;
      return needs(i)
        ? e.slice(
            dy,
            starts,
            ends,
            starts.map(() => 1),
          )
        : undefined;
    });
  },

  Split: ({ e, dys, node, shape }) => {
    const [axis] = positive([node.attrInt('axis', 0)], shape(0).length) as [number];
    const parts = node.outputs.map((output, i) => {
      if (!output) throw new Unsupported('an output of Split is left out');
      const outShape = e.shape(output);
      return dys[i] ?? e.expand(e.float(0), outShape);
    });
    return [e.concat(parts, axis)];
  },

  /** Zeros where the slice did not reach; steps are spread by interleaving zeros. */
  Slice: ({ e, dy, node, shape }) => {
    const full = shape(0);
    const starts = ints(node.input(1), 'the starts of Slice');
    const axes = positive(
      node.input(3) ? ints(node.input(3), 'the axes of Slice') : starts.map((_, i) => i),
      full.length,
    );
    const steps = node.input(4) ? ints(node.input(4), 'the steps of Slice') : starts.map(() => 1);
    let result = dy;
    axes.forEach((axis, i) => {
      const step = steps[i] as number;
      const dim = full[axis] as number;
      if (step < 0) throw new Unsupported('Slice with a negative step');
      const raw = starts[i] as number;
      const start = Math.min(dim, Math.max(0, raw < 0 ? raw + dim : raw));
      result = spread(e, result, axis, step);
      const got = e.shape(result)[axis] as number;
      const over = start + got - dim;
      if (over > 0) {
        const ends = e.shape(result).map((size, a) => (a === axis ? size - over : size));
        result = e.slice(
          result,
          ends.map(() => 0),
          ends,
          ends.map(() => 1),
        );
      }
      const begin = full.map((_, a) => (a === axis ? start : 0));
      const end = full.map((_, a) => (a === axis ? Math.max(0, -over) : 0));
      result = e.pad(result, begin, end);
    });
    return [result];
  },

  Expand: ({ e, dy, shape }) => [e.unbroadcast(dy, shape(0))],

  /** Sum over the copies. */
  Tile: ({ e, dy, shape }) => {
    const from = shape(0);
    const repeats = e.shape(dy).map((dim, axis) => dim / (from[axis] as number));
    const split = from.flatMap((dim, axis) => [repeats[axis] as number, dim]);
    return [
      e.reshape(
        e.sum(
          e.reshape(dy, split),
          from.map((_, axis) => axis * 2),
        ),
        from,
      ),
    ];
  },

  Pad: ({ e, dy, node, shape }) => {
    const mode = node.attrString('mode', 'constant');
    const folded = foldedBack[mode];
    if (mode !== 'constant' && !folded) throw new Unsupported(`Pad in mode ${mode}`);
    const from = shape(0);
    const pads = ints(node.input(1), 'the pads of Pad');
    const axes = node.input(3)
      ? positive(ints(node.input(3), 'the axes of Pad'), from.length)
      : from.map((_, axis) => axis);
    let dx = dy;
    axes.forEach((axis, i) => {
      const [size, before, after] = [from[axis], pads[i], pads[i + axes.length]] as [number, number, number];
      if (before < 0 || after < 0) throw new Unsupported('Pad that crops');
      const part = (start: number, end: number) => between(e, dx, axis, start, end);
      const ends: Value[] = [];
      if (folded && before > 0) ends.push(folded(e, part(0, before), axis, size, 'front'));
      if (folded && after > 0) ends.push(folded(e, part(before + size, before + size + after), axis, size, 'back'));
      dx = ends.reduce((sum, end) => e.add(sum, end), part(before, before + size));
    });
    return [dx];
  },

  /** Rows of the table that were read get their gradient added. */
  Gather: ({ e, dy, node, shape }) => {
    const table = shape(0);
    const [axis] = positive([node.attrInt('axis', 0)], table.length) as [number];
    const indices = node.input(1) as Value;
    const indexShape = e.shape(indices);
    // Bring the gathered axes to the front, so that each index names one row.
    const rank = e.shape(dy).length;
    const gathered = indexShape.map((_, i) => axis + i);
    const rest = Array.from({ length: rank }, (_, i) => i).filter((i) => !gathered.includes(i));
    const rows = e.transpose(dy, [...gathered, ...rest]);
    const front = [table[axis] as number, ...table.filter((_, i) => i !== axis)];
    // A negative index counts from the back.
    const dim = e.graph.addInitializer('grad/constant', {
      type: 'int64',
      dims: [],
      data: BigInt64Array.of(BigInt(table[axis] as number)),
    });
    const wide = e.op('Cast', [indices], indexShape, { to: 7 });
    const wrapped = e.op('Mod', [e.op('Add', [wide, dim], indexShape), dim], indexShape);
    const positions = e.reshape(wrapped, [sizeOf(indexShape), 1]);
    const flat = e.reshape(rows, [sizeOf(indexShape), ...front.slice(1)]);
    const sum = e.op('ScatterND', [e.expand(e.float(0), front), positions, flat], front, { reduction: 'add' });
    const back = Array.from({ length: table.length }, (_, i) => (i === axis ? 0 : i < axis ? i + 1 : i));
    return [e.transpose(sum, back), undefined];
  },

  DepthToSpace: ({ e, dy, node, shape }) => {
    const block = node.attrInt('blocksize', 1);
    const [n, c, h, w] = shape(0) as [number, number, number, number];
    const out = c / (block * block);
    const six = e.reshape(dy, [n, out, h, block, w, block]);
    const perm = node.attrString('mode', 'DCR') === 'DCR' ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4];
    return [e.reshape(e.transpose(six, perm), [n, c, h, w])];
  },
  SpaceToDepth: ({ e, dy, node, shape }) => {
    const block = node.attrInt('blocksize', 1);
    const [n, c, h, w] = shape(0) as [number, number, number, number];
    const six = e.reshape(dy, [n, block, block, c, h / block, w / block]);
    return [e.reshape(e.transpose(six, [0, 3, 4, 1, 5, 2]), [n, c, h, w])];
  },
};

/** Puts step - 1 zeros between the elements of an axis (and none behind the last). */
function spread(e: Parameters<Gradient>[0]['e'], value: Value, axis: number, step: number): Value {
  if (step === 1) return value;
  const shape = e.shape(value);
  const wide = e.reshape(value, [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]);
  const padded = e.pad(
    wide,
    e.shape(wide).map(() => 0),
    e.shape(wide).map((_, a) => (a === axis + 1 ? step - 1 : 0)),
  );
  return e.reshape(
    padded,
    shape.map((dim, a) => (a === axis ? dim * step : dim)),
  );
}

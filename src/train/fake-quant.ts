import type { Node } from '../onnx/node.ts';
import type { Value } from '../onnx/value.ts';
import { sizeOf } from '../tensor.ts';
import type { Emitter, Shape } from './emitter.ts';
import type { Gradient, GradientTable } from './gradients/gradient.ts';

/**
 * What quantization does to numbers, one node each while a graph is differentiated, then lowered to standard operators:
 *
 * - FakeQuant(w, log s) = s clip(round(w / s), low, high), for weights; `low` and `high` are the grid's ends less the zero
 *   point, `axis` is that of one scale a channel.
 * - FakeQuantActivation(x, log s, zero point): QuantizeLinear and DequantizeLinear with the grid of the zero point's type.
 * - FakeQuantDynamic(x): the same with the scale of the tensor's own range, as DynamicQuantizeLinear finds it. `samples`: how many
 *   samples lie one after another in it, each with a range of its own, as where the exported model runs them one by one.
 * - FakeQuantBias(b, log sx, log sw) = s round(b / s) with s = sx sw, as int32 biases are.
 */
export const fakeQuantDomain = 'quant-gate';

/** The scale with a shape that broadcasts over x. */
function scaleOf(e: Emitter, logScale: Value, rank: number, axis: number | undefined): Value {
  const scale = e.unary('Exp', logScale);
  if (axis === undefined) return scale;
  const channels = e.shape(logScale)[0] as number;
  return e.reshape(
    scale,
    Array.from({ length: rank }, (_, at) => (at === axis ? channels : 1)),
  );
}

function grid(node: Node): { low: number; high: number; axis: number | undefined } {
  return {
    low: node.attrFloat('low', -127),
    high: node.attrFloat('high', 127),
    axis: node.attrInt('axis'),
  };
}

/**
 * Straight through where x is on the grid: dx = m dy, m = [low <= x/s <= high]. Of the scale (LSQ, Esser 2020): ds =
 * sum dy (q - m x/s), so that d log s = s ds = sum dy y - sum dx x, summed over what shares the scale.
 */
const weight: Gradient = ({ e, node, dy, x, y, shape, needs }) => {
  const { low, high, axis } = grid(node);
  const ratio = e.div(x(0), scaleOf(e, x(1), shape(0).length, axis));
  const clipped = e.op('Clip', [ratio, e.float(low), e.float(high)], shape(0));
  const dx = e.mul(dy, e.mask('Equal', ratio, clipped));
  const dLogScale = () => {
    const axes = shape(0)
      .map((_, at) => at)
      .filter((at) => at !== axis);
    return e.reshape(e.sum(e.sub(e.mul(dy, y), e.mul(dx, x(0))), axes), shape(1));
  };
  return [needs(0) ? dx : undefined, needs(1) ? dLogScale() : undefined];
};

/** The same for activations, in as few passes over them as can be: they are most of what a step moves in memory. */
const activation: Gradient = ({ e, node, dy, x, y, shape, needs }) => {
  const { low, high } = grid(node);
  const scale = e.unary('Exp', x(1));
  const clipped = e.op('Clip', [x(0), e.scale(scale, low), e.scale(scale, high)], shape(0));
  // Two passes, but ONNX Runtime's Where with a scalar takes longer than both.
  const dx = e.mul(dy, e.mask('Equal', x(0), clipped));
  const dLogScale = () => e.reshape(e.sub(dot(e, dy, y), dot(e, dx, x(0))), shape(1));
  return [dx, needs(1) ? dLogScale() : undefined];
};

/** Rows of a dot product are at least this long: shorter ones cost more than they give threads to do. */
const leastRow = 1024;

/**
 * Sum of products of all elements, as products of rows with rows: no tensor of the products is made. ONNX Runtime runs
 * that form seven times as fast as one row times one column, which it neither vectorizes nor spreads over threads.
 */
function dot(e: Emitter, a: Value, b: Value): Value {
  const shape = e.shape(a);
  const count = sizeOf(shape);
  let rows = 1;
  for (const dim of shape) {
    if (count / (rows * dim) < leastRow) break;
    rows *= dim;
  }
  const folded = [rows, 1, count / rows];
  const products = e.matmul(e.reshape(a, folded), e.swap(e.reshape(b, folded)));
  return rows === 1 ? products : e.sum(products, [0, 1, 2]);
}

export const fakeQuantGradients: GradientTable = {
  FakeQuant: weight,
  FakeQuantActivation: activation,
  /** Nothing is clipped: the range is the tensor's own. */
  FakeQuantDynamic: ({ dy }) => [dy],
  /** Straight through; the scales learn from what they quantize themselves. */
  FakeQuantBias: ({ dy }) => [dy],
};

const lowerings: Readonly<Record<string, (e: Emitter, node: Node) => Value>> = {
  FakeQuant(e, node) {
    const x = node.input(0) as Value;
    const { low, high, axis } = grid(node);
    const scale = scaleOf(e, node.input(1) as Value, e.shape(x).length, axis);
    const rounded = e.unary('Round', e.div(x, scale));
    return e.mul(e.op('Clip', [rounded, e.float(low), e.float(high)], e.shape(x)), scale);
  },
  FakeQuantActivation(e, node) {
    const x = node.input(0) as Value;
    const scale = e.unary('Exp', node.input(1) as Value);
    const integers = e.sameSize('QuantizeLinear', [x, scale, node.input(2)]);
    return e.sameSize('DequantizeLinear', [integers, scale, node.input(2)]);
  },
  FakeQuantDynamic(e, node) {
    const x = node.input(0) as Value;
    // ONNX Runtime looks for no range in an empty tensor.
    if (e.isEmpty(x)) return x;
    const samples = node.attrInt('samples', 1);
    if (samples > 1 && e.knows(x) && (e.shape(x)[0] ?? 1) % samples === 0) return quantizeEach(e, x, samples);
    const { outputs } = e.graph.addNode({
      op: 'DynamicQuantizeLinear',
      inputs: [x],
      outputs: ['dynamic', 'dynamic_scale', 'dynamic_zero_point'],
    });
    if (e.knows(x)) e.setShape(outputs[0]!, e.shape(x));
    return e.sameSize('DequantizeLinear', outputs);
  },
  FakeQuantBias(e, node) {
    const scale = e.mul(e.unary('Exp', node.input(1) as Value), e.unary('Exp', node.input(2) as Value));
    return e.mul(e.unary('Round', e.div(node.input(0) as Value, scale)), scale);
  },
};

/** DynamicQuantizeLinear and back for each sample: scale = (max(x, 0) - min(x, 0)) / 255, zero point = round(-min / scale). */
function quantizeEach(e: Emitter, x: Value, samples: number): Value {
  const rows: Shape = [samples, sizeOf(e.shape(x)) / samples];
  const [each, flat, zero] = [[samples, 1], e.reshape(x, rows), e.float(0)];
  const high = e.op('Max', [e.op('ReduceMax', [flat, e.ints([1])], each), zero], each);
  const low = e.op('Min', [e.op('ReduceMin', [flat, e.ints([1])], each), zero], each);
  // All zeros: any scale will do.
  const scale = e.op('Max', [e.scale(e.sub(high, low), 1 / 255), e.float(1e-30)], each);
  const clip = (value: Value) => e.op('Clip', [value, zero, e.float(255)], e.shape(value));
  const zeroPoint = clip(e.unary('Round', e.neg(e.div(low, scale))));
  const integers = clip(e.add(e.unary('Round', e.div(flat, scale)), zeroPoint));
  return e.reshape(e.mul(e.sub(integers, zeroPoint), scale), e.shape(x));
}

/** Replaces the fake-quant nodes of a graph by standard operators; sessions need `keepQdq`, lest Q and DQ be fused. */
export function lowerFakeQuant(e: Emitter): void {
  for (const node of e.graph.nodes) {
    if (node.domain !== fakeQuantDomain) continue;
    const result = (lowerings[node.op] as (typeof lowerings)[string])(e, node);
    e.graph.replaceAll(node.output(), result);
    e.graph.removeNode(node);
  }
}

import type { Node } from '../onnx/node.ts';
import type { Value } from '../onnx/value.ts';
import type { Emitter } from './emitter.ts';
import type { Gradient, GradientTable } from './gradients/gradient.ts';

/**
 * FakeQuant(x, log s) = s clip(round(x / s), low, high), one node while a graph is differentiated, then lowered to
 * standard operators. `low` and `high` are the grid's ends less the zero point; `axis` is that of one scale a channel.
 * FakeQuantBias(b, log sx, log sw) = s round(b / s) with s = sx sw, as int32 biases are.
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
 * sum dy (q - m x/s), so that d log s = s ds = sum dy (y - m x), summed over what shares the scale.
 */
const fakeQuant: Gradient = ({ e, node, dy, x, y, shape, needs }) => {
  const { low, high, axis } = grid(node);
  const rank = shape(0).length;
  const ratio = e.div(x(0), scaleOf(e, x(1), rank, axis));
  const inside = e.mul(e.mask('GreaterOrEqual', ratio, e.float(low)), e.mask('LessOrEqual', ratio, e.float(high)));
  const dLogScale = () => {
    const terms = e.mul(dy, e.sub(y, e.mul(inside, x(0))));
    const axes = shape(0)
      .map((_, at) => at)
      .filter((at) => at !== axis);
    return e.reshape(e.sum(terms, axes), shape(1));
  };
  return [needs(0) ? e.mul(dy, inside) : undefined, needs(1) ? dLogScale() : undefined];
};

export const fakeQuantGradients: GradientTable = {
  FakeQuant: fakeQuant,
  /** Straight through; the scales learn from what they quantize themselves. */
  FakeQuantBias: ({ dy }) => [dy],
};

/** Replaces the FakeQuant nodes of a graph by Div, Round, Clip and Mul. */
export function lowerFakeQuant(e: Emitter): void {
  for (const node of e.graph.nodes) {
    if (node.domain !== fakeQuantDomain) continue;
    const x = node.input(0) as Value;
    const rank = e.shape(x).length;
    let result: Value;
    if (node.op === 'FakeQuantBias') {
      const scale = e.mul(e.unary('Exp', node.input(1) as Value), e.unary('Exp', node.input(2) as Value));
      result = e.mul(e.unary('Round', e.div(x, scale)), scale);
    } else {
      const { low, high, axis } = grid(node);
      const scale = scaleOf(e, node.input(1) as Value, rank, axis);
      const rounded = e.unary('Round', e.div(x, scale));
      result = e.mul(e.op('Clip', [rounded, e.float(low), e.float(high)], e.shape(x)), scale);
    }
    e.graph.replaceAll(node.output(), result);
    e.graph.removeNode(node);
  }
}

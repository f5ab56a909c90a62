import { constantValue } from '../../onnx/constants.ts';
import type { Value } from '../../onnx/value.ts';
import { type Gradient, type GradientContext, type GradientTable, positive, tiny, Unsupported } from './gradient.ts';

/** The reduced axes, from the attribute (up to opset 17, for ReduceSum 12) or the input. */
function reducedAxes({ node, shape }: Pick<GradientContext, 'node' | 'shape'>): number[] {
  const rank = shape(0).length;
  const input = node.input(1);
  const constant = constantValue(input);
  if (input && (!constant || constant.type === 'string'))
    throw new Unsupported(`the axes of ${node.op} are not constant`);
  const given = constant ? Array.from(constant.data as BigInt64Array, Number) : node.attrInts('axes', []);
  if (given.length === 0 && node.attrInt('noop_with_empty_axes', 0) === 1) return [];
  return given.length > 0 ? positive(given, rank) : Array.from({ length: rank }, (_, axis) => axis);
}

/** The result or its gradient with the reduced axes kept as 1, ready to broadcast. */
function kept(c: GradientContext, value: Value): Value {
  const axes = reducedAxes(c);
  return c.e.reshape(
    value,
    c.shape(0).map((dim, axis) => (axes.includes(axis) ? 1 : dim)),
  );
}

/** dx = f(dy kept) broadcast to x. */
const reduce =
  (part: (c: GradientContext, dy: Value, count: number) => Value): Gradient =>
  (c) => {
    const count = reducedAxes(c).reduce((product, axis) => product * (c.shape(0)[axis] as number), 1);
    return [c.e.expand(part(c, kept(c, c.dy), count), c.shape(0))];
  };

/** The gradient is shared by the elements that equal the extremum. */
const extremum: Gradient = (c) => {
  const equal = c.e.mask('Equal', c.x(0), kept(c, c.y));
  return [c.e.mul(c.e.div(equal, c.e.sum(equal, reducedAxes(c))), kept(c, c.dy))];
};

export const reductionGradients: GradientTable = {
  ReduceSum: reduce((_, dy) => dy),
  ReduceMean: reduce(({ e }, dy, count) => e.scale(dy, 1 / count)),
  ReduceMax: extremum,
  ReduceMin: extremum,
  /** 2 x */
  ReduceSumSquare: (c) => [c.e.mul(kept(c, c.dy), c.e.scale(c.x(0), 2))],
  /** x / y; 0 where y is, as of a row of zeros */
  ReduceL2: (c) => {
    const { e } = c;
    const y = kept(c, c.y);
    const above = e.mask('Greater', y, e.float(0));
    const ratio = e.div(c.x(0), e.op('Max', [y, e.float(tiny)], e.shape(y)));
    return [e.mul(ratio, e.mul(kept(c, c.dy), above))];
  },

  /** y (dy - sum dy y) */
  Softmax: ({ e, dy, y, node }) => {
    const axes = positive([node.attrInt('axis', -1)], e.shape(y).length);
    return [e.mul(y, e.sub(dy, e.sum(e.mul(dy, y), axes)))];
  },
  /** dy - e^y sum dy */
  LogSoftmax: ({ e, dy, y, node }) => {
    const axes = positive([node.attrInt('axis', -1)], e.shape(y).length);
    return [e.sub(dy, e.mul(e.unary('Exp', y), e.sum(dy, axes)))];
  },
};

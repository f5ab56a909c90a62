import { constantValue } from '../../onnx/constants.ts';
import type { Value } from '../../onnx/value.ts';
import type { Emitter } from '../emitter.ts';
import { type Gradient, type GradientContext, type GradientTable, tiny } from './gradient.ts';

/** y = f(x): dx = dy f'(x), the comment is f'. */
const unary =
  (derivative: (c: GradientContext) => Value): Gradient =>
  (c) => [c.e.mul(c.dy, derivative(c))];

/** Both gradients of a broadcasting operator, summed back to each input's shape. */
const binary =
  (a: (c: GradientContext) => Value, b: (c: GradientContext) => Value): Gradient =>
  (c) =>
    [a, b].map((part, i) => (c.needs(i) ? c.e.unbroadcast(part(c), c.shape(i)) : undefined));

/** Gradient of Min and Max over any number of inputs: shared by those that equal the result, as what is on one grid often does. */
const extremum: Gradient = ({ e, node, dy, x, y, shape, needs }) => {
  const equal = node.inputs.map((_, i) => e.mask('Equal', x(i), y));
  const share = e.div(dy, equal.reduce(e.add));
  return equal.map((mask, i) => (needs(i) ? e.unbroadcast(e.mul(share, mask), shape(i)) : undefined));
};

/** sigma(x) */
const sigmoid = ({ e }: GradientContext, x: Value): Value => e.unary('Sigmoid', x);

/** Phi(x), the standard normal's distribution function: (1 + erf(x / sqrt 2)) / 2 */
function normalCdf({ e }: GradientContext, x: Value): Value {
  return e.scale(e.add(e.unary('Erf', e.scale(x, Math.SQRT1_2)), e.float(1)), 0.5);
}

/** phi(x) = exp(-x^2 / 2) / sqrt(2 pi) */
function normalPdf({ e }: GradientContext, x: Value): Value {
  return e.scale(e.unary('Exp', e.scale(e.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
}

/** The exponent of a power as float32, which that of the input need not be. */
function exponentOf({ e, x }: GradientContext): Value {
  const constant = constantValue(x(1));
  if (constant?.type === 'float32') return x(1);
  if (constant && constant.type !== 'string')
    return e.tensor(constant.dims, Float32Array.from(constant.data as Float32Array, Number));
  return e.op('Cast', [x(1)], e.shape(x(1)), { to: 1 });
}

/** One slope where x is above 0, another below. */
function bySign(e: Emitter, x: Value, above: number, below: Value): Value {
  const positive = e.mask('Greater', x, e.float(0));
  const slope = above === 1 ? positive : e.scale(positive, above);
  return e.add(slope, e.mul(e.sub(e.float(1), positive), below));
}

export const elementwiseGradients: GradientTable = {
  Identity: ({ dy }) => [dy],
  Dropout: ({ dy }) => [dy],
  /** Between floating-point types; the training graph is float32 throughout. */
  Cast: ({ dy }) => [dy],

  Add: binary(
    ({ dy }) => dy,
    ({ dy }) => dy,
  ),
  Sub: binary(
    ({ dy }) => dy,
    ({ e, dy }) => e.neg(dy),
  ),
  Mul: binary(
    ({ e, dy, x }) => e.mul(dy, x(1)),
    ({ e, dy, x }) => e.mul(dy, x(0)),
  ),
  /** d/da = 1/b, d/db = -y/b */
  Div: binary(
    ({ e, dy, x }) => e.div(dy, x(1)),
    ({ e, dy, x, y }) => e.neg(e.div(e.mul(dy, y), x(1))),
  ),
  /** d/da = b a^(b-1), d/db = y ln a; at a = 0 the first is infinite for b < 1, as for a root, and the second for all: 0 there. */
  Pow: binary(
    (c) => {
      const exponent = constantValue(c.x(1));
      const n =
        exponent && exponent.type !== 'string' && exponent.data.length === 1 ? Number(exponent.data[0]) : undefined;
      // The usual square, without a power of a negative number.
      if (n === 2) return c.e.mul(c.dy, c.e.scale(c.x(0), 2));
      const { e } = c;
      const exponents = n === undefined ? exponentOf(c) : e.float(n);
      const less = n === undefined ? e.sub(exponents, e.float(1)) : e.float(n - 1);
      const power = (base: Value) => e.op('Pow', [base, less], e.shape(c.y));
      const outer = e.mul(c.dy, exponents);
      if (n !== undefined && n >= 1) return e.mul(outer, power(c.x(0)));
      const atZero = e.op('Equal', [c.x(0), e.float(0)], c.shape(0));
      const slope = e.where(atZero, e.mask('Equal', less, e.float(0)), power(e.where(atZero, e.float(1), c.x(0))));
      return e.mul(outer, slope);
    },
    ({ e, dy, x, y, shape }) => {
      const atZero = e.op('Equal', [x(0), e.float(0)], shape(0));
      return e.mul(dy, e.mul(y, e.unary('Log', e.where(atZero, e.float(1), x(0)))));
    },
  ),
  Min: extremum,
  Max: extremum,
  Sum: ({ e, dy, node, shape, needs }) =>
    node.inputs.map((_, i) => (needs(i) ? e.unbroadcast(dy, shape(i)) : undefined)),
  Mean: ({ e, dy, node, shape, needs }) =>
    node.inputs.map((_, i) => (needs(i) ? e.unbroadcast(e.scale(dy, 1 / node.inputs.length), shape(i)) : undefined)),
  Where: ({ e, node, dy, shape, needs }) => {
    const [condition] = node.inputs as [Value];
    return [
      undefined,
      needs(1) ? e.unbroadcast(e.where(condition, dy, e.float(0)), shape(1)) : undefined,
      needs(2) ? e.unbroadcast(e.where(condition, e.float(0), dy), shape(2)) : undefined,
    ];
  },

  Neg: ({ e, dy }) => [e.neg(dy)],
  Abs: unary(({ e, x }) => e.unary('Sign', x(0))),
  Exp: unary(({ y }) => y),
  Log: ({ e, dy, x }) => [e.div(dy, x(0))],
  /** 1 / (2 y); 0 at 0, where quantized activations often are: infinity times the inner gradient's 0 would be NaN. */
  Sqrt: unary(({ e, y }) => {
    const above = e.mask('Greater', y, e.float(0));
    return e.scale(e.div(above, e.op('Max', [y, e.float(tiny)], e.shape(y))), 0.5);
  }),
  /** -y^2 */
  Reciprocal: unary(({ e, y }) => e.neg(e.mul(y, y))),
  /** 2/sqrt(pi) e^(-x^2) */
  Erf: unary(({ e, x }) => e.scale(e.unary('Exp', e.neg(e.mul(x(0), x(0)))), 2 / Math.sqrt(Math.PI))),
  Sin: unary(({ e, x }) => e.unary('Cos', x(0))),
  Cos: unary(({ e, x }) => e.neg(e.unary('Sin', x(0)))),

  /** [y > 0] */
  Relu: unary(({ e, y }) => e.mask('Greater', y, e.float(0))),
  /** [x > alpha] */
  ThresholdedRelu: unary(({ e, x, node }) => e.mask('Greater', x(0), e.float(node.attrFloat('alpha', 1)))),
  /** 1 or alpha */
  LeakyRelu: unary(({ e, x, node }) => {
    const alpha = node.attrFloat('alpha', 0.01);
    return e.add(e.scale(e.mask('Greater', x(0), e.float(0)), 1 - alpha), e.float(alpha));
  }),
  /** dx: 1 or slope; dslope: min(x, 0) */
  PRelu: ({ e, dy, x, shape, needs }) => {
    const above = e.mask('Greater', x(0), e.float(0));
    const below = e.sub(e.float(1), above);
    return [
      e.mul(dy, e.add(above, e.mul(below, x(1)))),
      needs(1) ? e.unbroadcast(e.mul(dy, e.mul(below, x(0))), shape(1)) : undefined,
    ];
  },
  /** [lo < x < hi], as [x == y] */
  Clip: (c) => [c.e.mul(c.dy, c.e.mask('Equal', c.x(0), c.y)), undefined, undefined],
  /** y (1 - y) */
  Sigmoid: unary(({ e, y }) => e.mul(y, e.sub(e.float(1), y))),
  /** 1 - y^2 */
  Tanh: unary(({ e, y }) => e.sub(e.float(1), e.mul(y, y))),
  /** sigma(x) */
  Softplus: unary((c) => sigmoid(c, c.x(0))),
  /** 1 / (1 + |x|)^2 */
  Softsign: unary(({ e, x }) => {
    const denominator = e.add(e.unary('Abs', x(0)), e.float(1));
    return e.unary('Reciprocal', e.mul(denominator, denominator));
  }),
  /** alpha [0 < y < 1] */
  HardSigmoid: unary(({ e, y, node }) => {
    const inside = e.mul(e.mask('Greater', y, e.float(0)), e.mask('Less', y, e.float(1)));
    return e.scale(inside, node.attrFloat('alpha', 0.2));
  }),
  /** h + (x / 6) [0 < h < 1], h = clip(x / 6 + 1/2, 0, 1) */
  HardSwish: unary(({ e, x }) => {
    const h = e.op('HardSigmoid', [x(0)], e.shape(x(0)), { alpha: 1 / 6, beta: 0.5 });
    const inside = e.mul(e.mask('Greater', h, e.float(0)), e.mask('Less', h, e.float(1)));
    return e.add(h, e.mul(e.scale(x(0), 1 / 6), inside));
  }),
  /** 1 above 0, y + alpha below */
  Elu: unary(({ e, x, y, node }) => bySign(e, x(0), 1, e.add(y, e.float(node.attrFloat('alpha', 1))))),
  /** gamma above 0, y + gamma alpha below */
  Selu: unary(({ e, x, y, node }) => {
    const [alpha, gamma] = [node.attrFloat('alpha', 1.6732632), node.attrFloat('gamma', 1.050701)];
    return bySign(e, x(0), gamma, e.add(y, e.float(gamma * alpha)));
  }),
  /** 1 above 0, e^(x / alpha) = y / alpha + 1 below */
  Celu: unary(({ e, x, y, node }) => bySign(e, x(0), 1, e.add(e.scale(y, 1 / node.attrFloat('alpha', 1)), e.float(1)))),
  /** With t = tanh(softplus(x)): t + x (1 - t^2) sigmoid(x) */
  Mish: unary(({ e, x }) => {
    const t = e.unary('Tanh', e.unary('Softplus', x(0)));
    const slope = e.mul(e.sub(e.float(1), e.mul(t, t)), e.unary('Sigmoid', x(0)));
    return e.add(t, e.mul(x(0), slope));
  }),
  /** Phi(x) + x phi(x), or the derivative of the tanh form */
  Gelu: unary((c) => {
    const { e, node } = c;
    const x = c.x(0);
    if (node.attrString('approximate', 'none') === 'none') {
      return e.add(normalCdf(c, x), e.mul(x, normalPdf(c, x)));
    }
    // t = tanh(u), u = sqrt(2/pi) (x + 0.044715 x^3): (1 + t)/2 + x (1 - t^2) u' / 2
    const k = Math.sqrt(2 / Math.PI);
    const square = e.mul(x, x);
    const u = e.scale(e.mul(x, e.add(e.scale(square, 0.044715), e.float(1))), k);
    const t = e.unary('Tanh', u);
    const slope = e.scale(e.add(e.scale(square, 3 * 0.044715), e.float(1)), k);
    const half = e.scale(e.add(t, e.float(1)), 0.5);
    return e.add(half, e.scale(e.mul(x, e.mul(e.sub(e.float(1), e.mul(t, t)), slope)), 0.5));
  }),
  /** s + x s (1 - s), s = sigma(alpha x) */
  Swish: unary((c) => {
    const { e, node } = c;
    const alpha = node.attrFloat('alpha', 1);
    const s = sigmoid(c, e.scale(c.x(0), alpha));
    return e.add(s, e.scale(e.mul(e.mul(c.x(0), s), e.sub(e.float(1), s)), alpha));
  }),
};

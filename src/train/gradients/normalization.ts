import type { Value } from '../../onnx/value.ts';
import type { Emitter, Shape } from '../emitter.ts';
import type { GradientContext, GradientTable } from './gradient.ts';

/** xhat = (x - mean) rstd over the axes, and rstd. */
function standardize(e: Emitter, x: Value, axes: readonly number[], epsilon: number): { xhat: Value; rstd: Value } {
  const centred = e.sub(x, e.mean(x, axes));
  const variance = e.mean(e.mul(centred, centred), axes);
  const rstd = e.unary('Reciprocal', e.unary('Sqrt', e.add(variance, e.float(epsilon))));
  return { xhat: e.mul(centred, rstd), rstd };
}

/** dx = rstd (g - mean g - xhat mean(g xhat)), g the gradient of xhat. */
function throughStandardize(
  e: Emitter,
  g: Value,
  { xhat, rstd }: { xhat: Value; rstd: Value },
  axes: readonly number[],
) {
  const inner = e.sub(e.sub(g, e.mean(g, axes)), e.mul(xhat, e.mean(e.mul(g, xhat), axes)));
  return e.mul(rstd, inner);
}

/** A vector over channels, shaped so that it broadcasts along axis 1. */
function overChannels(e: Emitter, vector: Value, rank: number): Value {
  const [channels] = e.shape(vector) as [number];
  return e.reshape(vector, [1, channels, ...Array<number>(rank - 2).fill(1)]);
}

const allBut = (shape: Shape, kept: number): number[] => shape.map((_, axis) => axis).filter((axis) => axis !== kept);

/** Gradients of y = gamma xhat + beta where gamma and beta have an entry for each channel. */
function affine(c: GradientContext, xhat: Value): (Value | undefined)[] {
  const axes = allBut(c.shape(0), 1);
  return [
    c.needs(1) ? c.e.sum(c.e.mul(c.dy, xhat), axes, false) : undefined,
    c.needs(2) ? c.e.sum(c.dy, axes, false) : undefined,
  ];
}

export const normalizationGradients: GradientTable = {
  /** With the stored statistics, which are not trained: an affine map for each channel. */
  BatchNormalization: (c) => {
    const { e, node } = c;
    const rank = c.shape(0).length;
    const rstd = e.unary('Reciprocal', e.unary('Sqrt', e.add(c.x(4), e.float(node.attrFloat('epsilon', 1e-5)))));
    const xhat = () => e.mul(e.sub(c.x(0), overChannels(e, c.x(3), rank)), overChannels(e, rstd, rank));
    const [dgamma, dbeta] = c.needs(1) || c.needs(2) ? affine(c, xhat()) : [];
    return [
      c.needs(0) ? e.mul(c.dy, overChannels(e, e.mul(c.x(1), rstd), rank)) : undefined,
      dgamma,
      dbeta,
      undefined,
      undefined,
    ];
  },

  LayerNormalization: (c) => {
    const { e, node } = c;
    const shape = c.shape(0);
    const first = node.attrInt('axis', -1);
    const from = first < 0 ? first + shape.length : first;
    const axes = shape.map((_, axis) => axis).filter((axis) => axis >= from);
    const standard = standardize(e, c.x(0), axes, node.attrFloat('epsilon', 1e-5));
    return [
      c.needs(0) ? throughStandardize(e, e.mul(c.dy, c.x(1)), standard, axes) : undefined,
      c.needs(1) ? e.unbroadcast(e.mul(c.dy, standard.xhat), c.shape(1)) : undefined,
      c.needs(2) ? e.unbroadcast(c.dy, c.shape(2)) : undefined,
    ];
  },

  InstanceNormalization: (c) => {
    const { e, node } = c;
    const shape = c.shape(0);
    const axes = shape.map((_, axis) => axis).filter((axis) => axis >= 2);
    const standard = standardize(e, c.x(0), axes, node.attrFloat('epsilon', 1e-5));
    const g = e.mul(c.dy, overChannels(e, c.x(1), shape.length));
    return [throughStandardize(e, g, standard, axes), ...affine(c, standard.xhat)];
  },

  /** Scale and bias over channels (opset 21), statistics over a group's channels and all positions. */
  GroupNormalization: (c) => {
    const { e, node } = c;
    const shape = c.shape(0);
    const groups = node.attrInt('num_groups', 1);
    const [n, channels] = shape as [number, number];
    const grouped = [n, groups, channels / groups, ...shape.slice(2)];
    const axes = grouped.map((_, axis) => axis).filter((axis) => axis >= 2);
    const standard = standardize(e, e.reshape(c.x(0), grouped), axes, node.attrFloat('epsilon', 1e-5));
    const xhat = e.reshape(standard.xhat, shape);
    // Up to opset 20 scale and bias had an entry a group, applied to all its channels.
    const perGroup = c.shape(1)[0] === groups && groups !== channels;
    if (perGroup) {
      const wide = e.reshape(c.x(1), [1, groups, ...Array<number>(grouped.length - 2).fill(1)]);
      const dy = e.reshape(c.dy, grouped);
      const over = allBut(grouped, 1);
      return [
        e.reshape(throughStandardize(e, e.mul(dy, wide), standard, axes), shape),
        c.needs(1) ? e.sum(e.mul(dy, standard.xhat), over, false) : undefined,
        c.needs(2) ? e.sum(dy, over, false) : undefined,
      ];
    }
    const g = e.reshape(e.mul(c.dy, overChannels(e, c.x(1), shape.length)), grouped);
    return [e.reshape(throughStandardize(e, g, standard, axes), shape), ...affine(c, xhat)];
  },
};

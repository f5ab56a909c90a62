import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import { sizeOf } from '../../tensor.ts';
import type { Emitter, Shape } from '../emitter.ts';
import type { GradientContext, GradientTable } from './gradient.ts';
import { offsets, patches, type Window, windowOf } from './window.ts';

/**
 * Gradient of a convolution's input: the transposed convolution of dy with the same weight. At stride 1 that is a
 * convolution with the kernel rotated by 180 degrees and in- and output channels swapped, which ONNX Runtime runs
 * faster.
 *
 * @param dy [N, O, ...out], @param w [O, C/group, ...kernel], @returns [N, C, ...spatial of `to`]
 */
function convInput(e: Emitter, dy: Value, w: Value, window: Window, group: number, to: Shape): Value {
  const { kernel, strides, dilations, begin } = window;
  const spatial = to.slice(2);
  const out = e.shape(dy).slice(2);
  const pads = kernel.map((k, i) => (k - 1) * (dilations[i] as number) - (begin[i] as number));
  const ends = kernel.map(
    (_, i) =>
      (spatial[i] as number) -
      (out[i] as number) +
      ((kernel[i] as number) - 1) * (dilations[i] as number) -
      (pads[i] as number),
  );
  if (strides.every((stride) => stride === 1) && [...pads, ...ends].every((pad) => pad >= 0)) {
    const rotated = e.reverse(
      swapChannels(e, w, group),
      kernel.map((_, i) => i + 2),
    );
    return e.op('Conv', [dy, rotated], to, {
      kernel_shape: { ints: kernel },
      dilations: { ints: dilations },
      pads: { ints: [...pads, ...ends] },
      group,
    });
  }
  const outputPadding: number[] = [];
  const end = kernel.map((k, i) => {
    const reach = ((out[i] as number) - 1) * (strides[i] as number) + (k - 1) * (dilations[i] as number) + 1;
    const missing = (spatial[i] as number) - (reach - (begin[i] as number));
    // Rows behind the last window get zeros; rows that the window's end padding covered are cut off.
    outputPadding.push(Math.max(0, missing));
    return Math.max(0, -missing);
  });
  return e.op('ConvTranspose', [dy, w], to, {
    kernel_shape: { ints: kernel },
    strides: { ints: strides },
    dilations: { ints: dilations },
    pads: { ints: [...begin, ...end] },
    output_padding: { ints: outputPadding },
    group,
  });
}

/** [O, C/g, ...] -> [C, O/g, ...]: in- and output channels change roles within each group. */
function swapChannels(e: Emitter, w: Value, group: number): Value {
  const [o, c, ...kernel] = e.shape(w) as [number, number, ...number[]];
  const perGroup = e.reshape(w, [group, o / group, c, ...kernel]);
  const swapped = e.transpose(perGroup, [0, 2, 1, ...kernel.map((_, i) => i + 3)]);
  return e.reshape(swapped, [group * c, o / group, ...kernel]);
}

/** From this length on, ONNX Runtime multiplies rows with rows faster than it multiplies elements and adds them up. */
const longRow = 512;

/**
 * Gradient of a convolution's weight, [O, C/group, ...kernel]. Depthwise: one sum of products an offset. Else the
 * products dy x patch for all offsets as one batched MatMul (im2col), summed over the batch.
 *
 * @param x [N, C, ...in], @param dy [N, O, ...out]
 */
function convWeight(e: Emitter, x: Value, dy: Value, window: Window, group: number): Value {
  const [n, c] = e.shape(x) as [number, number];
  const [, o, ...out] = e.shape(dy) as [number, number, ...number[]];
  const count = sizeOf(out);
  const { kernel } = window;
  const seen = patches(e, x, window, out);
  if (group === c && group === o) {
    const columns = e.swap(e.reshape(dy, [n * c, 1, count]));
    const sums = seen.map((patch) => {
      if (count < longRow) return e.sum(e.mul(patch, dy), [0, ...out.map((_, i) => i + 2)], false);
      // Rows times rows, one for each sample and channel: no tensor of the products is made.
      const products = e.matmul(e.reshape(patch, [n * c, 1, count]), columns);
      return e.sum(e.reshape(products, [n, o]), [0], false);
    });
    return e.reshape(
      e.concat(
        sums.map((sum) => e.reshape(sum, [o, 1])),
        1,
      ),
      [o, 1, ...kernel],
    );
  }
  const [perIn, perOut] = [c / group, o / group];
  const columns = e.concat(
    seen.map((patch) => e.reshape(patch, [n, group, perIn, count])),
    2,
  );
  const rows = e.reshape(dy, [n, group, perOut, count]);
  const product = e.sum(e.matmul(rows, e.swap(columns)), [0], false);
  const size = offsets(kernel).length;
  const byOffset = e.reshape(product, [o, size, perIn]);
  return e.reshape(e.transpose(byOffset, [0, 2, 1]), [o, perIn, ...kernel]);
}

/** dB: sum of dy over batch and space. */
function bias(c: GradientContext): Value | undefined {
  if (!c.node.input(2) || !c.needs(2)) return undefined;
  const axes = c.e
    .shape(c.dy)
    .map((_, axis) => axis)
    .filter((axis) => axis !== 1);
  return c.e.sum(c.dy, axes, false);
}

/**
 * The window of a ConvTranspose. Where `output_shape` or `auto_pad` decides the padding, what is too much, output padding included,
 * is cut off at both ends, the odd one at the start but for SAME_UPPER: https://onnx.ai/onnx/operators/onnx__ConvTranspose.html
 */
function transposedWindow(node: Node, kernel: readonly number[], input: Shape, output: Shape): Window {
  const window = windowOf(node, kernel, output, input);
  const auto = node.attrString('auto_pad', 'NOTSET');
  const isGiven = auto === 'NOTSET' || auto === '' || auto === 'VALID';
  if (isGiven && node.attrInts('output_shape', []).length === 0) return window;
  const added = node.attrInts(
    'output_padding',
    kernel.map(() => 0),
  );
  const total = kernel.map((k, i) => {
    const reach = ((input[i] as number) - 1) * window.strides[i]! + (k - 1) * window.dilations[i]! + 1;
    return Math.max(0, reach + added[i]! - (output[i] as number));
  });
  const small = total.map((count) => Math.floor(count / 2));
  const large = total.map((count, i) => count - small[i]!);
  const [begin, end] = auto === 'SAME_UPPER' ? [small, large] : [large, small];
  return { ...window, begin, end };
}

export const convolutionGradients: GradientTable = {
  Conv: (c) => {
    const [x, w, out] = [c.shape(0), c.shape(1), c.e.shape(c.dy)];
    const group = c.node.attrInt('group', 1);
    const window = windowOf(c.node, w.slice(2), x.slice(2), out.slice(2));
    return [
      c.needs(0) ? convInput(c.e, c.dy, c.x(1), window, group, x) : undefined,
      c.needs(1) ? convWeight(c.e, c.x(0), c.dy, window, group) : undefined,
      bias(c),
    ];
  },

  /** Weight [C, O/group, ...kernel]: the convolution's roles of x and dy are exchanged. */
  ConvTranspose: (c) => {
    const { e } = c;
    const [x, w, out] = [c.shape(0), c.shape(1), e.shape(c.dy)];
    const group = c.node.attrInt('group', 1);
    const window = transposedWindow(c.node, w.slice(2), x.slice(2), out.slice(2));
    const end = window.kernel.map((k, i) => {
      const reach =
        ((x[i + 2] as number) - 1) * (window.strides[i] as number) + (k - 1) * (window.dilations[i] as number) + 1;
      return reach - (window.begin[i] as number) - (out[i + 2] as number);
    });
    const dx = () => {
      // Rows that output padding added lie beyond every window.
      const size = out.map((dim, axis) => (axis < 2 ? dim : dim + Math.min(0, end[axis - 2] as number)));
      const seen = e.slice(
        c.dy,
        out.map(() => 0),
        size,
        out.map(() => 1),
      );
      return e.op('Conv', [seen, c.x(1)], x, {
        kernel_shape: { ints: window.kernel },
        strides: { ints: window.strides },
        dilations: { ints: window.dilations },
        pads: { ints: [...window.begin, ...end.map((pad) => Math.max(0, pad))] },
        group,
      });
    };
    return [
      c.needs(0) ? dx() : undefined,
      c.needs(1) ? convWeight(e, c.dy, c.x(0), window, group) : undefined,
      bias(c),
    ];
  },
};

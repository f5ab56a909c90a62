import type { Value } from '../../onnx/value.ts';
import { sizeOf } from '../../tensor.ts';
import type { Emitter } from '../emitter.ts';
import { type Gradient, type GradientTable, Unsupported } from './gradient.ts';
import { type Window, windowOf } from './window.ts';

/** How many real elements each window of an average holds: the divisor, which padding may leave out. */
function counts(
  window: Window,
  input: readonly number[],
  output: readonly number[],
  withPadding: boolean,
): Float32Array {
  const perAxis = output.map((size, i) =>
    Array.from({ length: size }, (_, at) => {
      const start = at * (window.strides[i] as number) - (window.begin[i] as number);
      const [low, high] = withPadding
        ? [-(window.begin[i] as number), (input[i] as number) + (window.end[i] as number)]
        : [0, input[i] as number];
      let count = 0;
      for (let k = 0; k < (window.kernel[i] as number); k++) {
        const place = start + k * (window.dilations[i] as number);
        if (place >= low && place < high) count += 1;
      }
      return count;
    }),
  );
  const result = new Float32Array(sizeOf(output));
  for (let flat = 0; flat < result.length; flat++) {
    let rest = flat;
    let count = 1;
    for (let i = output.length - 1; i >= 0; i--) {
      const size = output[i] as number;
      count *= (perAxis[i] as number[])[rest % size] as number;
      rest = Math.floor(rest / size);
    }
    result[flat] = 1 / Math.max(1, count);
  }
  return result;
}

/** dx of a window sum: every window's value added to all it covers, a transposed depthwise convolution with ones. */
function windowSum(e: Emitter, dy: Value, window: Window, to: readonly number[]): Value {
  const [n, c, ...out] = e.shape(dy) as [number, number, ...number[]];
  const flat = e.reshape(dy, [n * c, 1, ...out]);
  const ones = e.expand(e.float(1), [1, 1, ...window.kernel]);
  const outputPadding: number[] = [];
  const end = window.kernel.map((k, i) => {
    const reach =
      ((out[i] as number) - 1) * (window.strides[i] as number) + (k - 1) * (window.dilations[i] as number) + 1;
    const missing = (to[i + 2] as number) - (reach - (window.begin[i] as number));
    outputPadding.push(Math.max(0, missing));
    return Math.max(0, -missing);
  });
  const sum = e.op('ConvTranspose', [flat, ones], [n * c, 1, ...to.slice(2)], {
    kernel_shape: { ints: window.kernel },
    strides: { ints: window.strides },
    dilations: { ints: window.dilations },
    pads: { ints: [...window.begin, ...end] },
    output_padding: { ints: outputPadding },
  });
  return e.reshape(sum, to);
}

/** Max over all positions: shared by the elements that equal it. */
const globalMax: Gradient = ({ e, dy, y, x, shape }) => {
  const axes = shape(0)
    .map((_, axis) => axis)
    .filter((axis) => axis >= 2);
  const equal = e.mask('Equal', x(0), y);
  return [e.mul(e.div(equal, e.sum(equal, axes)), dy)];
};

export const poolingGradients: GradientTable = {
  GlobalAveragePool: ({ e, dy, shape }) => [e.expand(e.scale(dy, 1 / sizeOf(shape(0).slice(2))), shape(0))],
  GlobalMaxPool: globalMax,

  AveragePool: ({ e, dy, node, shape }) => {
    const [x, out] = [shape(0), e.shape(dy)];
    const window = windowOf(node, node.attrInts('kernel_shape', []), x.slice(2), out.slice(2));
    // The runtime pads as if there were neither dilation nor pixels left out between windows.
    const isSame = node.attrString('auto_pad', 'NOTSET').startsWith('SAME');
    const { kernel, strides, dilations } = window;
    if (isSame && kernel.some((size, i) => dilations[i]! > 1 || strides[i]! > size + 1))
      throw new Unsupported('AveragePool by auto_pad with dilation, or whose strides leave pixels out');
    const withPadding = node.attrInt('count_include_pad', 0) === 1;
    const share = e.tensor([1, 1, ...out.slice(2)], counts(window, x.slice(2), out.slice(2), withPadding));
    return [windowSum(e, e.mul(dy, share), window, x)];
  },

  /** The indices of the maxima say where dy goes. */
  MaxPool: ({ e, dy, node, shape }) => {
    if (node.attrInt('storage_order', 0) !== 0) throw new Unsupported('MaxPool with column-major indices');
    const indices = node.outputs[1] ?? e.graph.addNodeOutput(node, `${node.name}_indices`);
    const [x, out] = [shape(0), e.shape(dy)];
    const zeros = e.expand(e.float(0), [sizeOf(x)]);
    const flat = e.op('Reshape', [indices, e.ints([sizeOf(out)])], [sizeOf(out)]);
    const scattered = e.op('ScatterElements', [zeros, flat, e.reshape(dy, [sizeOf(out)])], [sizeOf(x)], {
      axis: 0,
      reduction: 'add',
    });
    return [e.reshape(scattered, x)];
  },
};

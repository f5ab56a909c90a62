import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import type { Emitter, Shape } from '../emitter.ts';
import { Unsupported } from './gradient.ts';

/** How a window moves over the spatial axes; every list has an entry an axis. */
export interface Window {
  kernel: number[];
  strides: number[];
  dilations: number[];
  begin: number[];
  end: number[];
}

/**
 * Kernel, strides, dilations and explicit padding of a convolution or pooling node.
 *
 * @param input spatial sizes of the (larger) input, @param output of the output; for ConvTranspose swapped
 */
export function windowOf(node: Node, kernel: readonly number[], input: Shape, output: Shape): Window {
  const ones = kernel.map(() => 1);
  const strides = node.attrInts('strides', ones);
  const dilations = node.attrInts('dilations', ones);
  const auto = node.attrString('auto_pad', 'NOTSET');
  const pads = node.attrInts(
    'pads',
    [...kernel, ...kernel].map(() => 0),
  );
  let begin = pads.slice(0, kernel.length);
  let end = pads.slice(kernel.length);
  if (auto === 'VALID') {
    begin = kernel.map(() => 0);
    end = begin;
  } else if (auto !== 'NOTSET' && auto !== '') {
    const total = kernel.map((k, i) =>
      Math.max(
        0,
        ((output[i] as number) - 1) * (strides[i] as number) +
          (k - 1) * (dilations[i] as number) +
          1 -
          (input[i] as number),
      ),
    );
    const small = total.map((count) => Math.floor(count / 2));
    const large = total.map((count, i) => count - (small[i] as number));
    [begin, end] = auto === 'SAME_LOWER' ? [large, small] : [small, large];
  }
  return { kernel: [...kernel], strides: [...strides], dilations: [...dilations], begin, end };
}

/** The offsets of a kernel, the last axis fastest, as its weights lie in memory. */
export function offsets(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (list, size) => list.flatMap((offset) => Array.from({ length: size }, (_, at) => [...offset, at])),
    [[]],
  );
}

/**
 * For each offset of the kernel, what it sees: strided slices of the padded input, each [N, C, ...count].
 *
 * @param count windows along each axis
 */
export function patches(e: Emitter, x: Value, window: Window, count: Shape): Value[] {
  const shape = e.shape(x);
  const { kernel, strides, dilations, begin } = window;
  // Padding at the end as far as the last window reaches; a window never reaches less than the input for a valid node.
  const reach = kernel.map(
    (k, i) => ((count[i] as number) - 1) * (strides[i] as number) + (k - 1) * (dilations[i] as number) + 1,
  );
  const end = reach.map((size, i) => Math.max(0, size - (begin[i] as number) - (shape[i + 2] as number)));
  if (begin.some((pad) => pad < 0)) throw new Unsupported('negative padding');
  const padded = e.pad(x, [0, 0, ...begin], [0, 0, ...end]);
  return offsets(kernel).map((offset) => {
    const starts = offset.map((at, i) => at * (dilations[i] as number));
    const ends = starts.map((start, i) => start + ((count[i] as number) - 1) * (strides[i] as number) + 1);
    const [n, c] = shape as [number, number];
    return e.slice(padded, [0, 0, ...starts], [n, c, ...ends], [1, 1, ...strides]);
  });
}

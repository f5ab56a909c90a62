import type { AttributeValue } from '../../onnx/attributes.ts';
import type { Graph } from '../../onnx/graph.ts';
import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import { sizeOf, type TensorInfo } from '../../tensor.ts';
import type { ValueInfos } from '../static/units.ts';

/** So many positions of a sample in space are enough, in all dimensions together. */
const positions = 256;

/** An image with the kernel that reads it. */
interface Window {
  image: Value;
  channels: number;
  kernel: readonly number[];
  /** The kernel's positions in reverse. */
  isTurned?: boolean;
  attributes: Record<string, AttributeValue>;
}

/** What a convolution multiplies with its weights at some of its positions: [batch, channels * kernel, positions...]. */
export function patches(graph: Graph, input: Value, head: Node, infos: ValueInfos): Value {
  const { image, channels, kernel, isTurned, attributes } = head.is('Conv')
    ? windowOf(input, head, infos)
    : transposedWindow(graph, input, head, infos);
  const taps = sizeOf(kernel);
  const data = new Float32Array(channels * taps * taps);
  for (let row = 0; row < channels * taps; row++) {
    const tap = row % taps;
    data[row * taps + (isTurned ? taps - 1 - tap : tap)] = 1;
  }
  const { name } = head.input(1)!;
  const pick = graph.addInitializer(`${name}_pick`, { type: 'float32', dims: [channels * taps, 1, ...kernel], data });
  return graph
    .addNode({
      op: 'Conv',
      name: `${name}_patches`,
      inputs: [image, pick],
      attributes: { group: { int: channels }, kernel_shape: { ints: kernel }, ...attributes },
    })
    .output();
}

function windowOf(image: Value, head: Node, infos: ValueInfos): Window {
  const [, perGroup = 1, ...kernel] = dimsOfWeight(head);
  const padding = head.attrString('auto_pad', 'NOTSET');
  const output = infos.get(head.output().name)?.dims;
  // SAME pads for the stride that the convolution has.
  const every = padding.startsWith('SAME') ? 1 : stepOver(output, kernel, isWrittenInTurns(image));
  const { strides, dilations } = stepsOf(head, kernel);
  const none = kernel.flatMap(() => [0, 0]);
  return {
    image,
    channels: perGroup * head.attrInt('group', 1),
    kernel,
    attributes: {
      strides: { ints: strides.map((stride) => stride * every) },
      dilations: { ints: dilations },
      ...(padding === 'NOTSET' ? { pads: { ints: head.attrInts('pads', none) } } : { auto_pad: padding }),
    },
  };
}

/**
 * A transposed convolution is a convolution of its image with zeros in between, by the kernel in reverse. Where positions of the kernel
 * do not meet, each reads the image as it is. What is cropped at the borders counts too.
 */
function transposedWindow(graph: Graph, input: Value, head: Node, infos: ValueInfos): Window {
  const [channels = 1, , ...kernel] = dimsOfWeight(head);
  if (!overlaps(head)) {
    const step = stepOver(infos.get(input.name)?.dims, kernel, isWrittenInTurns(input));
    return {
      image: input,
      channels,
      kernel: kernel.map(() => 1),
      attributes: { strides: { ints: kernel.map(() => step) } },
    };
  }
  const { strides, dilations } = stepsOf(head, kernel);
  const step = stepOver(infos.get(head.output().name)?.dims, kernel, true);
  const pads = kernel.map((size, i) => (size - 1) * dilations[i]!);
  return {
    image: spread(graph, input, channels, strides),
    channels,
    kernel,
    isTurned: true,
    attributes: {
      strides: { ints: kernel.map(() => step) },
      dilations: { ints: dilations },
      pads: { ints: [...pads, ...pads] },
    },
  };
}

/** Whether positions of a transposed convolution's kernel write to the same place. */
export function overlaps(head: Node): boolean {
  const kernel = dimsOfWeight(head).slice(2);
  const { strides, dilations } = stepsOf(head, kernel);
  return kernel.some((size, i) => (size - 1) * dilations[i]! >= strides[i]!);
}

const dimsOfWeight = (head: Node): number[] => head.input(1)!.initializer!.dims.map(Number);

function stepsOf(head: Node, kernel: readonly number[]): { strides: number[]; dilations: number[] } {
  const numbers = (name: string) =>
    head
      .attrInts(
        name,
        kernel.map(() => 1),
      )
      .map(Number);
  return { strides: numbers('strides'), dilations: numbers('dilations') };
}

/** An image with zeros in between. */
function spread(graph: Graph, image: Value, channels: number, strides: readonly number[]): Value {
  if (strides.every((stride) => stride === 1)) return image;
  const name = `${image.name}_spread`;
  const dims = [channels, 1, ...strides.map(() => 1)];
  const ones = graph.addInitializer(`${name}_ones`, {
    type: 'float32',
    dims,
    data: new Float32Array(channels).fill(1),
  });
  const attributes = { group: { int: channels }, strides: { ints: strides } };
  return graph.addNode({ op: 'ConvTranspose', name, inputs: [image, ones], attributes }).output();
}

/**
 * Of how many positions one is taken, in each dimension of an image of these dims, so that there are about `positions`.
 *
 * @param inTurns every second position, or third, is of one kind
 */
function stepOver(dims: TensorInfo['dims'] | undefined, kernel: readonly number[], inTurns: boolean): number {
  const spatial = dims?.slice(2) ?? [];
  const count = spatial.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 64), 1);
  let step = Math.max(1, Math.floor((count / positions) ** (1 / kernel.length)));
  while (inTurns && (step % 2 === 0 || step % 3 === 0)) step++;
  return step;
}

/** Whether neighbours in an image may be of different kinds, as different weights wrote them: behind what enlarges it so. */
function isWrittenInTurns(image: Value): boolean {
  const seen = new Set<Value>([image]);
  for (const value of seen) {
    if (value.producer?.is('ConvTranspose', 'DepthToSpace')) return true;
    for (const input of value.producer?.inputs ?? []) if (input) seen.add(input);
  }
  return false;
}

import type { Graph } from '../../onnx/graph.ts';
import type { Node } from '../../onnx/node.ts';
import type { Value } from '../../onnx/value.ts';
import { sizeOf, type TensorInfo } from '../../tensor.ts';
import type { ValueInfos } from '../static/units.ts';

/** So many positions of a sample in space are enough, in all dimensions together. */
const positions = 256;

/** Of how many positions one is taken, in each dimension of an image of these dims, so that there are about `positions`. */
function stepOver(dims: TensorInfo['dims'] | undefined, dimensions: number): number {
  const spatial = dims?.slice(2) ?? [];
  const count = spatial.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 64), 1);
  return Math.max(1, Math.floor((count / positions) ** (1 / dimensions)));
}

/** What a convolution multiplies with its weights at some of its positions: [batch, channels * kernel, positions...]. */
export function patches(graph: Graph, input: Value, head: Node, infos: ValueInfos): Value {
  const weight = head.input(1)!;
  const [, perGroup = 1, ...kernel] = weight.initializer!.dims.map(Number);
  const channels = perGroup * head.attrInt('group', 1);
  const taps = sizeOf(kernel);
  const data = new Float32Array(channels * taps * taps);
  for (let row = 0; row < channels * taps; row++) data[row * taps + (row % taps)] = 1;
  const pick = graph.addInitializer(`${weight.name}_pick`, {
    type: 'float32',
    dims: [channels * taps, 1, ...kernel],
    data,
  });
  const padding = head.attrString('auto_pad', 'NOTSET');
  // SAME pads for the stride that the convolution has.
  const every = padding.startsWith('SAME') ? 1 : stepOver(infos.get(head.output().name)?.dims, kernel.length);
  const strides = head
    .attrInts(
      'strides',
      kernel.map(() => 1),
    )
    .map((stride) => Number(stride) * every);
  return graph
    .addNode({
      op: 'Conv',
      name: `${weight.name}_patches`,
      inputs: [input, pick],
      attributes: {
        group: { int: channels },
        kernel_shape: { ints: kernel },
        strides: { ints: strides },
        dilations: {
          ints: head.attrInts(
            'dilations',
            kernel.map(() => 1),
          ),
        },
        ...(padding === 'NOTSET'
          ? {
              pads: {
                ints: head.attrInts(
                  'pads',
                  kernel.flatMap(() => [0, 0]),
                ),
              },
            }
          : { auto_pad: padding }),
      },
    })
    .output();
}

/** An image [batch, channels, positions...] at some of its positions. */
export function thinned(graph: Graph, image: Value, dimensions: number, infos: ValueInfos): Value {
  const step = stepOver(infos.get(image.name)?.dims, dimensions);
  if (step === 1) return image;
  const name = `${image.name}_thinned`;
  const numbers = (of: (dimension: number) => bigint) =>
    graph.addInitializer(`${name}_numbers`, {
      type: 'int64',
      dims: [dimensions],
      data: BigInt64Array.from({ length: dimensions }, (_, dimension) => of(dimension)),
    });
  const [starts, ends] = [numbers(() => 0n), numbers(() => 2n ** 62n)];
  const [axes, steps] = [numbers((dimension) => BigInt(dimension + 2)), numbers(() => BigInt(step))];
  return graph.addNode({ op: 'Slice', name, inputs: [image, starts, ends, axes, steps] }).output();
}

import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { buildModel, type GraphBuilder, type OnnxModel } from '../../../src/onnx/model.ts';
import { ValueInfoProtoSchema } from '../../../src/onnx/proto.ts';
import { makeTypeProto } from '../../../src/onnx/types.ts';
import type { Value } from '../../../src/onnx/value.ts';
import { Random } from '../../../src/random.ts';
import { ints } from '../../onnx/ort.ts';
import { normal, outputSqnr, quantizeWith } from './helpers.ts';

/** A value with its dims [1, channels, height, width]. */
interface Image {
  value: Value;
  dims: [1, number, number, number];
}

type Step = (b: GraphBuilder, image: Image, pick: (n: number) => number, others: readonly Image[]) => Image;

/** One step for each kind of row of the operator table. */
const steps: Record<string, Step> = {
  conv: (b, { value, dims: [, c, h, w] }, pick) => {
    const [to, kernel, stride] = [4 + 4 * pick(2), 1 + 2 * pick(2), 1 + pick(2)];
    const weight = b.constant(normal([to, c, kernel, kernel], pick(1000), 1 / Math.sqrt(c * kernel * kernel)));
    const bias = pick(2) ? b.constant(normal([to], pick(1000), 0.2)) : undefined;
    const pad = kernel >> 1;
    const out = b.op('Conv', [value, weight, bias], { pads: [pad, pad, pad, pad], strides: [stride, stride] });
    return { value: out, dims: [1, to, Math.ceil(h / stride), Math.ceil(w / stride)] };
  },
  depthwise: (b, { value, dims }, pick) => {
    const weight = b.constant(normal([dims[1], 1, 3, 3], pick(1000), 0.4));
    return { value: b.op('Conv', [value, weight], { group: dims[1], pads: [1, 1, 1, 1] }), dims };
  },
  transposed: (b, { value, dims: [, c, h, w] }, pick) => {
    const weight = b.constant(normal([c, 4, 2, 2], pick(1000), 0.5));
    return { value: b.op('ConvTranspose', [value, weight], { strides: [2, 2] }), dims: [1, 4, h * 2, w * 2] };
  },
  relu: (b, image) => ({ ...image, value: b.op('Relu', [image.value]) }),
  clip: (b, image, pick) => ({
    ...image,
    value: b.op('Clip', [image.value, pick(2) ? b.constant(-1) : undefined, b.constant(1.5)]),
  }),
  sigmoid: (b, image) => ({ ...image, value: b.op('Sigmoid', [image.value]) }),
  silu: (b, image) => ({ ...image, value: b.op('Mul', [image.value, b.op('Sigmoid', [image.value])]) }),
  leaky: (b, image) => ({ ...image, value: b.op('LeakyRelu', [image.value], { alpha: 0.1 }) }),
  prelu: (b, image, pick) => ({
    ...image,
    value: b.op('PRelu', [image.value, b.constant(normal([image.dims[1], 1, 1], pick(1000), 0.4))]),
  }),
  swish: (b, image) => ({ ...image, value: b.op('HardSwish', [image.value]) }),
  tanh: (b, image) => ({ ...image, value: b.op('Tanh', [image.value]) }),
  softmax: (b, image) => ({ ...image, value: b.op('Softmax', [image.value], { axis: 1 }) }),
  shift: (b, image, pick) => ({
    ...image,
    value: b.op('Add', [image.value, b.constant(normal([image.dims[1], 1, 1], pick(1000)))]),
  }),
  scale: (b, image) => ({ ...image, value: b.op('Mul', [image.value, b.constant(0.7)]) }),
  divide: (b, image) => ({ ...image, value: b.op('Div', [image.value, b.constant(1.3)]) }),
  residual: (b, image, pick, others) => {
    const alike = others.filter((other) => other.dims.join() === image.dims.join());
    const other = alike[pick(alike.length)] ?? image;
    return { ...image, value: b.op('Add', [image.value, other.value]) };
  },
  concat: (b, image, pick, others) => {
    const alike = others.filter((other) => other.dims.slice(2).join() === image.dims.slice(2).join());
    const other = alike[pick(alike.length)] ?? image;
    const [, c, h, w] = image.dims;
    return { value: b.op('Concat', [image.value, other.value], { axis: 1 }), dims: [1, c + other.dims[1], h, w] };
  },
  split: (b, { value, dims: [, c, h, w] }) => {
    const half = b.constant(ints([c / 2, c / 2]));
    const [first, second] = b.ops('Split', [value, half], { axis: 1 }, { outputs: 2 });
    const turned = b.op('Concat', [second, first], { axis: 1 });
    return { value: turned, dims: [1, c, h, w] };
  },
  slice: (b, { value, dims: [, c, h, w] }) => ({
    value: b.op('Slice', [value, b.constant(ints([0])), b.constant(ints([c / 2])), b.constant(ints([1]))]),
    dims: [1, c / 2, h, w],
  }),
  shuffle: (b, { value, dims: [, c, h, w] }) => {
    const grouped = b.op('Reshape', [value, b.constant(ints([1, 2, c / 2, h, w]))]);
    const turned = b.op('Transpose', [grouped], { perm: [0, 2, 1, 3, 4] });
    return { value: b.op('Reshape', [turned, b.constant(ints([1, c, h, w]))]), dims: [1, c, h, w] };
  },
  max: (b, image) => ({
    ...image,
    value: b.op('MaxPool', [image.value], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  }),
  mean: (b, image) => ({
    ...image,
    value: b.op('AveragePool', [image.value], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }),
  }),
  nearest: (b, { value, dims: [, c, h, w] }) => {
    const sizes = b.constant({ type: 'float32', dims: [4], data: Float32Array.of(1, 1, 2, 2) });
    return { value: b.op('Resize', [value, undefined, sizes], { mode: 'nearest' }), dims: [1, c, h * 2, w * 2] };
  },
  pad: (b, { value, dims: [, c, h, w] }) => ({
    value: b.op('Pad', [value, b.constant(ints([0, 0, 1, 1, 0, 0, 1, 1]))]),
    dims: [1, c, h + 2, w + 2],
  }),
  normalize: (b, image) => {
    const parameter = (seed: number) => b.constant(Array.from(normal([image.dims[1]], seed, 0.1).data, (x) => 1 + x));
    return { ...image, value: b.op('InstanceNormalization', [image.value, parameter(1), parameter(2)]) };
  },
};

function describeValue(value: Value, dims: readonly number[]): void {
  value.info ??= create(ValueInfoProtoSchema, { name: value.name, type: makeTypeProto('float32', dims) });
}

function randomModel(seed: number): OnnxModel {
  const random = new Random(seed, 'graphs');
  const pick = (n: number) => random.below(Math.max(1, n));
  const names = Object.keys(steps);
  return buildModel((b) => {
    const images: Image[] = [{ value: b.input('x', 'float32', [1, 4, 10, 10]), dims: [1, 4, 10, 10] }];
    images.push(steps['conv']!(b, images[0]!, pick, images));
    for (let count = 0; count < 8; count++) {
      // Every other step computes, so that integer regions form.
      const name = count % 2 === 1 && pick(2) ? 'conv' : names[pick(names.length)]!;
      const from = pick(4) === 0 ? images[pick(images.length)]! : images.at(-1)!;
      if (from.dims[2] > 24 && (name === 'nearest' || name === 'transposed')) continue;
      images.push(steps[name]!(b, from, pick, images));
    }
    // Half of all files say what shape inference finds, as exports by PyTorch do.
    if (seed % 2) for (const { value, dims } of images) describeValue(value, dims);
    const last = images.at(-1)!;
    if (pick(3) === 0) {
      const pooled = b.op('Flatten', [b.op('GlobalAveragePool', [last.value])]);
      b.output(b.op('MatMul', [pooled, b.constant(normal([last.dims[1], 5], seed))]), 'scores');
    } else b.output(last.value, 'image');
    const middle = images[1 + pick(images.length - 2)]!;
    if (pick(3) === 0 && !middle.value.isGraphOutput) b.output(middle.value, 'middle');
  }, 14);
}

const samples = [1, 2, 3, 4].map((seed) => ({ x: normal([1, 4, 10, 10], seed + 100) }));

describe('random graphs over the operator table', () => {
  it.each(Array.from({ length: 30 }, (_, i) => i + 1))(
    'graph %i keeps types and shapes and stays near to float',
    async (seed) => {
      const model = randomModel(seed);
      const target = seed % 3 === 0 ? 'cpu-x64-vnni' : 'cpu-x64-avx2';
      const result = await quantizeWith(model, samples, { target, observer: seed % 2 ? 'min-max' : 'histogram' });
      for (const sqnr of await outputSqnr(model, result.model, samples, target)) {
        // Ten layers of 7-bit weights and 8-bit activations.
        expect(sqnr, [...new Set(model.graph.nodes.map((node) => node.op))].join(' ')).toBeGreaterThan(13);
      }
    },
  );
});

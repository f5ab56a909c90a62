import { join } from 'node:path';
import { GraphBuilder, saveModel } from '../../src/onnx/model.ts';
import { Random } from '../../src/random.ts';
import type { SessionSpec } from '../../src/runtime/contract.ts';
import type { Tensor } from '../../src/tensor.ts';

export function floats(dims: number[], seed = 1): Tensor & { data: Float32Array } {
  const random = new Random(seed, 'floats');
  const length = dims.reduce((product, dim) => product * dim, 1);
  return { type: 'float32', dims, data: Float32Array.from({ length }, () => random.normal()) };
}

/** A session of a model that `fill` builds, written into a folder. */
export async function sessionOf(
  folder: string,
  name: string,
  fill: (builder: GraphBuilder) => void,
): Promise<SessionSpec> {
  const builder = new GraphBuilder();
  fill(builder);
  const model = join(folder, `${name}.onnx`);
  await saveModel(builder.build(), model);
  return { model, provider: 'cpu', threads: 1 };
}

/** `layers` matrix products of [batch, width]: the time of a run grows with the layers, the memory too. */
export function stack(layers: number, width: number) {
  return (b: GraphBuilder) => {
    let value = b.input('x', 'float32', ['batch', width]);
    for (let layer = 0; layer < layers; layer++) {
      value = b.op('Tanh', [b.op('MatMul', [value, b.constant(floats([width, width], layer), `w${layer}`)])]);
    }
    b.output(value, 'y', { type: 'float32', dims: ['batch', width] });
  };
}

import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { GraphBuilder, modelToBytes } from '../../src/onnx/model.ts';
import { Random } from '../../src/random.ts';
import { Emitter, type Shape } from '../../src/train/emitter.ts';
import { fakeQuantDomain, lowerFakeQuant } from '../../src/train/fake-quant.ts';

async function dynamic(samples: number, data: Float32Array, dims: Shape): Promise<Float32Array> {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', dims);
  const y = b.graph
    .addNode({
      op: 'FakeQuantDynamic',
      domain: fakeQuantDomain,
      name: 'fake',
      inputs: [x],
      attributes: { samples: { int: samples } },
    })
    .output();
  const mark = b.graph.addNode({ op: 'Identity', name: 'end', inputs: [y], outputs: ['y'] }).output();
  b.graph.addOutput(mark);
  const shapes = new Map([
    [x, dims],
    [y, dims],
  ]);
  lowerFakeQuant(new Emitter(b.graph, shapes));
  const session = await InferenceSession.create(modelToBytes(b.build(18)));
  return (await session.run({ x: new OrtTensor('float32', data, dims) }))['y']!.data as Float32Array;
}

test('dynamic ranges are those of each sample, as where the exported model runs them one by one', async () => {
  const random = new Random(3, 'dynamic');
  // Of different size and offset, one without a negative value, one all zero.
  const samples = [
    Float32Array.from({ length: 12 }, () => random.normal()),
    Float32Array.from({ length: 12 }, () => 50 * random.normal() - 7),
    Float32Array.from({ length: 12 }, () => Math.abs(random.normal())),
    new Float32Array(12),
  ];
  const together = await dynamic(4, Float32Array.from(samples.flatMap((each) => [...each])), [8, 2, 3]);
  for (const [i, sample] of samples.entries()) {
    // A single sample goes through DynamicQuantizeLinear itself.
    const alone = await dynamic(1, sample, [2, 2, 3]);
    together.subarray(12 * i, 12 * (i + 1)).forEach((value, at) => {
      expect(value).toBeCloseTo(alone[at]!, 4);
    });
  }
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { FeedStore } from '../../src/data/store.ts';
import { GraphBuilder, type OnnxModel } from '../../src/onnx/model.ts';
import type { Value } from '../../src/onnx/value.ts';
import { Random } from '../../src/random.ts';
import { writeStore } from '../runtime/store-file.ts';

export { qatRequest } from './request.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'quant-gate-test-'));
  folders.push(folder);
  return folder;
}

type Change = (b: GraphBuilder, x: Value) => Value;

/** Six convolutions with a residual, then classes; random weights. `between` may add nodes in the middle, `early` behind the first. */
export function smallNetwork(between: Change = (_, x) => x, early: Change = (_, x) => x): OnnxModel {
  const random = new Random(7, 'weights');
  const b = new GraphBuilder();
  const weight = (dims: number[], name: string) => {
    const fan = dims.slice(1).reduce((product, dim) => product * dim, 1);
    const data = Float32Array.from({ length: dims[0]! * fan }, () => random.normal() * Math.sqrt(2 / fan));
    return b.constant({ type: 'float32', dims, data }, name);
  };
  const bias = (count: number, name: string) =>
    b.constant(
      { type: 'float32', dims: [count], data: Float32Array.from({ length: count }, () => random.normal() / 4) },
      name,
    );
  const conv = (x: Value, o: number, i: number, name: string) =>
    b.op(
      'Conv',
      [x, weight([o, i, 3, 3], `${name}.w`), bias(o, `${name}.b`)],
      { pads: { ints: [1, 1, 1, 1] } },
      { name },
    );
  const relu = (x: Value, name: string) => b.op('Relu', [x], {}, { name });
  let x = b.input('image', 'float32', ['batch', 2, 8, 8]);
  x = early(b, relu(conv(x, 8, 2, 'conv1'), 'relu1'));
  x = relu(conv(x, 8, 8, 'conv2'), 'relu2');
  x = relu(conv(x, 8, 8, 'conv3'), 'relu3');
  x = between(b, x);
  const inner = relu(conv(x, 8, 8, 'conv4'), 'relu4');
  x = relu(b.op('Add', [x, conv(inner, 8, 8, 'conv5')], {}, { name: 'residual' }), 'relu5');
  x = b.op('Flatten', [b.op('GlobalAveragePool', [relu(conv(x, 16, 8, 'conv6'), 'relu6')])]);
  const classes = b.op('Gemm', [x, weight([16, 4], 'classes.w'), bias(4, 'classes.b')], {}, { name: 'classes' });
  b.output(classes, 'logits', { type: 'float32', dims: ['batch', 4] });
  return b.build(13);
}

/** Smooth random images, so that the network's answers differ between them. */
export function imagesStore(
  path: string,
  count: number,
  change: (data: Float32Array, at: number) => void = () => {},
): FeedStore {
  const random = new Random(3, 'images');
  return writeStore(
    path,
    Array.from({ length: count }, (_, at) => {
      const data = new Float32Array(2 * 64);
      for (let c = 0; c < 2; c++) {
        const [fx, fy, phase, offset] = [random.normal(), random.normal(), 6 * random.uniform(), random.normal()];
        for (let i = 0; i < 64; i++)
          data[c * 64 + i] = Math.sin(fx * (i % 8) + fy * Math.floor(i / 8) + phase) + offset;
      }
      change(data, at);
      return { image: { type: 'float32' as const, dims: [1, 2, 8, 8], data } };
    }),
  );
}

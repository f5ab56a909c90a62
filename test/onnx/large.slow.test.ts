import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GraphBuilder, loadModel, modelBytes, saveModel } from '../../src/onnx/model.ts';
import { DataType, TensorProtoSchema } from '../../src/onnx/proto.ts';
import { setTensorSource } from '../../src/onnx/tensor.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quant-gate-large-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('weights of more than 2 GB go to a file of their own, in little memory', async () => {
  const b = new GraphBuilder();
  let x = b.input('x', 'float32', [1, 16384]);
  for (let i = 0; i < 3; i++) {
    const proto = create(TensorProtoSchema, { dataType: DataType.FLOAT, dims: [16384n, 16384n] });
    setTensorSource(proto, { length: 2 ** 30, read: (_, length) => new Uint8Array(length).fill(i) });
    x = b.op('MatMul', [x, b.constant(proto, `w${i}`)]);
  }
  b.output(x, 'y');
  const path = join(folder, 'large.onnx');
  const model = b.build(17);
  await expect(saveModel(model, path, { externalData: 'never' })).rejects.toThrow(/larger than 2 GB/);
  const before = process.memoryUsage().rss;
  await saveModel(model, path);
  expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 29);
  expect(statSync(path).size).toBeLessThan(2000);
  expect(await modelBytes(path)).toBe(statSync(path).size + 3 * 2 ** 30);
  const loaded = await loadModel(path);
  expect(loaded.parameterCount).toBe(3 * 16384 * 16384);
});

test('a file of more than 2 GB is refused before it is read', async () => {
  const path = join(folder, 'huge.onnx');
  await saveModel(new GraphBuilder().build(13), path);
  const file = openSync(path, 'r+');
  ftruncateSync(file, 2 ** 31);
  closeSync(file);
  await expect(loadModel(path)).rejects.toThrow(/larger than 2 GB.*external data/);
});

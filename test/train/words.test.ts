import { join } from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { openStore, readSample } from '../../src/data/store.ts';
import { GraphBuilder, loadModel, type OnnxModel } from '../../src/onnx/model.ts';
import { quantizeStatic } from '../../src/quantize/static/static.ts';
import { Random } from '../../src/random.ts';
import { quantizeQat } from '../../src/train/qat.ts';
import { runOptimized } from '../quantize/helpers.ts';
import { writeStore } from '../runtime/store-file.ts';
import { qatRequest, scratch } from './support.ts';

const [words, width, length] = [60, 32, 12];

/** An embedding, attention of words to each other, a feed-forward layer, classes: the words of the table, if it is tied. */
function wordNetwork({ tied = false, rows = words } = {}): OnnxModel {
  const random = new Random(11, 'weights');
  const b = new GraphBuilder();
  const weight = (dims: [number, number], name: string, size = 1 / Math.sqrt(dims[0])) =>
    b.constant(
      { type: 'float32', dims, data: Float32Array.from({ length: dims[0] * dims[1] }, () => random.normal() * size) },
      name,
    );
  const ids = b.input('ids', 'int64', ['batch', length]);
  const table = weight([rows, width], 'table', 1);
  const x = b.op('Gather', [table, ids], {}, { name: 'embedding' });
  const project = (name: string) => b.op('MatMul', [x, weight([width, width], `${name}.w`)], {}, { name });
  const turned = b.op('Transpose', [project('key')], { perm: { ints: [0, 2, 1] } });
  const scores = b.op('Mul', [b.op('MatMul', [project('query'), turned]), b.constant(1 / Math.sqrt(width))]);
  const mixed = b.op('MatMul', [b.op('Softmax', [scores], { axis: { int: -1 } }), project('value')]);
  const outer = tied ? width : 64;
  const inner = b.op('Tanh', [b.op('MatMul', [b.op('Add', [x, mixed]), weight([width, outer], 'wide.w')])]);
  const pooled = b.op('ReduceMean', [inner], { axes: { ints: [1] }, keepdims: { int: 0 } });
  const classes = tied ? b.op('Transpose', [table], { perm: { ints: [1, 0] } }) : weight([outer, 16], 'classes.w', 1);
  b.output(b.op('MatMul', [pooled, classes], {}, { name: 'classes' }), 'logits', {
    type: 'float32',
    dims: ['batch', tied ? rows : 16],
  });
  return b.build(13);
}

function sentences(path: string, count: number, seed: number) {
  const random = new Random(seed, 'sentences');
  return writeStore(
    path,
    Array.from({ length: count }, () => ({
      ids: {
        type: 'int64' as const,
        dims: [1, length],
        data: BigInt64Array.from({ length }, () => BigInt(Math.floor(random.uniform() ** 2 * words))),
      },
    })),
  );
}

/** In a static kernel's weight, or in one that is stored or read by a dynamic kernel. */
const integersOf = ({ graph }: OnnxModel, name: string) =>
  (graph.value(`${name}_int4`) ?? graph.value(`${name}_quantized_int4`))?.initializer?.rawData;

test('a network of words trains at 4 bits, its table of embeddings too, and exports what it trained', async () => {
  const folder = scratch();
  const model = wordNetwork();
  const calibration = sentences(join(folder, 'calibration.feeds'), 128, 3);
  const request = await qatRequest(model, calibration, folder);
  const start = await quantizeStatic({ ...request, workDir: join(folder, 'level2') });
  const result = await quantizeQat({ ...request, start });
  expect(result.training).toMatchObject({ trainedNodes: 6, untrained: [] });
  expect(result.distance.after).toBeLessThan(0.5 * result.distance.before);
  for (const name of ['table', 'key.w', 'wide.w', 'classes.w']) {
    expect(integersOf(start.model, name)).toBeDefined();
    expect(integersOf(result.model, name)).not.toEqual(integersOf(start.model, name));
  }

  const path = join(folder, 'training/end-to-end-forward.onnx');
  const session = await InferenceSession.create(path, { extra: { session: { disable_quant_qdq: '1' } } });
  const { graph } = await loadModel(path);
  const trained: Record<string, OrtTensor> = {};
  for (const { name, dims } of graph.infos('inputs')) {
    const data = result.parameters.get(name);
    if (data) trained[name] = new OrtTensor('float32', data, dims as number[]);
  }
  const [batch] = graph.infos('inputs').find(({ name }) => name === 'ids')!.dims as [number];
  const others = openStore(sentences(join(folder, 'others.feeds'), batch, 5).path);
  const rows = Array.from({ length: batch }, (_, at) => readSample(others, at).inputs['ids']!);
  const ids = BigInt64Array.from(rows.flatMap(({ data }) => [...(data as BigInt64Array)]));
  const inGraph = (await session.run({ ...trained, ids: new OrtTensor('int64', ids, [batch, length]) }))['output/0']!;
  let [noise, signal] = [0, 0];
  for (const [at, row] of rows.entries()) {
    const inFile = (await runOptimized(result.model, { ids: row }))['logits']!.data as Float32Array;
    inFile.forEach((value, i) => {
      noise += (value - (inGraph.data[at * 16 + i] as number)) ** 2;
      signal += value ** 2;
    });
  }
  expect(noise / signal).toBeLessThan(1e-3);
}, 120_000);

test('a large table that is tied to the classes stays at Level 2, and the report says so', async () => {
  const folder = scratch();
  const calibration = sentences(join(folder, 'calibration.feeds'), 32, 3);
  const result = await quantizeQat(await qatRequest(wordNetwork({ tied: true, rows: 3200 }), calibration, folder));
  const why = 'its integers are read in more than one way';
  expect(result.training.trainedNodes).toBe(4);
  expect(result.training.untrained).toEqual(
    expect.arrayContaining([
      { node: 'embedding', op: 'Gather', why },
      { node: 'classes', op: 'MatMul', why },
    ]),
  );
  expect(result.notes.join('\n')).toContain('Training 4 of 6 quantized weights');
}, 60_000);

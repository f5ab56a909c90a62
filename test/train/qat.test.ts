import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { stackFeeds } from '../../src/data/batch.ts';
import { openStore, readSample } from '../../src/data/store.ts';
import { buildModel, type GraphBuilder, loadModel, modelToBytes, type OnnxModel } from '../../src/onnx/model.ts';
import { DataType, FunctionProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema } from '../../src/onnx/proto.ts';
import { readTensor } from '../../src/onnx/tensor.ts';
import type { Value } from '../../src/onnx/value.ts';
import { quantizeStatic } from '../../src/quantize/static/static.ts';
import { Random } from '../../src/random.ts';
import { resolveTarget } from '../../src/targets/index.ts';
import type { Tensor } from '../../src/tensor.ts';
import type { QatRequest } from '../../src/train/contract.ts';
import { quantizeQat } from '../../src/train/qat.ts';
import { defaultRates } from '../../src/train/rates.ts';
import { relativeDifference } from '../../src/train/relative-difference.ts';
import { ints } from '../onnx/ort.ts';
import { runOptimized, sqnrOf } from '../quantize/helpers.ts';
import { normal } from '../quantize/static/helpers.ts';
import { floats } from '../runtime/models.ts';
import { writeStore } from '../runtime/store-file.ts';
import { imagesStore, qatRequest, scratch, smallNetwork } from './support.ts';

/** Mean squared distance of the logits from FP32's on images that no training saw. */
async function error(model: OnnxModel, fp32: OnnxModel, folder: string): Promise<number> {
  const store = imagesStore(join(folder, 'others.feeds'), 96);
  let sum = 0;
  for (let at = 64; at < 96; at++) {
    const { inputs } = readSample(openStore(store.path), at);
    const [a, b] = [await runOptimized(model, inputs), await runOptimized(fp32, inputs)];
    const [got, wanted] = [a['logits'], b['logits']] as [Tensor, Tensor];
    (got.data as Float32Array).forEach((value, i) => {
      sum += (value - (wanted.data[i] as number)) ** 2;
    });
  }
  return sum;
}

test('training at 4 bits brings unseen images nearer to FP32 than Level 2, twice to the same bytes', async () => {
  const folder = scratch();
  const model = smallNetwork();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 64);
  const request = await qatRequest(model, calibration, join(folder, 'a'));
  const start = await quantizeStatic({ ...request, workDir: join(folder, 'level2') });
  const first = await quantizeQat({ ...request, start });
  const second = await quantizeQat({ ...request, start, workDir: join(folder, 'b') });
  expect(modelToBytes(second.model)).toEqual(modelToBytes(first.model));
  expect(await error(first.model, model, folder)).toBeLessThan(0.5 * (await error(start.model, model, folder)));
  // The trained file is the quantized file with other numbers: same operators, same integers' types.
  expect(first.model.graph.nodes.map(({ op }) => op)).toEqual(start.model.graph.nodes.map(({ op }) => op));
  expect(first.distance.kind).toBe('kl');
  expect(first.distance.after).toBeLessThan(first.distance.before);
  expect(first.training).toMatchObject({ trainedNodes: 7, untrained: [] });
  expect(first.training.tiers.map(({ name }) => name)).toEqual([
    'block-1-of-3',
    'block-2-of-3',
    'block-3-of-3',
    'end-to-end',
  ]);
}, 120_000);

test('a node that is kept in FP32 between integers reads its input by the trained scale', async () => {
  const folder = scratch();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 64);
  const request = await qatRequest(smallNetwork(), calibration, folder, { 'keep-float': ['conv2'] });
  const { model, distance } = await quantizeQat(request);
  const numbers = (value: Value | undefined) => readTensor(value!.initializer!).data as Float32Array;
  const read = model.graph.nodes.find(({ name }) => name === 'conv2')!.input(0)!.producer!;
  const [scale] = numbers(read.input(0)!.producer!.input(1));
  expect(numbers(read.input(1))).toEqual(new Float32Array(8).fill(scale!));
  expect(distance.after).toBeLessThan(distance.before);
}, 120_000);

test.each([
  [30, 1, /diverged at step \d+/],
  [30, 4, /diverged at step \d+/],
  // No step is left to see what the last one did.
  [1, 1, /the outputs are not finite after step 1/],
])(
  'a diverging training of %i steps keeps the last good state and says so, steps at once: %i',
  async (whole, stepsAtOnce, why) => {
    const folder = scratch();
    const calibration = imagesStore(join(folder, 'calibration.feeds'), 32);
    const request = await qatRequest(smallNetwork(), calibration, folder, { bits: 8 });
    const recipe: QatRequest['recipe'] = {
      ...request.recipe,
      steps: { part: 0, whole },
      enough: 0,
      rates: { ...defaultRates, activationScale: 1e4, weightScale: 1e4 },
      wholeFactor: 1,
      stepsAtOnce,
    };
    const start = await quantizeStatic({ ...request, workDir: join(folder, 'level2') });
    const result = await quantizeQat({ ...request, start, recipe });
    expect(result.notes.join('\n')).toMatch(new RegExp(`${why.source}; the last good state is kept`));
    expect(result.notes.join('\n')).toMatch(/Level 2's parameters are kept/);
    expect(modelToBytes(result.model)).toEqual(modelToBytes(start.model));
  },
  120_000,
);

/** A convolution of each of the 8 channels by itself. */
const depthwise = (b: GraphBuilder, x: Value): Value =>
  b.op('Conv', [x, b.constant(floats([8, 1, 3, 3]), 'depthwise.w')], { group: 8, pads: [1, 1, 1, 1] });

test.each([
  ['without labels', false],
  ['with labels', true],
])(
  'several steps in one run move the parameters as single steps do, %s',
  async (_, labels) => {
    const folder = scratch();
    const calibration = imagesStore(join(folder, 'calibration.feeds'), 64);
    const request = await qatRequest(smallNetwork(undefined, depthwise), calibration, folder);
    const start = await quantizeStatic({ ...request, workDir: join(folder, 'level2') });
    const training = labels && {
      ...calibration,
      samples: calibration.samples.map((sample, at) => ({
        ...sample,
        label: { kind: 'class' as const, index: at % 4 },
      })),
    };
    const train = (stepsAtOnce: number) =>
      quantizeQat({
        ...request,
        start,
        ...(training && { training }),
        recipe: { ...request.recipe, steps: { part: 0, whole: 30 }, labels: 0.02, stepsAtOnce },
      });
    const single = await train(1);
    const looped = await train(4);
    expect(looped.training.steps).toBe(30);
    expect(looped.distance.after).toBeLessThan(looped.distance.before);
    expect(looped.distance.after / single.distance.after).toBeCloseTo(1, 1);
    const loop = await loadModel(join(folder, 'training/end-to-end-loop.onnx'));
    expect(loop.graph.nodes.map(({ op }) => op)).toEqual(['Loop']);
    const wanted = [...looped.parameters.keys()].map((name) => single.parameters.get(name)!);
    expect(relativeDifference([...looped.parameters.values()], wanted)).toBeLessThan(1e-4);
  },
  120_000,
);

test('rates that are too high are lowered from the best state on', async () => {
  const folder = scratch();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 64);
  const request = await qatRequest(smallNetwork(), calibration, folder);
  const recipe: QatRequest['recipe'] = { ...request.recipe, steps: { part: 0, whole: 160 }, wholeFactor: 20 };
  const { distance, training } = await quantizeQat({ ...request, recipe });
  expect(training.tiers).toMatchObject([{ name: 'end-to-end', kept: true }]);
  expect(distance.after).toBeLessThan(0.7 * distance.before);
}, 120_000);

test('where Level 2 is as good as FP32, nothing is trained and its file is kept', async () => {
  const folder = scratch();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 32);
  const request = await qatRequest(smallNetwork(), calibration, folder, { bits: 8 });
  const start = await quantizeStatic({ ...request, workDir: join(folder, 'level2') });
  const result = await quantizeQat({ ...request, start, recipe: { ...request.recipe, enough: 1 } });
  expect(result.training).toMatchObject({ steps: 0, trainedNodes: 0 });
  expect(result.notes.join('\n')).toMatch(/nothing to win back.\n.*Level 2's parameters are kept/);
  expect(modelToBytes(result.model)).toEqual(modelToBytes(start.model));
}, 120_000);

/** x less its remainder: Mod has no gradient row. */
const coarse = (b: GraphBuilder, x: Value): Value =>
  b.op('Sub', [x, b.op('Mod', [x, b.constant(0.01)], { fmod: 1 }, { name: 'remainder' })], {}, { name: 'coarse' });

test('blocks without an operator that has no gradient are trained, and the report names it', async () => {
  const folder = scratch();
  // Between the first three convolutions, which are a block, and the rest.
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 32);
  const result = await quantizeQat(await qatRequest(smallNetwork(coarse), calibration, folder));
  expect(result.notes.join('\n')).toMatch(/Not trained through: Mod has no gradient \(node remainder\)/);
  expect(result.training).toMatchObject({ trainedNodes: 7, untrained: [] });
  expect(result.distance.after).toBeLessThan(result.distance.before);
}, 120_000);

test('what stands before such an operator in its block stays at Level 2, and the report says which and why', async () => {
  const folder = scratch();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 32);
  const model = smallNetwork(undefined, coarse);
  const request = await qatRequest(model, calibration, folder);
  const start = await quantizeStatic({ ...request, workDir: join(folder, 'level2') });
  const result = await quantizeQat({ ...request, start });
  const why = 'Mod has no gradient (node remainder)';
  expect(result.training.untrained).toEqual([{ node: 'conv1', op: 'Conv', why }]);
  const integersOf = (of: OnnxModel, name: string): Uint8Array | undefined => {
    let value = of.graph.nodes.find((node) => node.name === name)?.input(1);
    while (value && !value.initializer) value = value.producer?.input(0);
    return value?.initializer?.rawData;
  };
  expect(integersOf(start.model, 'conv1')).toBeDefined();
  expect(integersOf(result.model, 'conv1')).toEqual(integersOf(start.model, 'conv1'));
  expect(integersOf(result.model, 'conv3')).not.toEqual(integersOf(start.model, 'conv3'));
}, 120_000);

const cast = (b: GraphBuilder, x: Value, to: DataType): Value => b.op('Cast', [x], { to });
const shift = (b: GraphBuilder, x: Value): Value =>
  b.op('Mul', [x, b.constant({ type: 'int64', dims: [], data: BigInt64Array.of(2n) })]);
const half = (b: GraphBuilder, x: Value): Value => b.op('Tanh', [cast(b, x, DataType.FLOAT16)]);
const double = (b: GraphBuilder, x: Value): Value => {
  const wide = cast(b, x, DataType.DOUBLE);
  const factor = b.constant({ type: 'float64', dims: [8, 1, 1], data: new Float64Array(8).fill(1.5) });
  return b.op('Max', [b.op('Tanh', [b.op('Mul', [wide, factor])]), b.op('Neg', [wide])]);
};

test.each<[string, (b: GraphBuilder, x: Value) => Value]>([
  ['doubles', (b, x) => cast(b, double(b, x), DataType.FLOAT)],
  ['halves', (b, x) => cast(b, half(b, x), DataType.FLOAT)],
  ['bfloat16', (b, x) => cast(b, cast(b, x, DataType.BFLOAT16), DataType.FLOAT)],
  [
    'integers',
    (b, x) => {
      const whole = cast(b, shift(b, cast(b, x, DataType.INT64)), DataType.FLOAT);
      return b.op('Add', [x, b.op('Mul', [whole, b.constant(0.02)])]);
    },
  ],
])(
  'what is cast to %s on the way is trained',
  async (_, between) => {
    const folder = scratch();
    const calibration = imagesStore(join(folder, 'calibration.feeds'), 32);
    const result = await quantizeQat(await qatRequest(smallNetwork(between), calibration, folder));
    expect(result.training).toMatchObject({ trainedNodes: 7, untrained: [] });
    expect(result.notes.join('\n')).not.toMatch(/Not trained through/);
    expect(result.distance.after).toBeLessThan(0.7 * result.distance.before);
  },
  120_000,
);

/** A convolution of each channel by itself and PRelu with these slopes. */
const prelu =
  (of: (channel: number) => number) =>
  (b: GraphBuilder, x: Value): Value => {
    const slopes = {
      type: 'float32',
      dims: [8, 1, 1],
      data: Float32Array.from({ length: 8 }, (_, c) => of(c)),
    } as const;
    return b.op('PRelu', [depthwise(b, x), b.constant(slopes, 'slopes')], {}, { name: 'prelu' });
  };

test.each([
  ['convolutions', undefined],
  ['PRelu', prelu((channel) => channel / 8 - 0.3)],
  ['PRelu with slopes above 1', prelu((channel) => channel / 4 - 0.3)],
])(
  'the exported file gives the classes of the training graph: %s',
  async (_, between) => {
    const folder = scratch();
    const calibration = imagesStore(join(folder, 'calibration.feeds'), 64);
    const { model, parameters } = await quantizeQat(await qatRequest(smallNetwork(between), calibration, folder));
    expect(model.graph.nodes.some(({ op }) => op === 'PRelu')).toBe(false);
    const store = openStore(imagesStore(join(folder, 'others.feeds'), 1000).path);
    const path = join(folder, 'training/end-to-end-forward.onnx');
    const { graph } = await loadModel(path);
    const graphInputs = Object.fromEntries(
      graph.infos('inputs').flatMap(({ name, dims }) => {
        const data = parameters.get(name);
        return data ? [[name, new OrtTensor('float32', data, dims as number[])]] : [];
      }),
    );
    const session = await InferenceSession.create(path, { extra: { session: { disable_quant_qdq: '1' } } });
    let same = 0;
    for (let from = 0; from < 1000; from += 8) {
      const images = Array.from({ length: 8 }, (_, i) => readSample(store, from + i));
      const { image } = stackFeeds(images, { image: 0 });
      const fed = new OrtTensor('float32', image!.data as Float32Array, [8, 2, 8, 8]);
      const trained = (await session.run({ ...graphInputs, image: fed }))['output/0']!.data as Float32Array;
      const exported = (await runOptimized(model, { image: image! }))['logits']!.data as Float32Array;
      for (let i = 0; i < 8; i++) {
        const [a, b] = [trained, exported].map((logits) => logits.subarray(4 * i, 4 * i + 4)) as [
          Float32Array,
          Float32Array,
        ];
        if (a.indexOf(Math.max(...a)) === b.indexOf(Math.max(...b))) same += 1;
      }
    }
    expect(same / 1000).toBeGreaterThanOrEqual(0.995);
  },
  120_000,
);

test('a device that is not there is said, and the CPU trains', async () => {
  const folder = scratch();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 32);
  const request = await qatRequest(smallNetwork(), calibration, folder);
  const result = await quantizeQat({
    ...request,
    device: 'cuda',
    recipe: { ...request.recipe, steps: { part: 0, whole: 30 } },
  });
  expect(result.notes.join('\n')).toMatch(/Trained on the CPU: cuda cannot run it|Trained on cuda\./);
  expect(result.training.steps).toBe(30);
}, 120_000);

test('too few samples to train and to hold back is an error that says how many are needed', async () => {
  const folder = scratch();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 1);
  const request = await qatRequest(smallNetwork(), calibration, folder);
  await expect(quantizeQat(request)).rejects.toThrow(/at least 2, there are 1/);
}, 60_000);

test('a node of several weights that cannot be trained is named once', async () => {
  const folder = scratch();
  const hidden = 32;
  const model = buildModel((b) => {
    const weight = (dims: number[], seed: number) => b.constant(normal(dims, seed, 0.3));
    const inner = b.op('MatMul', [b.input('x', 'float32', [6, 1, hidden]), weight([hidden, hidden], 1)]);
    const inputs = [inner, weight([1, 3 * hidden, hidden], 2), weight([1, 3 * hidden, hidden], 3)];
    const [, last] = b.ops('GRU', inputs, { hidden_size: hidden }, { outputs: 2, name: 'gru' });
    b.output(b.op('MatMul', [last, weight([hidden, hidden], 4)]), 'y', { type: 'float32', dims: [1, 1, hidden] });
  }, 17);
  const samples = Array.from({ length: 10 }, (_, at) => ({ x: normal([6, 1, hidden], 10 + at, 1) }));
  const calibration = writeStore(join(folder, 'calibration.feeds'), samples);
  const { training } = await quantizeQat({
    ...(await qatRequest(model, calibration, folder)),
    task: 'regression',
  });
  expect(training.untrained.filter(({ op }) => op === 'GRU')).toMatchObject([{ node: 'gru' }]);
}, 120_000);

test('is the file of Level 2, and says so, where there is nothing to train', async () => {
  const folder = scratch();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 32);
  const request = await qatRequest(smallNetwork(), calibration, folder);
  const options = { ...request.options, 'keep-float': ['*'] };
  const start = await quantizeStatic({ ...request, options, workDir: join(folder, 'level2') });
  const { model, notes, training } = await quantizeQat({ ...request, options });
  expect(modelToBytes(model)).toEqual(modelToBytes(start.model));
  expect(notes.at(-1)).toMatch(/Nothing was trained: .* The file is that of Level 2\./);
  expect(training).toMatchObject({ steps: 0, trainedNodes: 0 });
}, 60_000);

test('the row of a padding token, all zeros, stays one in training', async () => {
  const random = new Random(3, 'tokens');
  const table = normal([300, 32], 1, 0.05);
  table.data.fill(0, 0, 32);
  const model = buildModel((b) => {
    const tokens = b.input('tokens', 'int64', ['batch', 6]);
    const word = b.op('Gather', [b.constant(table, 'table'), tokens]);
    const embedded = b.op('Add', [word, b.constant(normal([6, 32], 2, 0.05), 'positions')]);
    const hidden = b.op('Relu', [b.op('MatMul', [embedded, b.constant(normal([32, 32], 3, 0.2), 'w1')])]);
    b.output(b.op('MatMul', [hidden, b.constant(normal([32, 4], 4, 0.2), 'w2')]), 'y');
  }, 13);
  const row = (token: () => number): { tokens: Tensor } => ({
    tokens: ints(Array.from({ length: 6 }, token), [1, 6]),
  });
  const calibration = writeStore(
    join(scratch(), 'tokens.feeds'),
    Array.from({ length: 48 }, () => row(() => random.below(20))),
  );
  const request = await qatRequest(model, calibration, scratch());
  const made = await quantizeQat({ ...request, task: 'generic', recipe: { steps: { part: 300, whole: 300 } } });
  expect(made.distance.after).toBeLessThan(made.distance.before);
  const padding = row(() => 0);
  expect(sqnrOf(await runOptimized(model, padding), await runOptimized(made.model, padding))).toBeGreaterThan(15);
}, 120_000);

test('a model that says it takes any batch and does not is trained one sample at a time', async () => {
  const model = buildModel((b) => {
    const x = b.input('x', 'float32', ['batch', 2, 16]);
    const flat = b.op('Reshape', [x, b.constant(ints([1, 32]))]);
    const hidden = b.op('Relu', [b.op('Gemm', [flat, b.constant(normal([32, 24], 1, 0.2), 'w1')])]);
    b.output(b.op('Gemm', [hidden, b.constant(normal([24, 6], 2, 0.2), 'w2')]), 'y');
  }, 17);
  const rows = Array.from({ length: 32 }, (_, i) => ({ x: normal([1, 2, 16], i + 10) }));
  const request = await qatRequest(model, writeStore(join(scratch(), 'rows.feeds'), rows), scratch());
  const { training, notes } = await quantizeQat({ ...request, task: 'generic' });
  expect(notes.join('\n')).toMatch(/Training 2 of 2 .* at batch 1 /);
  expect(training.steps).toBeGreaterThan(0);
}, 120_000);

test('what an If holds keeps the parameters of Level 2, and the report says so', async () => {
  const branch = (name: string, seed: number) => {
    const graph = buildModel((b) => {
      const x = b.input('x', 'float32', ['batch', 16]);
      const hidden = b.op('Relu', [b.op('Gemm', [x, b.constant(normal([16, 24], seed, 0.2), `${name}_w`)])]);
      b.output(b.op('Gemm', [hidden, b.constant(normal([24, 6], seed + 1, 0.2), `${name}_v`)]), `${name}_y`);
    }).proto.graph!;
    graph.input = [];
    return graph;
  };
  const model = buildModel((b) => {
    b.input('x', 'float32', ['batch', 16]);
    const attributes = { then_branch: branch('then', 1), else_branch: branch('other', 3) };
    b.output(b.op('If', [b.input('condition', 'bool', [])], attributes, { name: 'choice' }), 'y');
  }, 17).clone();
  const condition: Tensor = { type: 'bool', dims: [], data: Uint8Array.of(1) };
  const rows = Array.from({ length: 32 }, (_, i) => ({ x: normal([1, 16], i + 10), condition }));
  const request = await qatRequest(model, writeStore(join(scratch(), 'rows.feeds'), rows), scratch(), { bits: 8 });
  const { nodes, notes, training } = await quantizeQat({ ...request, task: 'generic' });
  expect(training.steps).toBe(0);
  expect(notes.at(-1)).toMatch(/in the branches of an If, which are not trained/);
  expect(nodes.filter(({ quantized }) => quantized).length).toBeGreaterThanOrEqual(2);
}, 120_000);

test('what only the branches of an If read, and functions, are there for the training', async () => {
  const branch = (op: string) => {
    const graph = buildModel((b) => {
      const [hidden, shared] = [b.input('hidden', 'float32', ['batch', 24]), b.input('shared', 'float32', [24, 6])];
      b.output(b.op('MatMul', [b.op(op, [hidden]), shared]), `${op}_y`);
    }).proto.graph!;
    graph.input = [];
    return graph;
  };
  const source = buildModel(
    (b) => {
      const x = b.input('x', 'float32', ['batch', 16]);
      const layer = b.op('Gemm', [x, b.constant(normal([16, 24], 1, 0.2))]);
      b.graph.rename(b.op('Squash', [layer], {}, { domain: 'local' }), 'hidden');
      b.constant(normal([24, 6], 2, 0.2), 'shared');
      const attributes = { then_branch: branch('Relu'), else_branch: branch('Tanh') };
      const chosen = b.op('If', [b.input('condition', 'bool', [])], attributes, { name: 'choice' });
      const more = b.op('Relu', [b.op('Gemm', [chosen, b.constant(normal([6, 24], 3, 0.4))])]);
      b.output(b.op('Gemm', [more, b.constant(normal([24, 6], 4, 0.2))]), 'y', { type: 'float32', dims: ['batch', 6] });
    },
    17,
    { domains: { local: 1 } },
  );
  const node = create(NodeProtoSchema, { opType: 'Tanh', input: ['a'], output: ['b'] });
  const squash = { domain: 'local', name: 'Squash', input: ['a'], output: ['b'], node: [node] };
  const opsetImport = [create(OperatorSetIdProtoSchema, { version: 17n })];
  source.proto.functions = [create(FunctionProtoSchema, { ...squash, opsetImport })];
  const model = source.clone();
  const condition: Tensor = { type: 'bool', dims: [], data: Uint8Array.of(1) };
  const rows = Array.from({ length: 32 }, (_, i) => ({ x: normal([1, 16], i + 10), condition }));
  const request = await qatRequest(model, writeStore(join(scratch(), 'read.feeds'), rows), scratch(), { bits: 8 });
  const { training } = await quantizeQat({ ...request, task: 'generic' });
  expect(training.steps).toBeGreaterThan(0);
}, 120_000);

test('products of three dimensions with their biases are trained', async () => {
  const width = 24;
  const model = buildModel((b) => {
    let x = b.input('x', 'float32', ['batch', 1, width]);
    for (const layer of [1, 2, 3, 4, 5, 6]) {
      const product = b.op('MatMul', [x, b.constant(normal([width, width], layer, 0.3), `w${layer}`)]);
      const sum = b.op('Add', [b.constant(normal([width], layer + 20, 0.5), `b${layer}`), product]);
      x = b.op('Mul', [sum, b.op('Sigmoid', [sum])]);
    }
    b.output(x, 'y');
  }, 17);
  const rows = Array.from({ length: 64 }, (_, i) => ({ x: normal([1, 1, width], i + 10) }));
  const request = await qatRequest(model, writeStore(join(scratch(), 'rows.feeds'), rows), scratch());
  const recipe = { steps: { part: 200, whole: 200 } };
  const { distance, training } = await quantizeQat({ ...request, task: 'generic', recipe });
  expect(training.tiers.length).toBeGreaterThan(2);
  expect(distance.after).toBeLessThan(distance.before);
}, 120_000);

test('a float bias of zeros is trained', async () => {
  const model = buildModel((b) => {
    let x = b.input('x', 'float32', ['batch', 16]);
    for (const layer of [1, 2, 3]) {
      const product = b.op('MatMul', [x, b.constant(normal([16, 16], layer, 0.4), `w${layer}`)]);
      const zeros = b.constant({ type: 'float32', dims: [16], data: new Float32Array(16) }, `zeros${layer}`);
      x = b.op('Relu', [b.op('Add', [product, zeros])]);
    }
    b.output(x, 'y');
  });
  const rows = Array.from({ length: 64 }, (_, i) => ({ x: normal([1, 16], i + 10) }));
  const request = await qatRequest(model, writeStore(join(scratch(), 'rows.feeds'), rows), scratch());
  // Biases are float on a GPU.
  const { parameters, distance } = await quantizeQat({ ...request, target: resolveTarget('cuda'), task: 'generic' });
  expect(distance.after).toBeLessThan(distance.before);
  const biases = [...parameters].filter(([name]) => name.startsWith('zeros'));
  expect(biases.length).toBeGreaterThan(0);
  for (const [name, bias] of biases) expect(Math.hypot(...bias), name).toBeGreaterThan(0);
}, 60_000);

test('the slope of a HardSigmoid stays what it is when the scale of its input is trained', async () => {
  const folder = scratch();
  const gated = (b: GraphBuilder, x: Value): Value =>
    b.op('Mul', [x, b.op('HardSigmoid', [x], { alpha: 0.3, beta: 0.4 }, { name: 'gate' })], {}, { name: 'gated' });
  const model = smallNetwork(gated);
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 64);
  const request = await qatRequest(model, calibration, folder);
  const start = await quantizeStatic({ ...request, workDir: join(folder, 'level2') });
  const { model: trained } = await quantizeQat({ ...request, start });
  const scales = (of: OnnxModel) => {
    const slope = of.graph.nodes.find((node) => node.name === 'gate_slope_DequantizeLinear')!;
    const own = slope.input(0)!.producer!.input(1)!;
    return [slope.input(1)!, own].map((value) => readTensor(value.initializer!).data[0] as number);
  };
  const [[, before], [slope, after]] = [scales(start.model), scales(trained)];
  expect(after).not.toBe(before);
  expect(slope! / after!).toBeCloseTo(0.3, 5);
  expect(await error(trained, model, folder)).toBeLessThan(0.7 * (await error(start.model, model, folder)));
}, 120_000);

test('what is masked with -Infinity stays float, and the rest is quantized and trained', async () => {
  const folder = scratch();
  const model = smallNetwork((b, x) => {
    const every = { type: 'bool', dims: [8, 8], data: Uint8Array.from({ length: 64 }, (_, at) => at % 2) } as const;
    const never = b.constant(Number.NEGATIVE_INFINITY, 'never');
    const masked = b.op('Where', [b.constant(every), x, never], {}, { name: 'mask' });
    return b.op('MaxPool', [masked], { kernel_shape: [1, 2], strides: [1, 1], pads: [0, 0, 0, 1] });
  });
  const request = await qatRequest(model, imagesStore(join(folder, 'calibration.feeds'), 64), folder);
  const start = await quantizeStatic({ ...request, workDir: join(folder, 'level2') });
  expect(start.model.graph.nodes.find(({ name }) => name === 'mask')!.input(2)!.name).toBe('never');
  const trained = await quantizeQat({ ...request, start });
  expect(trained.training).toMatchObject({ trainedNodes: 7, untrained: [] });
  expect(await error(trained.model, model, folder)).toBeLessThan(0.7 * (await error(start.model, model, folder)));
}, 120_000);

test('what another training took of the budget is not spent again', async () => {
  const folder = scratch();
  const request = await qatRequest(smallNetwork(), imagesStore(join(folder, 'calibration.feeds'), 32), folder);
  const { training, notes } = await quantizeQat({ ...request, spentSeconds: 600 });
  expect(training.steps).toBe(0);
  expect(notes.at(-1)).toContain("nothing was trained, so Level 2's parameters are kept");
}, 60_000);

test('a budget that is over before training begins keeps Level 2, on few samples, and says so', async () => {
  const folder = scratch();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 256);
  const { notes, training, distance } = await quantizeQat(
    await qatRequest(smallNetwork(), calibration, folder, { budget: 1 }),
  );
  expect(notes.join('\n')).toMatch(/too short for passes over all samples: 16 are trained on, 32 held back/);
  expect(training.steps).toBe(0);
  expect(distance.after).toBe(distance.before);
}, 60_000);

import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { zipSync } from 'fflate';
import { InferenceSession } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { externalLocations } from '../../src/onnx/external.ts';
import {
  GraphBuilder,
  loadModel,
  OnnxModel as Model,
  modelBytes,
  modelToBytes,
  type OnnxModel,
  readModel,
  saveModel,
} from '../../src/onnx/model.ts';
import { AttributeType, DataLocation, DataType, type ModelProto, ModelProtoSchema } from '../../src/onnx/proto.ts';
import { readTensor, setTensorSource, tensorBytes } from '../../src/onnx/tensor.ts';
import { expectSame, random, runModel } from './ort.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'quant-gate-onnx-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A model with a big weight, a small one, and a Constant. */
function convModel(): OnnxModel {
  const b = new GraphBuilder();
  const x = b.input('x', 'float32', [1, 16, 8, 8]);
  const w = b.constant(random([64, 16, 5, 5]), 'w');
  const y = b.op('Conv', [x, w, b.constant(random([64], 2), 'b')]);
  b.output(b.op('Mul', [y, b.op('Constant', [], { value: random([64, 1, 1], 3) })]), 'y');
  return b.build(13);
}

const feeds = { x: random([1, 16, 8, 8], 77) };

/** Every message of the format with every field set that the schema has, and fields that it does not have. */
function everything(): Uint8Array {
  const unknown = (): { no: number; wireType: WireType; data: Uint8Array }[] => [
    { no: 900, wireType: WireType.Varint, data: Uint8Array.of(0x96, 1) },
    { no: 901, wireType: WireType.LengthDelimited, data: new BinaryWriter().bytes(Uint8Array.of(1, 2, 3)).finish() },
    { no: 902, wireType: WireType.Bit32, data: Uint8Array.of(1, 2, 3, 4) },
  ];
  const tensors = Object.values(DataType)
    .filter(
      (code): code is DataType => typeof code === 'number' && code !== DataType.UNDEFINED && code !== DataType.STRING,
    )
    .map((dataType) => ({
      name: `raw_${DataType[dataType]}`,
      dataType,
      dims: [2n],
      rawData: new Uint8Array(32).fill(dataType),
    }));
  const graph = {
    name: 'g',
    docString: 'a graph',
    initializer: [
      ...tensors,
      { name: 'f', dataType: DataType.FLOAT, dims: [3n], floatData: [1, -0, Number.POSITIVE_INFINITY] },
      { name: 'i', dataType: DataType.INT8, dims: [2n], int32Data: [-1, 127] },
      { name: 'l', dataType: DataType.INT64, dims: [2n], int64Data: [-(2n ** 63n), 2n ** 63n - 1n] },
      { name: 'u', dataType: DataType.UINT64, dims: [1n], uint64Data: [2n ** 64n - 1n] },
      { name: 'd', dataType: DataType.DOUBLE, dims: [1n], doubleData: [1e300] },
      {
        name: 's',
        dataType: DataType.STRING,
        dims: [1n],
        stringData: [Uint8Array.of(0xff, 0xfe)],
        docString: 'text',
        segment: { begin: 1n, end: 2n },
      },
      {
        name: 'big',
        dataType: DataType.UINT8,
        dims: [100_000n],
        rawData: new Uint8Array(100_000).fill(7),
        metadataProps: [{ key: 'k', value: 'v' }],
        $unknown: unknown(),
      },
    ],
    sparseInitializer: [
      {
        values: { name: 'sp', dataType: DataType.FLOAT, dims: [1n], floatData: [1] },
        indices: { dataType: DataType.INT64, dims: [1n], int64Data: [2n] },
        dims: [5n],
      },
    ],
    input: [
      {
        name: 'x',
        type: {
          denotation: 'IMAGE',
          value: {
            case: 'sequenceType' as const,
            value: { elemType: { value: { case: 'mapType' as const, value: { keyType: 7, valueType: {} } } } },
          },
        },
      },
    ],
    output: [{ name: 'y', docString: 'out' }],
    valueInfo: [{ name: 'v', metadataProps: [{ key: 'a', value: 'b' }] }],
    quantizationAnnotation: [{ tensorName: 'v', quantParameterTensorNames: [{ key: 'SCALE_TENSOR', value: 's' }] }],
    metadataProps: [{ key: 'gk', value: 'gv' }],
  };
  const attributes = [
    { name: 'af', type: AttributeType.FLOAT, f: 0 },
    {
      name: 'at',
      type: AttributeType.TENSOR,
      t: { dataType: DataType.UINT8, dims: [70_000n], rawData: new Uint8Array(70_000).fill(3) },
    },
    {
      name: 'ag',
      type: AttributeType.GRAPH,
      g: {
        name: 'inner',
        initializer: [
          { name: 'w', dataType: DataType.UINT8, dims: [80_000n], rawData: new Uint8Array(80_000).fill(4) },
        ],
      },
    },
    { name: 'ags', type: AttributeType.GRAPHS, graphs: [{ name: 'i1' }, { name: 'i2' }] },
    { name: 'asp', type: AttributeType.SPARSE_TENSOR, sparseTensor: { dims: [1n] } },
    {
      name: 'atp',
      type: AttributeType.TYPE_PROTO,
      tp: { value: { case: 'opaqueType' as const, value: { domain: 'd', name: 'n' } } },
    },
    { name: 'ar', refAttrName: 'outer', docString: 'reference' },
    { name: 'als', type: AttributeType.STRINGS, strings: [Uint8Array.of(), Uint8Array.of(1)] },
    { name: 'ali', type: AttributeType.INTS, ints: [-1n, 5n], $unknown: unknown() },
  ];
  const node = {
    name: 'n',
    opType: 'Op',
    domain: 'custom',
    overload: 'o',
    input: ['x', '', 'big'],
    output: ['y', ''],
    attribute: attributes,
    metadataProps: [{ key: 'nk', value: 'nv' }],
    deviceConfigurations: [{ configurationId: 'c', pipelineStage: 1 }],
    $unknown: unknown(),
  };
  const proto = create(ModelProtoSchema, {
    irVersion: 11n,
    opsetImport: [
      { domain: '', version: 23n },
      { domain: 'custom', version: 1n },
    ],
    producerName: 'naïve \u{1f600}',
    producerVersion: '',
    domain: 'test',
    modelVersion: -1n,
    docString: 'all of it',
    graph: { ...graph, node: [node] },
    metadataProps: [{ key: 'mk', value: 'mv' }],
    trainingInfo: [
      {
        initialization: { name: 'ti' },
        algorithm: { name: 'ta', initializer: tensors },
        initializationBinding: [{ key: 'a', value: 'b' }],
        updateBinding: [{ key: 'c', value: 'd' }],
      },
    ],
    functions: [
      {
        name: 'fn',
        input: ['a'],
        output: ['b'],
        attribute: ['q'],
        attributeProto: attributes,
        node: [node],
        opsetImport: [{ version: 23n }],
        domain: 'custom',
        overload: 'o',
        valueInfo: [{ name: 'a' }],
      },
    ],
    configuration: [{ name: 'c', numDevices: 2, device: ['a', 'b'] }],
    $unknown: unknown(),
  });
  return toBinary(ModelProtoSchema, proto);
}

describe('reading and writing gives the same bytes', () => {
  test('of every field, known or not, in memory', () => {
    const bytes = everything();
    expect(Buffer.compare(modelToBytes(new Model(readModel(bytes))), bytes)).toBe(0);
  });

  test.each([false, true])('through files, lazy %s', async (lazy) => {
    const path = join(folder, 'everything.onnx');
    const bytes = everything();
    writeFileSync(path, bytes);
    const model = await loadModel(path, { lazy });
    await saveModel(model, path);
    expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
    await saveModel(model.clone(), path);
    expect(Buffer.compare(readFileSync(path), bytes)).toBe(0);
  });

  test('of strings that are not UTF-8', () => {
    const model = convModel();
    const writer = new BinaryWriter().raw(modelToBytes(model));
    // doc_string, field 6: a valid character, a cut one, a stray byte, an encoded surrogate.
    writer.tag(6, WireType.LengthDelimited).bytes(Uint8Array.of(0xc3, 0xa9, 0xe2, 0x82, 0x41, 0xff, 0xed, 0xa0, 0x80));
    const bytes = writer.finish();
    const read = readModel(bytes);
    expect(read.docString.startsWith('é')).toBe(true);
    const written = toBinary(ModelProtoSchema, read);
    expect(toBinary(ModelProtoSchema, readModel(written))).toEqual(written);
    expect(Buffer.from(written).includes(Buffer.from([0xc3, 0xa9, 0xe2, 0x82, 0x41, 0xff, 0xed, 0xa0, 0x80]))).toBe(
      true,
    );
  });

  test('weights are views of the bytes that were read', () => {
    const bytes = modelToBytes(convModel());
    const weight = readModel(bytes).graph!.initializer[0]!;
    expect(weight.rawData.buffer).toBe(bytes.buffer);
    expect(tensorBytes(weight).buffer).toBe(bytes.buffer);
  });
});

test('a lazy tensor is read from its file when asked for, also after the file was replaced', async () => {
  const path = join(folder, 'lazy.onnx');
  await saveModel(convModel(), path);
  const eager = await loadModel(path, { lazy: false });
  const lazy = await loadModel(path, { lazy: true });
  await saveModel(convModel(), path, { externalData: 'always' });
  const of = (model: OnnxModel): unknown => readTensor(model.graph.value('w')!.initializer!);
  expect(lazy.proto.graph!.initializer[0]!.rawData).toHaveLength(0);
  expect(of(lazy)).toEqual(of(eager));
  expectSame(await runModel(lazy, feeds), await runModel(eager, feeds));
});

test('a failed write leaves the old file and nothing beside it', async () => {
  const place = join(folder, 'failing');
  const path = join(place, 'model.onnx');
  await saveModel(convModel(), path);
  const before = readFileSync(path);
  const broken = convModel();
  const w = broken.graph.value('w')!.initializer!;
  setTensorSource(w, {
    length: w.rawData.length,
    read: () => {
      throw new Error('the disk is gone');
    },
  });
  for (const externalData of ['never', 'always'] as const) {
    await expect(saveModel(broken, path, { externalData })).rejects.toThrow('the disk is gone');
  }
  expect(readdirSync(place)).toEqual(['model.onnx']);
  expect(Buffer.compare(readFileSync(path), before)).toBe(0);
});

describe('external data', () => {
  test('is written beside the model, read by ONNX Runtime and by us, and embedded again', async () => {
    const path = join(folder, 'nested', 'external.onnx');
    const model = convModel();
    await saveModel(model, path, { externalData: 'always' });
    expect(readdirSync(join(folder, 'nested')).sort()).toEqual(['external.onnx', 'external.onnx.data']);
    expect(statSync(path).size).toBeLessThan(2000);
    expect(await modelBytes(path)).toBe(statSync(path).size + statSync(`${path}.data`).size);
    const session = await InferenceSession.create(path);
    expect(session.outputNames).toEqual(['y']);
    const loaded = await loadModel(path);
    const w = loaded.graph.value('w')!.initializer!;
    expect(w.dataLocation).toBe(DataLocation.EXTERNAL);
    expect(externalLocations(loaded.proto)).toEqual(['external.onnx.data']);
    expect(readTensor(w)).toEqual(readTensor(model.graph.value('w')!.initializer!));
    expectSame(await runModel(loaded, feeds), await runModel(model, feeds));
    // Over itself, while it reads from the old data; by default it stays external.
    await saveModel(loaded.clone(), path);
    expectSame(await runModel(await loadModel(path), feeds), await runModel(model, feeds));
    expect(statSync(path).size).toBeLessThan(2000);
    const whole = join(folder, 'whole.onnx');
    await saveModel(loaded, whole, { externalData: 'never' });
    expect(Buffer.compare(readFileSync(whole), modelToBytes(model))).toBe(0);
    expect(await modelBytes(whole)).toBe(statSync(whole).size);
  });

  /** A model whose weight says that its data is at `location`. */
  async function pointing(name: string, location: string, entries: { [key: string]: string } = {}): Promise<string> {
    const model = convModel();
    const w = model.proto.graph!.initializer[0]!;
    w.rawData = new Uint8Array();
    delete (w as Partial<typeof w>).rawData;
    w.dataLocation = DataLocation.EXTERNAL;
    w.externalData = Object.entries({ location, ...entries }).map(([key, value]) => ({
      $typeName: 'onnx.StringStringEntryProto',
      key,
      value,
    }));
    const path = join(folder, 'deep', 'models', `${name}.onnx`);
    mkdirSync(join(folder, 'deep', 'models'), { recursive: true });
    writeFileSync(path, toBinary(ModelProtoSchema, model.proto));
    return path;
  }
  const size = 64 * 16 * 25 * 4;

  test('a place outside of the model folder is refused, up to `root` it is read', async () => {
    mkdirSync(join(folder, 'deep', 'weights'), { recursive: true });
    writeFileSync(join(folder, 'deep', 'weights', 'w.bin'), new Uint8Array(size));
    const path = await pointing('up', '../weights/w.bin');
    await expect(loadModel(path)).rejects.toThrow(/'w' has its data in '..\/weights\/w.bin', which is outside/);
    const model = await loadModel(path, { root: join(folder, 'deep') });
    expect(tensorBytes(model.graph.value('w')!.initializer!)).toHaveLength(size);
    expect(await modelBytes(path, { root: join(folder, 'deep') })).toBe(statSync(path).size + size);
  });

  test.each([
    ['absolute', '/etc/hostname', /absolute/],
    ['drive', 'C:\\weights.bin', /absolute/],
    ['share', '\\\\host\\weights.bin', /absolute/],
    ['gone', 'missing.bin', /does not exist.*lfs: true/],
    ['escape', 'a/../../../../w.bin', /outside/],
    ['root', '.', /cannot be opened: it is a folder, not a file/],
  ])('%s location is refused', async (name, location, message) => {
    const path = await pointing(name, location);
    await expect(loadModel(path)).rejects.toThrow(
      expect.objectContaining({ name: 'UserError', message: expect.stringMatching(message) }),
    );
  });

  test('a link that leaves the folder is refused', async () => {
    const path = await pointing('link', 'link.bin');
    writeFileSync(join(folder, 'secret.bin'), new Uint8Array(size));
    symlinkSync(join(folder, 'secret.bin'), join(folder, 'deep', 'models', 'link.bin'));
    await expect(loadModel(path)).rejects.toThrow(/a link to .*outside/);
  });

  test.skipIf(process.platform === 'win32')('a pipe in its place', async () => {
    const path = await pointing('pipe', 'pipe.bin');
    execFileSync('mkfifo', [join(folder, 'deep', 'models', 'pipe.bin')]);
    await expect(loadModel(path)).rejects.toThrow(/cannot be opened: it is a pipe, a socket or a device, not a file/);
  });

  test('a Git LFS pointer in its place, wrong sizes and offsets are told', async () => {
    const beside = (name: string): string => join(folder, 'deep', 'models', name);
    writeFileSync(beside('short.bin'), new Uint8Array(size - 1));
    await expect(pointing('short', 'short.bin').then((path) => loadModel(path))).rejects.toThrow(
      /'w' is said to lie at bytes 0 to \d+ of 'short.bin', which has 102399/,
    );
    writeFileSync(beside('pointer.bin'), 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n');
    await expect(pointing('pointer', 'pointer.bin').then((path) => loadModel(path))).rejects.toThrow(
      /'pointer.bin'.* Git LFS pointer/,
    );
    writeFileSync(beside('fine.bin'), new Uint8Array(size));
    await expect(pointing('offset', 'fine.bin', { offset: '-5' }).then((path) => loadModel(path))).rejects.toThrow(
      /offset '-5'/,
    );
    await expect(pointing('length', 'fine.bin', { length: '12' }).then((path) => loadModel(path))).rejects.toThrow(
      /needs \d+ bytes, its external data has 12/,
    );
  });
});

describe('files that are no model', () => {
  const model = modelToBytes(convModel());
  const noise = Uint8Array.from({ length: 5000 }, (_, i) => (Math.imul(i + 17, 2654435761) >>> 13) & 0xff);
  const cases: [string, Uint8Array | string, RegExp][] = [
    ['empty', '', /empty/],
    [
      'lfs',
      'version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 123\n',
      /Git LFS pointer.*git lfs pull.*lfs: true/,
    ],
    ['html', '\n<!DOCTYPE html><html><body>Not found</body></html>', /HTML page/],
    ['truncated', model.subarray(0, model.length >> 1), /truncated.*bytes are missing/],
    ['almost whole', model.subarray(0, model.length - 1), /truncated/],
    ['beginning', model.subarray(0, 15), /truncated|no graph/],
    ['random', noise, /not an ONNX model, or a damaged one/],
    ['torchscript', zipSync({ 'archive/data.pkl': new Uint8Array(10) }), /zip archive.*torch.onnx.export/],
    ['pickle', Uint8Array.of(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c), /pickle/],
    ['ort', Buffer.concat([Uint8Array.of(24, 0, 0, 0), Buffer.from('ORTM'), noise]), /ORT format/],
    ['tflite', Buffer.concat([Uint8Array.of(28, 0, 0, 0), Buffer.from('TFL3'), noise]), /TensorFlow Lite/],
    [
      'savedmodel',
      Buffer.concat([Uint8Array.of(8, 1, 18, 40, 10), Buffer.from('\x05serve tensorflow MetaGraph')]),
      /SavedModel/,
    ],
    ['keras', Buffer.concat([Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), noise]), /HDF5/],
    ['safetensors', Buffer.concat([new Uint8Array(8).fill(1), Buffer.from('{"w":{"dtype":"F32"}}')]), /safetensors/],
    ['gzip', Buffer.concat([Uint8Array.of(0x1f, 0x8b, 8), noise]), /compressed/],
    ['json', '{"model": 1}', /JSON/],
    ['openvino', '<?xml version="1.0"?><net name="x"/>', /XML/],
    ['text', 'hello\n', /text file/],
    [
      'graphless',
      toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, producerName: 'x' })),
      /no graph/,
    ],
  ];
  test.each(cases)('%s', async (name, contents, message) => {
    const path = join(folder, `${name}.onnx`);
    writeFileSync(path, contents);
    for (const lazy of [false, true]) {
      const error: unknown = await loadModel(path, { lazy }).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toMatch(message);
      expect((error as UserError).message).toContain(path);
    }
  });

  test('missing, and folders', async () => {
    await expect(loadModel(join(folder, 'none.onnx'))).rejects.toThrow(/no such file/);
    await expect(loadModel(folder)).rejects.toThrow(/is a folder/);
    mkdirSync(join(folder, 'saved'));
    writeFileSync(join(folder, 'saved', 'saved_model.pb'), '');
    await expect(loadModel(join(folder, 'saved'))).rejects.toThrow(/SavedModel.*tf2onnx/);
  });

  test.skipIf(process.platform === 'win32')('a pipe that nobody writes into', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(loadModel(join(folder, 'pipe'))).rejects.toThrow(
      /pipe: the file cannot be opened: it is a pipe, a socket or a device, not a file/,
    );
  });

  test('no bytes, however broken, do anything but load or give a UserError', () => {
    const original = everything();
    let state = 12345;
    const next = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    let refused = 0;
    for (let round = 0; round < 3000; round++) {
      let bytes = Uint8Array.from(round % 3 === 0 ? model.subarray(0, 400 + next(400)) : original.subarray(0, 2000));
      for (let i = next(6); i >= 0; i--) bytes[next(bytes.length)] = next(256);
      if (round % 2) bytes = bytes.subarray(0, next(bytes.length));
      if (round % 50 === 7) bytes = Uint8Array.from({ length: next(300) }, () => next(256));
      try {
        const proto: ModelProto = readModel(bytes);
        new Model(proto).clone();
        void new Model(proto).graph;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });
});

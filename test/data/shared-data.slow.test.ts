import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../src/data/image/decode.ts';
import { imageTensor, plainPreprocess, planImage } from '../../src/data/image/preprocess.ts';
import { materialize } from '../../src/data/materialize.ts';
import { readSample, tensorBytes } from '../../src/data/store.ts';
import { loadModel } from '../../src/onnx/model.ts';
import type { Preprocess, Task } from '../../src/policy/schema.ts';
import type { TensorInfo } from '../../src/tensor.ts';
import { folderOf, open, samplesOf } from './folder.ts';

const shared = process.env['QUANT_GATE_SHARED'] ?? resolve(import.meta.dirname, '../../../shared');
const data = resolve(shared, 'data/data');
const vectors = JSON.parse(readFileSync(new URL('../vectors/shared-data.json', import.meta.url), 'utf8')) as {
  photographs: Record<'crop' | 'bilinear' | 'bicubic' | 'squash', string>;
} & Record<string, string>;
const imagenet: Preprocess = {
  ...plainPreprocess,
  crop: 224,
  scale: 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

const inputsOf = async (model: string): Promise<TensorInfo[]> => {
  const { graph } = await loadModel(resolve(shared, 'data/models', `${model}.onnx`));
  return graph.infos('inputs');
};

/** Opens a source for a real model, decodes it into a store, and digests each input and the labels over all samples. */
async function digests(model: string, source: Record<string, unknown>, task: Task, preprocess?: Preprocess) {
  const folder = await folderOf({});
  const dataset = await open(data, source, { inputs: await inputsOf(model), task, ...(preprocess && { preprocess }) });
  const store = await materialize(dataset, resolve(folder, 'data.feeds'));
  const hashes: Record<string, ReturnType<typeof createHash>> = {};
  const labels: unknown[] = [];
  const hashOf = (name: string) => {
    hashes[name] ??= createHash('sha256');
    return hashes[name];
  };
  for (let index = 0; index < store.samples.length; index++) {
    const { inputs, label } = readSample(store, index);
    for (const [name, tensor] of Object.entries(inputs)) hashOf(name).update(tensorBytes(tensor));
    if (label?.kind === 'tensor') hashOf('label').update(tensorBytes(label.tensor));
    else labels.push(label);
  }
  const inputs = Object.fromEntries(Object.entries(hashes).map(([name, hash]) => [name, hash.digest('hex')]));
  return { inputs, labels, size: store.samples.length, classes: store.classes };
}

const classIndices = (labels: unknown[]) => labels.map((label) => (label as { index: number }).index);
const csvColumn = (file: string, column: number) =>
  readFileSync(resolve(data, file), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[column]));

describe.runIf(existsSync(data))('real data', () => {
  it('resizes and crops 500 photographs as PIL and torchvision do, bit for bit', async () => {
    const files = readFileSync(resolve(data, 'imagenet/labels.csv'), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[0]!);
    const steps: Record<keyof typeof vectors.photographs, Partial<Preprocess>> = {
      crop: { crop: 224 },
      bilinear: { resize: 232, crop: 224 },
      bicubic: { resize: 236, crop: 224, interpolation: 'bicubic' },
      squash: { resize: [96, 128] },
    };
    const input = { name: 'x', type: 'uint8', dims: ['n', 'h', 'w', 3] } as const;
    const plans = Object.entries(steps).map(
      ([name, step]) => [name, planImage({ ...plainPreprocess, ...step }, input)] as const,
    );
    const found: Record<string, string[]> = {};
    for (const file of files) {
      const pixels = await decodeImage(readFileSync(resolve(data, 'imagenet', file)), file);
      for (const [name, plan] of plans) {
        const bytes = tensorBytes(imageTensor(pixels, plan, file));
        found[name] ??= [];
        found[name].push(createHash('sha256').update(bytes).digest('hex').slice(0, 4));
      }
    }
    for (const [name, each] of Object.entries(found)) {
      const expected = vectors.photographs[name as 'crop'].match(/.{4}/g)!;
      expect([name, each.filter((digest, index) => digest !== expected[index])]).toEqual([name, []]);
    }
  });

  it('feeds ImageNet photographs as torchvision does, bit for bit', async () => {
    const source = {
      images: 'imagenet/images',
      labels: 'imagenet/labels.csv',
      'label-column': 'class_index',
      classes: 'imagenet/classes.txt',
      limit: 50,
    };
    const { inputs, labels } = await digests('mobilenetv2_imagenet', source, 'classification', imagenet);
    expect(inputs).toEqual({ input: vectors['normalized'] });
    expect(classIndices(labels)).toEqual(csvColumn('imagenet/labels.csv', 1).slice(0, 50));
  });

  it('letterboxes COCO images as PIL does, in BGR, and reads their boxes', async () => {
    const source = { images: 'coco128/images', labels: 'coco128/labels', classes: 'coco128/coco.names' };
    const preprocess: Preprocess = {
      ...plainPreprocess,
      letterbox: 416,
      color: 'bgr',
      mean: [103.53, 116.28, 123.675],
      std: [57.375, 57.12, 58.395],
    };
    const { inputs, labels, classes, size } = await digests('nanodet_m_416_coco', source, 'detection', preprocess);
    expect(inputs).toEqual({ 'input.1': vectors['letterboxed'] });
    expect([size, classes?.length]).toEqual([128, 80]);
    // The first image is 500 pixels wide or 512: its first label line is "45 0.479492 0.688771 0.955609 0.5955".
    const first = labels[0] as {
      width: number;
      height: number;
      boxes: { classIndex: number; x0: number; x1: number; y0: number; y1: number }[];
    };
    expect(first.boxes).toHaveLength(8);
    const [box] = first.boxes;
    expect(box?.classIndex).toBe(45);
    expect((box!.x0 + box!.x1) / 2 / first.width).toBeCloseTo(0.479492, 9);
    expect((box!.y1 - box!.y0) / first.height).toBeCloseTo(0.5955, 9);
  });

  it('feeds CIFAR-10 arrays and class folders', async () => {
    const arrays = { arrays: 'cifar10/test.npz', inputs: { input: 'images' }, labels: 'labels' };
    const plain = await digests('resnet8_cifar10', arrays, 'classification');
    expect(plain.inputs).toEqual({ input: vectors['cifar'] });
    const labels = BigInt64Array.from(classIndices(plain.labels), BigInt);
    expect(createHash('sha256').update(labels).digest('hex')).toBe(vectors['cifarLabels']);
    const preprocess: Preprocess = {
      ...plainPreprocess,
      scale: 255,
      mean: [0.4914, 0.4822, 0.4465],
      std: [0.2023, 0.1994, 0.201],
    };
    expect((await digests('vit_pgd_cifar10', arrays, 'classification', preprocess)).inputs).toEqual({
      input: vectors['cifarNormalized'],
    });
    const folders = await digests('resnet8_cifar10', { images: 'cifar10/imagefolder_200' }, 'classification');
    expect(folders.inputs).toEqual({ input: vectors['imageFolder'] });
    expect(folders.classes).toEqual(readFileSync(resolve(data, 'cifar10/classes.txt'), 'utf8').trim().split('\n'));
  });

  it('feeds bytes, frames with a constant rate, and patches with their targets', async () => {
    const magika = await digests(
      'magika_standard_v3_3',
      { arrays: 'magika/eval.npz', labels: 'labels' },
      'classification',
    );
    expect([magika.inputs, magika.size]).toEqual([{ bytes: vectors['magika'] }, 1000]);
    const frames = { arrays: 'vad/frames.npz', inputs: { sr: 16000 }, labels: 'labels' };
    const vad = await digests('silero_vad_16k_op15', frames, 'classification');
    const rates = createHash('sha256').update(new BigInt64Array(1500).fill(16000n)).digest('hex');
    expect(vad.inputs).toEqual({ input: vectors['vadInput'], state: vectors['vadState'], sr: rates });
    const patches = { arrays: 'super_resolution/patches_x3.npz', inputs: { input: 'lr' }, labels: 'hr' };
    const pairs = await digests('super_resolution_x3', patches, 'regression', { ...plainPreprocess, scale: 255 });
    expect(pairs.inputs).toEqual({ input: vectors['lowResolution'], label: vectors['highResolution'] });
  });

  it('says how to fill an input that the arrays lack', async () => {
    await expect(digests('silero_vad_16k_op15', { arrays: 'vad/frames.npz' }, 'classification')).rejects.toThrow(
      /no array for the model's input "sr" \(int64 scalar\); its keys are "input", "state".*`inputs: \{ sr: 0 \}`/,
    );
  });

  it('tokenizes SST-2 to the very arrays that were made from it', async () => {
    const text = { jsonl: 'sst2/dev.jsonl', tokenizer: 'sst2/vocab.txt', 'max-length': 64, padding: 'max-length' };
    const [texts, arrays] = [
      await digests('sst2_transformer', text, 'classification'),
      await digests('sst2_transformer', { arrays: 'sst2/dev.npz', labels: 'labels' }, 'classification'),
    ];
    expect(texts.inputs).toEqual(arrays.inputs);
    expect(texts.labels).toEqual(arrays.labels);
    expect(texts.size).toBe(872);
  });

  it('reads speech as int16 / 32768', async () => {
    const source = {
      audio: 'speech_commands/wav',
      labels: 'speech_commands/wav.csv',
      'label-column': 'label',
      classes: 'speech_commands/labels.txt',
      length: 16000,
      'sample-rate': 16000,
    };
    const { inputs, labels } = await digests('kwt1_speech_commands_audio', source, 'classification');
    expect(inputs).toEqual({ audio: vectors['sound'] });
    expect(classIndices(labels)).toEqual(csvColumn('speech_commands/wav.csv', 1));
  });

  it('finds the images that calibration and validation share', async () => {
    const { sharedSamples } = await import('../../src/data/materialize.ts');
    const inputs = await inputsOf('resnet8_cifar10');
    const folder = await folderOf({});
    const store = async (rows: string, name: string) =>
      materialize(
        await open(data, { arrays: 'cifar10/test.npz', inputs: { input: 'images' }, rows }, { inputs }),
        resolve(folder, name),
      );
    const both = sharedSamples(await store('0:100', 'a'), await store('90:200', 'b'));
    expect(both).toHaveLength(10);
    expect(both[0]).toEqual({ first: 'cifar10/test.npz[90]', second: 'cifar10/test.npz[90]' });
    expect(
      await samplesOf(
        await open(data, { arrays: 'cifar10/test.npz', inputs: { input: 'images' }, limit: 3 }, { inputs }),
      ),
    ).toHaveLength(3);
  });
});

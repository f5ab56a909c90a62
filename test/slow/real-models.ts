import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { encodeNpy, openNpz, writeNpz } from '../../src/data/npy.ts';
import { writeViews } from './views.ts';

/** The real models of ../shared/data, each with the data it is calibrated and validated on, as a policy says it. */
export const sharedData = join(
  process.env['QUANT_GATE_SHARED'] ?? resolve(import.meta.dirname, '../../../shared'),
  'data',
);
export const hasSharedData = existsSync(sharedData);

export interface RealModel {
  name: string;
  /** Relative to the shared data. */
  file: string;
  /** Folders of the shared data that the sources below name. */
  needs: string[];
  /** The model's entry in a policy, but for `name` and `path`. */
  entry: Record<string, unknown> & { task: string };
  calibration: Record<string, unknown>;
  validation: Record<string, unknown>;
}

const script = (name: string) => `"${process.execPath}" "${join(import.meta.dirname, name)}"`;
const classification = { task: 'classification' } as const;
const imagenet = { images: 'imagenet', labels: 'imagenet/labels.csv', 'label-column': 'class_index' };
const imagenetPreprocess = { crop: 224, scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const wav = { audio: 'speech_commands', labels: 'speech_commands/wav.csv', 'label-column': 'class_index' };
const features = { arrays: 'speech_commands/eval_features.npz', labels: 'labels' };
const cocoCalibration = 28;
const coco = { images: 'coco128/images', labels: 'coco128/labels', classes: 'coco128/coco.names' };
const cocoViews = { ...coco, images: 'coco128/views/images', labels: 'coco128/views/labels' };
const patches = { arrays: 'super_resolution/patches_x3.npz', inputs: { input: 'lr' }, labels: 'hr' };
const noise = { arrays: 'noise_suppression/with-zeros.npz', labels: 'pair' };
const mnist = { arrays: { Input3: 'mnist/images.npy' }, labels: 'mnist/labels.npy' };
const bytes = { arrays: 'magika/eval.npz', labels: 'labels' };
const vad = (inputs: Record<string, unknown>) => ({ arrays: 'vad/frames.npz', inputs, labels: 'labels' });
const cifar = (file: string, input = 'input') => ({
  arrays: `cifar10/${file}.npz`,
  inputs: { [input]: 'images' },
  labels: 'labels',
});
const half = { scale: 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
const letterbox = {
  letterbox: 416,
  color: 'bgr',
  mean: [103.53, 116.28, 123.675],
  std: [57.375, 57.12, 58.395],
};

function model(
  file: string,
  entry: RealModel['entry'],
  calibration: Record<string, unknown>,
  validation: Record<string, unknown>,
): RealModel {
  const sources = [calibration, validation].flatMap((source) => [
    ...Object.values(source).filter((value) => typeof value === 'string'),
    ...Object.values((source['arrays'] ?? {}) as object),
  ]);
  const folders = sources.filter((value) => value.includes('/') || value === 'imagenet' || value === 'speech_commands');
  const needs = [...new Set(folders.map((value) => value.split('/')[0] as string))];
  return { name: basename(file, '.onnx'), file, needs, entry, calibration, validation };
}

const rows = (source: Record<string, unknown>, range: string) => ({ ...source, rows: range });

/** Labelled models first. Calibration rows are never validated on. */
export const realModels: readonly RealModel[] = [
  model(
    'models/mobilenetv2_imagenet.onnx',
    { ...classification, data: { preprocess: imagenetPreprocess } },
    rows(imagenet, '0:100'),
    rows(imagenet, '100:500'),
  ),
  model(
    'models/squeezenet1.1_imagenet.onnx',
    { ...classification, data: { preprocess: imagenetPreprocess } },
    rows(imagenet, '0:100'),
    rows(imagenet, '100:500'),
  ),
  model('models/resnet8_cifar10.onnx', { ...classification }, rows(cifar('train_4000'), '0:100'), cifar('test')),
  model(
    'models/vit_pgd_cifar10.onnx',
    {
      ...classification,
      data: { preprocess: { scale: 255, mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] } },
    },
    rows(cifar('train_4000'), '0:100'),
    cifar('test'),
  ),
  model('models/kwt1_speech_commands.onnx', classification, rows(features, '0:100'), rows(features, '100:1000')),
  model('models/kwt1_speech_commands_audio.onnx', classification, rows(wav, '0:40'), rows(wav, '40:120')),
  model('models/magika_standard_v3_3.onnx', classification, rows(bytes, '0:100'), rows(bytes, '100:1000')),
  model(
    'models/sst2_transformer.onnx',
    classification,
    { arrays: 'sst2/train_4000.npz', labels: 'labels', rows: '0:100' },
    { arrays: 'sst2/dev.npz', labels: 'labels' },
  ),
  model(
    'models/super_resolution_x3.onnx',
    { task: 'regression', metric: 'psnr', border: 6, data: { preprocess: { scale: 255, color: 'gray' } } },
    rows(patches, '0:30'),
    rows(patches, '30:110'),
  ),
  model(
    'models/nsnet2_gru.onnx',
    { task: 'generic', metric: { command: script('enhanced-snr.ts') }, output: 'gain' },
    rows(noise, '0:6'),
    rows(noise, '6:24'),
  ),
  model(
    'models/silero_vad_16k_flat.onnx',
    { ...classification, metric: 'accuracy' },
    rows(vad({ input: 'input', state: 'state' }), '0:100'),
    rows(vad({ input: 'input', state: 'state' }), '100:1500'),
  ),
  model(
    'models/silero_vad_16k_op15.onnx',
    { ...classification, metric: 'accuracy' },
    rows(vad({ input: 'input', state: 'state', sr: 16000 }), '0:100'),
    rows(vad({ input: 'input', state: 'state', sr: 16000 }), '100:1500'),
  ),
  model(
    'models/nanodet_m_416_coco.onnx',
    {
      task: 'detection',
      decoder: { command: script('../measure/accuracy/nanodet-decoder.ts') },
      data: { preprocess: letterbox },
    },
    rows(coco, `0:${cocoCalibration}`),
    cocoViews,
  ),
  model('models/mnist_cntk.onnx', classification, rows(mnist, '0:100'), rows(mnist, '100:2100')),
  model(
    'extra_models/winml_cifar_cnn.onnx',
    { ...classification, data: { preprocess: half } },
    rows(cifar('train_4000', 'modelInput'), '0:100'),
    cifar('test', 'modelInput'),
  ),
];

/** Without labels, and without data: the gate generates inputs. */
export const unlabelledModels: readonly string[] = [
  'extra_models/dnsmos_sig_bak_ovr.onnx',
  'extra_models/dtln_1.onnx',
  'extra_models/ppocr_cls.onnx',
  'extra_models/ultraface_rfb320.onnx',
];

/** A policy's entry for a model of `placeModel`. */
export function policyEntry({ name, entry, calibration, validation }: RealModel): Record<string, unknown> {
  const { data, ...rest } = entry;
  return { name, path: `${name}.onnx`, ...rest, data: { calibration, validation, ...(data as object | undefined) } };
}

/** Copies a model and its data into the folder of a policy; data stays below that folder, as policies ask. */
export async function placeModel(folder: string, { name, file, needs }: RealModel): Promise<void> {
  cpSync(join(sharedData, file), join(folder, `${name}.onnx`));
  for (const need of needs) {
    const to = join(folder, need);
    if (existsSync(to)) continue;
    mkdirSync(to);
    cpSync(join(sharedData, 'data', need), to, { recursive: true });
    await derive[need]?.(to);
  }
}

/** What no data source reads as it is. */
const derive: Readonly<Record<string, (folder: string) => Promise<void>>> = {
  coco128: (folder) => writeViews(folder, cocoCalibration, join(folder, 'views')),
  async mnist(folder) {
    const idx = (name: string, header: number) =>
      new Uint8Array(gunzipSync(readFileSync(join(folder, `t10k-${name}-ubyte.gz`)))).slice(header);
    const images = idx('images-idx3', 16);
    const count = images.length / 784;
    await writeFile(
      join(folder, 'images.npy'),
      encodeNpy({ type: 'float32', dims: [count, 1, 28, 28], data: Float32Array.from(images) }),
    );
    const labels = BigInt64Array.from(idx('labels-idx1', 8), BigInt);
    await writeFile(join(folder, 'labels.npy'), encodeNpy({ type: 'int64', dims: [count], data: labels }));
  },
  /** Initial states, which are zero, and the two spectra that the metric needs in one array. */
  async noise_suppression(folder) {
    const archive = await openNpz(join(folder, 'eval.npz'), 'eval.npz');
    const read = async (key: string) => (await (await archive.open(key)).read()) as Float32Array;
    const input = await read('input');
    const [count, size] = [24, 201 * 161];
    const pair = new Uint16Array(2 * count * size);
    for (const [position, key] of ['noisy_mag', 'clean_mag'].entries()) {
      const values = (await read(key)) as unknown as Uint16Array;
      for (let sample = 0; sample < count; sample++) {
        pair.set(values.subarray(sample * size, (sample + 1) * size), (2 * sample + position) * size);
      }
    }
    const zeros = { type: 'float32', dims: [count, 1, 1, 400], data: new Float32Array(count * 400) } as const;
    await writeNpz(join(folder, 'with-zeros.npz'), {
      input: { type: 'float32', dims: [count, 1, 201, 161], data: input },
      h0: zeros,
      h1: zeros,
      pair: { type: 'float16', dims: [count, 2, 201, 161], data: pair },
    });
  },
};

import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { materialize } from '../src/data/materialize.ts';
import { openDataset } from '../src/data/open.ts';
import { type FeedStore, storeReference } from '../src/data/store.ts';
import { loadModel, type OnnxModel, saveModel } from '../src/onnx/model.ts';
import { modelSchema, type Task } from '../src/policy/schema.ts';
import { runStoreJob } from '../src/runtime/run-store.ts';
import type { WorkerProcess } from '../src/runtime/worker-process.ts';

/** Models and data for training benchmarks and slow tests: ../shared beside the repository, or QUANT_GATE_SHARED. */
export const sharedFolder =
  process.env['QUANT_GATE_SHARED'] ?? join(dirname(fileURLToPath(import.meta.url)), '../../shared');
const folder = join(sharedFolder, 'data');

export interface TrainCase {
  name: string;
  model: OnnxModel;
  calibration: FeedStore;
  validation: FeedStore;
  task: Task;
  output: string;
}

const imagenet = {
  resize: 256,
  crop: 224,
  scale: 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
  layout: 'nchw',
};
const images = (rows: string) => ({
  images: 'data/imagenet/images',
  labels: 'data/imagenet/labels.csv',
  'label-column': 'class_index',
  rows,
});

/** Calibration and validation rows never overlap. */
const cases: Record<string, object> = {
  resnet8_cifar10: {
    data: {
      calibration: { arrays: 'data/cifar10/train_4000.npz', inputs: { input: 'images' }, rows: '0:1024' },
      validation: { arrays: 'data/cifar10/test.npz', inputs: { input: 'images' }, labels: 'labels' },
      preprocess: { layout: 'nchw' },
    },
  },
  mobilenetv2_imagenet: {
    data: { calibration: images('0:200'), validation: images('200:500'), preprocess: imagenet },
  },
  squeezenet1_imagenet: {
    path: 'models/squeezenet1.1_imagenet.onnx',
    data: { calibration: images('0:200'), validation: images('200:500'), preprocess: imagenet },
  },
  vit_pgd_cifar10: {
    data: {
      calibration: { arrays: 'data/cifar10/train_4000.npz', inputs: { input: 'images' }, rows: '0:1024' },
      validation: { arrays: 'data/cifar10/test.npz', inputs: { input: 'images' }, labels: 'labels' },
      preprocess: { scale: 255, mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201], layout: 'nchw' },
    },
  },
  kwt1_speech_commands: {
    data: {
      calibration: { arrays: 'data/speech_commands/eval_features.npz', labels: 'labels', rows: '0:256' },
      validation: { arrays: 'data/speech_commands/eval_features.npz', labels: 'labels', rows: '256:1000' },
    },
  },
  sst2_transformer: {
    data: {
      calibration: { arrays: 'data/sst2/train_4000.npz', labels: 'labels', rows: '0:512' },
      validation: { arrays: 'data/sst2/dev.npz', labels: 'labels' },
    },
  },
};

/** @param workDir where decoded data is kept from run to run */
export async function openCase(name: string, workDir: string): Promise<TrainCase> {
  const spec = cases[name];
  if (!spec) throw new Error(`no case ${name}; there are ${Object.keys(cases).join(', ')}`);
  const policy = modelSchema.parse({ path: `models/${name}.onnx`, task: 'classification', ...spec });
  const model = await loadModel(join(folder, policy.path));
  const { calibration, validation, preprocess } = policy.data;
  await mkdir(workDir, { recursive: true });
  const open = async (source: NonNullable<typeof calibration>, role: string) => {
    const dataset = await openDataset(source, {
      policyFolder: folder,
      task: policy.task,
      inputs: model.graph.infos('inputs'),
      ...(preprocess && { preprocess }),
    });
    return materialize(dataset, join(workDir, `${name}-${role}.feeds`));
  };
  return {
    name,
    model,
    calibration: await open(calibration!, 'calibration'),
    validation: await open(validation!, 'validation'),
    task: policy.task,
    output: model.graph.outputs[0]!.name,
  };
}

/**
 * The class that a model gives each validation sample.
 *
 * @param path where the model is saved; another one for each model, since sessions stay open
 */
export async function classesOf(
  { validation, output }: TrainCase,
  model: OnnxModel,
  worker: WorkerProcess,
  path: string,
): Promise<number[]> {
  await saveModel(model, path);
  const { outputs } = await worker.call(runStoreJob, {
    session: { model: path, provider: 'cpu', threads: 0 },
    store: storeReference(validation),
    batch: 1,
    outputs: [output],
  });
  return outputs!.map((sample) => {
    const values = sample[output]!.data as Float32Array;
    let best = 0;
    for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
    return best;
  });
}

export function accuracyOf({ validation }: TrainCase, classes: readonly number[]): number {
  const right = validation.samples.filter(
    ({ label }, at) => label?.kind === 'class' && label.index === classes[at],
  ).length;
  return right / classes.length;
}

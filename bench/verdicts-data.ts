/** Real per-sample results to simulate from: FP32 and a quantized variant of real models on their real data. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../src/command.ts';
import { materialize } from '../src/data/materialize.ts';
import { openDataset } from '../src/data/open.ts';
import { type FeedStore, openStore, readSample, storeReference } from '../src/data/store.ts';
import { openScoring } from '../src/measure/accuracy/open.ts';
import { storedOutputs } from '../src/measure/accuracy/outputs.ts';
import type { PairedRecords } from '../src/measure/accuracy/paired.ts';
import { type RecordReference, scoreReference } from '../src/measure/accuracy/score.ts';
import { loadModel, saveModel } from '../src/onnx/model.ts';
import { type MetricName, type ModelPolicy, modelSchema, policySchema } from '../src/policy/schema.ts';
import { silent } from '../src/progress.ts';
import { quantizeDynamic } from '../src/quantize/dynamic.ts';
import type { RuntimeLocation, SessionSpec } from '../src/runtime/contract.ts';
import { runStoreJob } from '../src/runtime/run-store.ts';
import { loadJob } from '../src/runtime/session-jobs.ts';
import { WorkerProcess } from '../src/runtime/worker-process.ts';
import { resolveTarget } from '../src/targets/index.ts';

export interface Workplace {
  /** The folder of real models and data. */
  shared: string;
  folder: string;
  runtime: RuntimeLocation;
}

export interface Population extends PairedRecords {
  name: string;
}

const decoder = join(import.meta.dirname, '../test/measure/accuracy/nanodet-decoder.ts');

/** Models with a metric or more each; a population for each metric. */
const sources: { model: string; bits: 4 | 8; metrics: MetricName[]; policy: object }[] = [
  {
    model: 'resnet8_cifar10',
    bits: 8,
    metrics: ['top1', 'kl'],
    policy: {
      task: 'classification',
      data: { validation: { arrays: 'data/cifar10/test.npz', inputs: { input: 'images' }, labels: 'labels' } },
    },
  },
  {
    model: 'silero_vad_16k_flat',
    bits: 4,
    metrics: ['accuracy', 'f1', 'auc'],
    policy: {
      task: 'classification',
      data: {
        validation: { arrays: 'data/vad/frames.npz', inputs: { input: 'input', state: 'state' }, labels: 'labels' },
      },
    },
  },
  {
    model: 'super_resolution_x3',
    bits: 8,
    metrics: ['psnr'],
    policy: {
      task: 'regression',
      border: 6,
      data: {
        validation: { arrays: 'data/super_resolution/patches_x3.npz', inputs: { input: 'lr' }, labels: 'hr' },
        preprocess: { scale: 255, color: 'gray' },
      },
    },
  },
  {
    model: 'nanodet_m_416_coco',
    bits: 8,
    metrics: ['map50'],
    policy: {
      task: 'detection',
      decoder: { command: `${JSON.stringify(process.execPath)} ${JSON.stringify(decoder)}` },
      data: {
        validation: {
          images: 'data/coco128/images',
          labels: 'data/coco128/labels',
          classes: 'data/coco128/coco.names',
        },
        preprocess: {
          letterbox: 416,
          color: 'bgr',
          mean: [103.53, 116.28, 123.675],
          std: [57.375, 57.12, 58.395],
        },
      },
    },
  },
];

/** Every model's FP32 and Level 1 variant (with 4-bit weights where 8 bits lose nothing), scored sample by sample. */
export async function populations(place: Workplace): Promise<Population[]> {
  const all: Population[] = [];
  for (const { model, bits, metrics, policy } of sources) {
    const parsed = modelSchema.parse({ path: `models/${model}.onnx`, ...policy });
    const path = join(place.shared, parsed.path);
    const { store, outputs } = await decodedData(place, parsed, path);
    const variant = await quantized(place, model, path, store, bits);
    const fp32 = await outputsOf(place, `${model}-fp32`, path, store);
    const own = await outputsOf(place, `${model}-level1`, variant, store);
    for (const metric of metrics) {
      const scoring = openScoring(
        { ...parsed, metric },
        {
          labelled: true,
          outputs,
          run: (command, { what, env }) =>
            runCommand(command, { folder: place.shared, allowed: true, what, env, progress: silent }),
        },
      );
      const options = { confidence: 0.95, seed: 1 };
      const before = (await scoreReference(scoring, storedOutputs(fp32), store.samples, options)) as RecordReference;
      // Scored as a reference too, since that keeps the records; label-free metrics compare with FP32's outputs.
      const after = await variantRecords(before, own);
      all.push({
        name: `${metric} of ${model}`,
        metric: before.scoring.metric,
        context: before.context,
        samples: store.samples,
        before: before.records,
        after,
      });
    }
  }
  return all;
}

/** The validation data of one of the models, decoded. */
export async function decoded(place: Workplace, name: string): Promise<FeedStore> {
  const { policy } = sources.find(({ model }) => model === name)!;
  const parsed = modelSchema.parse({ path: `models/${name}.onnx`, ...policy });
  return (await decodedData(place, parsed, join(place.shared, parsed.path))).store;
}

/** Which samples a model has right: 1, or 0. */
export async function outcomesOf(place: Workplace, name: string, path: string, store: FeedStore): Promise<number[]> {
  const { policy, metrics } = sources.find(({ model }) => model === name)!;
  const parsed = modelSchema.parse({ path: `models/${name}.onnx`, ...policy });
  const outputs = await outputsOf(place, 'candidate', path, store);
  const names = Object.keys(readSample(outputs, 0).inputs);
  const scoring = openScoring(
    { ...parsed, metric: metrics[0]! },
    { labelled: true, outputs: names, run: () => Promise.reject(new Error('no command')) },
  );
  const options = { confidence: 0.95, seed: 1 };
  const { records, scoring: own } = (await scoreReference(
    scoring,
    storedOutputs(outputs),
    store.samples,
    options,
  )) as RecordReference;
  return records.map((record) => own.metric.outcome!(record)!);
}

async function variantRecords(reference: RecordReference, outputs: FeedStore): Promise<unknown[]> {
  const { scoring, context, samples } = reference;
  const records: unknown[] = [];
  const raw = storedOutputs(outputs).read();
  const decoded = scoring.decode ? scoring.decode(asyncOf(raw), samples, context) : asyncOf(raw);
  const others = asyncOf(reference.outputs.read());
  for await (const sample of decoded) {
    const other = (await others.next()).value;
    records.push(scoring.metric.record(context, sample, samples[records.length]!.label, other!));
  }
  return records;
}

async function* asyncOf<T>(items: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, undefined> {
  yield* items;
  return undefined;
}

async function decodedData(place: Workplace, model: ModelPolicy, path: string) {
  const worker = await WorkerProcess.start({ runtime: place.runtime, label: 'load' });
  try {
    const { inputs, outputs } = await worker.call(loadJob, { session: sessionOf(path) });
    const { preprocess, validation } = model.data;
    const dataset = await openDataset(validation!, {
      policyFolder: place.shared,
      task: model.task,
      inputs,
      output: outputs[0]!,
      ...(preprocess && { preprocess }),
    });
    const store = await materialize(dataset, join(place.folder, `${model.path.replaceAll('/', '_')}.feeds`));
    return { store, outputs: outputs.map(({ name }) => name) };
  } finally {
    await worker.close();
  }
}

export const sessionOf = (model: string): SessionSpec => ({ model, provider: 'cpu', threads: 1 });

async function quantized(place: Workplace, name: string, path: string, store: FeedStore, bits: 4 | 8): Promise<string> {
  const workDir = join(place.folder, `${name}-work`);
  await mkdir(workDir, { recursive: true });
  const { levels } = policySchema.parse({ version: 1, models: [{ path: 'm.onnx' }], levels: { 1: { bits } } });
  const { model } = await quantizeDynamic({
    model: await loadModel(path),
    target: resolveTarget('cpu'),
    options: levels[1]!,
    runtime: place.runtime,
    workDir,
    seed: 0,
    threads: 1,
    progress: silent,
    samples: storeReference(store),
  });
  const to = join(place.folder, `${name}-level1.onnx`);
  await saveModel(model, to);
  return to;
}

async function outputsOf(place: Workplace, id: string, model: string, store: FeedStore): Promise<FeedStore> {
  const worker = await WorkerProcess.start({ runtime: place.runtime, label: id });
  const to = join(place.folder, `${id}.outputs`);
  try {
    const session = { ...sessionOf(model), threads: 2 };
    await worker.call(runStoreJob, { session, store: storeReference(store), batch: 1, to });
    return openStore(to);
  } finally {
    await worker.close();
  }
}

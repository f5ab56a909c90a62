import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../../src/command.ts';
import { materialize } from '../../../src/data/materialize.ts';
import { openDataset } from '../../../src/data/open.ts';
import { openStore, storeReference } from '../../../src/data/store.ts';
import { openScoring } from '../../../src/measure/accuracy/open.ts';
import { storedOutputs } from '../../../src/measure/accuracy/outputs.ts';
import { compareAccuracy, scoreReference } from '../../../src/measure/accuracy/score.ts';
import type { AccuracyMeasurement } from '../../../src/measure/contract.ts';
import { type MetricName, modelSchema } from '../../../src/policy/schema.ts';
import { silent } from '../../../src/progress.ts';
import type { RuntimeLocation } from '../../../src/runtime/contract.ts';
import { locateRuntime } from '../../../src/runtime/locate.ts';
import { runStoreJob } from '../../../src/runtime/run-store.ts';
import { loadJob } from '../../../src/runtime/session-jobs.ts';
import { WorkerProcess } from '../../../src/runtime/worker-process.ts';

const shared = process.env['QUANT_GATE_SHARED'] ?? resolve(import.meta.dirname, '../../../../shared');
const folder = join(shared, 'data');
const options = { confidence: 0.95, seed: 1 };
/** 0.2 points of the published figure; 0.002 dB for PSNR. */
const tolerance = 0.002;

let work = '';
let runtime: RuntimeLocation;

/** Model + data of a policy -> decoded store -> outputs of a child process -> each metric. */
async function figures(model: string, rest: object, metrics: readonly MetricName[]): Promise<AccuracyMeasurement[]> {
  const policy = modelSchema.parse({ path: `models/${model}.onnx`, ...rest });
  const path = join(folder, policy.path);
  const worker = await WorkerProcess.start({ runtime, label: model });
  try {
    const session = { model: path, provider: 'cpu', threads: 2 } as const;
    const { inputs, outputs } = await worker.call(loadJob, { session });
    const { preprocess, validation } = policy.data;
    const dataset = await openDataset(validation!, {
      policyFolder: folder,
      task: policy.task,
      inputs,
      output: outputs[0]!,
      ...(preprocess && { preprocess }),
    });
    // Named by its settings: models that share data share the decoded store too.
    const store = await materialize(
      dataset,
      join(work, `${dataset.size}-${Object.values(validation!)[0]}`.replaceAll('/', '_')),
    );
    const to = join(work, `${model}.outputs`);
    await worker.call(runStoreJob, { session, store: storeReference(store), batch: 1, to });
    const results: AccuracyMeasurement[] = [];
    for (const metric of metrics) {
      const scoring = openScoring(
        { ...policy, metric },
        {
          labelled: true,
          outputs: outputs.map(({ name }) => name),
          ...(store.classes && { classes: store.classes }),
          run: (command, { what, env }) => runCommand(command, { folder, allowed: true, what, env, progress: silent }),
        },
      );
      const reference = await scoreReference(scoring, storedOutputs(openStore(to)), store.samples, options);
      if ('notMeasured' in reference.measurement) throw new Error(reference.measurement.notMeasured);
      results.push(reference.measurement);
      if (metric === metrics[0] && !policy.decoder) {
        // The same outputs again are no drop, whatever the metric.
        const same = await compareAccuracy(reference, storedOutputs(openStore(to)), options);
        expect(same).toMatchObject({ drop: { estimate: 0 }, value: reference.measurement.value });
      }
    }
    return results;
  } finally {
    await worker.close();
  }
}

const values = async (...args: Parameters<typeof figures>): Promise<number[]> =>
  (await figures(...args)).map(({ value }) => value);

const imagenet = {
  task: 'classification',
  data: {
    validation: { images: 'data/imagenet', labels: 'data/imagenet/labels.csv', 'label-column': 'class_index' },
    preprocess: { crop: 224, scale: 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  },
};

describe.runIf(existsSync(folder))('FP32 of the real models, through data sources, runtime and metrics', () => {
  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), 'quant-gate-figures-'));
    runtime = await locateRuntime({});
  });
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it('MobileNetV2 on ImageNet: top-1 0.832, top-5 0.966', async () => {
    const [top1, top5] = await values('mobilenetv2_imagenet', imagenet, ['top1', 'top5']);
    expect(Math.abs(top1! - 0.832)).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(top5! - 0.966)).toBeLessThanOrEqual(tolerance);
  });

  it('SqueezeNet on ImageNet: top-1 0.612, top-5 0.828', async () => {
    const [top1, top5] = await values('squeezenet1.1_imagenet', imagenet, ['top1', 'top5']);
    expect(Math.abs(top1! - 0.612)).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(top5! - 0.828)).toBeLessThanOrEqual(tolerance);
  });

  it('keyword spotting: 0.967 on features, 0.96667 on wav files', async () => {
    const features = { arrays: 'data/speech_commands/eval_features.npz', labels: 'labels' };
    const [onFeatures] = await values(
      'kwt1_speech_commands',
      { task: 'classification', data: { validation: features } },
      ['top1'],
    );
    expect(Math.abs(onFeatures! - 0.967)).toBeLessThanOrEqual(tolerance);
    const wav = {
      audio: 'data/speech_commands',
      labels: 'data/speech_commands/wav.csv',
      'label-column': 'class_index',
    };
    const [onWav] = await values('kwt1_speech_commands_audio', { task: 'classification', data: { validation: wav } }, [
      'top1',
    ]);
    expect(Math.abs(onWav! - 0.96667)).toBeLessThanOrEqual(tolerance);
  });

  it('sentiment: 0.79702 on text and on tokens, the same sentences wrong', async () => {
    const jsonl = { jsonl: 'data/sst2/dev.jsonl', tokenizer: 'data/sst2/vocab.txt', 'max-length': 64 };
    const arrays = { arrays: 'data/sst2/dev.npz', labels: 'labels' };
    const [onText] = await values('sst2_transformer', { task: 'classification', data: { validation: jsonl } }, [
      'accuracy',
    ]);
    const [onTokens] = await values('sst2_transformer', { task: 'classification', data: { validation: arrays } }, [
      'accuracy',
    ]);
    expect(Math.abs(onTokens! - 0.79702)).toBeLessThanOrEqual(tolerance);
    expect(onText).toBe(onTokens);
  });

  it('file types: 0.954', async () => {
    const validation = { arrays: 'data/magika/eval.npz', labels: 'labels' };
    const [top1] = await values('magika_standard_v3_3', { task: 'classification', data: { validation } }, ['top1']);
    expect(Math.abs(top1! - 0.954)).toBeLessThanOrEqual(tolerance);
  });

  it('super resolution: 26.79131 dB', async () => {
    const validation = { arrays: 'data/super_resolution/patches_x3.npz', inputs: { input: 'lr' }, labels: 'hr' };
    const model = { task: 'regression', border: 6, data: { validation, preprocess: { scale: 255, color: 'gray' } } };
    const [psnr] = await values('super_resolution_x3', model, ['psnr']);
    expect(Math.abs(psnr! - 26.79131)).toBeLessThanOrEqual(tolerance);
  });

  it('voice activity: accuracy 0.91067, AUC 0.95547', async () => {
    const validation = {
      arrays: 'data/vad/frames.npz',
      inputs: { input: 'input', state: 'state', sr: 16000 },
      labels: 'labels',
    };
    const [accuracy, auc] = await values('silero_vad_16k_op15', { task: 'classification', data: { validation } }, [
      'accuracy',
      'auc',
    ]);
    expect(Math.abs(accuracy! - 0.91067)).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(auc! - 0.95547)).toBeLessThanOrEqual(tolerance);
  });

  it('detection: AP50 0.49419, AP 0.31468', async () => {
    const decoder = join(import.meta.dirname, 'nanodet-decoder.ts');
    const model = {
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
          'pad-value': 0,
        },
      },
    };
    const [map50, map] = await values('nanodet_m_416_coco', model, ['map50', 'map']);
    expect(Math.abs(map50! - 0.49419)).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(map! - 0.31468)).toBeLessThanOrEqual(tolerance);
  });
});

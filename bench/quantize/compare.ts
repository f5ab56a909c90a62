import { execFileSync } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { runCommand } from '../../src/command.ts';
import { materialize } from '../../src/data/materialize.ts';
import { openDataset } from '../../src/data/open.ts';
import { type FeedStore, openStore, storeReference } from '../../src/data/store.ts';
import { openScoring } from '../../src/measure/accuracy/open.ts';
import { storedOutputs } from '../../src/measure/accuracy/outputs.ts';
import { compareAccuracy, type ReferenceScore, scoreReference } from '../../src/measure/accuracy/score.ts';
import type { Estimate } from '../../src/measure/contract.ts';
import { measureLatency } from '../../src/measure/latency.ts';
import { loadModel, modelBytes } from '../../src/onnx/model.ts';
import { type MetricName, modelSchema } from '../../src/policy/schema.ts';
import { silent } from '../../src/progress.ts';
import type { RuntimeLocation, SessionSpec } from '../../src/runtime/contract.ts';
import type { WorkerEntry } from '../../src/runtime/entry.ts';
import { runStoreJob } from '../../src/runtime/run-store.ts';
import { WorkerProcess } from '../../src/runtime/worker-process.ts';
import { placeModel, policyEntry, type RealModel } from '../../test/slow/real-models.ts';
import type { OwnParameters } from './own.ts';
import { runWatched } from './process-tree.ts';
import type { PeerSetting, Setting } from './settings.ts';

export interface Bench {
  folder: string;
  runtime: RuntimeLocation;
  threads: number;
  /** The interpreter of the peer. */
  python: string;
  /** Validation rows, at most. */
  rows: number;
  /** Of latency, for each file. */
  latencyBudgetMs: number;
}

export interface ModelResult {
  name: string;
  metric: string;
  direction: 'higher' | 'lower';
  fp32: { value: number; bytes: number; p50Ms: number };
  calibration: number;
  validation: number;
  files: FileResult[];
}

export interface FileResult {
  by: Setting['by'];
  name: string;
  seconds?: number;
  peakBytes?: number;
  bytes?: number;
  value?: number;
  drop?: Estimate;
  sqnrDb?: number;
  /** Of classifiers, the share of rows with the class that FP32 finds: less chance is in it than in how many of them are right. */
  agreement?: number;
  speedup?: Estimate;
  /** Why there is no file, or no number. */
  error?: string;
}

const intervals = { confidence: 0.95, seed: 0 };
const quantizeTimeoutMs = 600_000;
/** Leaves room for the rest of an ordinary machine: the peer keeps all activations of its calibration data. */
const quantizeMemoryLimit = 10e9;

/** Quantizes one model in every setting, and measures every file in the same way. */
export async function compareModel(bench: Bench, real: RealModel, settings: readonly Setting[]): Promise<ModelResult> {
  const data = await openData(bench, real);
  const { work, source, calibration, validation } = data;
  try {
    const files: FileResult[] = [];
    for (const [index, setting] of settings.entries()) {
      files.push(await quantize(bench, setting, { source, store: calibration, to: join(work, `${index}.onnx`) }));
      process.stderr.write(`${real.name}: ${setting.by}, ${setting.name}: ${describe(files.at(-1)!)}\n`);
    }
    const session: SessionSpec = { model: source, provider: 'cpu', threads: bench.threads };
    const fp32Outputs = await outputsOf(bench, session, validation, join(work, 'fp32.outputs'));
    const score = (metric?: MetricName) => referenceOf(bench, data, fp32Outputs, metric);
    const reference = await score();
    const fidelity = await score('sqnr');
    if ('notMeasured' in reference.measurement) throw new Error(reference.measurement.notMeasured);
    const { metric, direction, value } = reference.measurement;
    const same = metric === 'top1' ? await score('agreement') : undefined;
    const made = files.map((file, index) => ({ file, index, path: join(work, `${index}.onnx`) }));
    for (const { file, index, path } of made) {
      if (file.error !== undefined) continue;
      try {
        const outputs = await outputsOf(bench, { ...session, model: path }, validation, join(work, `${index}.outputs`));
        const own = await compareAccuracy(reference, storedOutputs(outputs), intervals);
        const sqnr = await compareAccuracy(fidelity, storedOutputs(outputs), intervals);
        if ('notMeasured' in own) file.error = own.notMeasured;
        else Object.assign(file, { value: own.value, drop: own.drop });
        if (!('notMeasured' in sqnr)) file.sqnrDb = sqnr.value;
        const agreement = same && (await compareAccuracy(same, storedOutputs(outputs), intervals));
        if (agreement && !('notMeasured' in agreement)) file.agreement = agreement.value;
      } catch (error) {
        file.error = `does not run: ${(error as Error).message}`;
      }
    }
    const runnable = made.filter(({ file }) => file.error === undefined);
    const { variants, fp32 } = await measureLatency({
      fp32: session,
      variants: runnable.map(({ index, path }) => ({ id: String(index), session: { ...session, model: path } })),
      store: validation,
      batches: [1],
      percentile: 'p50',
      confidence: intervals.confidence,
      budgetMs: bench.latencyBudgetMs,
      seed: 0,
      runtime: bench.runtime,
    });
    for (const { id, latency, error } of variants) {
      const file = files[Number(id)]!;
      if (latency?.[0]) file.speedup = latency[0].speedup;
      if (error) file.error = error.message;
    }
    return {
      name: real.name,
      metric,
      direction,
      fp32: { value, bytes: await modelBytes(source), p50Ms: fp32[0]!.p50Ms },
      calibration: calibration.samples.length,
      validation: validation.samples.length,
      files,
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

export interface BenchData {
  work: string;
  source: string;
  policy: ReturnType<typeof modelSchema.parse>;
  outputs: string[];
  calibration: FeedStore;
  validation: FeedStore;
}

/** A model beside its decoded data, in a folder of its own below `work`. */
export async function openData(bench: Bench, real: RealModel): Promise<BenchData> {
  await placeModel(bench.folder, real);
  const policy = modelSchema.parse(policyEntry(real));
  const source = join(bench.folder, policy.path);
  const { graph } = await loadModel(source);
  const work = join(bench.folder, 'work', real.name);
  await mkdir(work, { recursive: true });
  const open = async (role: 'calibration' | 'validation', limit?: number) => {
    const dataset = await openDataset(limit ? { ...policy.data[role]!, limit } : policy.data[role]!, {
      policyFolder: bench.folder,
      task: policy.task,
      inputs: graph.infos('inputs'),
      output: graph.infos('outputs')[0]!,
      allowCommands: true,
      ...(policy.data.preprocess && { preprocess: policy.data.preprocess }),
    });
    return materialize(dataset, join(work, `${role}.feeds`));
  };
  return {
    work,
    source,
    policy,
    outputs: graph.infos('outputs').map(({ name }) => name),
    calibration: await open('calibration'),
    validation: await open('validation', bench.rows),
  };
}

/** FP32's score by the policy's metric, or by another, with which that of every file is compared. */
export async function referenceOf(
  { folder }: Pick<Bench, 'folder'>,
  { policy, outputs, validation }: BenchData,
  fp32Outputs: FeedStore,
  metric?: MetricName,
): Promise<ReferenceScore> {
  const scoring = openScoring(metric ? { ...policy, metric } : policy, {
    labelled: true,
    outputs,
    ...(validation.classes && { classes: validation.classes }),
    run: (command, { what, env }) => runCommand(command, { folder, allowed: true, what, env, progress: silent }),
  });
  return scoreReference(scoring, storedOutputs(fp32Outputs), validation.samples, intervals);
}

/** Makes a file in a process of its own. What goes wrong there is a result too. */
export async function quantize(
  bench: Bench,
  setting: Setting,
  { source, store, to }: { source: string; store: FeedStore; to: string },
): Promise<FileResult & { processes?: number[]; notes?: string[] }> {
  const result = { by: setting.by, name: setting.name };
  try {
    const { stdout, peakBytes, processes } = await runWatched(...commandOf(bench, setting, { source, store, to }), {
      timeoutMs: quantizeTimeoutMs,
      memoryLimit: quantizeMemoryLimit,
    });
    const { seconds, notes } = JSON.parse(stdout.trim().split('\n').at(-1)!) as { seconds: number; notes: string[] };
    return { ...result, seconds, peakBytes, processes, notes, bytes: await modelBytes(to) };
  } catch (error) {
    return { ...result, error: `no file: ${(error as Error).message}` };
  }
}

function commandOf(
  { python, threads }: Bench,
  setting: Setting,
  { source, store, to }: { source: string; store: FeedStore; to: string },
): [string, string[]] {
  if (setting.by === 'onnxruntime') {
    const script = join(import.meta.dirname, '../peer/quantize.py');
    const { from, to: end } = store.range ?? { from: 0, to: store.samples.length };
    const options = { ...peerOptions(setting), from, to: end };
    return [python, [script, source, store.path, to, JSON.stringify(options)]];
  }
  const parameters: OwnParameters = {
    model: source,
    level: setting.level,
    ...(setting.options && { options: setting.options }),
    store: storeReference(store),
    to,
    workDir: `${to}.work`,
    threads,
  };
  return [process.execPath, [ownProgram(), JSON.stringify(parameters)]];
}

let built: string | undefined;

/** `own.ts` bundled as users have the program: from source every process would strip types first. */
function ownProgram(): string {
  if (built) return built;
  const root = resolve(import.meta.dirname, '../..');
  // Below the checkout, where its onnxruntime-node is found.
  const folder = join(root, 'node_modules/.cache/quant-gate-bench');
  const entry = 'own=bench/quantize/own.ts';
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), '--out', folder, '--entry', entry], {
    stdio: 'pipe',
  });
  built = join(folder, 'own.js');
  return built;
}

const peerOptions = ({ by: _, name: __, ...options }: PeerSetting) => options;

/** The outputs of a file on all of a store, one sample at a time; in another program than this Node where `entry` says so. */
export async function outputsOf(
  { runtime }: Pick<Bench, 'runtime'>,
  session: SessionSpec,
  store: FeedStore,
  to: string,
  entry?: WorkerEntry,
): Promise<FeedStore> {
  const worker = await WorkerProcess.start({ runtime, label: session.model, ...(entry && { entry }) });
  try {
    await worker.call(runStoreJob, { session, store: storeReference(store), batch: 1, to }, { timeoutMs: 900_000 });
    return openStore(to);
  } finally {
    await worker.close();
  }
}

function describe({ seconds, peakBytes, error }: FileResult): string {
  return error ?? `${seconds!.toFixed(1)} s, ${(peakBytes! / 1e6).toFixed(0)} MB`;
}

import { mkdir } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { batchAxes, stackFeeds } from '../../src/data/batch.ts';
import { type FeedStore, readSample } from '../../src/data/store.ts';
import { openScoring } from '../../src/measure/accuracy/open.ts';
import { storedOutputs } from '../../src/measure/accuracy/outputs.ts';
import { compareAccuracy, scoreReference } from '../../src/measure/accuracy/score.ts';
import type { AccuracyMeasurement, NotMeasured } from '../../src/measure/contract.ts';
import { loadModel, type OnnxModel, saveModel } from '../../src/onnx/model.ts';
import type { MetricName } from '../../src/policy/schema.ts';
import { silent } from '../../src/progress.ts';
import { chooseRanges } from '../../src/quantize/static/choose.ts';
import { StaticRun } from '../../src/quantize/static/run.ts';
import { quantizeStatic, type StaticRequest, startingRecipe } from '../../src/quantize/static/static.ts';
import { resolveTarget } from '../../src/targets/index.ts';
import type { QatRequest, QatResult } from '../../src/train/contract.ts';
import { quantizeQat } from '../../src/train/qat.ts';
import { type Bench, type BenchData, openData, outputsOf } from '../quantize/compare.ts';
import { realModel, type Setting } from './settings.ts';

/** A file's metric, and how much less than another file's it is on the same rows. */
export interface Score {
  value: number;
  drop: { estimate: number; low: number; high: number };
}

export interface TrainRow extends Setting {
  metric: string;
  rows: number;
  fp32: number;
  /** Every weight to the nearest level, nothing recovered. Left out where little is lost. */
  plain?: Score;
  level2: Score;
  blocks?: Score;
  level3: Score;
  /** Level 3 less than Level 2. */
  worse: Score['drop'];
  /** Share of rows on which the file and FP32 give the same class. */
  agreement?: { level2: number; level3: number };
  /** Share of rows on which the file and the training graph give the same class. */
  exported?: number;
  /** The same of the file in integer kernels and the file as its Q and DQ say, without graph optimizations. */
  kernels?: number;
  distance: QatResult['distance'];
  training: QatResult['training'];
  seconds: { level2: number; training: number; budget: number };
  /** Load average at the end. */
  load: number;
}

const intervals = { confidence: 0.95, seed: 0 };

/** Quantizes and trains in one setting, and scores every file on rows that nothing was calibrated on. */
export async function measureSetting(
  bench: Bench,
  setting: Setting,
  { budgetMs, plain }: { budgetMs: number; plain: boolean },
): Promise<TrainRow> {
  const data = await openData(bench, realModel(setting));
  const model = await loadModel(data.source);
  const workDir = join(data.work, `${setting.bits}-${setting.perChannel}`);
  await mkdir(workDir, { recursive: true });
  const request: StaticRequest & QatRequest = {
    model,
    target: resolveTarget('cpu'),
    options: {
      observer: 'auto',
      'per-channel': setting.perChannel,
      bits: setting.bits,
      recover: 'auto',
      prefer: 'balanced',
      'keep-float': [],
      'search-budget': 60_000,
      budget: budgetMs,
    },
    runtime: bench.runtime,
    workDir,
    seed: 0,
    threads: bench.threads,
    progress: silent,
    calibration: data.calibration,
    task: data.policy.task,
    recipe: { keepBlocks: plain },
  };
  const scorer = await openScorer(bench, data, workDir);
  const say = (what: string, { value }: { value: number }) =>
    process.stderr.write(`${setting.model} ${setting.bits} ${what}: ${value.toFixed(4)}\n`);
  say('FP32', { value: scorer.fp32 });
  const rounded = plain ? await scorer.score('plain', await roundPlainly(request)) : undefined;
  if (rounded) say('plain rounding', rounded);
  const start = await quantizeStatic({ ...request, workDir: join(workDir, 'level2') });
  const level2 = await scorer.score('level2', start.model);
  say('Level 2', level2);
  const result = await quantizeQat({ ...request, start });
  const blocks = result.blocks && (await scorer.score('blocks', result.blocks));
  if (blocks) say('blocks', blocks);
  const level3 = await scorer.score('level3', result.model);
  say('Level 3', level3);
  process.stderr.write(`${result.notes.join('\n')}\n`);
  const classes = result.distance.kind === 'kl';
  return {
    ...setting,
    metric: scorer.metric,
    rows: data.validation.samples.length,
    fp32: scorer.fp32,
    ...(rounded && { plain: rounded }),
    level2,
    ...(blocks && { blocks }),
    level3,
    worse: await scorer.between('level2', 'level3'),
    ...(classes && {
      agreement: {
        level2: await scorer.agreement('level2'),
        level3: await scorer.agreement('level3'),
      },
      exported: await agreementWithGraph(data, workDir, result, scorer.outputs('level3')),
      kernels: await agreementUnfused(data, join(workDir, 'level3.onnx'), scorer.outputs('level3')),
    }),
    distance: result.distance,
    training: result.training,
    seconds: { level2: start.seconds, training: result.training.seconds, budget: budgetMs / 1000 },
    load: loadavg()[0]!,
  };
}

/** Every weight to the nearest level of a grid that covers it, ranges by the same observers, nothing recovered. */
async function roundPlainly(request: StaticRequest): Promise<OnnxModel> {
  const run = await StaticRun.start({ ...request, options: { ...request.options, recover: 'none' } });
  try {
    const [{ recipe }] = await chooseRanges(run, { ...startingRecipe(run), weightRange: 'max' });
    return run.emit(recipe).model;
  } finally {
    await run.close();
  }
}

async function openScorer(bench: Bench, { source, policy, outputs, validation }: BenchData, workDir: string) {
  const stores = new Map<string, FeedStore>();
  const run = async (name: string, path: string) => {
    const session = { model: path, provider: 'cpu' as const, threads: bench.threads };
    const store = await outputsOf(bench, session, validation, join(workDir, `${name}.outputs`));
    stores.set(name, store);
    return store;
  };
  await run('fp32', source);
  const reference = (name: string, metric?: MetricName) => {
    const scoring = openScoring(metric ? { ...policy, metric } : policy, {
      labelled: true,
      outputs,
      ...(validation.classes && { classes: validation.classes }),
      run: () => {
        throw new Error('no metric of these models is a command');
      },
    });
    return scoreReference(scoring, storedOutputs(stores.get(name)!), validation.samples, intervals);
  };
  const known = (measurement: AccuracyMeasurement | NotMeasured): AccuracyMeasurement => {
    if ('notMeasured' in measurement) throw new Error(measurement.notMeasured);
    return measurement;
  };
  const fp32 = await reference('fp32');
  const { metric, value } = known(fp32.measurement);
  const compare = async (to: typeof fp32, name: string) =>
    known(await compareAccuracy(to, storedOutputs(stores.get(name)!), intervals));
  return {
    metric,
    fp32: value,
    outputs: (name: string) => stores.get(name)!,
    async score(name: string, model: OnnxModel): Promise<Score> {
      const path = join(workDir, `${name}.onnx`);
      await saveModel(model, path);
      await run(name, path);
      const found = await compare(fp32, name);
      return { value: found.value, drop: found.drop! };
    },
    between: async (from: string, to: string) => (await compare(await reference(from), to)).drop!,
    agreement: async (name: string) => (await compare(await reference('fp32', 'agreement'), name)).value,
  };
}

/** Rows of the training graph that are compared with the exported file. */
const graphRows = 512;

/** The training graph, with the trained tensors, on validation rows: what class it gives, and what the file gives. */
async function agreementWithGraph(
  { validation, source }: BenchData,
  workDir: string,
  { parameters }: QatResult,
  outputs: FeedStore,
): Promise<number> {
  const path = join(workDir, 'training/end-to-end-forward.onnx');
  const { graph } = await loadModel(path);
  const session = await InferenceSession.create(path, { extra: { session: { disable_quant_qdq: '1' } } });
  const axes = batchAxes((await loadModel(source)).graph.infos('inputs'));
  const trained: Record<string, OrtTensor> = {};
  let batch = 1;
  for (const { name, dims } of graph.infos('inputs')) {
    const data = parameters.get(name);
    if (data) trained[name] = new OrtTensor('float32', data, dims as number[]);
    else if (axes[name] !== undefined) batch = dims[axes[name]] as number;
  }
  const [output] = session.outputNames as [string];
  let [same, rows] = [0, 0];
  for (let from = 0; from + batch <= Math.min(graphRows, validation.samples.length); from += batch) {
    const samples = Array.from({ length: batch }, (_, i) => readSample(validation, from + i));
    const feeds = Object.entries(stackFeeds(samples, axes))
      .filter(([name]) => session.inputNames.includes(name))
      .map(([name, { type, dims, data }]) => [name, new OrtTensor(type as 'float32', data as Float32Array, dims)]);
    const { data, dims } = (await session.run({ ...Object.fromEntries(feeds), ...trained }, [output]))[output]!;
    const classes = dims.at(-1)!;
    for (let i = 0; i < batch; i++) {
      const mine = (data as Float32Array).subarray(i * classes, (i + 1) * classes);
      if (classOf(mine) === classGiven(outputs, from + i)) same += 1;
      rows += 1;
    }
  }
  return same / rows;
}

/** The file without graph optimizations, that is in float kernels, beside the file in integer kernels. */
async function agreementUnfused({ validation }: BenchData, file: string, outputs: FeedStore): Promise<number> {
  const session = await InferenceSession.create(file, { graphOptimizationLevel: 'disabled' });
  const [output] = session.outputNames as [string];
  const rows = Math.min(graphRows, validation.samples.length);
  let same = 0;
  for (let i = 0; i < rows; i++) {
    const feeds = Object.entries(readSample(validation, i).inputs)
      .filter(([name]) => session.inputNames.includes(name))
      .map(([name, { type, dims, data }]) => [name, new OrtTensor(type as 'float32', data as Float32Array, dims)]);
    const found = (await session.run(Object.fromEntries(feeds), [output]))[output]!.data as Float32Array;
    if (classOf(found) === classGiven(outputs, i)) same += 1;
  }
  return same / rows;
}

function classOf(values: Float32Array): number {
  return values.indexOf(Math.max(...values));
}

/** What a model gave on a sample. */
function classGiven(outputs: FeedStore, sample: number): number {
  return classOf(Object.values(readSample(outputs, sample).inputs)[0]!.data as Float32Array);
}

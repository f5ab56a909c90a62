import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { batchAxes } from '../data/batch.ts';
import { type FeedStore, storeReference } from '../data/store.ts';
import { UserError } from '../errors.ts';
import { writeAtomic } from '../files.ts';
import { constantValue } from '../onnx/constants.ts';
import { loadModel, type OnnxModel, saveModel } from '../onnx/model.ts';
import { upgradeOpset } from '../onnx/passes/upgrade-opset.ts';
import type { Value } from '../onnx/value.ts';
import type { Level3Policy, Task } from '../policy/schema.ts';
import type { QuantizedModel, QuantizeRequest } from '../quantize/contract.ts';
import { quantizeStatic, type StaticOptions, type StaticResult } from '../quantize/static/static.ts';
import { weightGrid } from '../quantize/weights.ts';
import type { VariantReport } from '../report/schema.ts';
import type { ProviderName } from '../runtime/contract.ts';
import { WorkerProcess } from '../runtime/worker-process.ts';
import type { IntegerGrid, Target } from '../targets/target.ts';
import { findBlocks } from './blocks.ts';
import type { Distance } from './distance.ts';
import type { Shape } from './emitter.ts';
import { exportStudent } from './export.ts';
import { type TrainedPart, type TrainResult, trainJob } from './job.ts';
import type { Loss } from './loss.ts';
import { buildProgram, cutModel, type Program } from './program.ts';
import { learningRates, type RateRecipe } from './rates.ts';
import { constantShapes, recordShapes, samplesOfOneShape } from './shapes.ts';
import { type FloatModel, type Levels, makeStudent, type Student } from './student.ts';

export type QatOptions = StaticOptions & Pick<Level3Policy, 'budget'>;

export interface QatRequest extends QuantizeRequest<QatOptions> {
  calibration: FeedStore;
  /** Labelled data for the end-to-end training. */
  training?: FeedStore;
  task: Task;
  /** Goes on from the checkpoint in `workDir`, if there is one of the same training. */
  resume?: boolean;
  /** Level 2's result, where it is there already; else it is made first. */
  start?: TrainingStart;
  /** Where training runs; falls back to the CPU with a note. Default cpu. */
  device?: ProviderName;
  /** Departures from the usual recipe, for experiments. */
  recipe?: Partial<TrainingRecipe>;
}

/** What training needs of Level 2's result. */
export interface TrainingStart extends Pick<StaticResult, 'model' | 'nodes' | 'notes' | 'seconds'> {
  /** `exact`: the float model that computes what FP32 computes, its tensors those of the quantized one. */
  recipe: Pick<StaticResult['recipe'], 'exact'>;
}

export interface TrainingRecipe {
  /** Steps at most, of a block and of the end-to-end training. 0 leaves that tier out. */
  steps: { part: number; whole: number };
  rates: RateRecipe;
  /** On the rates of the end-to-end training. */
  wholeFactor: number;
  batch: number;
  temperature: number;
  /** Weight of the cross-entropy of labels, where there are any. */
  labels: number;
  checkpointMs: number;
}

export interface QatResult extends QuantizedModel {
  training: NonNullable<VariantReport['training']>;
  /** Distance to FP32 on held-back calibration data before and after, and of which kind. */
  distance: { kind: Distance; before: number; after: number };
}

/** ScatterND and ScatterElements add up from opset 16 on. */
const trainingOpset = 18;
const usualSteps = { part: 200, whole: 300 };
/** Bytes of activations between blocks that are kept in memory; more go to disk. */
const cacheBytes = 512 * 2 ** 20;
/** Bytes that the tensors of one training step may take. */
const stepBytes = 0.75 * 2 ** 30;

/**
 * Level 3: trains Level 2's model on ONNX Runtime itself. Block by block to the FP32 model's own activations, then as a
 * whole to its outputs; what does not bring the outputs nearer to FP32 on held-back calibration data is dropped, so the
 * result is never farther from FP32 there than Level 2.
 *
 * @throws UserError where there is too little calibration data to train and to hold back
 */
export async function quantizeQat(request: QatRequest): Promise<QatResult> {
  const begin = performance.now();
  const workDir = join(request.workDir, 'training');
  await mkdir(workDir, { recursive: true });
  const start = request.start ?? (await levelTwo(request, workDir));
  const worker = await WorkerProcess.start({ runtime: request.runtime, label: 'training' });
  try {
    const plan = await planTraining(request, start, worker, workDir);
    for (const line of plan.preflight) request.progress.note(line);
    const result = await train(request, plan, worker, workDir);
    const values = new Map(Object.entries(result.parameters));
    const improved = result.tiers.some(({ kept }) => kept);
    const training = trainingReport(plan, result, (performance.now() - begin) / 1000);
    const notes = [...start.notes, ...plan.preflight, ...result.notes, outcome(plan.distance, result, improved)];
    return {
      model: improved ? exportStudent(start.model, plan.student, values) : start.model,
      nodes: start.nodes,
      notes,
      seconds: (performance.now() - begin) / 1000 + (request.start?.seconds ?? 0),
      training,
      distance: { kind: plan.distance, before: result.before, after: result.after },
    };
  } finally {
    await worker.close();
  }
}

/**
 * Level 2's result. An interrupted training goes on from the very model that it started from: making it again would
 * cost time, and what integers are worth here is measured, so that another one might come out.
 */
async function levelTwo(request: QatRequest, workDir: string): Promise<TrainingStart> {
  const path = (name: string) => join(workDir, name);
  if (request.resume && existsSync(path('start.json'))) {
    const kept = JSON.parse(await readFile(path('start.json'), 'utf8')) as Omit<TrainingStart, 'model' | 'recipe'>;
    const exact = await loadModel(path('exact.onnx'));
    return { ...kept, model: await loadModel(path('level2.onnx')), recipe: { exact } };
  }
  const start = await quantizeStatic({ ...request, workDir: join(request.workDir, 'level2') });
  await saveModel(start.model, path('level2.onnx'));
  await saveModel(start.recipe.exact, path('exact.onnx'));
  const { nodes, notes, seconds } = start;
  await writeAtomic(path('start.json'), JSON.stringify({ nodes, notes, seconds }));
  return start;
}

interface TrainingPlan {
  student: Student;
  parts: TrainedPart[];
  whole: TrainedPart;
  distance: Distance;
  batch: number;
  heldBack: number;
  samples: number[];
  trainingSamples: number[] | undefined;
  /** Weights that something trains. */
  trained: Set<string>;
  untrained: Map<string, string>;
  preflight: string[];
}

/** Student, blocks and their programs; nothing is trained yet. */
async function planTraining(
  request: QatRequest,
  start: TrainingStart,
  worker: WorkerProcess,
  workDir: string,
): Promise<TrainingPlan> {
  const { calibration, training, task, target, options, recipe } = request;
  const float = start.recipe.exact.clone();
  const quantized = start.model.clone();
  for (const model of [float, quantized]) upgradeOpset(model, trainingOpset);
  const inputs = start.model.graph.infos('inputs');
  const axes = batchAxes(inputs);
  const samples = samplesOfOneShape(calibration);
  const fixed = fixedBatch(start.model, axes);
  let batch = fixed ?? recipe?.batch ?? Math.max(1, Math.min(16, Math.floor(samples.length / 8)));
  if (samples.length < batch * 2) {
    throw new UserError(
      `Level 3 needs calibration samples of one shape to train on and to hold back: at least ${batch * 2}, there are ` +
        `${samples.length}. Give more, or bring them to one size (crop, length, padding: max-length).`,
    );
  }
  const record = (model: OnnxModel, count: number) =>
    recordShapes(model, {
      worker,
      store: calibration,
      samples: samples.slice(0, count),
      axes,
      path: join(workDir, 'shapes.onnx'),
    });
  let shapes = await record(quantized, batch);
  while (batch > 1 && fixed === undefined && bytesOf(shapes) > stepBytes) {
    batch = Math.floor(batch / 2);
    shapes = await record(quantized, batch);
  }
  const floatShapes = await record(float, batch);
  const student = makeStudent(quantized, floatModel(float), gridsOf(target, options.bits));
  constantShapes(student.model, shapes);
  constantShapes(float, floatShapes);

  const teacherOf = sameIn(float, student);
  const ends = outputsOf(student, teacherOf);
  const classes = ends.length === 1 && isClassification(task, ends[0]!.value, shapes, ends[0]!.softmax);
  const labelled = training?.samples.some(({ label }) => label?.kind === 'class') ?? false;
  const loss: Loss = classes
    ? {
        kind: 'kl',
        temperature: recipe?.temperature ?? 1,
        ...(labelled && { labels: recipe?.labels ?? 0.5 }),
      }
    : { kind: 'mse' };
  const to = ends.map(({ value }) => value);
  const teacherTo = ends.map(({ teacher }) => teacher);

  const save = async (name: string, program: Program, teacher: ReturnType<typeof cutModel>) => {
    const path = (kind: string) => join(workDir, `${name}-${kind}.onnx`);
    await saveModel(program.forward, path('forward'));
    if (program.backward) await saveModel(program.backward, path('backward'));
    await saveModel(teacher.model, path('teacher'));
    const { inputs: given, outputs, parameters, trained, gradients, targets, labels } = program;
    return {
      name,
      forward: path('forward'),
      backward: program.backward && path('backward'),
      teacher: path('teacher'),
      inputs: given,
      outputs,
      parameters,
      trained,
      gradients,
      targets,
      labels,
      teacherInputs: teacher.inputs,
      teacherOutputs: teacher.outputs,
    };
  };

  const untrained = new Map<string, string>();
  const trained = new Set<string>();
  const note = (program: Program) => {
    for (const name of program.trained) trained.add(name);
    for (const [name, error] of program.untrained) untrained.set(name, `${error.message} (node ${error.node})`);
  };
  const parts: TrainedPart[] = [];
  const blocks = findBlocks(student, teacherOf, new Set(to));
  for (const [at, { from, to: end }] of blocks.entries()) {
    const program = buildProgram({
      student,
      from: from ? [from.value] : [],
      to: end ? [end.value] : to,
      loss: end ? { kind: 'mse' } : loss.kind === 'kl' ? { kind: 'kl', temperature: loss.temperature } : loss,
      shapes,
    });
    note(program);
    const teacher = cutModel(float, from ? [from.teacher] : [], end ? [end.teacher] : teacherTo, floatShapes);
    const part = await save(`block ${at + 1} of ${blocks.length}`.replaceAll(' ', '-'), program, teacher);
    parts.push({ ...part, cut: from?.value, teacherCut: from?.teacher });
  }
  const program = buildProgram({ student, from: [], to, loss, shapes });
  note(program);
  const teacher = cutModel(float, [], teacherTo, floatShapes);
  const whole = { ...(await save('end-to-end', program, teacher)), cut: undefined, teacherCut: undefined };

  const count = Math.floor(samples.length / batch);
  const heldBack = Math.min(Math.max(1, Math.round(count / 5)), Math.max(1, Math.ceil(256 / batch)));
  const weights = student.weights.filter(({ weight }) => trained.has(weight)).length;
  const preflight = [
    `Training ${weights} of ${student.weights.length} quantized weights in ${blocks.length} blocks and end to end, at batch ` +
      `${batch} on ${(count - heldBack) * batch} samples with ${heldBack * batch} held back; about ` +
      `${Math.round((3 * bytesOf(shapes)) / 2 ** 20)} MB.`,
  ];
  if (samples.length < calibration.samples.length) {
    preflight.push(
      `${calibration.samples.length - samples.length} calibration samples of other shapes are not trained on.`,
    );
  }
  for (const message of new Set(untrained.values())) preflight.push(`Not trained through: ${message}.`);
  return {
    student,
    parts,
    whole,
    distance: classes ? 'kl' : 'mse',
    batch,
    heldBack,
    samples,
    trainingSamples: labelled && training ? sameShapeSamples(training, calibration, samples[0] as number) : undefined,
    trained,
    untrained,
    preflight,
  };
}

async function train(
  request: QatRequest,
  plan: TrainingPlan,
  worker: WorkerProcess,
  workDir: string,
): Promise<TrainResult> {
  const { calibration, training, options, progress, seed, threads = 0, recipe, resume = false } = request;
  const { student, trainingSamples } = plan;
  const rates = learningRates(student, recipe?.rates);
  const slots = new Map(student.weights.map((slot) => [slot.weight, slot]));
  const stage = progress.stage('train');
  let reported = 0;
  const result = await worker.call(
    trainJob,
    {
      parts: plan.parts,
      whole: plan.whole,
      parameters: student.parameters.map(({ name, dims, initial, float }) => {
        const slot = slots.get(name);
        const levels = slot && { low: slot.low, high: slot.high, logScale: slot.logScale };
        return { name, dims, initial, ...rates.get(name)!, ...(float && { float }), ...(levels && { levels }) };
      }),
      data: { store: storeReference(calibration), samples: plan.samples },
      ...(training &&
        trainingSamples &&
        trainingSamples.length >= plan.batch && {
          training: { store: storeReference(training), samples: trainingSamples },
        }),
      inputs: student.model.graph.infos('inputs').filter(({ name }) => name in (calibration.samples[0]?.inputs ?? {})),
      batch: plan.batch,
      heldBack: plan.heldBack,
      session: { provider: 'cpu', threads, keepQdq: true },
      ...(request.device && { device: request.device }),
      seed,
      budgetMs: options.budget,
      steps: recipe?.steps ?? usualSteps,
      wholeFactor: recipe?.wholeFactor ?? 0.3,
      distance: plan.distance,
      workDir,
      resume,
      checkpointMs: recipe?.checkpointMs ?? 10_000,
      cacheBytes,
    },
    {
      onProgress: (done, total, detail) => {
        stage.advance(done - reported, `of ${total} steps: ${detail ?? ''}`);
        reported = done;
      },
    },
  );
  stage.done();
  return result;
}

function trainingReport(plan: TrainingPlan, result: TrainResult, seconds: number): QatResult['training'] {
  const nodes = (slots: Student['weights']) => slots.flatMap((slot) => slot.nodes);
  const { student, trained, untrained } = plan;
  return {
    steps: result.steps,
    seconds,
    trainedNodes: nodes(student.weights.filter(({ weight }) => trained.has(weight))).length,
    untrained: student.weights
      .filter(({ weight }) => !trained.has(weight))
      .flatMap((slot) =>
        slot.nodes.map((node) => ({
          node: node.name,
          op: node.op,
          why: untrained.get(slot.weight) ?? 'the outputs do not depend on it',
        })),
      ),
    tiers: result.tiers.map(({ name, lossBefore, lossAfter, kept }) => ({ name, lossBefore, lossAfter, kept })),
  };
}

function outcome(kind: Distance, { before, after, steps }: TrainResult, improved: boolean): string {
  const what = kind === 'kl' ? 'KL divergence from FP32' : 'squared error over the energy of FP32';
  const numbers = `${what} on held-back calibration data: ${before.toPrecision(3)} before`;
  return improved
    ? `${numbers}, ${after.toPrecision(3)} after ${steps} training steps`
    : `${numbers}; training did not bring it down, so Level 2's parameters are kept`;
}

// ---- what the pieces are made of ----

/** The number that the model fixes its batch to; undefined where any goes. */
function fixedBatch(model: OnnxModel, axes: ReturnType<typeof batchAxes>): number | undefined {
  for (const { name, dims } of model.graph.infos('inputs')) {
    const axis = axes[name];
    const dim = axis === undefined ? undefined : dims[axis];
    if (typeof dim === 'number') return dim;
  }
  return Object.values(axes).every((axis) => axis === undefined) ? 1 : undefined;
}

function floatModel(model: OnnxModel): FloatModel {
  const floats = (value: Value | undefined) => {
    const data = constantValue(value)?.data;
    return data instanceof Float32Array ? data : undefined;
  };
  const byName = new Map(model.graph.nodes.map((node) => [node.name, node]));
  return {
    weight: (name) => floats(model.graph.value(name)),
    bias(name, channels) {
      const node = byName.get(name);
      // A Gemm of the quantized model may be a MatMul and its Add here, under the name of either.
      const adding = node?.is('MatMul') ? node.output().consumers.find((each) => each.is('Add')) : node;
      const found = adding?.is('Add')
        ? (floats(adding.input(0)) ?? floats(adding.input(1)))
        : floats(adding?.is('Conv', 'Gemm') ? adding.input(2) : undefined);
      if (found) return found.length === channels ? found : undefined;
      return adding?.is('Conv', 'Gemm') && !adding.input(2) ? new Float32Array(channels) : undefined;
    },
  };
}

/** Every grid that the quantizers round weights of this target to. */
function gridsOf(target: Target, bits: 8 | 4 | 3): Levels[] {
  const levels = ({ qmin, qmax, zeroPoint = 0 }: IntegerGrid): Levels => ({
    low: qmin - zeroPoint,
    high: qmax - zeroPoint,
  });
  return [
    weightGrid(target, bits),
    { type: 'int8', qmin: -7, qmax: 7 } as const,
    target.weight,
    target.dynamicWeight,
    ...(target.depthwiseWeight ? [target.depthwiseWeight] : []),
    ...(target.wideWeight ? [target.wideWeight] : []),
    { type: 'int8', qmin: -128, qmax: 127 } as const,
  ].map(levels);
}

/** The name that a value of the student has in the float model; undefined where no value there is the same. */
function sameIn(float: OnnxModel, student: Student): (value: Value) => string | undefined {
  return (value) => {
    const quantized = student.floatNames.get(value.name);
    const name = quantized ?? value.name;
    const other = float.graph.value(name);
    if (!other || other.initializer) return undefined;
    if (quantized !== undefined || value.isGraphOutput) return name;
    // The same name may stand for something else where nodes were joined: a Gemm for a MatMul and its Add.
    const [own, theirs] = [value.producer, other.producer];
    return own?.op === theirs?.op && own?.inputs.length === theirs?.inputs.length ? name : undefined;
  };
}

interface End {
  value: string;
  teacher: string;
  softmax: boolean;
}

/** What is compared with FP32: the model's float outputs that depend on a parameter; of a Softmax, what goes into it. */
function outputsOf(student: Student, teacherOf: (value: Value) => string | undefined): End[] {
  const { graph } = student.model;
  const parameters = new Set(student.parameters.map(({ name }) => name));
  const dependent = new Set<Value>();
  for (const node of graph.nodes) {
    if (!node.inputs.some((value) => value && (dependent.has(value) || parameters.has(value.name)))) continue;
    for (const value of node.outputs) if (value) dependent.add(value);
  }
  const ends: End[] = [];
  for (const value of graph.outputs) {
    const { type } = value.staticInfo;
    if (!dependent.has(value) || (type !== undefined && type !== 'float32')) continue;
    let end = value;
    if (end.producer?.domain === 'quant-gate' && end.producer.input(0)?.producer?.is('Softmax')) {
      end = end.producer.input(0) as Value;
    }
    const softmax = end.producer?.is('Softmax', 'LogSoftmax') ?? false;
    const logits = softmax ? end.producer?.input(0) : undefined;
    const teacher = logits && teacherOf(logits);
    if (logits && teacher !== undefined) ends.push({ value: logits.name, teacher, softmax: true });
    else ends.push({ value: value.name, teacher: value.name, softmax: false });
  }
  if (ends.length === 0) throw new UserError('Level 3: no output of the model depends on a quantized weight');
  return ends;
}

function isClassification(task: Task, name: string, shapes: ReadonlyMap<string, Shape>, softmax: boolean): boolean {
  const classes = shapes.get(name)?.at(-1) ?? 0;
  return softmax || (classes > 1 && (task === 'classification' || task === 'language-model'));
}

function bytesOf(shapes: ReadonlyMap<string, Shape>): number {
  let sum = 0;
  for (const shape of shapes.values()) sum += 4 * shape.reduce((product, dim) => product * dim, 1);
  return sum;
}

/** Samples of another store that have the shape of one of the first. */
function sameShapeSamples(store: FeedStore, like: FeedStore, sample: number): number[] {
  const key = (inputs: FeedStore['samples'][number]['inputs']) =>
    JSON.stringify(Object.entries(inputs).map(([name, { dims }]) => [name, dims]));
  const wanted = key(like.samples[sample]!.inputs);
  return store.samples.flatMap(({ inputs }, index) => (key(inputs) === wanted ? [index] : []));
}

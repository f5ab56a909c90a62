import { join } from 'node:path';
import { batchAxes } from '../data/batch.ts';
import type { FeedStore } from '../data/store.ts';
import { UserError } from '../errors.ts';
import { type OnnxModel, saveScratch } from '../onnx/model.ts';
import { upgradeOpset } from '../onnx/passes/upgrade-opset.ts';
import type { Value } from '../onnx/value.ts';
import type { WorkerProcess } from '../runtime/worker-process.ts';
import { sizeOf } from '../tensor.ts';
import { counted } from '../words.ts';
import { intoBatches } from './batches.ts';
import { findBlocks } from './blocks.ts';
import type { QatRequest, TrainingStart } from './contract.ts';
import type { Distance } from './distance.ts';
import type { Shape } from './emitter.ts';
import { classAxis, type End, hasOneSize, outputsOf, sameIn } from './ends.ts';
import { floatModel, gridsOf } from './float-model.ts';
import type { TrainedPart } from './job.ts';
import { loopProgram, stepsThatFit } from './loop-program.ts';
import type { Loss } from './loss.ts';
import { makeStudent } from './make-student.ts';
import { buildProgram, cutModel, type Program } from './program.ts';
import { learningRates, type ParameterRates } from './rates.ts';
import {
  constantShapes,
  fitBatch,
  type Recorded,
  recordShapes,
  samplesOfOneShape,
  samplesShapedLike,
  wantedBatch,
} from './shapes.ts';
import { bytesAt, deviceSteps, largestBatch, trainingMemory, trainingOpset, valueBytes } from './sizes.ts';
import type { Student } from './student.ts';

/** What will be trained, on which samples, with which programs; nothing is trained yet. */
export interface TrainingPlan {
  student: Student;
  parts: TrainedPart[];
  whole: TrainedPart;
  distance: Distance;
  /** Of the classes in the outputs, where the distance is that of classes. */
  classAxis: number | undefined;
  batch: number;
  /** Batches of the calibration data that are not trained on. */
  heldBack: number;
  samples: number[];
  /** Of the data with labels, where it is used. */
  trainingSamples: number[] | undefined;
  /** Of every parameter, by name. */
  rates: ReadonlyMap<string, ParameterRates>;
  /** Weights that something trains. */
  trained: Set<string>;
  /** Why a parameter is left out of a program, by parameter. */
  untrained: Map<string, string>;
  /** Sentences for the report: what is trained and what is not. */
  preflight: string[];
}

/**
 * Student, blocks and their programs, written to `workDir`.
 *
 * @returns undefined where no output depends on a weight that can be trained
 * @throws UserError where there is too little calibration data to train and to hold back
 */
export async function planTraining(
  request: QatRequest,
  start: TrainingStart,
  worker: WorkerProcess,
  workDir: string,
): Promise<TrainingPlan | undefined> {
  const { calibration, training, task, target, options, recipe } = request;
  const float = start.recipe.exact.clone();
  const quantized = start.model.clone();
  for (const model of [float, quantized]) upgradeOpset(model, trainingOpset);
  const samples = samplesOfOneShape(calibration);
  const { batch, recorded, shapesOf } = await chooseBatch(request, quantized, samples, worker, workDir);
  const { shapes } = recorded;
  const ofFloat = await shapesOf(float);
  const floatShapes = ofFloat.shapes;
  const student = makeStudent(quantized, floatModel(float), gridsOf(target, options.bits), batch);
  constantShapes(student.model, recorded);
  constantShapes(float, ofFloat);

  const teacherOf = sameIn(float, student);
  const ends = outputsOf(student, teacherOf, recorded);
  if (ends.length === 0) return undefined;
  const [end, ...more] = ends as [End, ...End[]];
  const shape = shapes.get(end.value) ?? [];
  const axis = more.length === 0 ? classAxis(task, end, shape, ofFloat.ranges.get(end.teacher), batch) : undefined;
  const to = ends.map(({ value }) => value);
  const teacherTo = ends.map(({ teacher }) => teacher);
  const batches = intoBatches(samples, batch, request.seed);
  // At least two samples tell something; outputs whose first axis is not the batch are one for all of it.
  const bySample = to.every((name) => (shapes.get(name)?.[0] ?? 1) % batch === 0);
  const least = bySample && batch > 1 ? 1 : 2;
  const most = Math.max(least, Math.ceil(256 / batch));
  const count = batches.length;
  const heldBack = Math.min(Math.max(least, Math.round(count / 5)), most, count - 1);
  const alike = training ? samplesShapedLike(training, calibration, samples[0] as number) : [];
  // What decides what is kept says nothing where it was trained on.
  const held = new Set(
    batches.slice(count - heldBack).flatMap((of) => of.map((at) => calibration.samples[at]!.digest)),
  );
  const trainingSamples = alike.filter((at) => !held.has(training!.samples[at]!.digest));
  const unused = training && whyUnused(training, trainingSamples, { axis, shape, batch });
  const labelled = training !== undefined && unused === undefined;
  const temperature = recipe?.temperature ?? 1;
  const blockLoss: Loss = axis === undefined ? { kind: 'mse' } : { kind: 'kl', axis, temperature };
  const wholeLoss: Loss =
    blockLoss.kind === 'kl' && labelled ? { ...blockLoss, labels: recipe?.labels ?? 0.5 } : blockLoss;

  const untrained = new Map<string, string>();
  const trained = new Set<string>();
  const note = (program: Program) => {
    for (const name of program.trained) trained.add(name);
    for (const [name, error] of program.untrained) untrained.set(name, `${error.message} (node ${error.node})`);
  };
  const atOnce = recipe?.stepsAtOnce ?? (request.device && request.device !== 'cpu' ? deviceSteps : 1);
  const rates = learningRates(student, recipe?.rates);
  const save = (name: string, program: Program, teacher: ReturnType<typeof cutModel>) =>
    savePart({ workDir, name, program, teacher, rates, atOnce });
  const parts: TrainedPart[] = [];
  const cutAt = (value: Value) => (hasOneSize(value, shapes) ? teacherOf(value) : undefined);
  const blocks = findBlocks(student, cutAt, new Set(to));
  for (const [at, { from, to: until }] of blocks.entries()) {
    const program = buildProgram({
      student,
      from: from ? [from.value] : [],
      to: until ? [until.value] : to,
      loss: until ? { kind: 'mse' } : blockLoss,
      shapes,
      // What several blocks share is trained in the first: what that gives to the next must stay what it is.
      fixed: trained,
    });
    note(program);
    const teacher = cutModel(float, from ? [from.teacher] : [], until ? [until.teacher] : teacherTo, floatShapes);
    const part = await save(`block-${at + 1}-of-${blocks.length}`, program, teacher);
    parts.push({ ...part, cut: from?.value, teacherCut: from?.teacher });
  }
  const program = buildProgram({ student, from: [], to, loss: wholeLoss, shapes });
  note(program);
  const whole = await save('end-to-end', program, cutModel(float, [], teacherTo, floatShapes));

  const weights = student.weights.filter(({ weight }) => trained.has(weight)).length;
  const bytes = trainingMemory({
    forward: valueBytes(shapes),
    weights: student.weights.reduce((sum, { dims }) => sum + sizeOf(dims), 0),
    outputs: bytesAt(shapes, to),
    cut: Math.max(...blocks.map((block) => bytesAt(shapes, block.to ? [block.to.value] : []))),
    batches: count,
  });
  const preflight = [
    `Training ${weights} of ${student.weights.length + student.others.length} quantized weights in ${counted(blocks.length, 'block')} and end to end, at batch ` +
      `${batch} on ${counted((count - heldBack) * batch, 'sample')} with ${heldBack * batch} held back; about ` +
      `${Math.round(bytes / 2 ** 20)} MB.`,
  ];
  if (samples.length < calibration.samples.length) {
    preflight.push(
      `${calibration.samples.length - samples.length} calibration samples of other shapes are not trained on.`,
    );
  }
  if (unused !== undefined) preflight.push(`data.training is not used: ${unused}.`);
  else if (alike.length > trainingSamples.length) {
    const out = counted(alike.length - trainingSamples.length, 'sample');
    preflight.push(`Not trained on, as they are held back in the calibration data: ${out} of data.training.`);
  }
  for (const message of new Set(untrained.values())) preflight.push(`Not trained through: ${message}.`);
  return {
    student,
    parts,
    whole,
    distance: blockLoss.kind,
    classAxis: axis,
    batch,
    heldBack,
    samples,
    trainingSamples: labelled ? trainingSamples : undefined,
    rates,
    trained,
    untrained,
    preflight,
  };
}

/** Why labels cannot be trained on. @param samples of the shape that is trained, less those that are held back */
function whyUnused(
  { samples: all }: FeedStore,
  samples: readonly number[],
  { axis, shape, batch }: { axis: number | undefined; shape: Shape; batch: number },
): string | undefined {
  if (axis === undefined) return "the outputs are not compared as classes, and are trained to FP32's";
  if (sizeOf(shape) !== batch * shape[axis]!) return 'its labels are one class for each sample, the output has several';
  if (!all.some(({ label }) => label?.kind === 'class')) return 'it has no labels that are classes';
  if (samples.length < batch)
    return `${samples.length} of its samples have the shape that is trained and are not held back, a batch has ${batch}`;
  if (!samples.some((at) => all[at]?.label?.kind === 'class'))
    return 'no sample of the shape that is trained has a label';
  return undefined;
}

/** The largest batch of which a step's tensors fit into memory, and the shapes of all values at that batch. */
async function chooseBatch(
  { calibration, training, recipe }: QatRequest,
  model: OnnxModel,
  samples: readonly number[],
  worker: WorkerProcess,
  workDir: string,
) {
  const axes = batchAxes(model.graph.infos('inputs'));
  const data = [{ store: calibration, samples }];
  if (training) data.push({ store: training, samples: samplesShapedLike(training, calibration, samples[0] as number) });
  const { wanted, fixed } = wantedBatch(model, axes, data, recipe?.batch ?? largestBatch(samples.length));
  if (samples.length < wanted * 2) {
    throw new UserError(
      `Level 3 needs calibration samples of one shape to train on and to hold back: at least ${wanted * 2}, there are ` +
        `${samples.length}. Give more, or bring them to one size (crop, length, padding: max-length).`,
    );
  }
  const shapesOf = (of: OnnxModel, batch: number) =>
    recordShapes(of, {
      worker,
      store: calibration,
      samples: samples.slice(0, batch),
      axes,
      path: join(workDir, 'shapes.onnx'),
    });
  const bytesOf = ({ shapes }: Recorded) => valueBytes(shapes);
  const fitted = await fitBatch({ wanted, fixed, bytesOf }, (batch) => shapesOf(model, batch));
  return { ...fitted, shapesOf: (of: OnnxModel) => shapesOf(of, fitted.batch) };
}

/** Writes a program and its teacher where the worker finds them. */
async function savePart({ workDir, name, program, teacher, rates, atOnce }: SavedPart): Promise<TrainedPart> {
  const path = (kind: string) => join(workDir, `${name}-${kind}.onnx`);
  await saveScratch(program.forward, path('forward'));
  if (program.backward) await saveScratch(program.backward, path('backward'));
  await saveScratch(teacher.model, path('teacher'));
  const steps = program.backward ? Math.min(atOnce, stepsThatFit(program)) : 1;
  if (steps > 1) await saveScratch(loopProgram(program, rates), path('loop'));
  const { inputs, outputs, parameters, loss, trained, gradients, targets, labels } = program;
  return {
    name,
    forward: path('forward'),
    backward: program.backward && path('backward'),
    ...(steps > 1 && { loop: { model: path('loop'), steps } }),
    teacher: path('teacher'),
    inputs,
    cut: undefined,
    outputs,
    parameters,
    loss,
    trained,
    gradients,
    targets,
    labels,
    teacherInputs: teacher.inputs,
    teacherCut: undefined,
    teacherOutputs: teacher.outputs,
  };
}

interface SavedPart {
  workDir: string;
  name: string;
  program: Program;
  teacher: ReturnType<typeof cutModel>;
  rates: ReadonlyMap<string, ParameterRates>;
  /** Steps in one run, at most. */
  atOnce: number;
}

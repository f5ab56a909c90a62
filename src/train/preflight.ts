import { join } from 'node:path';
import { batchAxes } from '../data/batch.ts';
import type { FeedStore } from '../data/store.ts';
import type { OnnxModel } from '../onnx/model.ts';
import { upgradeOpset } from '../onnx/passes/upgrade-opset.ts';
import { DataType } from '../onnx/proto.ts';
import type { Value } from '../onnx/value.ts';
import { operatorOf } from '../ops/table.ts';
import { toCanonicalForm } from '../quantize/canonical-form.ts';
import type { WorkerProcess } from '../runtime/worker-process.ts';
import { sizeOf } from '../tensor.ts';
import { findBlocks } from './blocks.ts';
import { hasOneSize, outputsOf } from './ends.ts';
import { buildProgram } from './program.ts';
import { constantShapes, fitBatch, type Recorded, recordShapes, samplesOfOneShape, wantedBatch } from './shapes.ts';
import { bytesAt, largestBatch, trainingMemory, trainingOpset, usualSteps, valueBytes } from './sizes.ts';
import { newStudent, type Parameter, parameterName, type Student } from './student.ts';

/** What Level 3 would train of a model, found out before anything is quantized. */
export interface Preflight {
  /** Weights that are constants of operators that get quantized, and how many of them training reaches. */
  weights: number;
  trained: number;
  blocks: number;
  batch: number;
  /** About what the process that trains takes in memory. */
  bytes: number;
  /** About how long all steps take, at most the budget. */
  seconds: number;
  /** Operators that training cannot go through: `LSTM has no gradient (node lstm_1)`. */
  untrained: string[];
}

/** Each activation of the student is there as float, as integers and as float again. */
const copiesOfActivations = 3;
/** A training step over a run of the FP32 model on one sample, for each sample of the batch: 6 for KWT, 21 for MobileNetV2. */
const stepOverRun = 12;

/**
 * @param store the first samples of the calibration data
 * @param count how many samples there are
 * @param runSeconds of one sample through FP32
 */
export async function preflightTraining(
  fp32: OnnxModel,
  { store, count, runSeconds, budgetMs }: { store: FeedStore; count: number; runSeconds: number; budgetMs: number },
  worker: WorkerProcess,
  workDir: string,
): Promise<Preflight> {
  const model = fp32.clone();
  await toCanonicalForm(model, worker, workDir);
  upgradeOpset(model, trainingOpset);
  const axes = batchAxes(model.graph.infos('inputs'));
  const samples = samplesOfOneShape(store);
  const usual = wantedBatch(model, axes, [{ store, samples }], largestBatch(count));
  const wanted = Math.min(samples.length, usual.wanted);
  const bytesOf = ({ shapes }: Recorded) => copiesOfActivations * valueBytes(shapes);
  const { batch, recorded } = await fitBatch({ ...usual, wanted, bytesOf }, (of) =>
    recordShapes(model, { worker, store, samples: samples.slice(0, of), axes, path: join(workDir, 'shapes.onnx') }),
  );
  const { shapes } = recorded;
  const student = floatStudent(model);
  constantShapes(model, recorded);
  const to = outputsOf(student, (value) => value.name, recorded).map(({ value }) => value);
  const weights = student.parameters.length;
  if (to.length === 0) return { weights, trained: 0, blocks: 0, batch, bytes: 0, seconds: 0, untrained: [] };
  const cutAt = (value: Value) => (hasOneSize(value, shapes) ? value.name : undefined);
  const blocks = findBlocks(student, cutAt, new Set(to));
  const trained = new Set<string>();
  const untrained = new Set<string>();
  const ranges = blocks.map((block) => ({
    from: block.from ? [block.from.value] : [],
    to: block.to ? [block.to.value] : to,
  }));
  for (const range of [...ranges, { from: [], to }]) {
    const program = buildProgram({ student, ...range, loss: { kind: 'mse' }, shapes });
    for (const name of program.trained) trained.add(name);
    for (const error of program.untrained.values()) untrained.add(`${error.message} (node ${error.node})`);
  }
  const steps = usualSteps.part + usualSteps.whole;
  return {
    weights,
    trained: trained.size,
    blocks: blocks.length,
    batch,
    bytes: trainingMemory({
      forward: bytesOf(recorded),
      weights: student.parameters.reduce((sum, { dims }) => sum + sizeOf(dims), 0),
      outputs: bytesAt(shapes, to),
      cut: Math.max(...ranges.map((range) => (range.to === to ? 0 : bytesAt(shapes, range.to)))),
      batches: Math.floor(count / batch),
    }),
    seconds: Math.min(budgetMs / 1000, steps * stepOverRun * batch * runSeconds),
    untrained: [...untrained],
  };
}

/** The model itself with the weights of its operators as parameters, none of them quantized. */
function floatStudent(model: OnnxModel): Student {
  const { graph } = model;
  const parameters: Parameter[] = [];
  for (const node of graph.nodes) {
    const operator = operatorOf(node);
    // Recurrent operators are quantized at Level 1 only.
    const weight = operator?.kind === 'weighted' ? operator.weight?.input : undefined;
    const input = node.is('Gather') && node.attrInt('axis', 0) === 0 ? 0 : weight;
    const value = input === undefined ? undefined : node.input(input);
    if (!value?.initializer || value.initializer.dataType !== DataType.FLOAT) continue;
    const dims = value.initializer.dims.map(Number);
    if (dims.length < 2 || value.isGraphOutput) continue;
    const parameter = graph.addInput({ name: parameterName(graph, value.name), type: 'float32', dims });
    graph.replaceAll(value, parameter);
    graph.removeInitializer(value);
    parameters.push({ name: parameter.name, kind: 'weight', dims, initial: new Float32Array() });
  }
  return { ...newStudent(model), parameters };
}

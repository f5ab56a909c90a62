import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { storeReference } from '../data/store.ts';
import { quantizeStatic } from '../quantize/static/static.ts';
import { frugal, WorkerProcess } from '../runtime/worker-process.ts';
import { version } from '../version.ts';
import { checkpointPath } from './checkpoint.ts';
import type { QatRequest, QatResult, TrainingStart } from './contract.ts';
import type { Distance } from './distance.ts';
import { exportStudent } from './export.ts';
import { type TrainParams, type TrainResult, trainJob } from './job.ts';
import { cacheBytes, usualSteps } from './sizes.ts';
import { holdsStart, loadStart, saveStart, startKey } from './start.ts';
import type { Student } from './student.ts';
import { trainAnywhere } from './train-anywhere.ts';
import { planTraining, type TrainingPlan } from './training-plan.ts';

/**
 * Distance from FP32 at which there is nothing to win back: KL divergence in nats, or noise over signal (40 dB). Answers
 * differ there once in some thousand samples, as often for the better as for the worse.
 */
const nearEnough = 1e-4;

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
  const start = await levelTwo(request, workDir);
  const began = performance.now();
  const worker = await WorkerProcess.start({
    runtime: request.runtime,
    label: 'training',
    ...frugal,
    // Products in TF32 would round more than the grids of the quantizers do.
    env: { ...frugal.env, NVIDIA_TF32_OVERRIDE: '0' },
  });
  try {
    const plan = await planTraining(request, start, worker, workDir);
    if (!plan) return untrained(start, (performance.now() - begin) / 1000);
    for (const line of plan.preflight) request.progress.note(line);
    const result = await train(request, plan, worker, workDir, began);
    const valuesOf = (parameters: TrainResult['parameters']) => new Map(Object.entries(parameters));
    const parameters = valuesOf(result.parameters);
    const write = (values: typeof parameters) => exportStudent(start.model, plan.student, values);
    const training = trainingReport(plan, result, result.spentMs / 1000 - (request.spentSeconds ?? 0));
    const notes = [...start.notes, ...plan.preflight, ...result.notes, outcome(plan.distance, result)];
    return {
      model: result.improved ? write(parameters) : start.model,
      nodes: start.nodes,
      ...(start.speed && { speed: start.speed }),
      notes,
      seconds: (performance.now() - begin) / 1000,
      training,
      parameters,
      ...(result.blocks && { blocks: write(valuesOf(result.blocks)) }),
      distance: { kind: plan.distance, before: result.before, after: result.after },
    };
  } finally {
    await worker.close();
  }
}

/**
 * Level 2's result where there is nothing to train, as of recurrent networks, whose weights integer kernels read at run time, or of
 * one that an If holds.
 */
function untrained({ model, nodes, speed, notes }: TrainingStart, seconds: number): QatResult {
  const inside = model.graph.nodes.some((node) =>
    node.subgraphs.some((graph) => [...graph.allNodes()].some((inner) => inner.is('QuantizeLinear'))),
  );
  const why = `Nothing was trained: ${
    inside
      ? 'what runs in integers is in the branches of an If, which are not trained.'
      : 'no output of a fixed size depends on a weight that a static integer kernel reads.'
  } The file is that of Level 2.`;
  return {
    model,
    nodes,
    ...(speed && { speed }),
    notes: [...notes, why],
    seconds,
    training: { steps: 0, seconds: 0, trainedNodes: 0, untrained: [], tiers: [] },
    parameters: new Map(),
    distance: { kind: 'mse', before: Number.NaN, after: Number.NaN },
  };
}

/** Where Level 2's files go that training starts from. */
export const levelTwoFolder = ({ workDir }: { workDir: string }): string => join(workDir, 'level2');

/**
 * Level 2's result. An interrupted training goes on from the very model that it started from: making it again would
 * cost time, and what integers are worth here is measured, so that another one might come out.
 */
async function levelTwo(request: QatRequest, workDir: string): Promise<TrainingStart> {
  const key = startKey(request);
  if (request.resume && holdsStart(workDir)) {
    const kept = await loadStart(workDir, key);
    if (kept) return kept;
    request.progress.note(
      'The training that was interrupted was of another model, policy, data or version: this one starts at the beginning.',
    );
    await rm(checkpointPath(workDir), { force: true });
  }
  const { makeStart = () => quantizeStatic({ ...request, workDir: levelTwoFolder(request) }) } = request;
  const start = request.start ?? (await makeStart());
  await saveStart(workDir, key, start);
  return start;
}

async function train(
  request: QatRequest,
  plan: TrainingPlan,
  worker: WorkerProcess,
  workDir: string,
  began: number,
): Promise<TrainResult> {
  const { calibration, training, options, progress, seed, threads = 0, recipe, resume = false } = request;
  const { spentSeconds = 0 } = request;
  const { student, trainingSamples } = plan;
  const slots = new Map(student.weights.map((slot) => [slot.weight, slot]));
  const stage = progress.stage('train');
  let reported = 0;
  const params: TrainParams = {
    version,
    parts: plan.parts,
    whole: plan.whole,
    parameters: student.parameters.map(({ name, dims, initial, float }) => {
      const slot = slots.get(name);
      const levels = slot && { low: slot.low, high: slot.high, logScale: slot.logScale };
      return { name, dims, initial, ...plan.rates.get(name)!, ...(float && { float }), ...(levels && { levels }) };
    }),
    data: { store: storeReference(calibration), digest: calibration.digest, samples: plan.samples },
    ...(training &&
      trainingSamples && {
        training: { store: storeReference(training), digest: training.digest, samples: trainingSamples },
      }),
    inputs: student.model.graph
      .infos('inputs')
      .filter(({ name }) => Object.hasOwn(calibration.samples[0]?.inputs ?? {}, name)),
    batch: plan.batch,
    heldBack: plan.heldBack,
    session: { provider: 'cpu', threads, keepQdq: true },
    ...(request.device && { device: request.device }),
    seed,
    budgetMs: options.budget,
    spentMs: performance.now() - began + 1000 * spentSeconds,
    steps: recipe?.steps ?? usualSteps,
    wholeFactor: recipe?.wholeFactor ?? 0.3,
    distance: plan.distance,
    ...(plan.classAxis !== undefined && { classAxis: plan.classAxis }),
    enough: recipe?.enough ?? nearEnough,
    workDir,
    resume,
    keepBlocks: recipe?.keepBlocks ?? false,
    checkpointMs: recipe?.checkpointMs ?? 10_000,
    cacheBytes,
  };
  const result = await trainAnywhere(params, (given) =>
    worker.call(trainJob, given, {
      onProgress: (done, total, detail) => {
        stage.advance(done - reported, `of ${total} steps: ${detail ?? ''}`);
        reported = done;
      },
    }),
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
    // Where Level 2's parameters are kept, no node is trained.
    trainedNodes: result.improved ? nodes(student.weights.filter(({ weight }) => trained.has(weight))).length : 0,
    untrained: eachOnce([
      ...student.weights
        .filter(({ weight }) => !trained.has(weight))
        .flatMap((slot) =>
          slot.nodes.map((node) => ({
            node: node.name,
            op: node.op,
            why: untrained.get(slot.weight) ?? 'the outputs do not depend on it',
          })),
        ),
      ...student.others,
    ]),
    tiers: result.tiers.map(({ name, lossBefore, lossAfter, kept }) => ({ name, lossBefore, lossAfter, kept })),
  };
}

/** A node has several weights where it is recurrent. */
function eachOnce(untrained: QatResult['training']['untrained']): QatResult['training']['untrained'] {
  return [...new Map(untrained.map((each) => [JSON.stringify([each.node, each.why]), each])).values()];
}

function outcome(kind: Distance, { before, after, steps, improved }: TrainResult): string {
  const what = kind === 'kl' ? 'KL divergence from FP32' : 'squared error over the energy of FP32';
  const numbers = `${what} on held-back calibration data: ${before.toPrecision(3)} before`;
  if (improved) return `${numbers}, ${after.toPrecision(3)} after ${steps} training steps`;
  return steps === 0
    ? `${numbers}; nothing was trained, so Level 2's parameters are kept`
    : `${numbers}; training did not bring it down clearly, so Level 2's parameters are kept`;
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '../data/dataset.ts';
import { materialize } from '../data/materialize.ts';
import { type FeedStore, sliceStore, storeReference } from '../data/store.ts';
import { openScoring } from '../measure/accuracy/open.ts';
import { givenOutputs } from '../measure/accuracy/outputs.ts';
import { scoreReference } from '../measure/accuracy/score.ts';
import { physicalCores } from '../measure/machine.ts';
import type { LoadedPolicy } from '../policy/load.ts';
import type { Limits } from '../policy/schema.ts';
import { escapeLine } from '../report/escape.ts';
import {
  bytes as formatBytes,
  milliseconds as formatMilliseconds,
  seconds as formatSeconds,
} from '../report/format.ts';
import type { RuntimeLocation, SessionSpec } from '../runtime/contract.ts';
import { runStoreJob } from '../runtime/run-store.ts';
import { WorkerProcess } from '../runtime/worker-process.ts';
import type { Executability } from '../targets/index.ts';
import { type Preflight, preflightTraining } from '../train/preflight.ts';
import { counted, listed } from '../words.ts';
import { isTrainedHere, startsFrom } from './make.ts';
import { failureOfFp32 } from './outputs.ts';
import { at, reading } from './place.ts';
import { type PlannedModel, type PlannedVariant, refuseUnlabelled } from './plan.ts';

/** As many samples as a training step takes at most. */
const preflightSamples = 16;

/** Passes over the calibration data that Level 2 makes, each with what is gathered of every tensor. */
const staticPasses = 5;
/** Runs of the model besides: candidates that are compared, and what recovery looks at. MobileNetV2 and NanoDet took as many. */
const staticRuns = 2600;
/** Processes that are started for memory, placement and latency. */
const fixedSeconds = 8;

/**
 * What a run would do, in words, with the time that it would take: one run of each FP32 model is timed, everything else
 * follows from the number of samples and the budgets of the policy.
 */
export async function describePlan(
  loaded: LoadedPolicy,
  plan: readonly PlannedModel[],
  runtime: RuntimeLocation,
): Promise<string> {
  const lines: string[] = [];
  let total = 0;
  for (const model of plan) {
    const described = await describeModel(loaded, model, runtime);
    lines.push(...described.lines);
    total += described.seconds;
  }
  const fine = plan.every(({ remarks }) => remarks.length === 0)
    ? 'Nothing is wrong with the policy, the models and the first samples of the data.'
    : 'Nothing in the policy, the models and the first samples of the data would end a run, but see the remarks.';
  lines.push(`A run takes about ${formatSeconds(total)}. ${fine}`);
  return `${lines.map((line) => escapeLine(line, 500)).join('\n')}\n`;
}

async function describeModel(
  loaded: LoadedPolicy,
  model: PlannedModel,
  runtime: RuntimeLocation,
): Promise<{ lines: string[]; seconds: number }> {
  const workDir = await mkdtemp(join(tmpdir(), 'quant-gate-check-'));
  const worker = await WorkerProcess.start({ runtime, label: model.name });
  try {
    // Whether the data is what the model takes, the first samples show.
    const store = await reading(loaded, model.calibration.place, () =>
      materialize(firstOf(model.calibration.dataset, preflightSamples), join(workDir, 'calibration.feeds')),
    );
    const runSeconds = await at(loaded, ['models', model.index, 'path'], () => timeOneRun(model, store, worker));
    if (!model.validation.generated) await scoreFirst(loaded, model, worker, workDir);
    const lines = [
      `${model.name}  ${model.path}: ${formatBytes(model.bytes)}, opset ${model.model.opset()}, ` +
        `${counted(model.model.graph.nodes.length, 'node')}, ${(runSeconds * 1000).toFixed(1)} ms a run`,
      ...model.remarks.map((remark) => `  remark       ${remark}`),
      `  calibration  ${model.calibration.dataset.description}`,
      `  validation   ${model.validation.dataset.description}${model.validation.generated ? ': accuracy is not measured' : ''}`,
      `  metric       ${typeof model.metric === 'string' ? model.metric : `command ${model.metric.command}`}`,
    ];
    let total = runSeconds * model.validation.dataset.size;
    for (const variant of model.variants) {
      const known = { store, count: model.calibration.dataset.size, runSeconds };
      const training = isTrainedHere(variant)
        ? await preflightTraining(model.model, { ...known, budgetMs: variant.options.budget }, worker, workDir)
        : undefined;
      const seconds = estimate(loaded, model, variant, runSeconds, training);
      total += seconds;
      lines.push(`  ${variant.id.padEnd(24)} ${describeVariant(variant)}; about ${formatSeconds(seconds)}`);
      if (training) lines.push(...describeTraining(training));
    }
    return { lines, seconds: total };
  } finally {
    await worker.close();
    await rm(workDir, { recursive: true, force: true });
  }
}

function describeTraining({ weights, trained, blocks, batch, bytes, seconds, untrained }: Preflight): string[] {
  const indent = ' '.repeat(4);
  if (trained === 0) return [`${indent}nothing to train: level 3 gives the file of level 2`];
  return [
    `${indent}trains ${trained} of ${counted(weights, 'weight')} in ${counted(blocks, 'block')} and end to end, at batch ${batch}; ` +
      `about ${formatBytes(bytes)} of memory, ${formatSeconds(seconds)} of the budget`,
    ...untrained.map((why) => `${indent}not trained through: ${why}`),
  ];
}

/**
 * Scores the first validation sample: whether a label is what the metric reads, the output tells. Commands are not run.
 *
 * @throws UserError as the run would
 */
async function scoreFirst(loaded: LoadedPolicy, model: PlannedModel, worker: WorkerProcess, workDir: string) {
  const { policy, index, validation, outputs } = model;
  const store = await reading(loaded, validation.place, () =>
    materialize(firstOf(validation.dataset, 1), join(workDir, 'validation.feeds')),
  );
  refuseUnlabelled(loaded, model, store);
  if (policy.decoder?.command !== undefined) return;
  const session = sessionOf(model);
  const given = await at(loaded, ['models', index, 'path'], async () => {
    try {
      return (await worker.call(runStoreJob, { session, store: storeReference(store), batch: 1 })).outputs!;
    } catch (error) {
      throw failureOfFp32(model, session, error);
    }
  });
  await at(loaded, ['models', index, 'metric'], async () => {
    const scoring = openScoring(policy, {
      labelled: store.samples.every(({ label }) => label !== undefined),
      outputs: outputs.map(({ name }) => name),
      ...(store.classes && { classes: store.classes }),
      run: () => Promise.reject(new Error('a check runs no command')),
    });
    if ('command' in scoring) return;
    const intervals = { confidence: loaded.policy.gate.confidence, seed: 0 };
    await scoreReference(scoring, givenOutputs(given), store.samples, intervals);
  });
}

/** The first samples of a dataset. */
function firstOf(dataset: Dataset, most: number): Dataset {
  const count = Math.min(dataset.size, most);
  return {
    description: dataset.description,
    size: count,
    async *samples() {
      let left = count;
      if (left === 0) return;
      for await (const sample of dataset.samples()) {
        yield sample;
        left -= 1;
        if (left === 0) return;
      }
    },
  };
}

function describeVariant({ options, executability }: PlannedVariant): string {
  const limits = limitsOf(options.limits);
  const where = executability.runs === 'native' ? '' : ` (${executability.why})`;
  const open = limits.filter(({ name }) => !isDecidedHere(name, executability)).map(({ name }) => name);
  // Whatever the model is like, that does not let a merge through.
  const undecided = open.length === 0 ? '' : `; this machine cannot measure what decides ${listed(open)}`;
  return `${options.method}${where}; limits: ${limits.map(({ name, text }) => `${name} ${text}`).join(', ') || 'none'}${undecided}`;
}

/** Every limit by its name in a report's checks. */
function limitsOf({ size, latency, memory, accuracy }: Limits): { name: string; text: string }[] {
  const all: [string, number | undefined, ((value: number) => string)?][] = [
    ['size.max-ratio', size?.['max-ratio']],
    ['size.max', size?.max, formatBytes],
    ['latency.min-speedup', latency?.['min-speedup']],
    ['latency.max', latency?.max, formatMilliseconds],
    ['memory.max-ratio', memory?.['max-ratio']],
    ['memory.max', memory?.max, formatBytes],
    ['accuracy.max-drop', accuracy?.['max-drop']],
    ['accuracy.max-relative-drop', accuracy?.['max-relative-drop']],
    ['accuracy.min', accuracy?.min],
    ['accuracy.per-class.max-drop', accuracy?.['per-class']?.['max-drop']],
  ];
  return all.flatMap(([name, limit, format = String]) => (limit === undefined ? [] : [{ name, text: format(limit) }]));
}

function isDecidedHere(limit: string, { runs }: Executability): boolean {
  return runs === 'native' || limit.startsWith('size') || (runs === 'emulated' && !limit.startsWith('latency'));
}

function estimate(
  loaded: LoadedPolicy,
  model: PlannedModel,
  variant: PlannedVariant,
  run: number,
  training: Preflight | undefined,
) {
  const { level, options, executability } = variant;
  const calibrating = (staticPasses * model.calibration.dataset.size + staticRuns) * run;
  const making = {
    1: 2,
    2: calibrating,
    3: training
      ? training.seconds + (model.variants.some((other) => startsFrom(variant, other)) ? 0 : calibrating)
      : options.method === 'qat' && options.model === undefined
        ? options.budget / 1000
        : 0,
  }[level];
  const timed = executability.runs === 'native';
  const latency = timed ? Math.min(loaded.policy.measure['latency-budget'] / 1000, 5 + 500 * run) : 0;
  const measuring = executability.runs === 'no' ? 0 : model.validation.dataset.size * run + latency + fixedSeconds;
  return making + measuring;
}

/** A small model's second run takes many times as long as its hundredth: Silero's 3.3 ms against 0.13. */
const warmMs = 50;
const mostRuns = 100;

function sessionOf({ file }: PlannedModel): SessionSpec {
  return { model: file, provider: 'cpu', threads: physicalCores() };
}

/** Seconds of one run of the FP32 model, once it is warm. */
async function timeOneRun(model: PlannedModel, store: FeedStore, worker: WorkerProcess): Promise<number> {
  const session = sessionOf(model);
  const runOne = () => worker.call(runStoreJob, { session, store: storeReference(sliceStore(store, 0, 1)), batch: 1 });
  try {
    await runOne();
    const times: number[] = [];
    let spent = 0;
    do {
      const { inferenceMs } = await runOne();
      times.push(inferenceMs);
      spent += inferenceMs;
    } while (spent < warmMs && times.length < mostRuns);
    return Math.min(...times) / 1000;
  } catch (error) {
    throw failureOfFp32(model, session, error);
  }
}

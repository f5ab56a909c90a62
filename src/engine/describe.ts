import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '../data/dataset.ts';
import { materialize } from '../data/materialize.ts';
import { physicalCores } from '../measure/machine.ts';
import type { LoadedPolicy } from '../policy/load.ts';
import { escapeLine } from '../report/escape.ts';
import { bytes as formatBytes, seconds as formatSeconds } from '../report/format.ts';
import type { RuntimeLocation } from '../runtime/contract.ts';
import { profileJob } from '../runtime/profile-job.ts';
import { loadJob } from '../runtime/session-jobs.ts';
import { WorkerProcess } from '../runtime/worker-process.ts';
import { type Preflight, preflightTraining } from '../train/preflight.ts';
import { counted } from '../words.ts';
import type { PlannedModel, PlannedVariant } from './plan.ts';

/** As many samples as a training step takes at most. */
const preflightSamples = 16;

/** Passes over the calibration data that Level 2 makes, comparisons of candidates included. */
const staticPasses = 3;
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
    const perSample = await timeOneRun(model, runtime);
    lines.push(
      `${model.name}  ${model.path}: ${formatBytes(model.bytes)}, opset ${model.model.opset()}, ` +
        `${counted(model.model.graph.nodes.length, 'node')}, ${(perSample * 1000).toFixed(1)} ms a run`,
      ...model.remarks.map((remark) => `  remark       ${remark}`),
      `  calibration  ${model.calibration.dataset.description}`,
      `  validation   ${model.validation.dataset.description}${model.validation.generated ? ': accuracy is not measured' : ''}`,
      `  metric       ${typeof model.metric === 'string' ? model.metric : `command ${model.metric.command}`}`,
    );
    total += perSample * model.validation.dataset.size;
    for (const variant of model.variants) {
      const training = await preflight(model, variant, perSample, runtime);
      const seconds = estimate(loaded, model, variant, perSample, training);
      total += seconds;
      lines.push(`  ${variant.id.padEnd(24)} ${describeVariant(variant)}; about ${formatSeconds(seconds)}`);
      if (training) lines.push(...describeTraining(training));
    }
  }
  const fine = plan.every(({ remarks }) => remarks.length === 0)
    ? 'Nothing is wrong with the policy, the models and the data.'
    : 'Nothing is wrong with the policy and the data; of the models see the remarks.';
  lines.push(`A run takes about ${formatSeconds(total)}. ${fine}`);
  return `${lines.map((line) => escapeLine(line, 500)).join('\n')}\n`;
}

/** What Level 3 would train; undefined for variants that the gate does not train itself. */
async function preflight(
  model: PlannedModel,
  { options }: PlannedVariant,
  runSeconds: number,
  runtime: RuntimeLocation,
): Promise<Preflight | undefined> {
  if (options.method !== 'qat' || options.command !== undefined || options.model !== undefined) return undefined;
  const workDir = await mkdtemp(join(tmpdir(), 'quant-gate-check-'));
  const worker = await WorkerProcess.start({ runtime, label: model.name });
  try {
    const { dataset } = model.calibration;
    const store = await materialize(firstOf(dataset, preflightSamples), join(workDir, 'calibration.feeds'));
    const known = { store, count: dataset.size, runSeconds, budgetMs: options.budget };
    return await preflightTraining(model.model, known, worker, workDir);
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

/** The first samples of a dataset. */
function firstOf(dataset: Dataset, count: number): Dataset {
  const { description, size } = dataset;
  return {
    description,
    size: Math.min(size, count),
    async *samples() {
      let left = count;
      if (left <= 0) return;
      for await (const sample of dataset.samples()) {
        yield sample;
        left -= 1;
        if (left <= 0) return;
      }
    },
  };
}

function describeVariant({ options, executability }: PlannedVariant): string {
  const limits = Object.entries(options.limits).flatMap(([name, values]) =>
    Object.entries(values ?? {})
      .filter(([key]) => key !== 'at' && key !== 'batch')
      .map(([key, value]) => `${name}.${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`),
  );
  const where = executability.runs === 'native' ? '' : ` (${executability.why})`;
  return `${options.method}${where}; limits: ${limits.join(', ') || 'none'}`;
}

function estimate(
  loaded: LoadedPolicy,
  model: PlannedModel,
  { level, options, executability }: PlannedVariant,
  run: number,
  training: Preflight | undefined,
) {
  const calibrating = staticPasses * model.calibration.dataset.size * run * 2;
  const making = {
    1: 2,
    2: calibrating,
    3: training ? calibrating + training.seconds : options.method === 'qat' ? options.budget / 1000 : 0,
  }[level];
  const latency = Math.min(loaded.policy.measure['latency-budget'] / 1000, 5 + 500 * run);
  const measuring = executability.runs === 'no' ? 0 : model.validation.dataset.size * run + latency + fixedSeconds;
  return making + measuring;
}

/** Seconds of one run of the FP32 model on generated inputs, second time. */
async function timeOneRun(model: PlannedModel, runtime: RuntimeLocation): Promise<number> {
  const worker = await WorkerProcess.start({ runtime, label: model.name });
  const session = { model: model.file, provider: 'cpu', threads: physicalCores() } as const;
  try {
    await worker.call(loadJob, { session });
    const [nodes] = await worker.call(profileJob, { sessions: [session], feeds: { seed: 0 }, runs: 2 });
    return (nodes ?? []).reduce((sum, { microseconds }) => sum + microseconds, 0) / 1e6;
  } finally {
    await worker.close();
  }
}

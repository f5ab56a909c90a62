import { physicalCores } from '../measure/machine.ts';
import type { LoadedPolicy } from '../policy/load.ts';
import { escapeLine } from '../report/escape.ts';
import { counted, bytes as formatBytes, seconds as formatSeconds } from '../report/format.ts';
import type { RuntimeLocation } from '../runtime/contract.ts';
import { profileJob } from '../runtime/profile-job.ts';
import { loadJob } from '../runtime/session-jobs.ts';
import { WorkerProcess } from '../runtime/worker-process.ts';
import type { PlannedModel, PlannedVariant } from './plan.ts';

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
      `  calibration  ${model.calibration.dataset.description}`,
      `  validation   ${model.validation.dataset.description}${model.validation.generated ? ': accuracy is not measured' : ''}`,
      `  metric       ${typeof model.metric === 'string' ? model.metric : `command ${model.metric.command}`}`,
    );
    total += perSample * model.validation.dataset.size;
    for (const variant of model.variants) {
      const seconds = estimate(loaded, model, variant, perSample);
      total += seconds;
      lines.push(`  ${variant.id.padEnd(24)} ${describeVariant(variant)}; about ${formatSeconds(seconds)}`);
    }
  }
  lines.push(`A run takes about ${formatSeconds(total)}. Nothing is wrong with the policy, the models and the data.`);
  return `${lines.map((line) => escapeLine(line, 500)).join('\n')}\n`;
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
) {
  const making = {
    1: 2,
    2: staticPasses * model.calibration.dataset.size * run * 2,
    3: options.method === 'qat' ? options.budget / 1000 : 0,
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

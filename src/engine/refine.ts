import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FeedStore } from '../data/store.ts';
import { checkVariant } from '../gate/checks.ts';
import { decideVerdict } from '../gate/verdict.ts';
import { storedOutputs } from '../measure/accuracy/outputs.ts';
import { compareAccuracy } from '../measure/accuracy/score.ts';
import { type OnnxModel, saveScratch } from '../onnx/model.ts';
import type { Level2Policy } from '../policy/schema.ts';
import type { StaticRun } from '../quantize/static/run.ts';
import { type Evaluate, searchMixedPrecision } from '../quantize/static/search.ts';
import type { StaticResult } from '../quantize/static/static.ts';
import { WorkerError } from '../runtime/contract.ts';
import { type ModelContext, variantLabel, variantSession } from './context.ts';
import type { MadeVariant } from './make.ts';
import { intervals, runFp32, runOutputs } from './outputs.ts';
import type { PlannedVariant } from './plan.ts';

/**
 * Where Level 2 misses its accuracy limit, searches for the fewest nodes that have to stay in FP32 for it to hold, within
 * the policy's `search-budget`.
 */
export async function refineStatic(
  context: ModelContext,
  planned: PlannedVariant,
  run: StaticRun,
  made: StaticResult,
): Promise<MadeVariant> {
  const { recover, 'search-budget': budget, limits } = planned.options as Level2Policy;
  const wanted = recover === 'auto' || (Array.isArray(recover) && recover.includes('mixed-precision'));
  if (!wanted || !limits.accuracy || planned.executability.runs === 'no' || budget <= 0) return made;
  const evaluate = evaluator(context, planned);
  const first = await evaluate(made.model);
  if (first.passes) return made;
  const ceiling = await judge(context, planned, await runFp32(context, context.fp32, context.validation));
  if (!ceiling.passes) {
    const note = 'FP32 itself would not pass the accuracy limit on this data, so no node was kept in FP32 for it.';
    return { ...made, notes: [...made.notes, note] };
  }
  context.options.progress.note(
    `${variantLabel(context, planned)}: misses its accuracy limit; looking for nodes to keep in FP32`,
  );
  return searchMixedPrecision(run, made, evaluate, budget);
}

/** Measures the accuracy of a candidate and holds it against the limit, as the variant itself is later. */
function evaluator(context: ModelContext, planned: PlannedVariant): Evaluate {
  const folder = join(context.modelDir, `${planned.id}-search`);
  return async (model: OnnxModel) => {
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'candidate.onnx');
    await saveScratch(model, path);
    const session = await variantSession(context, planned, path);
    try {
      const outputs = await runOutputs(context, `${planned.id}-candidate`, session, context.validation);
      return await judge(context, planned, outputs);
    } catch (error) {
      if (!(error instanceof WorkerError)) throw error;
      return { passes: false };
    }
  };
}

/** Holds outputs against the variant's accuracy limit, as those of the variant itself are later. */
async function judge(
  context: ModelContext,
  planned: PlannedVariant,
  outputs: FeedStore,
): Promise<{ passes: boolean; metricDrop?: number }> {
  const { confidence, 'on-inconclusive': onInconclusive } = context.loaded.policy.gate;
  const accuracy = await compareAccuracy(context.reference, storedOutputs(outputs), intervals(context));
  if ('notMeasured' in accuracy) return { passes: false };
  const checks = checkVariant({
    limits: { accuracy: planned.options.limits.accuracy },
    measurements: { accuracy },
    confidence,
  });
  return { passes: decideVerdict(checks, onInconclusive) === 'pass', metricDrop: accuracy.drop.estimate };
}

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
import { type Evaluate, type SearchOutcome, searchMixedPrecision } from '../quantize/static/search.ts';
import type { StaticResult } from '../quantize/static/static.ts';
import { WorkerError } from '../runtime/contract.ts';
import type { QatResult, TrainingStart } from '../train/contract.ts';
import { counted } from '../words.ts';
import { type ModelContext, variantLabel, variantSession } from './context.ts';
import type { MadeVariant } from './make.ts';
import { intervals, runFp32, runOutputs } from './outputs.ts';
import type { PlannedVariant } from './plan.ts';

/** Level 2 as its accuracy limit needs it: with the search for it, where there was one. */
export type RefinedStatic = StaticResult & Partial<Pick<SearchOutcome, 'search' | 'sensitivity' | 'useless'>>;

/**
 * Mixtures that a search judges on the data that gives the verdict: a dozen or so, alike one another. Each that is held against the
 * limit at the stated confidence has its own chance to pass by luck, so that intervals hold for so many together (Bonferroni).
 */
const judgedTogether = 16;

/** Of how many candidates that were judged on the validation data this one is. */
export const candidatesOf = ({ search }: { search?: object }): number => (search ? judgedTogether : 1);

/** The notes of Level 2, and where a search found nothing of use what would help. */
export function notesOf({ notes, useless }: Pick<RefinedStatic, 'notes' | 'useless'>, advice: string): string[] {
  return useless === undefined ? notes : [...notes, `${useless} ${advice}`];
}

/**
 * Where Level 2 misses its accuracy limit, searches for the fewest nodes that have to stay in FP32 for it to hold, within
 * the policy's `search-budget`.
 */
export async function refineStatic(
  context: ModelContext,
  planned: PlannedVariant,
  run: StaticRun,
  made: StaticResult,
): Promise<RefinedStatic> {
  const evaluate = evaluatorOf(context, planned);
  if (!evaluate || (await evaluate(made.model)).passes) return made;
  const outputs = await runFp32(context, context.fp32, context.validation);
  const ceiling = await judge(context, planned, outputs, judgedTogether);
  if (!ceiling.passes) {
    const alone = (await judge(context, planned, outputs)).passes ? ', where one of several is judged' : '';
    const note = `FP32 itself would not pass the accuracy limit on this data${alone}, so no node was kept in FP32 for it.`;
    return { ...made, notes: [...made.notes, note] };
  }
  context.options.progress.note(
    `${variantLabel(context, planned)}: misses its accuracy limit; looking for nodes to keep in FP32`,
  );
  const evaluateMixture: Evaluate = (model) => evaluate(model, judgedTogether);
  return searchMixedPrecision(run, made, evaluateMixture, (planned.options as Level2Policy)['search-budget']);
}

/** What helps where training misses the accuracy limit. */
export interface Remedies {
  /** Level 2 as the limit needs it. */
  makeStatic: () => Promise<TrainingStart>;
  /** Trains that in what is left of the budget; undefined where nothing is. */
  trainFrom: (mixture: TrainingStart) => Promise<QatResult> | undefined;
}

/**
 * Where training does not reach the accuracy limit, Level 2 with as few nodes in FP32 as it needs takes its place, if that holds
 * the limit: trained on from there, where that loses less.
 */
export async function refineTrained(
  context: ModelContext,
  planned: PlannedVariant,
  trained: QatResult,
  { makeStatic, trainFrom }: Remedies,
): Promise<MadeVariant> {
  const evaluate = evaluatorOf(context, planned);
  if (!evaluate || (await evaluate(trained.model)).passes) return trained;
  const made = await makeStatic();
  const refined = { ...made, notes: notesOf(made, 'Allow a larger drop.') };
  const { search } = refined;
  const mixture = await evaluate(refined.model, candidatesOf(refined));
  const kept = search?.keptFloat ?? [];
  // Without a node in FP32, it is what was trained already.
  const further = kept.length > 0 ? await trainFrom(refined) : undefined;
  const seconds = trained.seconds + refined.seconds + (further?.seconds ?? 0);
  const judged =
    further && further.training.trainedNodes > 0 ? await evaluate(further.model, candidatesOf(refined)) : undefined;
  if (further && judged?.passes && !losesLess(mixture, judged)) {
    const training = { ...further.training, seconds: trained.training.seconds + further.training.seconds };
    const note =
      `Training did not reach the accuracy limit with all nodes in integers: ${counted(kept.length, 'node')} stayed in FP32 ` +
      'as at Level 2, and the rest was trained further.';
    return { ...refined, ...further, training, seconds, notes: [...further.notes, note] };
  }
  if (!mixture.passes) {
    // Without a search, its last note says why there was none.
    const file = trained.training.trainedNodes > 0 ? 'the trained one' : 'that of Level 2';
    const note = search
      ? `Neither training nor keeping nodes in FP32 reached the accuracy limit: the file is ${file}.`
      : refined.notes.at(-1)!;
    return { ...trained, seconds, notes: [...trained.notes, note] };
  }
  const tiers = trained.training.tiers.map((tier) => ({ ...tier, kept: false }));
  const note = `Training did not reach the accuracy limit: the file is that of Level 2${search ? ' with the fewest nodes in FP32' : ''}.`;
  return { ...refined, training: { ...trained.training, tiers }, seconds, notes: [...refined.notes, note] };
}

/** Whether a mixture holds the limit and loses less than what was trained from it, which holds it too. */
function losesLess(mixture: Judged, further: Judged): boolean {
  return mixture.passes && (mixture.metricDrop ?? 0) < (further.metricDrop ?? 0);
}

type Judged = Awaited<ReturnType<Evaluate>>;
/** @param together see `intervals` */
type EvaluateTogether = (model: OnnxModel, together?: number) => ReturnType<Evaluate>;

/** By what the search measures a mixture; undefined where the policy wants none, or has no limit to hold. */
function evaluatorOf(context: ModelContext, planned: PlannedVariant): EvaluateTogether | undefined {
  const { recover, 'search-budget': budget, limits } = planned.options as Level2Policy;
  const wanted = recover === 'auto' || (Array.isArray(recover) && recover.includes('mixed-precision'));
  if (!wanted || !limits.accuracy || planned.executability.runs === 'no' || budget <= 0) return undefined;
  return evaluator(context, planned);
}

/** Measures the accuracy of a candidate and holds it against the limit, as the variant itself is later. */
function evaluator(context: ModelContext, planned: PlannedVariant): EvaluateTogether {
  const folder = join(context.modelDir, `${planned.id}-search`);
  return async (model, together) => {
    await mkdir(folder, { recursive: true });
    const path = join(folder, 'candidate.onnx');
    await saveScratch(model, path);
    const session = await variantSession(context, planned, path);
    try {
      const outputs = await runOutputs(context, `${planned.id}-candidate`, session, context.validation);
      return await judge(context, planned, outputs, together);
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
  together = 1,
): Promise<{ passes: boolean; metricDrop?: number }> {
  const { confidence, 'on-inconclusive': onInconclusive } = context.loaded.policy.gate;
  const accuracy = await compareAccuracy(context.reference, storedOutputs(outputs), intervals(context, together));
  if ('notMeasured' in accuracy) return { passes: false };
  const checks = checkVariant({
    limits: { accuracy: planned.options.limits.accuracy },
    measurements: { accuracy },
    confidence,
    together,
  });
  return { passes: decideVerdict(checks, onInconclusive) === 'pass', metricDrop: accuracy.drop.estimate };
}

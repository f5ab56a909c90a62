import { join } from 'node:path';
import { type FeedStore, storeReference } from '../data/store.ts';
import { sha256 } from '../files.ts';
import { positionOf } from '../policy/load.ts';
import { resolveInside } from '../policy/paths.ts';
import type { Level1Policy, Level2Policy, Level3Policy } from '../policy/schema.ts';
import { labelled } from '../progress.ts';
import type { QuantizedModel, QuantizeRequest, SpeedFindings } from '../quantize/contract.ts';
import { quantizeDynamic } from '../quantize/dynamic.ts';
import { StaticRun } from '../quantize/static/run.ts';
import type { NodeSensitivity } from '../quantize/static/sensitivity.ts';
import {
  quantize,
  type StaticOptions,
  type StaticRequest,
  type StaticResult,
  staticKey,
} from '../quantize/static/static.ts';
import type { VariantReport } from '../report/schema.ts';
import type { Target } from '../targets/target.ts';
import type { TrainingStart } from '../train/contract.ts';
import { levelTwoFolder, quantizeQat } from '../train/qat.ts';
import { loadStart, saveStart, startKey } from '../train/start.ts';
import { runUserTraining, useQatExport } from '../train/user-training.ts';
import { type ModelContext, variantLabel } from './context.ts';
import type { PlannedVariant } from './plan.ts';
import { notesOf, type RefinedStatic, refineStatic, refineTrained } from './refine.ts';

export interface MadeVariant extends QuantizedModel {
  search?: NonNullable<VariantReport['search']>;
  sensitivity?: NodeSensitivity[];
  training?: NonNullable<VariantReport['training']>;
}

/**
 * Makes a variant by its level's method.
 *
 * @param speed of a variant that this one is compared with: the same nodes run in integers in both
 * @throws UserError where the level does not apply; WorkerError on a crash
 */
export async function makeVariant(
  context: ModelContext,
  planned: PlannedVariant,
  speed?: SpeedFindings,
): Promise<MadeVariant> {
  const { options, runtime, threads } = context;
  const request = {
    model: context.planned.model,
    target: planned.target,
    runtime,
    workDir: join(context.modelDir, planned.id),
    seed: options.seed,
    threads,
    progress: labelled(options.progress, variantLabel(context, planned)),
    ...(speed && { speed }),
  };
  switch (planned.options.method) {
    case 'dynamic':
      return quantizeDynamic({
        ...request,
        options: planned.options as Level1Policy,
        samples: storeReference(context.calibration),
      });
    case 'static': {
      const made = await makeStatic(context, planned, {
        ...request,
        options: planned.options as Level2Policy,
        calibration: context.calibration,
      });
      return { ...made, notes: notesOf(made, 'Allow a larger drop, or train with Level 3.') };
    }
    case 'qat':
      return makeTrained(context, planned, {
        ...request,
        options: planned.options as Level3Policy,
        calibration: context.calibration,
      });
  }
}

/** Level 3: a committed export, the user's own training, or training here. */
async function makeTrained(
  context: ModelContext,
  planned: PlannedVariant,
  request: QuantizeRequest<Level3Policy> & { calibration: FeedStore },
): Promise<MadeVariant> {
  const { loaded, options } = context;
  const { command, model, budget } = request.options;
  const { task } = context.planned.policy;
  if (model !== undefined) {
    return useQatExport(request.model, await resolveInside(loaded, model, ['levels', 3, 'model']), model);
  }
  if (command !== undefined) {
    return runUserTraining({
      command,
      folder: loaded.folder,
      allowCommands: options.allowCommands,
      position: positionOf(loaded, ['levels', 3, 'command']),
      fp32: request.model,
      policy: context.planned.policy,
      calibration: request.calibration,
      budget,
      seed: request.seed,
      device: planned.target.provider === 'cpu' ? 'cpu' : 'cuda',
      workDir: request.workDir,
      progress: request.progress,
    });
  }
  const start = context.starts.get(staticKey(request.target, request.options));
  let level2 = undefined as OpenStatic | undefined;
  const makeStart = async () => {
    const opened = await openStatic({ ...request, workDir: levelTwoFolder(request) });
    await opened.run.close();
    // Where the limit is missed, the search for what has to stay in FP32 goes on from it.
    if (request.options.limits.accuracy) level2 = opened;
    return opened.made;
  };
  const training = {
    ...request,
    task,
    ...(context.training && { training: context.training }),
    ...(planned.target.provider !== 'cpu' && { device: 'cuda' as const }),
    ...(options.resume && { resume: true }),
  };
  const trained = await quantizeQat({ ...training, makeStart, ...(start && { start }) });
  const { speed, training: report } = trained;
  return refineTrained(context, planned, trained, {
    // Of the same speed findings, so that the mixtures differ from what was trained in nothing but accuracy.
    makeStatic: () => makeMixture(context, planned, { ...request, ...(speed && { speed }) }, level2),
    trainFrom: (mixture) => {
      if (1000 * report.seconds >= budget) return undefined;
      const kept = [...request.options['keep-float'], ...(mixture.search?.keptFloat ?? [])];
      return quantizeQat({
        ...training,
        start: mixture,
        // An interrupted training of another mixture is not gone on with.
        options: { ...request.options, 'keep-float': kept },
        workDir: mixtureFolder(request),
        spentSeconds: report.seconds,
      });
    },
  });
}

const mixtureFolder = ({ workDir }: { workDir: string }) => join(workDir, 'mixture');

/**
 * Level 2 as the limit needs it. What the search finds hangs on the time that it has and on what it measures, so an interrupted
 * run goes on with what was found.
 */
async function makeMixture(
  context: ModelContext,
  planned: PlannedVariant,
  request: QuantizeRequest<Level3Policy> & { calibration: FeedStore },
  level2: OpenStatic | undefined,
): Promise<TrainingStart> {
  const { loaded, options, validation } = context;
  const folder = mixtureFolder(request);
  const limited = refinedKey(request.target, request.options);
  const key = sha256(JSON.stringify([startKey(request), limited, validation.digest, loaded.sha256]));
  const known = options.resume ? await loadStart(folder, key) : undefined;
  if (known) return known;
  const refined = await makeStatic(context, planned, request, level2);
  await saveStart(folder, key, refined);
  return refined;
}

/** Whether a variant is trained here, and not by the user. */
export function isTrainedHere(planned: PlannedVariant): planned is PlannedVariant & { options: Level3Policy } {
  const { options } = planned;
  return options.method === 'qat' && options.command === undefined && options.model === undefined;
}

/** Whether what a variant is trained from is what another is: Level 2 with the same options. */
export function startsFrom(trained: PlannedVariant, other: PlannedVariant): boolean {
  if (!isTrainedHere(trained) || other.options.method !== 'static') return false;
  return staticKey(trained.target, trained.options) === staticKey(other.target, other.options);
}

/**
 * Level 2, and where it misses its accuracy limit the search for what has to stay in FP32.
 *
 * @param level2 what was made of it before; its time is not counted again
 */
async function makeStatic(
  context: ModelContext,
  planned: PlannedVariant,
  request: StaticRequest,
  level2?: OpenStatic,
): Promise<RefinedStatic> {
  const key = refinedKey(request.target, planned.options as Level2Policy);
  const known = context.refined.get(key);
  if (known) return { ...known, seconds: 0 };
  const isStart = context.planned.variants.some((other) => startsFrom(other, planned));
  const { run, made } = level2 ?? (await openStatic(request));
  await run.reopen();
  try {
    if (isStart) context.starts.set(staticKey(request.target, request.options), made);
    const refined = await refineStatic(context, planned, run, made);
    if (isStart) context.refined.set(key, refined);
    return level2 ? { ...refined, seconds: refined.seconds - made.seconds } : refined;
  } finally {
    await run.close();
  }
}

/** Level 2, and the run that made it, for more. */
interface OpenStatic {
  run: StaticRun;
  made: StaticResult;
}

async function openStatic(request: StaticRequest): Promise<OpenStatic> {
  const run = await StaticRun.start(request);
  try {
    return { run, made: await quantize(run) };
  } catch (error) {
    await run.close();
    throw error;
  }
}

/** What decides the result of makeStatic for one model, data and seed. */
function refinedKey(target: Target, options: Pick<Level2Policy, keyof StaticOptions | 'limits'>): string {
  return JSON.stringify([staticKey(target, options), options['search-budget'], options.limits.accuracy]);
}

import { join } from 'node:path';
import { storeReference } from '../data/store.ts';
import type { Level1Policy, Level2Policy, Level3Policy } from '../policy/schema.ts';
import type { QuantizedModel } from '../quantize/contract.ts';
import { quantizeDynamic } from '../quantize/dynamic.ts';
import { StaticRun } from '../quantize/static/run.ts';
import type { NodeSensitivity } from '../quantize/static/sensitivity.ts';
import { quantize, quantizeStatic, type StaticRequest } from '../quantize/static/static.ts';
import type { VariantReport } from '../report/schema.ts';
import type { ModelContext } from './context.ts';
import type { PlannedVariant } from './plan.ts';
import { refineStatic } from './refine.ts';

export interface MadeVariant extends QuantizedModel {
  search?: NonNullable<VariantReport['search']>;
  sensitivity?: NodeSensitivity[];
  training?: NonNullable<VariantReport['training']>;
}

/** Makes a variant by its level's method. @throws UserError where the level does not apply; WorkerError on a crash */
export async function makeVariant(context: ModelContext, planned: PlannedVariant): Promise<MadeVariant> {
  const { options, runtime, threads } = context;
  const request = {
    model: context.planned.model,
    target: planned.target,
    runtime,
    workDir: join(context.modelDir, planned.id),
    seed: options.seed,
    threads,
    progress: options.progress,
  };
  switch (planned.options.method) {
    case 'dynamic':
      return quantizeDynamic({
        ...request,
        options: planned.options as Level1Policy,
        samples: storeReference(context.calibration),
      });
    case 'static':
      return makeStatic(context, planned, {
        ...request,
        options: planned.options as Level2Policy,
        calibration: context.calibration,
      });
    case 'qat':
      return quantizeStatic({ ...request, options: planned.options as Level3Policy, calibration: context.calibration });
  }
}

/** Level 2, and where it misses its accuracy limit the search for what has to stay in FP32. */
async function makeStatic(
  context: ModelContext,
  planned: PlannedVariant,
  request: StaticRequest,
): Promise<MadeVariant> {
  const run = await StaticRun.start(request);
  try {
    return await refineStatic(context, planned, run, await quantize(run));
  } finally {
    await run.close();
  }
}

import { sharedSamples } from '../data/materialize.ts';
import { suggest, type Trial } from '../gate/suggest.ts';
import { decideModel } from '../gate/verdict.ts';
import type { Measurements } from '../measure/contract.ts';
import { memoryMeasurement } from '../measure/memory.ts';
import { externalLocations } from '../onnx/external.ts';
import type { Level } from '../policy/schema.ts';
import type { VariantReport } from '../report/schema.ts';
import type { ModelContext } from './context.ts';
import type { GatedModel } from './model.ts';
import type { PlannedData } from './plan.ts';
import type { GatedVariant } from './variant.ts';

/** A model's part of the report, from what was measured. */
export function reportModel(context: ModelContext, gated: readonly GatedVariant[]): GatedModel {
  const { planned, loaded, calibration, validation } = context;
  const shared = planned.calibration.generated ? 0 : sharedSamples(calibration, validation).length;
  const variants = gated.map(({ report }) => report);
  return {
    report: {
      name: planned.name,
      source: {
        path: planned.path,
        sha256: planned.sha256,
        bytes: planned.bytes,
        opset: planned.model.opset(),
        parameters: planned.model.parameterCount,
      },
      task: planned.policy.task,
      data: {
        calibration: describe(planned.calibration),
        validation: describe(planned.validation),
        ...(shared > 0 && { shared }),
      },
      verdict: decideModel({ name: planned.name, variants }, loaded.policy).verdict,
      fp32: fp32Report(context),
      variants,
      ...sensitivityOf(gated),
      suggestions: gated.flatMap(({ report, planned: { level } }) => suggestFor(context, report, level)),
    },
    files: [
      { id: 'fp32', path: planned.file, external: externalLocations(planned.model.proto) },
      ...gated.flatMap(({ report, path, external }) => (path ? [{ id: report.id, path, external }] : [])),
    ],
    noise: context.latencyNoise.map(({ halfWidth }) => halfWidth),
  };
}

/** The table of the search that had to be made, the most harmful nodes first. */
function sensitivityOf(gated: readonly GatedVariant[]): Pick<GatedModel['report'], 'sensitivity'> {
  const found = gated.find(({ sensitivity }) => sensitivity !== undefined)?.sensitivity;
  if (!found) return {};
  return {
    sensitivity: found.map(({ node, op, onlyDb, allButDb }) => ({ node, op, sqnrDb: onlyDb, withoutDb: allButDb })),
  };
}

/** What would help a variant that does not pass. */
function suggestFor({ loaded: { policy } }: ModelContext, report: VariantReport, level: Level): string[] {
  const { id, checks, measurements, placement, search } = report;
  return suggest({
    id,
    level,
    levels: policy.levels,
    onInconclusive: policy.gate['on-inconclusive'],
    checks,
    measurements: measurements as Measurements,
    placement,
    trials: search?.frontier as Trial[] | undefined,
  });
}

function describe({ dataset, generated }: PlannedData): string {
  return generated ? `${dataset.size} generated inputs: accuracy is not measured` : dataset.description;
}

function fp32Report(context: ModelContext): VariantReport {
  const { planned, reference, fp32Memory, emptyMemory, fp32Latency } = context;
  return {
    id: 'fp32',
    level: 0,
    method: 'fp32',
    target: 'any',
    seconds: 0,
    verdict: 'pass',
    measurements: {
      size: { bytes: planned.bytes, ratio: 1 },
      ...(fp32Latency && { latency: fp32Latency }),
      memory: memoryMeasurement(fp32Memory, fp32Memory, emptyMemory),
      accuracy: reference.measurement,
    },
    checks: [],
    notes: [],
  };
}

import { repeatedSamples, sharedSamples } from '../data/materialize.ts';
import { suggest, type Trial } from '../gate/suggest.ts';
import { decideModel } from '../gate/verdict.ts';
import { scoredMetric } from '../measure/accuracy/score.ts';
import type { Measurements } from '../measure/contract.ts';
import { worstOf } from '../measure/machine.ts';
import { memoryMeasurement } from '../measure/memory.ts';
import { externalLocations } from '../onnx/external.ts';
import type { Level } from '../policy/schema.ts';
import { metricValue } from '../report/format.ts';
import type { VariantReport } from '../report/schema.ts';
import type { ModelContext } from './context.ts';
import type { GatedModel } from './model.ts';
import { withOpenEnds } from './open-ends.ts';
import type { PlannedData } from './plan.ts';
import type { GatedVariant } from './variant.ts';

/** The share of the validation samples whose repetition is worth a word; a few equal rows are nothing. */
const leastRepeated = 0.01;

/** A model's part of the report, from what was measured. */
export function reportModel(context: ModelContext, gated: readonly GatedVariant[]): GatedModel {
  const { planned, loaded, calibration, validation, training } = context;
  const shared = planned.calibration.generated ? 0 : sharedSamples(calibration, validation).length;
  const sharedTraining = training ? sharedSamples(training, validation).length : 0;
  const repeated = planned.validation.generated ? 0 : repeatedSamples(validation);
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
      metric: scoredMetric(context.reference.scoring).metric,
      data: {
        calibration: describe(planned.calibration),
        validation: `${describe(planned.validation)}${planned.validation.generated ? ': accuracy is not measured' : ''}`,
        ...(shared > 0 && { shared }),
        ...(sharedTraining > 0 && { sharedTraining }),
        ...(repeated >= leastRepeated * validation.samples.length && repeated > 0 && { repeated }),
        ...unmeasured(context),
        ...chance(context),
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
    noise: (context.latencyMachine?.noise ?? []).map(({ halfWidth }) => halfWidth).filter(Number.isFinite),
    environments: context.environments,
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
function suggestFor(context: ModelContext, report: VariantReport, level: Level): string[] {
  const { policy } = context.loaded;
  const { id, checks, measurements, placement, search } = report;
  const beyond = beyondFp32(context, report);
  if (beyond !== undefined) return [beyond];
  return suggest({
    id,
    level,
    levels: policy.levels,
    onInconclusive: policy.gate['on-inconclusive'],
    checks,
    measurements: measurements as Measurements,
    placement,
    trials: search?.frontier as Trial[] | undefined,
    oneThread: worstOf(context.environments)?.oneThread,
  });
}

function describe({ dataset, generated }: PlannedData): string {
  return generated ? `${dataset.size} generated inputs` : dataset.description;
}

/** Said where what stands for accuracy is not what the task is about: the inputs are made up, or nothing says what is right. */
function unmeasured({ planned, reference, validation }: ModelContext): { unmeasured?: string } {
  if ('notMeasured' in reference.measurement) return {};
  const { metric } = reference.measurement;
  if (planned.validation.generated) {
    return {
      unmeasured: `accuracy was not measured, for the policy names no validation data; ${metric} compares with FP32 on ${validation.samples.length} generated inputs`,
    };
  }
  if (typeof planned.metric !== 'string' || metric === planned.metric) return {};
  return {
    unmeasured: `${planned.metric} was not measured, for the validation data has no labels; ${metric} compares with FP32`,
  };
}

/** Of so few samples a good model may be right on no more than that. */
const fewSamples = 30;

/** Where FP32 is no better than always the same answer, its labels or preprocessing are likely others than the model's, and no drop is seen. */
function chance({ reference }: ModelContext): { chance?: number } {
  const { measurement } = reference;
  if ('notMeasured' in measurement || !('records' in reference) || measurement.samples < fewSamples) return {};
  const blind = reference.scoring.metric.chance?.(reference.records);
  // Data of one class says nothing of a model that finds it.
  if (blind === undefined || blind === 1 || measurement.value > blind) return {};
  return { chance: blind };
}

/** A limit that FP32 itself misses: nothing that is done to the quantized model helps. */
function beyondFp32(context: ModelContext, { id, checks }: VariantReport): string | undefined {
  const { measurement } = context.reference;
  if ('notMeasured' in measurement) return undefined;
  const { value, metric } = measurement;
  const missed = checks.find(
    ({ name, operator, limit, verdict }) =>
      name === 'accuracy.min' && verdict !== 'pass' && (operator === '>=' ? value < limit : value > limit),
  );
  if (!missed) return undefined;
  const limit = `${missed.operator === '>=' ? '≥' : '≤'} ${metricValue(metric, missed.limit)}`;
  return `${id}: FP32 itself has ${metric} ${metricValue(metric, value)}, so no level can keep ${limit}; change \`accuracy.min\`, or the model.`;
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
    measurements: withOpenEnds({
      size: { bytes: planned.bytes, ratio: 1 },
      ...(fp32Latency && { latency: fp32Latency }),
      memory: memoryMeasurement(fp32Memory, fp32Memory, emptyMemory, context.loaded.policy.gate.confidence),
      accuracy: reference.measurement,
    }),
    checks: [],
    notes: [],
  };
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { storeReference } from '../data/store.ts';
import { UserError } from '../errors.ts';
import { checkVariant } from '../gate/checks.ts';
import { latencyDecided } from '../gate/latency.ts';
import { decideVerdict } from '../gate/verdict.ts';
import { storedOutputs } from '../measure/accuracy/outputs.ts';
import { compareAccuracy, scoredMetric } from '../measure/accuracy/score.ts';
import type { Measurements, NotMeasured, Placement } from '../measure/contract.ts';
import { measureLatency } from '../measure/latency.ts';
import { knownNoise } from '../measure/latency-rounds.ts';
import { provePlacement } from '../measure/placement.ts';
import { measureSize } from '../measure/size.ts';
import { externalLocations } from '../onnx/external.ts';
import { loadModel, type OnnxModel, saveModel } from '../onnx/model.ts';
import { labelled } from '../progress.ts';
import type { NodeDecision } from '../quantize/contract.ts';
import type { NodeSensitivity } from '../quantize/static/sensitivity.ts';
import type { VariantReport } from '../report/schema.ts';
import { type SessionSpec, WorkerError } from '../runtime/contract.ts';
import { WorkerProcess } from '../runtime/worker-process.ts';
import { compareBase } from './base.ts';
import { type ModelContext, variantLabel, variantSession } from './context.ts';
import { elsewhereNotes } from './elsewhere.ts';
import { type MadeVariant, makeVariant } from './make.ts';
import { memoryOf } from './memory.ts';
import { withOpenEnds } from './open-ends.ts';
import { intervals, runOutputs } from './outputs.ts';
import { latencyBatches, type PlannedVariant } from './plan.ts';
import { candidatesOf } from './refine.ts';

/** A variant's part of the report, and its file where it could be made. */
export interface GatedVariant {
  planned: PlannedVariant;
  report: VariantReport;
  path?: string;
  sensitivity?: NodeSensitivity[];
  /** Files of its external data, relative to the folder of `path`. */
  external: string[];
}

/** How long latency is sampled where no limit is on it. */
const unlimitedBudgetMs = 8_000;

/** Makes a variant, measures it, and holds it against its limits. What fails is in its report; the others go on. */
export async function gateVariant(context: ModelContext, planned: PlannedVariant): Promise<GatedVariant> {
  const begin = performance.now();
  const { progress } = context.options;
  const label = variantLabel(context, planned);
  const base = {
    id: planned.id,
    level: planned.level,
    method: planned.options.method,
    target: planned.target.name,
    ...(planned.requested && { requested: planned.requested }),
    checks: [],
    notes: [],
    measurements: {},
  } satisfies Partial<VariantReport>;
  const seconds = () => Math.round((performance.now() - begin) / 10) / 100;
  let made: Awaited<ReturnType<typeof makeVariant>>;
  const path = join(context.modelDir, `${planned.id}.onnx`);
  try {
    await mkdir(context.modelDir, { recursive: true });
    const kernels = kernelsOf(planned);
    made = await context.clock.time('quantize', () => makeVariant(context, planned, context.speed.get(kernels)));
    if (made.speed) context.speed.set(kernels, made.speed);
    await saveModel(made.model, path);
  } catch (error) {
    if (!(error instanceof WorkerError) && !(error instanceof UserError)) throw error;
    progress.note(`${label}: not made: ${error.message}`);
    const kind = error instanceof WorkerError ? error.kind : 'unsupported';
    return {
      planned,
      external: [],
      report: { ...base, seconds: seconds(), verdict: 'error', error: { kind, message: error.message } },
    };
  }
  const together = candidatesOf(made);
  const { measurements, placement, broken } = await measure(context, planned, path, made, together);
  const regression = await context.clock.time('base', () =>
    compareBase(context, planned, path, { measurements, speed: made.speed }),
  );
  const limits = checkVariant({
    limits: planned.options.limits,
    measurements,
    scored: scoredMetric(context.reference.scoring),
    confidence: context.loaded.policy.gate.confidence,
    together,
  });
  const checks = [...limits, ...regression.checks];
  const decided = decideVerdict(checks, context.loaded.policy.gate['on-inconclusive']);
  // Without a limit on accuracy no check says so.
  const error = broken && decided !== 'fail' ? { kind: broken.kind, message: broken.message } : undefined;
  return {
    planned,
    path,
    external: externalLocations((await loadModel(path)).proto),
    ...(made.sensitivity && { sensitivity: made.sensitivity }),
    report: {
      ...base,
      seconds: seconds(),
      verdict: error ? 'error' : decided,
      ...(error && { error }),
      measurements: withOpenEnds(measurements),
      ...(placement && { placement }),
      checks,
      notes: [
        ...context.planned.remarks,
        ...elsewhereNotes(planned.target, context.options.targets ?? context.loaded.policy.targets, placement),
        ...made.notes,
        ...regression.notes,
      ],
      ...(made.search && { search: made.search }),
      ...(made.training && { training: made.training }),
    },
  };
}

/** The same for variants in which the same nodes could run in the same integer kernels, whatever their weights and scales. */
function kernelsOf({ target, options }: PlannedVariant): string {
  if (options.method === 'dynamic') return JSON.stringify([options.method, target.name]);
  return JSON.stringify(['static', target.name, options.prefer, options['keep-float']]);
}

interface Measured {
  measurements: Measurements;
  placement?: Placement;
  /** It does not run on the validation data, or gives NaN there: whatever is limited, it is of no use. */
  broken?: WorkerError;
}

async function measure(
  context: ModelContext,
  planned: PlannedVariant,
  path: string,
  { model, nodes }: MadeVariant,
  together: number,
): Promise<Measured> {
  const { clock } = context;
  const { executability } = planned;
  const size = await measureSize(context.planned.file, path);
  if (executability.runs === 'no') {
    const why: NotMeasured = { notMeasured: executability.why };
    return { measurements: { size, latency: why, memory: why, accuracy: why } };
  }
  const session = await variantSession(context, planned, path);
  let hangs: NotMeasured | undefined;
  /** A measurement whose process fails has no number, and says why. What hung once hangs again: that is not tried. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T | NotMeasured> => {
    if (hangs) return hangs;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof WorkerError)) throw error;
      const failed: NotMeasured = { notMeasured: error.message, failed: true };
      if (error.kind === 'timeout') hangs = failed;
      return failed;
    }
  };
  let broken: WorkerError | undefined;
  const accuracy = await attempt(async () => {
    const outputs = await clock
      .time('inference', () => runOutputs(context, planned.id, session, context.validation))
      .catch((error: unknown) => {
        if (error instanceof WorkerError) broken = error;
        throw error;
      });
    const result = await clock.time('score', () =>
      compareAccuracy(context.reference, storedOutputs(outputs), intervals(context, together)),
    );
    if ('notMeasured' in result) return result;
    const chosen = `chosen among mixtures on the same samples: its intervals hold for ${together} mixtures together`;
    const notes = [result.note, executability.runs === 'emulated' && executability.why, together > 1 && chosen];
    const note = notes.filter(Boolean).join('; ');
    return note === '' ? result : { ...result, note };
  });
  const latency: Measurements['latency'] =
    executability.runs === 'emulated'
      ? { notMeasured: `${executability.why}: its speed there is not known` }
      : await clock.time('latency', () => attempt(() => speed(context, planned, session)));
  const memory = await clock.time('memory', () => attempt(() => memoryOf(context, planned, session)));
  const placement = hangs ? undefined : await clock.time('placement', () => prove(context, planned, model, nodes));
  return {
    measurements: { size, latency, memory, accuracy },
    ...(placement && { placement }),
    ...(broken && { broken }),
  };
}

async function speed(context: ModelContext, planned: PlannedVariant, session: SessionSpec) {
  const { loaded, options, runtime } = context;
  const { measure, gate } = loaded.policy;
  const limits = planned.options.limits.latency;
  const batches = latencyBatches(loaded.policy, planned);
  const result = await measureLatency({
    fp32: context.fp32,
    variants: [{ id: planned.id, session }],
    store: context.validation,
    batches,
    percentile: limits?.at ?? 'p50',
    confidence: gate.confidence,
    // Without a limit to decide, the speed-up is for the report alone.
    budgetMs: limits ? measure['latency-budget'] : Math.min(measure['latency-budget'], unlimitedBudgetMs),
    seed: options.seed,
    ...(limits && { decide: (latency) => latencyDecided(limits, latency) }),
    ...context.latencyMachine,
    runtime,
    progress: labelled(options.progress, variantLabel(context, planned)),
  });
  const own = result.variants[0]!;
  // Nothing was sampled then, of FP32 neither.
  if (own.error) throw own.error;
  const { noise, serial } = context.latencyMachine ?? { noise: [], serial: [] };
  context.latencyMachine = {
    noise: [...noise, ...result.noise.filter((each) => !knownNoise(noise, each))],
    serial: withNewBatches(serial, result.serial),
  };
  context.environments.push(result.environment);
  context.fp32Latency = withNewBatches(context.fp32Latency ?? [], result.fp32);
  for (const { batch, notMeasured } of own.failed) {
    options.progress.note(`${variantLabel(context, planned)}: no latency at batch ${batch}: ${notMeasured}`);
  }
  const all = [...own.latency, ...own.failed];
  return batches.map((batch) => all.find((each) => each.batch === batch)!);
}

/** What is known of each batch size, and what was found of others. */
function withNewBatches<T extends { batch: number }>(known: readonly T[], found: readonly T[]): T[] {
  return [...known, ...found.filter(({ batch }) => !known.some((each) => each.batch === batch))];
}

async function prove(
  context: ModelContext,
  planned: PlannedVariant,
  variant: OnnxModel,
  decisions: readonly NodeDecision[],
): Promise<Placement | undefined> {
  const { model: _model, ...session } = context.fp32;
  const worker = await WorkerProcess.start({ runtime: context.runtime, label: `placement of ${planned.id}` });
  try {
    const { placement } = await provePlacement({
      worker,
      source: context.planned.model,
      variant,
      decisions,
      session,
      feeds: { store: storeReference(context.validation) },
      workDir: join(context.modelDir, `${planned.id}-placement`),
    });
    return placement;
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    return undefined;
  } finally {
    await worker.close();
  }
}

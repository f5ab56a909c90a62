import { mkdir } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { UserError } from '../errors.ts';
import { isInside } from '../files.ts';
import { latencyAt } from '../gate/checks.ts';
import { compareWithBase, type Interleaved, speedupDecided, uncompared } from '../gate/regression.ts';
import { storedOutputs } from '../measure/accuracy/outputs.ts';
import {
  compareAccuracy,
  comparesWithFp32,
  type OutputSet,
  scoredMetric,
  scoreReference,
} from '../measure/accuracy/score.ts';
import type { Check, Measurements } from '../measure/contract.ts';
import { measureLatency } from '../measure/latency.ts';
import { measureSize } from '../measure/size.ts';
import { externalLocationsOf, loadModel, modelDigest, type OnnxModel, saveScratch } from '../onnx/model.ts';
import type { LoadedPolicy } from '../policy/load.ts';
import { resolveInside } from '../policy/paths.ts';
import type { Level3Policy } from '../policy/schema.ts';
import { defaultName } from '../policy/semantics.ts';
import { labelled } from '../progress.ts';
import type { SpeedFindings } from '../quantize/contract.ts';
import { type SessionSpec, WorkerError } from '../runtime/contract.ts';
import { type ModelContext, variantLabel, variantSession } from './context.ts';
import { makeVariant } from './make.ts';
import type { BaseBranch } from './options.ts';
import { intervals, runFp32, runOutputs } from './outputs.ts';
import { latencyBatches, type PlannedVariant } from './plan.ts';

/** What the comparison of a variant with the base gave: checks, and sentences for the report. */
export interface BaseResult {
  checks: Check[];
  notes: string[];
}

/**
 * Compares a variant with the same variant of the base's model: made the same way from the base's file and measured
 * beside this one on this machine. Where the file did not change there is nothing to compare; a base that cannot be read, or
 * measured, leaves its limits open.
 */
export async function compareBase(
  context: ModelContext,
  planned: PlannedVariant,
  path: string,
  { measurements, speed }: { measurements: Measurements; speed: SpeedFindings | undefined },
): Promise<BaseResult> {
  const { base, noBase } = context.options;
  const { regression: limits, confidence } = context.loaded.policy.gate;
  if (!limits || planned.executability.runs === 'no') return { checks: [], notes: [] };
  const { metric } = scoredMetric(context.reference.scoring);
  const unread = (why: string): BaseResult => ({ checks: uncompared(limits, confidence, why, metric), notes: [] });
  if (noBase) return unread(`the base cannot be read: ${noBase}`);
  if (!base) {
    return { checks: [], notes: ['This run has no base branch; the limits of `gate.regression` were not checked.'] };
  }
  const [batch] = latencyBatches(context.loaded.policy, planned);
  const options = { limits, confidence, batch, id: planned.id, metric };
  let file: BaseFile | undefined;
  let exported: CommittedExport | undefined;
  try {
    context.baseFile ??= extractBase(context, base);
    file = await context.baseFile;
    const { model } = planned.options as Partial<Level3Policy>;
    if (model !== undefined) {
      context.baseExport ??= extractExport(context, model, base);
      exported = await context.baseExport;
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return unread(`the model of ${base.ref} cannot be read: ${error.message}`);
  }
  const isNew = !file || (exported && exported.before === undefined);
  if (!file || isNew) return compareWithBase(undefined, { measurements }, options);
  if (file.sha256 === context.planned.sha256 && exported?.before === exported?.after) {
    return { checks: [], notes: [`${planned.id}: the model is the same as at ${base.ref}.`] };
  }
  try {
    return await measureBeside(context, planned, { path, measurements, file, options, speed });
  } catch (error) {
    if (!(error instanceof WorkerError) && !(error instanceof UserError)) throw error;
    return unread(`the model of ${base.ref} could not be measured: ${error.message}`);
  }
}

/** A file of the base's in a folder that stands for its repository. */
export interface BaseFile {
  path: string;
  root: string;
  /** See modelDigest. */
  sha256: string;
}

/** The base's model file, with its external data; undefined where the base has no such file. */
async function extractBase(context: ModelContext, base: BaseBranch): Promise<BaseFile | undefined> {
  const { planned, loaded } = context;
  const root = rootOf(context);
  const here = join(root, relative(loaded.root, planned.file));
  const before = context.basePolicy?.models.find(
    (model) =>
      (model.name ?? defaultName(model.path)) === planned.name && resolve(loaded.folder, model.path) !== planned.file,
  );
  // A model that was moved keeps its name.
  const moved = before && join(root, relative(loaded.root, resolve(loaded.folder, before.path)));
  const isThere = (path: string) => extractModel(base, root, path);
  const path = (await isThere(here)) ? here : moved && (await isThere(moved)) ? moved : undefined;
  if (path === undefined) return undefined;
  return { path, root, sha256: await modelDigest(path, { root }) };
}

/** The folder that stands for the base's repository. */
const rootOf = ({ workDir, planned }: ModelContext): string => join(workDir, planned.name, 'base');

/** Writes a model of the base with its external data. @returns whether the base has it */
async function extractModel(base: BaseBranch, root: string, path: string): Promise<boolean> {
  const extract = async (to: string) => {
    await mkdir(dirname(to), { recursive: true });
    return base.extract(relative(root, to).split(sep).join('/'), to);
  };
  if (!(await extract(path))) return false;
  for (const location of await externalLocationsOf(path)) {
    const place = resolve(dirname(path), location);
    // What lies elsewhere is refused when the model is loaded.
    if (isInside(root, place)) await extract(place);
  }
  return true;
}

/** Digests of the committed export that Level 3 takes, at the base and here. */
export interface CommittedExport {
  /** undefined where the base has none at its path. */
  before: string | undefined;
  after: string;
}

/** Puts the base's export where the same policy in the base's repository has it. */
async function extractExport(context: ModelContext, model: string, base: BaseBranch): Promise<CommittedExport> {
  const { loaded } = context;
  const root = rootOf(context);
  const here = await resolveInside(loaded, model, ['levels', 3, 'model']);
  const there = resolve(folderIn(root, loaded), model);
  return {
    before: (await extractModel(base, root, there)) ? await modelDigest(there, { root }) : undefined,
    after: await modelDigest(here, { root: loaded.root }),
  };
}

/** The policy's folder in the base's repository. */
const folderIn = (root: string, loaded: LoadedPolicy): string => join(root, relative(loaded.root, loaded.folder));

async function measureBeside(
  context: ModelContext,
  planned: PlannedVariant,
  request: {
    path: string;
    measurements: Measurements;
    file: BaseFile;
    options: Parameters<typeof compareWithBase>[2];
    speed: SpeedFindings | undefined;
  },
): Promise<BaseResult> {
  const { path, measurements, file, options, speed } = request;
  const { limits } = options;
  const model = await loadModel(file.path, { root: file.root });
  const { loaded } = context;
  // Commands run in the policy's own folder, with all that is in it.
  const isExport = (planned.options as Partial<Level3Policy>).model !== undefined;
  const before: ModelContext = {
    ...context,
    ...(isExport && { loaded: { ...loaded, root: file.root, folder: folderIn(file.root, loaded) } }),
    planned: { ...context.planned, model, file: file.path, sha256: file.sha256 },
    fp32: { ...context.fp32, model: file.path },
    modelDir: join(context.modelDir, 'base'),
    starts: new Map(),
    refined: new Map(),
  };
  // Which of them are slower in integers is found by timing, and is not to be what the two files differ by.
  const made = await makeVariant(before, planned, sameNodes(context.planned.model, model) ? speed : undefined);
  const basePath = join(before.modelDir, `${planned.id}.onnx`);
  await saveScratch(made.model, basePath);
  const size = await measureSize(file.path, basePath);
  const pair: Pair = {
    context,
    planned,
    before,
    session: await variantSession(context, planned, basePath),
    head: await variantSession(context, planned, path),
  };
  const { accuracy } = measurements;
  const latency = latencyAt(measurements, options.batch);
  const isAccurate = limits.accuracy !== undefined && accuracy && !('notMeasured' in accuracy);
  const isTimed = limits.speedup !== undefined && latency && !('notMeasured' in latency);
  const found = isAccurate ? await accuracyBeside(pair) : {};
  const timed =
    isTimed && planned.executability.runs === 'native' ? await latencyBeside(pair, measurements, options) : {};
  const { interleaved } = found;
  return compareWithBase(
    { measurements: { size, ...found.measurements, ...timed } },
    { measurements },
    { ...options, ...(interleaved && { interleaved }) },
  );
}

/** A variant and the same of the base's model, each with what it is run in. */
interface Pair {
  context: ModelContext;
  planned: PlannedVariant;
  /** The context with the base's model in the place of the head's. */
  before: ModelContext;
  /** The session of the base's variant. */
  session: SessionSpec;
  /** The session of the head's. */
  head: SessionSpec;
}

/**
 * Both variants on the same samples. A metric that compares with FP32 compares each with its own FP32: what the head's answers differ by
 * from the base's is no loss.
 */
async function accuracyBeside({ context, planned, before, session, head }: Pair): Promise<{
  interleaved?: Interleaved;
  measurements?: Measurements;
}> {
  const { reference, validation } = context;
  const { scoring } = reference;
  const base = storedOutputs(await runOutputs(before, `${planned.id}-base`, session, validation));
  const score = (outputs: OutputSet) => scoreReference(scoring, outputs, validation.samples, intervals(context));
  if (comparesWithFp32(reference)) {
    const own = await score(storedOutputs(await runFp32(before, before.fp32, validation)));
    return { measurements: { accuracy: await compareAccuracy(own, base, intervals(context)) } };
  }
  const own = storedOutputs(await runOutputs(context, planned.id, head, validation));
  const accuracy = await compareAccuracy(await score(base), own, intervals(context));
  return 'notMeasured' in accuracy ? {} : { interleaved: { accuracy } };
}

/** The base's variant in turn with the base's FP32: speed-ups are compared, as another model may be a slower one. */
async function latencyBeside(
  { context, planned, before, session }: Pair,
  measurements: Measurements,
  { batch, confidence, limits }: Parameters<typeof compareWithBase>[2],
): Promise<Pick<Measurements, 'latency'>> {
  const { measure } = context.loaded.policy;
  const { latencyMachine } = context;
  const result = await measureLatency({
    fp32: before.fp32,
    variants: [{ id: planned.id, session }],
    store: context.validation,
    batches: [batch],
    percentile: planned.options.limits.latency?.at ?? 'p50',
    confidence,
    budgetMs: measure['latency-budget'],
    seed: context.options.seed,
    decide: ({ speedup }) => speedupDecided(speedup, measurements, batch, limits),
    ...(latencyMachine && { noise: latencyMachine.noise }),
    runtime: context.runtime,
    progress: labelled(context.options.progress, `${variantLabel(context, planned)} of the base`),
  });
  const [base] = result.variants;
  if (base?.error) throw base.error;
  return base?.latency ? { latency: base.latency } : {};
}

function sameNodes(one: OnnxModel, other: OnnxModel): boolean {
  const [nodes, others] = [one.graph.nodes, other.graph.nodes];
  return (
    nodes.length === others.length &&
    nodes.every(({ name, op }, index) => name === others[index]!.name && op === others[index]!.op)
  );
}

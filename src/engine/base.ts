import { mkdir } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { UserError } from '../errors.ts';
import { isInside } from '../files.ts';
import { verdictOf } from '../gate/judge.ts';
import { compareWithBase } from '../gate/regression.ts';
import { storedOutputs } from '../measure/accuracy/outputs.ts';
import { compareAccuracy, scoreReference } from '../measure/accuracy/score.ts';
import type { Check, Measurements } from '../measure/contract.ts';
import { measureLatency } from '../measure/latency.ts';
import { measureSize } from '../measure/size.ts';
import { externalLocationsOf, loadModel, modelDigest, type OnnxModel, saveScratch } from '../onnx/model.ts';
import { describeChanges } from '../policy/changes.ts';
import { type LoadedPolicy, parsePolicy } from '../policy/load.ts';
import type { Level, Policy } from '../policy/schema.ts';
import { labelled } from '../progress.ts';
import type { SpeedFindings } from '../quantize/contract.ts';
import { WorkerError } from '../runtime/contract.ts';
import { type ModelContext, variantLabel, variantSession } from './context.ts';
import { makeVariant } from './make.ts';
import type { BaseBranch, GateOptions } from './options.ts';
import { intervals, runOutputs } from './outputs.ts';
import type { PlannedVariant } from './plan.ts';

/** The policy that counts, and what the base branch has to say about it. */
export interface EffectivePolicy {
  loaded: LoadedPolicy;
  /** What the pull request changes in the policy; undefined without a base policy. */
  changes?: string[];
  /** How the base was used, a sentence. */
  status?: string;
}

/**
 * The head's policy, with the levels, limits, targets and rule of the base's policy where the operator or that policy asks for it, so
 * that a pull request cannot loosen its own gate.
 */
export function effectivePolicy(head: LoadedPolicy, base: BaseBranch | undefined): EffectivePolicy {
  if (!base) return { loaded: head };
  if (base.policyText === undefined) {
    return { loaded: head, status: `${base.ref} has no policy at this path; the limits of this pull request count` };
  }
  let before: LoadedPolicy;
  try {
    before = parsePolicy(base.policyText, {
      path: `${head.path} at ${base.ref}`,
      folder: head.folder,
      root: head.root,
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (base.limitsFrom === 'base') throw error;
    return { loaded: head, status: `the policy of ${base.ref} is not valid, so it was not compared` };
  }
  const changes = describeChanges(before.policy, head.policy);
  if ((base.limitsFrom ?? before.policy.gate['limits-from']) !== 'base') return { loaded: head, changes };
  const { gate, targets } = before.policy;
  return {
    loaded: { ...head, policy: { ...head.policy, gate, targets, levels: heldLevels(before.policy, head.policy) } },
    changes,
    status: `the levels, their limits, the targets and the gate's rule are those of ${base.ref}`,
  };
}

/**
 * The levels of the base's policy, made as the head says where it has them. One that only the head has is run, but decides nothing in
 * the place of another.
 */
function heldLevels(base: Policy, head: Policy): Policy['levels'] {
  const held = <N extends Level>(level: N): Policy['levels'] => {
    const [before, own] = [base.levels[level], head.levels[level]];
    if (before) return { [level]: { ...before, ...own, limits: before.limits, stop: before.stop } };
    return own && base.gate.require !== 'any' ? { [level]: { ...own, stop: false } } : {};
  };
  return { ...held(1), ...held(2), ...held(3) };
}

/** What the comparison of a variant with the base gave: checks, and sentences for the report. */
export interface BaseResult {
  checks: Check[];
  notes: string[];
}

/**
 * Compares a variant with the same variant of the base's model: made the same way from the base's file and measured
 * beside this one on this machine. Where the file did not change there is nothing to compare.
 */
export async function compareBase(
  context: ModelContext,
  planned: PlannedVariant,
  path: string,
  { measurements, speed }: { measurements: Measurements; speed: SpeedFindings | undefined },
): Promise<BaseResult> {
  const { base, noBase } = context.options;
  const limits = context.loaded.policy.gate.regression;
  if (!limits || planned.executability.runs === 'no') return { checks: [], notes: [] };
  if (!base) {
    const why = noBase ? `The base cannot be read: ${noBase}` : 'This run has no base branch';
    return { checks: [], notes: [`${why}; the limits of \`gate.regression\` were not checked.`] };
  }
  const { confidence } = context.loaded.policy.gate;
  const batch = planned.options.limits.latency?.batch ?? 1;
  const options = { limits, confidence, batch, id: planned.id };
  try {
    const file = await extractBase(context, base);
    if (!file) return compareWithBase(undefined, { measurements }, options);
    if (file.sha256 === context.planned.sha256) {
      return { checks: [], notes: [`${planned.id}: the model is the same as at ${base.ref}.`] };
    }
    return await measureBeside(context, planned, { path, measurements, file, options, speed });
  } catch (error) {
    if (!(error instanceof WorkerError) && !(error instanceof UserError)) throw error;
    return { checks: [], notes: [`${planned.id}: the model of ${base.ref} could not be measured: ${error.message}`] };
  }
}

/** A file of the base's in a folder that stands for its repository. */
interface BaseFile {
  path: string;
  root: string;
  /** See modelDigest. */
  sha256: string;
}

/** The base's model file, with its external data; undefined where the base has no such file. */
async function extractBase(
  { planned, loaded, workDir }: ModelContext,
  base: BaseBranch,
): Promise<BaseFile | undefined> {
  const root = join(workDir, planned.name, 'base');
  const extract = async (to: string) => {
    await mkdir(dirname(to), { recursive: true });
    return base.extract(relative(root, to).split(sep).join('/'), to);
  };
  const path = join(root, relative(loaded.root, planned.file));
  if (!(await extract(path))) return undefined;
  for (const location of await externalLocationsOf(path)) {
    const place = resolve(dirname(path), location);
    // What lies elsewhere is refused when the model is loaded.
    if (isInside(root, place)) await extract(place);
  }
  return { path, root, sha256: await modelDigest(path, { root }) };
}

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
  const before: ModelContext = {
    ...context,
    planned: { ...context.planned, model, file: file.path, sha256: file.sha256 },
    modelDir: join(context.modelDir, 'base'),
    starts: new Map(),
  };
  // Which of them are slower in integers is found by timing, and is not to be what the two files differ by.
  const made = await makeVariant(before, planned, sameNodes(context.planned.model, model) ? speed : undefined);
  const basePath = join(before.modelDir, `${planned.id}.onnx`);
  await saveScratch(made.model, basePath);
  const session = await variantSession(context, planned, basePath);
  const head = await variantSession(context, planned, path);
  const interleaved: NonNullable<Parameters<typeof compareWithBase>[2]['interleaved']> = {};
  if (limits.accuracy !== undefined && !('command' in context.reference.scoring)) {
    const outputs = storedOutputs(await runOutputs(before, `${planned.id}-base`, session, context.validation));
    const reference = await scoreReference(
      context.reference.scoring,
      outputs,
      context.validation.samples,
      intervals(context),
    );
    const own = storedOutputs(await runOutputs(context, planned.id, head, context.validation));
    const accuracy = await compareAccuracy(reference, own, intervals(context));
    if (!('notMeasured' in accuracy)) interleaved.accuracy = accuracy;
  }
  const { speedup: most } = limits;
  if (most !== undefined && planned.executability.runs === 'native') {
    const { measure } = context.loaded.policy;
    const result = await measureLatency({
      fp32: session,
      variants: [{ id: planned.id, session: head }],
      store: context.validation,
      batches: [options.batch],
      percentile: planned.options.limits.latency?.at ?? 'p50',
      confidence: options.confidence,
      budgetMs: measure['latency-budget'],
      seed: context.options.seed,
      decide: ({ speedup }) => verdictOf(speedup, '>=', 1 - most) !== 'inconclusive',
      ...context.latencyMachine,
      runtime: context.runtime,
      progress: labelled(context.options.progress, `${variantLabel(context, planned)} against the base's`),
    });
    const speedup = result.variants[0]?.latency?.[0]?.speedup;
    if (speedup) interleaved.speedup = speedup;
  }
  const size = await measureSize(file.path, basePath);
  const { checks, notes } = compareWithBase({ measurements: { size } }, { measurements }, { ...options, interleaved });
  return { checks, notes };
}

function sameNodes(one: OnnxModel, other: OnnxModel): boolean {
  const [nodes, others] = [one.graph.nodes, other.graph.nodes];
  return (
    nodes.length === others.length &&
    nodes.every(({ name, op }, index) => name === others[index]!.name && op === others[index]!.op)
  );
}

/** How the report names the base. */
export function describeBase(options: GateOptions, effective: EffectivePolicy) {
  const { base } = options;
  if (!base) return {};
  return { base: { ref: base.ref, sha: base.sha, status: effective.status ?? 'compared on this machine' } };
}

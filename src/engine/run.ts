import { rmdirSync, rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { asOutputError, checkOutput, writeOutput } from '../bundle/write-output.ts';
import { isDiskFull, UserError } from '../errors.ts';
import { decideGate } from '../gate/verdict.ts';
import { keepHeapSmall } from '../heap.ts';
import { describeMachine, physicalCores, worstOf } from '../measure/machine.ts';
import { externalLocations } from '../onnx/external.ts';
import { modelDigest } from '../onnx/model.ts';
import { type LoadedPolicy, loadPolicy, positionOf } from '../policy/load.ts';
import { closable } from '../progress.ts';
import type { Report } from '../report/schema.ts';
import { locateRuntime } from '../runtime/locate.ts';
import { version } from '../version.ts';
import { describeBase, type EffectivePolicy, effectivePolicy } from './base-policy.ts';
import { StageClock } from './clock.ts';
import type { RunContext } from './context.ts';
import { type GatedModel, gateModel } from './model.ts';
import type { GateOptions, GateResult } from './options.ts';
import { takeFolder } from './out-lock.ts';
import { type PlannedModel, planRun } from './plan.ts';

/** Found out before anything is measured. @returns gives the output folder back @throws UserError */
async function openWorkDir(workDir: string, { outDir, resume }: GateOptions): Promise<() => void> {
  let release: (() => void) | undefined;
  try {
    await mkdir(outDir, { recursive: true });
    release = await takeFolder(outDir);
    // What an interrupted run left is only good for going on.
    if (!resume) await rm(workDir, { recursive: true, force: true });
    await mkdir(workDir, { recursive: true });
    return release;
  } catch (error) {
    release?.();
    // So Node says that a file system is read-only, where several folders are asked for.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UserError(`cannot make the output folder ${outDir}; name another with --out`, { cause: error });
    }
    throw asOutputError(outDir, error);
  }
}

/** The same of the files that the run will leave. @throws UserError where something else is in their place */
function checkFiles(outDir: string, planned: readonly PlannedModel[]): Promise<void> {
  return checkOutput(
    outDir,
    planned.map(({ name, model, variants }) => ({
      name,
      ids: ['fp32', ...variants.map(({ id }) => id)],
      external: externalLocations(model.proto),
    })),
  );
}

/** Removes the intermediate files, and the output folder where it holds nothing else. */
function discard(outDir: string, workDir: string): void {
  rmSync(workDir, { recursive: true, force: true });
  try {
    rmdirSync(outDir);
  } catch {
    // Results of an earlier run are in it.
  }
}

/**
 * The whole job: policy -> models -> variants -> measurements -> checks -> report and bundle.
 *
 * @throws UserError where the policy, a model or data is wrong; nothing is written then
 */
export async function runGate(options: GateOptions): Promise<GateResult> {
  const startedAt = new Date();
  const begin = performance.now();
  keepHeapSmall();
  const clock = new StageClock();
  const effective = effectivePolicy(await loadPolicy(options.policyPath), options);
  const { loaded } = effective;
  if (loaded.policy.gate.regression && !options.base) {
    options.progress.note(`gate.regression is not checked: ${options.noBase ?? 'this run has no base branch'}`);
  }
  const planned = await clock.time('plan', () => planRun(loaded, options));
  const outDir = resolve(options.outDir);
  await checkFiles(options.outDir, planned);
  const runtime = await clock.time('runtime', () =>
    locateRuntime({ runtimePath: options.runtimePath, progress: options.progress }),
  );
  const workDir = join(outDir, '.work');
  const release = await openWorkDir(workDir, options);
  const progress = closable(options.progress);
  const context: RunContext = {
    options: { ...options, progress },
    endStages: progress.endStages,
    loaded,
    runtime,
    clock,
    workDir,
    threads: loaded.policy.measure.threads ?? physicalCores(),
    ...(effective.before && { basePolicy: effective.before }),
  };
  const gated: GatedModel[] = [];
  // Nothing half-written: what an interrupted training leaves is for --resume, everything else is for nobody.
  const resumable = planned.some(({ variants }) => variants.some(({ level }) => level === 3));
  const interrupted = () => {
    release();
    if (!resumable) discard(outDir, workDir);
  };
  process.once('exit', interrupted);
  try {
    for (const model of planned) gated.push(await gateModel(context, model));
    await refuseChanged(loaded, planned);
    const decided = decideGate(
      gated.map(({ report }) => report),
      loaded.policy,
    );
    const written = await writeOutput(outDir, {
      report: await reportRun(context, { startedAt, begin, effective, gated, decided }),
      variants: gated.flatMap(({ report: { name }, files }) => files.map((file) => ({ model: name, ...file }))),
      version,
    });
    await rm(workDir, { recursive: true, force: true });
    release();
    return { report: written.report, outDir: options.outDir, exitCode: decided.passed ? 0 : 1 };
  } catch (error) {
    release();
    discard(outDir, workDir);
    throw isDiskFull(error) ? asOutputError(options.outDir, error) : error;
  } finally {
    process.off('exit', interrupted);
  }
}

/**
 * What was measured is what is handed over; a file that was written meanwhile, by an export or a pull, is not.
 * @throws UserError
 */
async function refuseChanged(loaded: LoadedPolicy, planned: readonly PlannedModel[]): Promise<void> {
  for (const { file, path, sha256, index } of planned) {
    const now = await modelDigest(file, { root: loaded.root }).catch((error: unknown) => {
      if (error instanceof UserError) return undefined;
      throw error;
    });
    if (now === sha256) continue;
    throw new UserError(`${path} changed while the gate ran; run it again`, {
      position: positionOf(loaded, ['models', index, 'path']),
    });
  }
}

async function reportRun(
  { options, loaded, runtime, clock }: RunContext,
  run: {
    startedAt: Date;
    /** The same by the clock that nobody sets. */
    begin: number;
    effective: EffectivePolicy;
    gated: readonly GatedModel[];
    decided: ReturnType<typeof decideGate>;
  },
): Promise<Report> {
  const { startedAt, begin, effective, gated, decided } = run;
  const { gate, levels, publish } = loaded.policy;
  const conditions = worstOf(gated.flatMap(({ environments }) => environments));
  const noise = Math.max(0, ...gated.flatMap((model) => model.noise));
  return {
    schemaVersion: 1,
    verdict: decided.verdict,
    startedAt: startedAt.toISOString(),
    seconds: Math.round((performance.now() - begin) / 10) / 100,
    stages: clock.seconds,
    inRuntime: clock.inRuntime,
    policy: {
      path: options.policyPath,
      sha256: loaded.sha256,
      ...(effective.changes && { changes: effective.changes.all, loosened: effective.changes.loosened }),
      ...(publish && { publish }),
    },
    ...describeBase(options, effective),
    machine: { ...(await describeMachine(runtime)), ...(noise > 0 && { noise }), ...(conditions && { conditions }) },
    gate: {
      require: Array.isArray(gate.require) ? gate.require.join(', ') : gate.require,
      levels: ([1, 2, 3] as const).flatMap((level) => {
        const own = levels[level];
        return own ? { level, stop: own.stop } : [];
      }),
      confidence: gate.confidence,
      onInconclusive: gate['on-inconclusive'],
      reason: decided.reason,
    },
    models: gated.map(({ report: model }) => model),
  };
}

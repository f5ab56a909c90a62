import { type OnnxModel, saveScratch } from '../onnx/model.ts';
import type { SessionSpec } from '../runtime/contract.ts';
import { type ProfiledNode, type ProfileFeeds, profileJob } from '../runtime/profile-job.ts';
import { type RaceParams, raceJob } from '../runtime/race-job.ts';
import type { WorkerProcess } from '../runtime/worker-process.ts';
import { type GroupPlan, integerSites } from './dynamic-plan.ts';
import { saveNumbered } from './dynamic-shapes.ts';

/** Where candidates are run, and on what. */
export interface Trial {
  worker: WorkerProcess;
  threads: number;
  workDir: string;
  feeds: ProfileFeeds;
}

export interface FloatTrial extends Trial {
  /** The variant as planned. */
  model: OnnxModel;
  plan: readonly GroupPlan[];
  /** The same with every weight stored as int8 and computed in float: FP32's kernels and FP32's speed. */
  storage: () => OnnxModel;
  /** Milliseconds after which the comparison goes on no longer. */
  limitMs?: number;
}

/** The variant may be this much slower than FP32 before anything is taken back: a busy machine's noise. */
const tolerated = 1.05;
/** If it is slower, an integer kernel stays where it takes at most this part of FP32's time. */
const winner = 0.9;
/** A form that changes the results is worth it where the model takes at most this part of the time of the other. */
const worthwhile = 0.97;
const budgetMicroseconds = 1_000_000;
/** The quantile of a node's times that counts: what it takes while nothing else runs hardly changes from attempt to attempt. */
const undisturbed = 0.1;

/** Whether a variant is worth it in the place of another, by their speed on this machine. */
export async function isFaster(trial: Trial, one: { model: OnnxModel }, other: { model: OnnxModel }): Promise<boolean> {
  const { worker, workDir, threads, feeds } = trial;
  const [contender, rival] = await Promise.all(
    [one, other].map(async ({ model }, index): Promise<SessionSpec> => {
      const path = `${workDir}/trial-${index}.onnx`;
      await saveScratch(model, path);
      return { model: path, provider: 'cpu', threads };
    }),
  );
  return isWorthwhile(worker, { contender: contender!, rival: rival!, feeds });
}

/**
 * Whether a form that changes the results is worth it, by its speed with one thread and with all of them, in the mean. What a second
 * thread is worth is not the same from minute to minute where the CPUs of a virtual machine may be the two halves of one core: of KWT,
 * small products in integers took 0.94 of the time on two cores and 1.06 on two halves of one, and 0.86 with one thread always.
 *
 * @param limitMs that both races may take
 */
export async function isWorthwhile(
  worker: WorkerProcess,
  { contender, rival, feeds, limitMs }: Pick<RaceParams, 'contender' | 'rival' | 'feeds' | 'limitMs'>,
): Promise<boolean> {
  const begin = performance.now();
  const counts = new Set([1, contender.threads]);
  let product = 1;
  for (const threads of counts) {
    const pair = { contender: { ...contender, threads }, rival: { ...rival, threads } };
    const left = limitMs === undefined ? {} : { limitMs: Math.max(1, limitMs - (performance.now() - begin)) };
    product *= (await worker.call(raceJob, { ...pair, feeds, ...left })).ratio;
  }
  return product ** (1 / counts.size) < worthwhile;
}

/**
 * Measures the planned variant against FP32's kernels, in alternation; this machine is the target. The plan rests on
 * measured sizes already; this catches the machine that is different. Only a variant that is slower is changed, and
 * then only clear winners stay integers, so that noise does not decide what is in the file.
 *
 * @returns the nodes whose integer kernels are slower than float, with the reason
 */
export async function slowerThanFloat(trial: FloatTrial): Promise<Map<string, string>> {
  const { worker, workDir, plan } = trial;
  const integer = integerSites(plan);
  if (integer.length === 0) return new Map();
  const planned = await saveNumbered(trial.model, `${workDir}/trial-integer.onnx`);
  const float = await saveNumbered(trial.storage(), `${workDir}/trial-float.onnx`);
  const spec = { provider: 'cpu', threads: trial.threads } as const;
  const sessions = [float.path, planned.path].map((model) => ({ ...spec, model })) as [SessionSpec, SessionSpec];
  const { feeds, limitMs } = trial;
  const params = { contender: sessions[1], rival: sessions[0], feeds, decides: tolerated, ...(limitMs && { limitMs }) };
  const { ratio, rival } = await worker.call(raceJob, params);
  if (ratio <= tolerated) return new Map();
  const runs = Math.min(30, Math.max(5, Math.round(budgetMicroseconds / 2 / rival)));
  const [before, after] = await worker.call(profileJob, { sessions, feeds, runs, quantile: undisturbed });
  const floatTimes = timesByLabel(before!, float.labels);
  const integerTimes = timesByLabel(after!, planned.labels);
  const slow = new Map<string, string>();
  for (const { site } of integer) {
    const [was, is] = [floatTimes.get(site.label), integerTimes.get(site.label)];
    if (was === undefined || is === undefined || is < was * winner) continue;
    slow.set(site.label, `measured no faster in integers here (${Math.round(is)} against ${Math.round(was)} us)`);
  }
  return slow;
}

/** Time by label; fused kernels are named after the node they were made of. */
function timesByLabel(nodes: readonly ProfiledNode[], labels: ReadonlyMap<string, string>): Map<string, number> {
  const times = new Map<string, number>();
  for (const { name, microseconds } of nodes) {
    const numbered = /qg-node-\d+\./.exec(name)?.[0];
    const label = numbered && labels.get(numbered);
    if (label !== undefined) times.set(label, (times.get(label) ?? 0) + microseconds);
  }
  return times;
}

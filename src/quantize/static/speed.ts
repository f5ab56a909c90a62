import { join } from 'node:path';
import { storeReference } from '../../data/store.ts';
import { type OnnxModel, saveModel } from '../../onnx/model.ts';
import type { SessionSpec } from '../../runtime/contract.ts';
import { profileJob } from '../../runtime/profile-job.ts';
import { hostTargetName } from '../../targets/index.ts';
import type { Plan } from './plan.ts';
import type { Recipe } from './recipe.ts';
import type { StaticRun } from './run.ts';
import type { Unit } from './units.ts';

/** Integer units that run alike: taken back together. */
export interface UnitClass {
  name: string;
  heads: string[];
}

export interface SpeedResult {
  recipe: Recipe;
  /** Nodes that went back to FP32, with the reason. */
  slow: Map<string, string>;
}

/** While the whole is this much faster than FP32 nothing is taken back, so that noise does not decide what is in the file. */
const clearlyFaster = 1.1;
/** Otherwise FP32 has to be this much faster to be preferred, and again (by a little less) when it is measured once more. */
const margin = { first: 0.93, again: 0.96 };
/** What is left may take this much longer than FP32: below it the fewer bytes and the noise of a machine decide for integers. */
const tolerated = 1.04;
const runs = { least: 8, most: 100 };
const budgetMicroseconds = 1_500_000;
/** Of a node's times: what it takes while nothing else runs, which hardly changes from one attempt to the next. */
const undisturbed = 0.1;

/**
 * Takes integer forms back that are slower than FP32 on this machine, measured by the runtime's own profile in alternation:
 * the products of two activations with the softmax between them, then each group of units that hang together (groups of the
 * same operators and sizes count as one), then the kinds of operators that are there only to connect others, and in the end
 * everything, if the whole is still slower than FP32. Their weights stay integers in the file.
 *
 * The same model is to give the same file on the same machine. So nothing is taken back that does not win by a wide margin
 * twice, and times are those of undisturbed nodes, added up. Does nothing for a target whose speed this machine does not have.
 */
export async function dropSlowIntegerNodes(run: StaticRun, start: Recipe): Promise<SpeedResult> {
  const slow = new Map<string, string>();
  if (run.request.target.name !== hostTargetName()) return { recipe: start, slow };
  let recipe = start;
  let files = 0;
  const save = async (candidate: Recipe): Promise<string> => {
    const path = join(run.request.workDir, `speed-${files++}.onnx`);
    await saveModel(run.emit(candidate).model, path);
    return path;
  };
  let path = await save(recipe);
  const [float, integer] = await race(run, [run.preparedPath, path], runs.least);
  if (float! > integer! * clearlyFaster) return { recipe, slow };
  const count = Math.max(
    runs.least,
    Math.min(runs.most, Math.round(budgetMicroseconds / Math.max(1, float! + integer!))),
  );
  for (const { name, heads } of unitClasses(run.plan(recipe))) {
    const left = heads.filter((head) => !slow.has(head));
    if (left.length === 0) continue;
    const candidate = {
      ...recipe,
      slowNodes: new Map([...recipe.slowNodes, ...left.map((head) => [head, ''] as const)]),
    };
    const other = await save(candidate);
    const [before, after] = (await race(run, [path, other], count)) as [number, number];
    if (!(after < before * margin.first)) continue;
    const [beforeAgain, afterAgain] = (await race(run, [path, other], count)) as [number, number];
    if (!(afterAgain < beforeAgain * margin.again)) continue;
    const why = `slower in integers here (${name}: ${Math.round(before)} us, ${Math.round(after)} us with it in FP32)`;
    for (const head of left) slow.set(head, why);
    recipe = { ...recipe, slowNodes: new Map([...recipe.slowNodes, ...slow]) };
    path = other;
  }
  const isSlower = async () => {
    const [float, integer] = (await race(run, [run.preparedPath, path], count)) as [number, number];
    return integer > float * tolerated;
  };
  if ((await isSlower()) && (await isSlower())) {
    const { decisions } = run.plan(recipe);
    const left = [...decisions.values()].filter(({ mode }) => mode === 'integer');
    for (const { unit } of left)
      slow.set(unit.head.name, 'the model as a whole is slower in integers than in FP32 here');
    recipe = { ...recipe, slowNodes: new Map([...recipe.slowNodes, ...slow]) };
  }
  return { recipe, slow };
}

/**
 * FP32's time over a candidate's, by the kernels' undisturbed times: to compare candidates with each other. What a report says of
 * a variant's latency is measured apart. Undefined for a target whose speed this machine does not have.
 */
export async function speedupOf(run: StaticRun, model: OnnxModel): Promise<number | undefined> {
  if (run.request.target.name !== hostTargetName()) return undefined;
  const path = join(run.request.workDir, 'speedup.onnx');
  await saveModel(model, path);
  const [float, integer] = await race(run, [run.preparedPath, path], runs.least);
  return float! / integer!;
}

/** Microseconds of one undisturbed run of each model: the sum of its nodes'. */
async function race(run: StaticRun, models: readonly string[], count: number): Promise<number[]> {
  const { threads = 0, calibration } = run.request;
  const sessions = models.map((model): SessionSpec => ({ model, provider: 'cpu', threads }));
  const feeds = { store: storeReference(calibration), samples: 1 };
  const profiles = await run.worker.call(profileJob, { sessions, feeds, runs: count, quantile: undisturbed });
  return profiles.map((nodes) => nodes.reduce((sum, { microseconds }) => sum + microseconds, 0));
}

/** What may be taken back together, in the order in which it is tried. */
export function unitClasses(plan: Plan): UnitClass[] {
  const integer = (unit: Unit | undefined): unit is Unit =>
    unit !== undefined && plan.decisions.get(unit)?.mode === 'integer';
  const computing = plan.units.all.filter((unit) => integer(unit) && unit.operator?.kind !== 'pass-through');
  const classes: UnitClass[] = [];
  const cores = computing.filter((unit) => unit.head.is('MatMul') && !unit.weight);
  if (cores.length > 0) {
    const softmax = computing.filter((unit) => unit.head.is('Softmax'));
    classes.push({ name: 'attention products', heads: [...cores, ...softmax].map(({ head }) => head.name) });
  }
  const components = connected(plan, computing, integer);
  if (components.length > 1) {
    const alike = new Map<string, Unit[]>();
    for (const component of components) {
      const key = component.map(signature).join(';');
      alike.set(key, [...(alike.get(key) ?? []), ...component]);
    }
    for (const units of alike.values()) {
      classes.push({ name: `${units[0]!.head.op} ${units[0]!.head.name}`, heads: units.map(({ head }) => head.name) });
    }
  }
  const connecting = new Map<string, Unit[]>();
  for (const unit of computing) {
    if (unit.operator?.kind === 'weighted') continue;
    connecting.set(unit.head.op, [...(connecting.get(unit.head.op) ?? []), unit]);
  }
  for (const [op, units] of connecting)
    classes.push({ name: `every ${op}`, heads: units.map(({ head }) => head.name) });
  return classes;
}

function signature({ head, weight }: Unit): string {
  return `${head.op}[${weight?.value.initializer?.dims ?? ''}]`;
}

/** Integer units that exchange integers, as lists in the order of the graph. */
function connected(
  plan: Plan,
  computing: readonly Unit[],
  integer: (unit: Unit | undefined) => unit is Unit,
): Unit[][] {
  const group = new Map<Unit, Unit>();
  const find = (unit: Unit): Unit => {
    const next = group.get(unit) ?? unit;
    return next === unit ? unit : find(next);
  };
  for (const unit of plan.units.all) {
    if (!integer(unit)) continue;
    for (const { value } of unit.inputs) {
      const producer = plan.units.producing(value);
      if (integer(producer)) group.set(find(unit), find(producer));
    }
  }
  const lists = new Map<Unit, Unit[]>();
  for (const unit of computing) lists.set(find(unit), [...(lists.get(find(unit)) ?? []), unit]);
  return [...lists.values()];
}

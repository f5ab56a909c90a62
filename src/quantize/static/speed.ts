import { join } from 'node:path';
import { storeReference } from '../../data/store.ts';
import { saveModel } from '../../onnx/model.ts';
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
/** Otherwise FP32 has to be this much faster to be preferred. */
const margin = 0.95;
const runsOfSmallModel = 40;
const budgetMicroseconds = 1_500_000;

/**
 * Takes integer forms back that are slower than FP32 on this machine, measured by the runtime's own profile in alternation:
 * the products of two activations with the softmax between them, then each group of units that hang together (groups of the
 * same operators and sizes count as one), then the kinds of operators that are there only to connect others.
 *
 * Does nothing for a target whose speed this machine does not have.
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
  const [float, integer] = await race(run, [run.preparedPath, path], 5);
  if (float! > integer! * clearlyFaster) return { recipe, slow };
  const runs = Math.max(5, Math.min(runsOfSmallModel, Math.round(budgetMicroseconds / Math.max(1, float! + integer!))));
  for (const { name, heads } of unitClasses(run.plan(recipe))) {
    const why = (before: number, after: number) =>
      `slower in integers here (${name}: ${Math.round(before)} us, ${Math.round(after)} us with it in FP32)`;
    const candidate = {
      ...recipe,
      floatNodes: new Map([...recipe.floatNodes, ...heads.map((head) => [head, ''] as const)]),
    };
    const other = await save(candidate);
    const [before, after] = (await race(run, [path, other], runs)) as [number, number];
    if (!(after < before * margin)) continue;
    for (const head of heads) slow.set(head, why(before, after));
    recipe = { ...recipe, floatNodes: new Map([...recipe.floatNodes, ...slow]) };
    path = other;
  }
  return { recipe, slow };
}

/** Microseconds of one run of each model: the sum of its nodes' medians. */
async function race(run: StaticRun, models: readonly string[], runs: number): Promise<number[]> {
  const { threads = 0, calibration } = run.request;
  const sessions = models.map((model): SessionSpec => ({ model, provider: 'cpu', threads }));
  const feeds = { store: storeReference(calibration), samples: 1 };
  const profiles = await run.worker.call(profileJob, { sessions, feeds, runs });
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

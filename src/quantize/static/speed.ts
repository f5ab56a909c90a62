import { join } from 'node:path';
import { storeReference } from '../../data/store.ts';
import { type OnnxModel, saveScratch } from '../../onnx/model.ts';
import type { SessionSpec } from '../../runtime/contract.ts';
import { type RaceParams, type RaceResult, raceJob } from '../../runtime/race-job.ts';
import { hostTargetName } from '../../targets/index.ts';
import { integerSites } from '../dynamic-plan.ts';
import { isWorthwhile, slowerThanFloat } from '../dynamic-trial.ts';
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

/** A model that takes at most this fraction of FP32's time is left as it is: trying its parts is not worth the time. */
const clearlyFaster = 1 / 1.1;
/**
 * A class of nodes goes back to FP32 only if the model then takes at most this fraction of its time. Static integer kernels stay only if
 * the model takes at most this fraction of its time without them: without, it has as many bytes and nearer outputs.
 */
const worthwhile = 0.95;
/** Milliseconds that all comparisons may take, far more than on an idle machine; of a heavy model, whose runs are longer, more. */
const usualLimitMs = 45_000;
/** Generations of sessions where candidates are only compared with each other, at least. */
const reported = 3;

/**
 * Takes integer forms back that are slower than FP32 on this machine, measured in turn with what they are compared with: all of
 * them where the model is faster without, as transformers are whose products find their scales at run time; else the products
 * of two activations with the softmax between them, then each group of units that hang together (groups of the same operators
 * and sizes count as one), then the kinds of operators that are there only to connect others, and in the end everything, if what
 * is left does not pay. Their weights stay integers in the file. Before that, small products find their scales at run time
 * where the model is faster so, and products do not that are slower so.
 *
 * The same model is to give the same file on the same machine, so nothing is taken back that does not win clearly. The times of
 * the runtime's profile are no judge of it: they leave out what lies between kernels, and called Silero VAD in integers slower
 * than FP32 (0.94) that is faster by 1.3. Where that takes too long, as on a machine that does much else, it ends before, and a note
 * says so. Does nothing for a target whose speed this machine does not have.
 */
export async function dropSlowIntegerNodes(run: StaticRun, start: Recipe): Promise<SpeedResult> {
  if (run.request.target.name !== hostTargetName()) return { recipe: start, slow: new Map() };
  const limitMs = usualLimitMs / run.effort;
  const end = performance.now() + limitMs;
  const result = await dropUntil(end, run, start);
  if (performance.now() > end) run.notes.push(cutShort(limitMs));
  return result;
}

function cutShort(limitMs: number): string {
  return (
    `Whether integer kernels are faster here than FP32's took longer to measure than the ${Math.round(limitMs / 1000)} s that it may: ` +
    'what was not clear by then was decided as it stood, or not tried. Where less else runs on the machine, the file may be another.'
  );
}

/** @param end when comparisons go on no longer than they must, as `performance.now()` tells it */
async function dropUntil(end: number, run: StaticRun, start: Recipe): Promise<SpeedResult> {
  const slow = new Map<string, string>();
  const left = () => Math.max(1, end - performance.now());
  const within = (decides: number) => ({ decides, limitMs: left() });
  let files = 0;
  const save = (candidate: Recipe) => saved(run, run.emit(candidate).model, files++);
  let recipe = start;
  let without = withoutIntegers(run, recipe);
  let withoutPath: string | undefined;
  const bolder = { ...without, smallProducts: true };
  if (run.scalesAtRunTime(bolder) > run.scalesAtRunTime(without)) {
    const [contender, rival] = [await save(bolder), await save(without)];
    const gains = await isWorthwhile(run.worker, { ...pairOf(run, contender, rival), limitMs: left() });
    withoutPath = gains ? contender : rival;
    if (gains) [recipe, without] = [{ ...recipe, smallProducts: true }, bolder];
  }
  const slowProducts = await findSlowProducts(run, without, left());
  if (slowProducts.size > 0) {
    recipe = { ...recipe, slowProducts };
    without = { ...without, slowProducts };
    withoutPath = undefined;
  }
  if (integerHeads(run, recipe).length === 0) return { recipe, slow };
  const takeBack = (why: string): SpeedResult => {
    for (const head of integerHeads(run, recipe)) slow.set(head, why);
    return { recipe: { ...recipe, slowNodes: new Map([...recipe.slowNodes, ...slow]) }, slow };
  };
  let path = await save(recipe);
  const fast = await beats(run, path, run.preparedPath, within(clearlyFaster));
  if (fast && run.scalesAtRunTime(without) === 0) return { recipe, slow };
  withoutPath ??= await save(without);
  const enough = fast ? 1 / worthwhile : worthwhile;
  const { ratio, contender, rival } = await race(run, withoutPath, path, within(enough));
  if (ratio < enough) {
    const [before, after] = [rival, contender].map(Math.round);
    return takeBack(`no faster in integers here (the whole model: ${before} us, ${after} us without)`);
  }
  if (fast) return { recipe, slow };
  const classes = unitClasses(run.plan(recipe));
  const stage = run.request.progress.stage('integer kernels against FP32', classes.length, 'kinds of nodes');
  for (const { name, heads } of classes) {
    if (performance.now() > end) break;
    stage.advance();
    const taken = heads.filter((head) => !slow.has(head));
    if (taken.length === 0) continue;
    const candidate = {
      ...recipe,
      slowNodes: new Map([...recipe.slowNodes, ...taken.map((head) => [head, ''] as const)]),
    };
    const other = await save(candidate);
    const found = await race(run, other, path, within(worthwhile));
    if (!(found.ratio < worthwhile)) continue;
    const [before, after] = [found.rival, found.contender].map(Math.round);
    const why = `slower in integers here (${name}: ${before} us, ${after} us with it in FP32)`;
    for (const head of taken) slow.set(head, why);
    recipe = { ...recipe, slowNodes: new Map([...recipe.slowNodes, ...slow]) };
    path = other;
  }
  stage.done();
  if (await beats(run, path, withoutPath, within(worthwhile))) return { recipe, slow };
  return takeBack('the model as a whole is no faster in integers here');
}

/** The products of a recipe without static integer kernels that find their scale at run time and are slower so, as at Level 1. */
async function findSlowProducts(
  run: StaticRun,
  without: Recipe,
  limitMs: number,
): Promise<ReadonlyMap<string, string>> {
  if (run.scalesAtRunTime(without) === 0) return new Map();
  const { model, rest } = run.emit(without);
  const labels = integerSites(rest).map(({ site }) => [site.label, ''] as const);
  const { threads = 0, workDir, calibration } = run.request;
  return slowerThanFloat({
    worker: run.worker,
    threads,
    workDir,
    feeds: { store: storeReference(calibration), samples: 1 },
    model,
    plan: rest,
    storage: () => run.emit({ ...without, slowProducts: new Map(labels) }).model,
    limitMs,
  });
}

/** The recipe without static integer kernels: FP32's, and those that find scales at run time. */
export function withoutIntegers(run: StaticRun, recipe: Recipe, why = 'no static integer kernels'): Recipe {
  const taken = integerHeads(run, recipe).map((head) => [head, why] as const);
  return { ...recipe, slowNodes: new Map([...recipe.slowNodes, ...taken]) };
}

/** The nodes that static integer kernels compute. */
function integerHeads(run: StaticRun, recipe: Recipe): string[] {
  return [...run.plan(recipe).decisions.values()].flatMap(({ unit, mode }) =>
    mode === 'integer' ? [unit.head.name] : [],
  );
}

/**
 * FP32's time over a candidate's, to compare candidates with each other. What a report says of a variant's latency is measured
 * apart. Undefined for a target whose speed this machine does not have.
 *
 * @param decides the speed-up on which a decision hangs: one near it is measured until it is on one side
 */
export async function speedupOf(run: StaticRun, model: OnnxModel, decides: number): Promise<number | undefined> {
  if (run.request.target.name !== hostTargetName()) return undefined;
  const path = await saved(run, model, 'candidate');
  const how = { generations: reported, decides: 1 / decides };
  return 1 / (await race(run, path, run.preparedPath, how)).ratio;
}

/** Whether a recipe takes less than a part of another's time here; also where this machine does not have the target's speed. */
export async function takesLess(run: StaticRun, contender: Recipe, rival: Recipe, part: number): Promise<boolean> {
  if (run.request.target.name !== hostTargetName()) return true;
  const path = await saved(run, run.emit(contender).model, 'contender');
  return beats(run, path, await saved(run, run.emit(rival).model, 'rival'), { decides: part });
}

/** The path of a file to time. */
async function saved(run: StaticRun, model: OnnxModel, name: string | number): Promise<string> {
  const path = join(run.request.workDir, `speed-${name}.onnx`);
  await saveScratch(model, path);
  return path;
}

/** Whether a file takes less than a part of another's time. */
async function beats(
  run: StaticRun,
  contender: string,
  rival: string,
  how: Pick<RaceParams, 'limitMs'> & { decides: number },
): Promise<boolean> {
  return (await race(run, contender, rival, how)).ratio < how.decides;
}

function race(
  run: StaticRun,
  contender: string,
  rival: string,
  how: Pick<RaceParams, 'decides' | 'generations' | 'limitMs'>,
): Promise<RaceResult> {
  return run.worker.call(raceJob, { ...pairOf(run, contender, rival), ...how });
}

/** Two files as they are timed, on a sample. */
function pairOf(run: StaticRun, contender: string, rival: string): Pick<RaceParams, 'contender' | 'rival' | 'feeds'> {
  const { threads = 0, calibration } = run.request;
  const session = (model: string): SessionSpec => ({ model, provider: 'cpu', threads });
  return {
    contender: session(contender),
    rival: session(rival),
    feeds: { store: storeReference(calibration), samples: 1 },
  };
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

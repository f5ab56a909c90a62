import type { SingleObserver } from '../../calibrate/observers/index.ts';
import { chooseParameters, sourcesOf } from './ranges.ts';
import type { Rebased, Recipe } from './recipe.ts';
import type { StaticRun } from './run.ts';

/** A recipe with the signal over noise that it reaches on calibration data, dB. */
export interface Candidate {
  recipe: Recipe;
  sqnrDb: number;
  /** The same after parts of the samples, for candidates that are compared with it. */
  course?: readonly number[];
}

/**
 * What `auto` tries. What an error of a tensor does to the outputs cannot be told from the tensor: the squared error keeps
 * outliers that a network of ReLU6 does not need, the absolute error may cut what a detector's head lives on.
 */
const automatic: readonly SingleObserver[] = [
  'histogram',
  'moving-average',
  'absolute',
  'entropy',
  'percentile',
  'min-max',
];
/** Into how many parts, in the order of computation, the network is cut to choose for each apart. */
const parts = 12;
/** Above this the outputs are as good as FP32's and a choice for each part is not worth its time. */
export const fineDb = 35;
/** Scales that differ by less than this are the same. */
const alike = 0.01;
/** What counts as better, dB: less is chance. */
const gain = 0.05;

/**
 * Calibrates and takes the policy's observer; for `auto` the best for all tensors, then the best for each part.
 *
 * @returns the best first, then those with one observer for all tensors, the better ones first
 */
export async function chooseRanges(run: StaticRun, start: Recipe): Promise<[Candidate, ...Candidate[]]> {
  const { observer } = run.request.options;
  const plan = run.plan(start);
  const statistics = await run.phase('calibrate', () => run.gather(plan, start.base));
  const roots = [...sourcesOf(plan).keys()].map((value) => value.name);
  const names = observer !== 'auto' ? [observer] : roots.length > 0 ? automatic : automatic.slice(0, 1);
  const parameters = new Map(names.map((name) => [name, chooseParameters(plan, statistics, () => name)]));
  const candidate = (observers: ReadonlyMap<string, SingleObserver>, rival?: Candidate): Promise<Candidate> => {
    const chosen = roots.map((root) => [root, parameters.get(observers.get(root)!)!.get(root)!] as const);
    const recipe = { ...start, observers, parameters: new Map(chosen) };
    return run.measure(recipe, rival);
  };
  return run.phase('ranges', async () => {
    const stage = run.request.progress.stage('ranges', observer === 'auto' ? undefined : names.length, 'candidates');
    const uniform: (Candidate & { name: SingleObserver })[] = [];
    for (const name of names) {
      const rival = uniform.toSorted((a, b) => b.sqnrDb - a.sqnrDb)[0];
      stage.advance();
      uniform.push({ name, ...(await candidate(new Map(roots.map((root) => [root, name])), rival)) });
    }
    uniform.sort((a, b) => b.sqnrDb - a.sqnrDb);
    let best: Candidate = uniform[0]!;
    const apart = observer === 'auto' && roots.length > 1;
    const size = Math.ceil(roots.length / Math.round(parts * run.effort));
    for (let from = 0; apart && from < roots.length && best.sqnrDb < fineDb; from += size) {
      for (const { name } of uniform.slice(0, 4)) {
        const observers = new Map(best.recipe.observers);
        for (const root of roots.slice(from, from + size)) observers.set(root, name);
        const same = (root: string) => {
          const [now, then] = [best.recipe.parameters.get(root)!, parameters.get(name)!.get(root)!];
          return now.zeroPoint === then.zeroPoint && Math.abs(now.scale / then.scale - 1) < alike;
        };
        if (roots.slice(from, from + size).every(same)) continue;
        stage.advance();
        const tried = await candidate(observers, best);
        if (tried.sqnrDb > best.sqnrDb + gain) best = tried;
      }
    }
    stage.done();
    return [best, ...uniform.filter(({ recipe }) => recipe !== best.recipe)];
  });
}

/** The recipe with ranges chosen anew, each by the observer that it was chosen by before. */
export async function chooseAgain(run: StaticRun, recipe: Recipe, rival?: Candidate): Promise<Candidate> {
  return run.measure(await withRanges(run, recipe), rival);
}

/** What is tried for tensors that are others now, besides what chose their ranges before. */
const forChanged: readonly SingleObserver[] = ['histogram', 'moving-average', 'percentile', 'min-max'];

/** As chooseAgain, and under `auto` by the one observer for all values that changed that is best for them. */
export async function chooseForChanged(
  run: StaticRun,
  { recipe, changed }: Rebased,
  rival: Candidate,
): Promise<Candidate> {
  let best = await chooseAgain(run, recipe, rival);
  for (const observer of run.request.options.observer === 'auto' ? forChanged : []) {
    const observers = new Map([...recipe.observers, ...[...changed].map((name) => [name, observer] as const)]);
    const found = await chooseAgain(run, { ...recipe, observers }, best.sqnrDb > rival.sqnrDb ? best : rival);
    if (found.sqnrDb > best.sqnrDb + gain) best = found;
  }
  return best;
}

/** The recipe with a range for every tensor, nothing compared: by the observer that chose it before, or the usual one. */
export async function withRanges(run: StaticRun, recipe: Recipe): Promise<Recipe> {
  const plan = run.plan(recipe);
  const statistics = await run.gather(plan, recipe.base);
  const { observer } = run.request.options;
  const usual = observer === 'auto' ? 'histogram' : observer;
  const observers = new Map(
    [...sourcesOf(plan).keys()].map(({ name }) => [name, recipe.observers.get(name) ?? usual] as const),
  );
  const parameters = chooseParameters(plan, statistics, (root) => observers.get(root)!);
  return { ...recipe, observers, parameters };
}

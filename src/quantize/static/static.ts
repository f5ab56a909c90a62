import type { Level2Policy, Recovery } from '../../policy/schema.ts';
import type { Target } from '../../targets/index.ts';
import type { QuantizedModel, SpeedFindings } from '../contract.ts';
import { absorbBiases } from '../recover/bias-absorption.ts';
import { correctBiases } from '../recover/bias-correction.ts';
import { equalizeChannels } from '../recover/equalize-step.ts';
import { firstRange } from '../weights.ts';
import { quantizeBranches } from './branches.ts';
import { type Candidate, chooseAgain, chooseForChanged, chooseRanges, fineDb, withRanges } from './choose.ts';
import { integerLayers } from './plan.ts';
import { unfitNodes } from './ranges.ts';
import type { Recipe } from './recipe.ts';
import { reportNodes } from './report-nodes.ts';
import { type StaticOptions, type StaticRequest, StaticRun } from './run.ts';
import { dropSlowIntegerNodes, takesLess, withoutIntegers } from './speed.ts';
import { keepOnlyFused } from './verify.ts';

export type { Candidate } from './choose.ts';
export type { StaticOptions, StaticRequest } from './run.ts';

export interface StaticResult extends QuantizedModel {
  /** Seconds per phase: prepare, calibrate, ranges, recover. */
  phases: Record<string, number>;
  /** Signal over noise of the outputs on calibration data, dB; missing where there was nothing to choose by it. */
  sqnrDb?: number;
  /** What the model was made from, for searches that go on from here. */
  recipe: Recipe;
}

/**
 * Static quantization: ranges from one pass over calibration data, then Q/DQ, integer weights and int32 biases wherever
 * whole groups become integer kernels, then whatever wins accuracy back. Each step is kept only where the outputs on
 * calibration data come closer to FP32.
 *
 * @throws UserError where the model cannot be quantized, WorkerError where a process that runs it fails
 */
export async function quantizeStatic(request: StaticRequest): Promise<StaticResult> {
  const run = await StaticRun.start(request);
  try {
    return await quantize(run);
  } finally {
    await run.close();
  }
}

/** What decides the result of quantizeStatic for one model, data and seed. */
export function staticKey({ name }: Target, options: Omit<StaticOptions, 'search-budget'>): string {
  const { observer, 'per-channel': perChannel, bits, recover, prefer, 'keep-float': keepFloat } = options;
  return JSON.stringify([name, observer, perChannel, bits, recover, prefer, keepFloat]);
}

/** As quantizeStatic, in a run that the caller keeps for more. */
export async function quantize(run: StaticRun): Promise<StaticResult> {
  const begin = performance.now();
  run.subgraphs = await quantizeBranches(run, quantizeStatic);
  // What runs in integers does not depend on the ranges, and ranges of what does not need not be searched.
  const ranged = await run.phase('calibrate', () => calibrated(run));
  const fitted = await run.phase('kernels', () => keepWhatPays(run, ranged));
  const { recipe, sqnrDb } = hasChoice(run.request.options)
    ? await nearest(run, fitted)
    : { recipe: await run.phase('ranges', () => withRanges(run, fitted)) };
  const { model, plan, rest, subgraphs } = run.emit(recipe);
  return {
    model,
    nodes: reportNodes(plan, rest, subgraphs),
    speed: speedFindings(run, recipe),
    notes: run.notes,
    seconds: (performance.now() - begin) / 1000 + (run.phases['prepare'] ?? 0),
    phases: run.phases,
    ...(sqnrDb !== undefined && { sqnrDb }),
    recipe,
  };
}

/** The recipe to start from, with ranges. What calibration tells to be left stays float. */
async function calibrated(run: StaticRun): Promise<Recipe> {
  let recipe = startingRecipe(run);
  // Taking some nodes out can leave parts of what was moved on their own.
  for (;;) {
    const plan = run.plan(recipe);
    const unfit = unfitNodes(plan, await run.gather(plan, recipe.base), run.request.calibration.samples.length);
    if (unfit.size === 0) return withRanges(run, recipe);
    recipe = { ...recipe, slowNodes: new Map([...recipe.slowNodes, ...unfit]) };
  }
}

/** What was found of the model and of what its If nodes hold; the names are those of one model. */
function speedFindings({ subgraphs }: StaticRun, { slowNodes, slowProducts, smallProducts }: Recipe): SpeedFindings {
  const found = subgraphs.branches.flatMap(({ result }) => result.speed ?? []);
  return {
    slow: new Map([...slowNodes, ...found.flatMap(({ slow }) => [...slow])]),
    slowProducts: new Map([...slowProducts, ...found.flatMap((each) => [...each.slowProducts])]),
    smallProducts: smallProducts || found.some((each) => each.smallProducts),
  };
}

/** Less signal over noise is no approximation: a tenth of the outputs' energy is wrong. */
const uselessDb = 10;
/** What else has to be nearer by, dB. */
const clearlyNearer = 6;

/** What static integer kernels must win over the rest for outputs that are useless as they are: a search may keep some. */
const muchFaster = 1.25;

/**
 * The best ranges, and what wins accuracy back. Where ranges that are fixed beforehand do not fit what the model computes, as in
 * transformers whose activations differ by orders of magnitude from input to input, it goes without if it is hardly slower so: weights
 * are integers all the same.
 */
async function nearest(run: StaticRun, fitted: Recipe): Promise<Candidate> {
  const noted = run.notes.length;
  const found = await recoverBest(run, await chooseRanges(run, fitted));
  const without = await run.phase('ranges', () => withoutUselessRanges(run, fitted, found));
  if (!without) return found;
  run.notes.splice(
    noted,
    Infinity,
    `With ranges that are fixed beforehand the outputs have a signal over noise of ${found.sqnrDb.toFixed(1)} dB, without them ` +
      `${without.sqnrDb.toFixed(1)} dB: only weights are integers, and products that find their scales at run time.`,
  );
  return recover(run, without);
}

/** Undefined where what was found stays. */
async function withoutUselessRanges(run: StaticRun, fitted: Recipe, found: Candidate): Promise<Candidate | undefined> {
  const { prefer } = run.request.options;
  if (found.sqnrDb >= uselessDb || prefer === 'speed') return undefined;
  const without = await run.measure(withoutIntegers(run, fitted, 'ranges that are fixed beforehand do not fit it'));
  if (!(without.sqnrDb > found.sqnrDb + clearlyNearer)) return undefined;
  const muchSlower = prefer !== 'size' && (await takesLess(run, found.recipe, without.recipe, 1 / muchFaster));
  return muchSlower ? undefined : without;
}

/** Whether outputs are to be compared at all: the policy may name the observer and want nothing else. */
const hasChoice = ({ observer, recover }: StaticOptions) => observer === 'auto' || recoverySteps(recover).length > 0;

/** Networks of up to so many integer layers and usual work are recovered from several starts: it takes a second or two each. */
const fewLayers = 24;
/** From so many besides the best, at most. */
const mostOthers = 4;

/**
 * Recovers from the ranges that are best, in a small network also from others: before weights are rounded for what their layers
 * compute, the ranges of most noise in all are not those of most noise afterwards (Silero VAD ends 2 dB nearer from percentiles
 * than from the mixture that was best to begin with).
 */
export async function recoverBest(run: StaticRun, [first, ...others]: [Candidate, ...Candidate[]]): Promise<Candidate> {
  const isSmall = integerLayers(run.plan(first.recipe)).length <= fewLayers && run.effort === 1;
  const attempt = async (start: Candidate) => {
    const before = run.notes.length;
    const candidate = await recover(run, start);
    return { candidate, notes: run.notes.splice(before) };
  };
  let best = await attempt(first);
  for (const start of isSmall ? others.slice(0, mostOthers) : []) {
    if (best.candidate.sqnrDb > fineDb) break;
    const found = await attempt(start);
    if (found.candidate.sqnrDb > best.candidate.sqnrDb + gain) best = found;
  }
  run.notes.push(...best.notes);
  return best.candidate;
}

/** Each step in turn, kept where the outputs come nearer to FP32. */
async function recover(run: StaticRun, start: Candidate): Promise<Candidate> {
  let best = start;
  for (const step of recoverySteps(run.request.options.recover)) {
    best = await run.phase(`recover: ${step}`, () => improve(run, best, step));
  }
  return best;
}

/** Leaves float what does not reach an integer kernel and, unless size is what counts, what is slower in one. */
async function keepWhatPays(run: StaticRun, start: Recipe): Promise<Recipe> {
  const known = run.request.speed;
  if (known) {
    const { slow, slowProducts, smallProducts } = known;
    return { ...start, slowNodes: new Map([...start.slowNodes, ...slow]), slowProducts, smallProducts };
  }
  const fused = await keepOnlyFused(run, start);
  if (run.request.options.prefer === 'size') return fused;
  const { recipe, slow } = await dropSlowIntegerNodes(run, fused);
  const taken = new Set([...slow.keys(), ...recipe.slowProducts.keys()]);
  if (taken.size === 0) return recipe;
  const { plan, rest, subgraphs } = run.emit(recipe);
  const names = reportNodes(plan, rest, subgraphs).flatMap(({ node, quantized }) =>
    taken.has(node) && !quantized ? [node] : [],
  );
  if (names.length > 0) {
    const more = names.length > namedNodes ? ` and ${names.length - namedNodes} more` : '';
    const weighted = [...plan.decisions.values()].some(({ unit }) => unit.weight && taken.has(unit.head.name));
    run.notes.push(
      `Computed in FP32 because integers are slower here: ${names.slice(0, namedNodes).join(', ')}${more}.${weighted ? ' Weights are stored as integers.' : ''}`,
    );
  }
  return recipe;
}

/** A note names this many nodes; the report has all of them with the reason. */
const namedNodes = 5;

export function startingRecipe(run: StaticRun): Recipe {
  return {
    base: run.prepared,
    exact: run.prepared,
    observers: new Map(),
    parameters: new Map(),
    weightRange: firstRange(run.request.options.bits),
    // Ranges that were searched with balanced rounding cost MobileNetV2 two points more than those searched with nearest.
    rounding: 'nearest',
    floatNodes: new Map(),
    slowNodes: new Map(),
    smallProducts: false,
    slowProducts: new Map(),
    wideWeights: new Set(),
  };
}

/** In the order in which each builds on what was before. */
const steps: readonly Recovery[] = ['equalize', 'bias-absorption', 'rounding', 'weight-range', 'bias-correction'];

function recoverySteps(recover: Level2Policy['recover']): readonly Recovery[] {
  if (recover === 'none') return [];
  return recover === 'auto' ? steps : steps.filter((step) => recover.includes(step));
}

/** Where `auto` sees no need: above this signal over noise (dB) a step has little to win for its time. */
const needless: Partial<Record<Recovery, number>> = { equalize: 30, 'bias-absorption': 25, 'bias-correction': 35 };

/** What counts as better, dB: less is chance. */
const gain = 0.05;

async function improve(run: StaticRun, best: Candidate, step: Recovery): Promise<Candidate> {
  if (run.request.options.recover === 'auto' && best.sqnrDb > (needless[step] ?? Infinity)) return best;
  const found = await attempt(run, best, step);
  if (!found || !(found.sqnrDb > best.sqnrDb + gain)) return best;
  run.notes.push(
    `${step}: signal over noise at the outputs ${best.sqnrDb.toFixed(1)} -> ${found.sqnrDb.toFixed(1)} dB.`,
  );
  return found;
}

/** What a step makes of a recipe; undefined where it has nothing to do. */
async function attempt(run: StaticRun, best: Candidate, step: Recovery): Promise<Candidate | undefined> {
  const { recipe } = best;
  switch (step) {
    case 'equalize':
      return equalizeAgain(run, best);
    case 'bias-absorption': {
      const made = await absorbBiases(run, recipe);
      if (!made) return undefined;
      run.inherit(recipe.base, made.recipe.base, made.changed);
      return chooseAgain(run, made.recipe, best);
    }
    case 'weight-range': {
      const weightRange = otherRange(run, recipe);
      return weightRange && run.measure({ ...recipe, weightRange }, best);
    }
    case 'rounding':
      return roundAgain(run, best);
    case 'bias-correction':
      return correctBiases(run, best);
    default:
      return undefined;
  }
}

/**
 * The range of weights that was not tried yet; undefined where none is left. At 8 bits clipping is for static integer layers alone. With
 * few, covering is for networks without such layers: ResNet-8 comes half a dB nearer by it, but no nearer in KL divergence, and what is
 * trained from there ends at 74.2 % instead of 74.9.
 */
function otherRange(run: StaticRun, recipe: Recipe): Recipe['weightRange'] | undefined {
  const { bits } = run.request.options;
  if (recipe.weightRange !== firstRange(bits)) return undefined;
  const isStatic = integerLayers(run.plan(recipe)).length > 0;
  if (bits === 8) return isStatic ? 'mse' : undefined;
  return isStatic ? undefined : 'max';
}

/** Equalization through gates costs a small convolution each: only below this signal over noise, dB, and for so much more of it. */
const gates = { below: 25, gain: 1 };

/** Without a cost first, then through gates. */
async function equalizeAgain(run: StaticRun, start: Candidate): Promise<Candidate> {
  let best = start;
  for (const through of [undefined, 'gates'] as const) {
    if (through && (best.sqnrDb > gates.below || run.request.options.prefer === 'speed')) continue;
    const made = await equalizeChannels(run, best.recipe, through);
    if (!made) continue;
    run.inherit(best.recipe.base, made.recipe.base, made.changed);
    // Channels of one size suffer from ranges that cut off the outliers of the largest.
    const found = await chooseForChanged(run, made, best);
    if (found.sqnrDb > best.sqnrDb + (through ? gates.gain : gain)) best = found;
  }
  return best;
}

/**
 * Balanced rounding needs no data and is cheap; rounding for what the layers compute is better still. With that, the rest (weights
 * that nothing is known of) is balanced.
 */
async function roundAgain(run: StaticRun, best: Candidate): Promise<Candidate> {
  const balanced: Recipe = { ...best.recipe, rounding: 'balanced' };
  const other = recoverySteps(run.request.options.recover).includes('weight-range') && otherRange(run, balanced);
  const moments = await run.moments(balanced, [balanced.weightRange, ...(other ? [other] : [])]);
  const fitted = moments.size > 0 ? await run.measure({ ...balanced, moments }, best) : best;
  return fitted.sqnrDb > best.sqnrDb + clearGain ? fitted : better(fitted, await run.measure(balanced, fitted));
}

/** What says by itself, dB, that a step was right. */
const clearGain = 0.5;

function better(a: Candidate, b: Candidate): Candidate {
  return b.sqnrDb > a.sqnrDb + gain ? b : a;
}

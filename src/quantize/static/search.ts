import { modelSize, type OnnxModel } from '../../onnx/model.ts';
import type { Level2Policy } from '../../policy/schema.ts';
import type { Stage } from '../../progress.ts';
import { counted } from '../../words.ts';
import { correctBiases } from '../recover/bias-correction.ts';
import { integerLayers } from './plan.ts';
import type { Recipe } from './recipe.ts';
import { reportNodes } from './report-nodes.ts';
import type { StaticRun } from './run.ts';
import { analyseSensitivity, type NodeSensitivity, quantizedHeads } from './sensitivity.ts';
import { speedupOf } from './speed.ts';
import type { Candidate, StaticResult } from './static.ts';

/** One mixture that was tried. */
export interface SearchTrial {
  keptFloat: string[];
  /** Layers whose weights have the 8 bits of a slower kernel, where the target's fast one takes 7. */
  wideWeights?: number;
  /** How many of the nodes in FP32 have their weights stored as integers. */
  integerWeights?: number;
  bytes: number;
  sqnrDb: number;
  metricDrop?: number;
  /** FP32's time over this one's, measured in turn. */
  speedup?: number;
  chosen: boolean;
}

export interface SearchOutcome extends StaticResult {
  sensitivity: NodeSensitivity[];
  search: { tried: number; seconds: number; keptFloat: string[]; frontier: SearchTrial[] };
  /** Whether the mixture that was chosen keeps the limit. */
  passes: boolean;
  /** Said of a mixture that keeps the limit, but with so much in FP32 that it gives nothing for it, a sentence. */
  useless?: string;
}

/** What the caller measures of a mixture: whether it keeps the accuracy limit, and by how much the metric drops. */
export type Evaluate = (model: OnnxModel) => Promise<{ passes: boolean; metricDrop?: number }>;

/** The part of the budget that goes into finding the order in which nodes are tried. */
const sensitivityShare = 0.5;
/** `-Infinity`, `Infinity`: the model gave no signal, or no noise; a report holds finite numbers. */
const finite = (db: number): number => Math.min(200, Math.max(-200, db));

/**
 * The nodes in the order in which leaving them in FP32 brings the most. Corrected biases make up for the errors of all
 * layers together: with some layers gone they would be errors, so the table is of the model without them.
 */
async function rank(run: StaticRun, { recipe }: Candidate, budgetMs: number): Promise<NodeSensitivity[]> {
  const stage = run.request.progress.stage('sensitivity of nodes', quantizedHeads(run, recipe).length, 'nodes');
  const table = await analyseSensitivity(
    run,
    { ...recipe, base: recipe.exact },
    { budgetMs, onProgress: () => stage.advance() },
  );
  stage.done();
  return table
    .map((row) => ({ ...row, onlyDb: finite(row.onlyDb), allButDb: finite(row.allButDb) }))
    .sort((a, b) => b.allButDb - a.allButDb || a.onlyDb - b.onlyDb);
}

/**
 * Finds the smallest set of nodes that has to stay in FP32 for the accuracy limit to hold: none if all 8 bits of the weights do
 * it on a target whose fast kernel takes 7; else nodes in the order of what leaving them brings, or of what they do alone, whichever
 * set is nearer to FP32: first 1, 2, 4, ... of them, then halving between the last that failed and the first that passed. Often it
 * was their activations that needed FP32: the weights of what stays are stored as integers where the limit holds so, those of all, or
 * of the half or quarter that does the least harm. The best mixture so far is kept whatever happens; the order comes from calibration
 * data alone.
 */
export async function searchMixedPrecision(
  run: StaticRun,
  start: StaticResult,
  evaluate: Evaluate,
  budgetMs: number,
): Promise<SearchOutcome> {
  const begin = performance.now();
  const { prefer } = run.request.options;
  const search = new MixtureSearch(run, evaluate, begin + budgetMs);
  const first: Candidate = { recipe: start.recipe, sqnrDb: start.sqnrDb ?? (await run.fidelity(start.model)) };
  const wide = (await search.attempt(first)) ? undefined : await widened(run, first);
  if (wide) await search.attempt(wide);
  let sensitivity: NodeSensitivity[] = [];
  if (!search.trials.some((trial) => trial.passes && !isSlow(trial, prefer))) {
    const [narrow, wider] = search.trials;
    // Weights of 8 bits that bring nothing only cost time.
    const from = wide && !wider!.passes && preferred(prefer)(wider!, narrow!) < 0 ? wide : first;
    sensitivity = await rank(run, from, budgetMs * sensitivityShare);
    await search.keepNodes(from, sensitivity);
    await search.storeAsIntegers(from);
  }
  search.done();
  const { best } = search;
  best.chosen = true;
  const { model, plan, rest, subgraphs } = run.emit(best.candidate.recipe);
  const seconds = (performance.now() - begin) / 1000;
  return {
    ...start,
    ...best.candidate,
    model,
    nodes: reportNodes(plan, rest, subgraphs),
    notes: [...start.notes, `Mixed precision: ${explain(best, sensitivity.length, prefer)}`],
    seconds: start.seconds + seconds,
    sensitivity,
    search: {
      tried: search.trials.length,
      seconds,
      keptFloat: best.keptFloat,
      frontier: search.trials.map(({ count: _count, passes: _passes, candidate: _candidate, ...trial }) => trial),
    },
    passes: best.passes,
    ...uselessness(best, run.request),
  };
}

/** A trial with what it was made from: not the model, as all would be held in memory. */
interface Tried extends SearchTrial {
  /** Nodes in FP32. */
  count: number;
  passes: boolean;
  candidate: Candidate;
}

/** The mixtures that were tried so far. */
class MixtureSearch {
  readonly trials: Tried[] = [];
  readonly #run: StaticRun;
  readonly #evaluate: Evaluate;
  readonly #deadline: number;
  readonly #order: (a: Ranked, b: Ranked) => number;
  readonly #stage: Stage;

  /** @param deadline as `performance.now()` tells it; what was begun is ended */
  constructor(run: StaticRun, evaluate: Evaluate, deadline: number) {
    this.#run = run;
    this.#evaluate = evaluate;
    this.#deadline = deadline;
    this.#order = preferred(run.request.options.prefer);
    this.#stage = run.request.progress.stage('mixed-precision search');
  }

  get best(): Tried {
    return this.trials.toSorted(this.#order)[0]!;
  }

  done(): void {
    this.#stage.done();
  }

  /**
   * Measures a mixture.
   *
   * @param stored where weights of nodes in FP32 are integers: of how many nodes, and the speed-up with FP32 weights, which it shares:
   *   they are expanded when the file is loaded
   * @returns whether it keeps the limit
   */
  async attempt(
    candidate: Candidate,
    keptFloat: string[] = [],
    stored?: { integerWeights: number; speedup: number | undefined },
  ): Promise<boolean> {
    const { recipe, sqnrDb } = candidate;
    const { model } = this.#run.emit(recipe);
    const { passes, metricDrop } = await this.#evaluate(model);
    const wideWeights = recipe.wideWeights.size;
    const speedup = stored ? stored.speedup : await speedupOf(this.#run, model, fastEnough(wideWeights));
    const count = keptFloat.length;
    this.trials.push({
      keptFloat,
      ...(wideWeights > 0 && { wideWeights }),
      ...(stored && { integerWeights: stored.integerWeights }),
      bytes: modelSize(model),
      sqnrDb: finite(sqnrDb),
      ...(metricDrop !== undefined && { metricDrop }),
      ...(speedup !== undefined && { speedup }),
      chosen: false,
      count,
      passes,
      candidate,
    });
    const wide = wideWeights > 0 ? '8-bit weights, ' : '';
    const integer = stored ? `, ${stored.integerWeights} of them with integer weights` : '';
    this.#stage.advance(1, `${wide}${count} in FP32${integer}${passes ? ', within the limit' : ''}`);
    return passes;
  }

  /** Doubles the number of nodes in FP32 until the limit holds, then halves the gap to the last number with which it did not. */
  async keepNodes(from: Candidate, sensitivity: readonly NodeSensitivity[]): Promise<void> {
    const nodes = sensitivity.map(({ node }) => node);
    // Where errors make up for each other, taking one back says little of it.
    const alone = sensitivity.toSorted((a, b) => a.onlyDb - b.onlyDb).map(({ node }) => node);
    const keep = (count: number) => this.#keep(from, nodes.slice(0, count), alone.slice(0, count));
    let failed = 0;
    let passed: number | undefined;
    for (let count = 1; passed === undefined && !this.#isLate && failed < nodes.length; count *= 2) {
      const capped = Math.min(count, nodes.length);
      if (await keep(capped)) passed = capped;
      else failed = capped;
    }
    while (passed !== undefined && passed - failed > 1 && !this.#isLate) {
      const middle = Math.floor((failed + passed) / 2);
      if (await keep(middle)) passed = middle;
      else failed = middle;
    }
  }

  /** Tries the one of two sets of nodes in FP32 with which the outputs are nearer to FP32's. */
  async #keep({ recipe }: Candidate, first: string[], other: string[]): Promise<boolean> {
    const mixture = async (kept: string[]) => {
      const mixed = { ...recipe, floatNodes: new Map([...recipe.floatNodes, ...reasons(kept)]) };
      return { kept, recipe: mixed, plain: await this.#run.measure({ ...mixed, base: recipe.exact }) };
    };
    let best = await mixture(first);
    if (!other.every((node) => first.includes(node))) {
      const rival = await mixture(other);
      if (rival.plain.sqnrDb > best.plain.sqnrDb) best = rival;
    }
    return this.attempt(await corrected(this.#run, best.recipe, best.plain), best.kept);
  }

  /** Stores the weights of all nodes that the best mixture keeps in FP32 as integers, else of those that do the least harm. */
  async storeAsIntegers({ recipe: from }: Candidate): Promise<void> {
    const { passes, count: kept, keptFloat, bytes, speedup } = this.best;
    for (let count = passes ? kept : 0; count > kept / 8; count = Math.floor(count / 2)) {
      const [float, integer] = [keptFloat.slice(0, -count), keptFloat.slice(-count)];
      const recipe = {
        ...from,
        floatNodes: new Map([...from.floatNodes, ...reasons(float)]),
        slowNodes: new Map([...from.slowNodes, ...reasons(integer)]),
      };
      // Weights of a few elements stay as they are.
      if (modelSize(this.#run.emit(recipe).model) >= bytes) break;
      if (await this.attempt(await rebuilt(this.#run, recipe), keptFloat, { integerWeights: count, speedup })) break;
    }
  }

  get #isLate(): boolean {
    return performance.now() > this.#deadline;
  }
}

/** Why nodes are not quantized. */
const reasons = (nodes: readonly string[]) =>
  new Map(nodes.map((node) => [node, 'kept in FP32 by the mixed-precision search']));

function explain(
  { passes, count, wideWeights = 0, integerWeights = 0 }: Ranked,
  of: number,
  prefer: Level2Policy['prefer'],
): string {
  const wide = wideWeights > 0 ? `, with 8-bit weights in ${counted(wideWeights, 'layer')}` : '';
  if (!passes)
    return `no mixture that was tried keeps the accuracy limit; the best one has ${counted(count, 'node')} in FP32${wide}.`;
  if (count === 0) return `the accuracy limit holds with no node in FP32${wide}.`;
  const kind = prefer === 'speed' ? 'fastest' : 'smallest';
  const which = integerWeights < count ? `weights of ${integerWeights}` : 'weights';
  const weights = integerWeights > 0 ? ` (${which} stored as integers)` : '';
  return `${count} of ${of} ${count === 1 ? 'nodes stays' : 'nodes stay'} in FP32${weights}, the ${kind} such set that keeps the limit${wide}.`;
}

/** A file with more than this fraction of FP32's bytes and less than this multiple of its speed is not worth its rounding errors. */
const usefulSize = 0.9;
const usefulSpeedup = 1.05;

function uselessness(
  { passes, count, bytes, speedup }: SearchTrial & Ranked,
  { model }: StaticRun['request'],
): Pick<SearchOutcome, 'useless'> {
  if (!passes || count === 0 || (speedup ?? 0) >= usefulSpeedup) return {};
  const ratio = bytes / modelSize(model);
  if (ratio < usefulSize) return {};
  const speed = speedup === undefined ? '' : ` and ${speedup.toFixed(2)} of its speed`;
  return {
    useless:
      `That file has ${ratio.toFixed(2)} of FP32's bytes${speed}: within this accuracy limit there is nothing to win by ` +
      'rounding the weights as they are.',
  };
}

/** What trials are ordered by. */
type Ranked = Pick<SearchTrial, 'metricDrop' | 'sqnrDb' | 'speedup' | 'wideWeights' | 'integerWeights'> & {
  count: number;
  passes: boolean;
};

/** Nodes in FP32 between integer ones convert back and forth. Two runs of equal files may differ by as much. */
const clearlySlower = 0.95;

/** Whether a trial is slower than FP32, and that counts. The kernel of wide weights may be so by itself. */
function isSlow({ speedup = Infinity, wideWeights = 0 }: Ranked, prefer: Level2Policy['prefer']): boolean {
  return prefer !== 'size' && speedup < fastEnough(wideWeights);
}

const fastEnough = (wideWeights: number): number => (wideWeights > 0 ? 1 : clearlySlower);

/**
 * What passes goes first: with `prefer: speed` the fastest above the accuracy limit, else what has the fewest nodes in FP32, what is
 * slower than FP32 last unless size is what counts; of the same nodes, with their weights as integers. Of what fails, the most
 * accurate.
 */
export function preferred(prefer: Level2Policy['prefer']): (a: Ranked, b: Ranked) => number {
  const pace = ({ speedup }: Ranked) => (prefer === 'speed' ? (speedup ?? 0) : 0);
  const stored = ({ integerWeights = 0 }: Ranked) => integerWeights;
  return (a, b) =>
    Number(b.passes) - Number(a.passes) ||
    (a.passes
      ? pace(b) - pace(a) ||
        Number(isSlow(a, prefer)) - Number(isSlow(b, prefer)) ||
        a.count - b.count ||
        stored(b) - stored(a)
      : (a.metricDrop ?? 0) - (b.metricDrop ?? 0) || b.sqnrDb - a.sqnrDb);
}

/** The same with all bits of an 8-bit weight in every layer whose kernel has a wider grid; undefined where none has. */
async function widened(run: StaticRun, { recipe }: Candidate): Promise<Candidate | undefined> {
  const { target, options } = run.request;
  if (!target.wideWeight || options.bits < 8 || options.prefer === 'speed') return undefined;
  const heads = integerLayers(run.plan(recipe)).flatMap(({ head }) =>
    head.attrInt('group', 1) === 1 ? [head.name] : [],
  );
  return heads.length > 0 ? rebuilt(run, { ...recipe, wideWeights: new Set(heads) }) : undefined;
}

/** A candidate of a recipe that differs in what is quantized; biases are corrected anew where that brings the outputs nearer. */
async function rebuilt(run: StaticRun, recipe: Recipe): Promise<Candidate> {
  return corrected(run, recipe, await run.measure({ ...recipe, base: recipe.exact }));
}

async function corrected(run: StaticRun, recipe: Recipe, plain: Candidate): Promise<Candidate> {
  if (recipe.base === recipe.exact) return plain;
  return (await correctBiases(run, plain)) ?? plain;
}

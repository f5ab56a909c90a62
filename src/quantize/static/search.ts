import { modelToBytes, type OnnxModel } from '../../onnx/model.ts';
import type { Level2Policy } from '../../policy/schema.ts';
import { correctBiases } from '../recover/bias-correction.ts';
import type { StaticRun } from './run.ts';
import { analyseSensitivity, type NodeSensitivity, quantizedHeads } from './sensitivity.ts';
import { speedupOf } from './speed.ts';
import { type Candidate, reportNodes, type StaticResult } from './static.ts';

/** One mixture that was tried. */
export interface SearchTrial {
  keptFloat: string[];
  bytes: number;
  sqnrDb: number;
  metricDrop?: number;
  /** FP32's time over this one's, by the runtime's profile. */
  speedup?: number;
  chosen: boolean;
}

export interface SearchOutcome extends StaticResult {
  sensitivity: NodeSensitivity[];
  search: { tried: number; seconds: number; keptFloat: string[]; frontier: SearchTrial[] };
  /** Whether the mixture that was chosen keeps the limit. */
  passes: boolean;
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
 * Finds the smallest set of nodes that has to stay in FP32 for the accuracy limit to hold: nodes in the order of what
 * leaving them brings, first 1, 2, 4, ... of them, then halving between the last that failed and the first that passed.
 * The best mixture so far is kept whatever happens; the order comes from calibration data alone.
 */
export async function searchMixedPrecision(
  run: StaticRun,
  start: StaticResult,
  evaluate: Evaluate,
  budgetMs: number,
): Promise<SearchOutcome> {
  const begin = performance.now();
  const left = () => budgetMs - (performance.now() - begin);
  const candidate: Candidate = { recipe: start.recipe, sqnrDb: start.sqnrDb };
  const sensitivity = await rank(run, candidate, budgetMs * sensitivityShare);
  const order = sensitivity.map(({ node }) => node);
  const trials: (SearchTrial & { count: number; passes: boolean; result: StaticResult })[] = [];
  const stage = run.request.progress.stage('mixed-precision search');
  const attempt = async (count: number): Promise<boolean> => {
    const keptFloat = order.slice(0, count);
    const why = new Map(keptFloat.map((node) => [node, 'kept in FP32 by the mixed-precision search']));
    const { recipe, sqnrDb } = count === 0 ? candidate : await mixture(run, candidate, why);
    const { model, plan, rest } = run.emit(recipe);
    const { passes, metricDrop } = await evaluate(model);
    const result = { ...start, model, nodes: reportNodes(plan, rest), recipe, sqnrDb };
    const bytes = modelToBytes(model).length;
    const speedup = await speedupOf(run, model);
    trials.push({
      keptFloat,
      bytes,
      sqnrDb: finite(sqnrDb),
      ...(metricDrop !== undefined && { metricDrop }),
      ...(speedup !== undefined && { speedup }),
      chosen: false,
      count,
      passes,
      result,
    });
    stage.advance(1, `${count} in FP32${passes ? ', within the limit' : ''}`);
    return passes;
  };
  let failed = 0;
  let passed: number | undefined;
  await attempt(0);
  for (let count = 1; passed === undefined && left() > 0 && failed < order.length; count *= 2) {
    const capped = Math.min(count, order.length);
    if (await attempt(capped)) passed = capped;
    else failed = capped;
  }
  while (passed !== undefined && passed - failed > 1 && left() > 0) {
    const middle = Math.floor((failed + passed) / 2);
    if (await attempt(middle)) passed = middle;
    else failed = middle;
  }
  stage.done();
  const best = trials.toSorted(preferred(run.request.options.prefer))[0]!;
  best.chosen = true;
  const seconds = (performance.now() - begin) / 1000;
  return {
    ...best.result,
    notes: [
      ...start.notes,
      best.passes
        ? `Mixed precision: ${best.count} of ${order.length} nodes stay in FP32, the ${run.request.options.prefer === 'speed' ? 'fastest' : 'smallest'} such set that keeps the limit.`
        : `Mixed precision: no mixture that was tried keeps the accuracy limit; the best one has ${best.count} nodes in FP32.`,
    ],
    seconds: start.seconds + seconds,
    sensitivity,
    search: {
      tried: trials.length,
      seconds,
      keptFloat: best.keptFloat,
      frontier: trials.map(({ count: _count, passes: _passes, result: _result, ...trial }) => trial),
    },
    passes: best.passes,
  };
}

/** Of what the order of trials is decided. */
type Ranked = Pick<SearchTrial, 'metricDrop' | 'sqnrDb' | 'speedup'> & { count: number; passes: boolean };

/**
 * What passes goes first: with `prefer: speed` the fastest above the accuracy limit, else what has the fewest nodes in FP32. Of
 * what fails, the most accurate.
 */
export function preferred(prefer: Level2Policy['prefer']): (a: Ranked, b: Ranked) => number {
  const pace = ({ speedup }: Ranked) => (prefer === 'speed' ? (speedup ?? 0) : 0);
  return (a, b) =>
    Number(b.passes) - Number(a.passes) ||
    (a.passes
      ? pace(b) - pace(a) || a.count - b.count
      : (a.metricDrop ?? 0) - (b.metricDrop ?? 0) || b.sqnrDb - a.sqnrDb);
}

/** The candidate with further nodes in FP32; biases are corrected anew where that brings the outputs nearer to FP32. */
async function mixture(run: StaticRun, { recipe }: Candidate, why: ReadonlyMap<string, string>): Promise<Candidate> {
  const plain = await run.measure({ ...recipe, base: recipe.exact, floatNodes: merged(recipe.floatNodes, why) });
  if (recipe.base === recipe.exact) return plain;
  return (await correctBiases(run, plain)) ?? plain;
}

function merged(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...one, ...other]);
}

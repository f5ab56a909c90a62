/** Gates on what the search for nodes to keep in FP32 finds, simulated over the real per-sample results of its mixtures. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { tangoInterval } from '../src/measure/accuracy/paired-proportions.ts';
import { loadModel, saveModel } from '../src/onnx/model.ts';
import { policySchema } from '../src/policy/schema.ts';
import { silent } from '../src/progress.ts';
import { StaticRun } from '../src/quantize/static/run.ts';
import { analyseSensitivity } from '../src/quantize/static/sensitivity.ts';
import { quantize } from '../src/quantize/static/static.ts';
import { Random } from '../src/random.ts';
import { resolveTarget } from '../src/targets/index.ts';
import { decoded, outcomesOf, type Workplace } from './verdicts-data.ts';

const model = 'resnet8_cifar10';
/** Weights of 3 bits lose so much that every mixture is one that a search would have to try. */
const bits = 3;

/** Of FP32 and of Level 2 with 0, 1, 2, ... nodes in FP32: which samples are right. */
export async function mixtures(place: Workplace): Promise<number[][]> {
  const store = await decoded(place, model);
  const path = join(place.shared, `models/${model}.onnx`);
  const workDir = join(place.folder, 'search');
  await mkdir(workDir, { recursive: true });
  const level = { bits, 'per-channel': false, recover: ['bias-correction'], prefer: 'size' };
  const { levels } = policySchema.parse({ version: 1, models: [{ path: 'm.onnx' }], levels: { 2: level } });
  const run = await StaticRun.start({
    model: await loadModel(path),
    target: resolveTarget('cpu'),
    options: levels[2]!,
    runtime: place.runtime,
    workDir,
    seed: 0,
    threads: 1,
    progress: silent,
    calibration: { ...store, samples: store.samples.slice(0, 128) },
  });
  try {
    const { recipe } = await quantize(run);
    const base = { ...recipe, base: recipe.exact };
    const table = await analyseSensitivity(run, base);
    const nodes = table.sort((a, b) => b.allButDb - a.allButDb || a.onlyDb - b.onlyDb).map(({ node }) => node);
    const rows = [await outcomesOf(place, model, path, store)];
    // With all of them it is FP32.
    for (let count = 0; count < nodes.length; count++) {
      const kept = nodes.slice(0, count).map((node) => [node, 'kept in FP32'] as const);
      const file = join(workDir, `mixture-${count}.onnx`);
      await saveModel(run.emit({ ...base, floatNodes: new Map([...recipe.floatNodes, ...kept]) }).model, file);
      rows.push(await outcomesOf(place, model, file, store));
    }
    return rows;
  } finally {
    await run.close();
  }
}

/**
 * Weights of the samples with which every mixture loses exactly `drop`: of all such the nearest to equal ones (exponential tilting),
 * so that the mixtures go wrong together as they do in truth. Newton's method on the convex dual.
 */
function tilted(drops: readonly (readonly number[])[], drop: number): Float64Array {
  const [size, samples] = [drops.length, drops[0]!.length];
  const far = drops.map((own) => Float64Array.from(own, (value) => value - drop));
  const at = (multipliers: readonly number[]) => {
    const logs = Float64Array.from({ length: samples }, (_, i) =>
      far.reduce((sum, own, k) => sum + multipliers[k]! * own[i]!, 0),
    );
    const most = logs.reduce((a, b) => Math.max(a, b));
    const weights = logs.map((log) => Math.exp(log - most));
    const total = weights.reduce((a, b) => a + b);
    return { weights: weights.map((weight) => weight / total), objective: most + Math.log(total) };
  };
  let multipliers = new Array<number>(size).fill(0);
  for (let step = 0; step < 200; step++) {
    const { weights, objective } = at(multipliers);
    const mean = (value: (i: number) => number) => weights.reduce((sum, weight, i) => sum + weight * value(i), 0);
    const gradient = far.map((own) => mean((i) => own[i]!));
    if (gradient.every((value) => Math.abs(value) < 1e-7)) return weights;
    const hessian = far.map((a, k) =>
      far.map((b, l) => mean((i) => a[i]! * b[i]!) - gradient[k]! * gradient[l]! + (k === l ? 1e-8 : 0)),
    );
    const direction = solve(hessian, gradient);
    let length = 1;
    const moved = () => multipliers.map((value, k) => value - length * direction[k]!);
    while (length > 1e-6 && at(moved()).objective >= objective) length /= 2;
    multipliers = moved();
  }
  throw new Error(`no weights give every mixture a drop of ${drop}`);
}

/** Gauss and Jordan, with pivots. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, right[index]!]);
  for (let column = 0; column < rows.length; column++) {
    const pivot = rows.slice(column).reduce((a, b) => (Math.abs(b[column]!) > Math.abs(a[column]!) ? b : a));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(column, 0, pivot);
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[column]! / pivot[column]!;
      for (let at = column; at < row.length; at++) row[at]! -= factor * pivot[at]!;
    }
  }
  return rows.map((row, index) => row.at(-1)! / row[index]!);
}

export interface SearchRow {
  samples: number;
  /** Of `gate.on-inconclusive`. */
  decides: 'estimate' | 'fail';
  /** Mixtures of whose intervals all hold together. */
  together: number;
  gates: number;
  /** Gates that Level 2 without a node in FP32 would pass, and that the search passes: by the interval, and by the estimate. */
  alone: number;
  passed: number;
  estimated: number;
}

const confidence = 0.95;

/** Gates on samples of which every mixture loses exactly the limit: whatever passes, passes by luck. */
export function searchedGates(rows: readonly number[][], gates: number, limit: number): SearchRow[] {
  const [fp32, ...others] = rows as [number[], ...number[][]];
  const drops = others.map((own) => own.map((right, index) => fp32[index]! - right));
  const shares = tilted(drops, limit);
  let sum = 0;
  const ends = shares.map((share) => (sum += share));
  const intervals = new Map<string, ReturnType<typeof tangoInterval>>();
  return [500, 2000].flatMap((samples) =>
    (['estimate', 'fail'] as const).flatMap((decides) =>
      [1, 16].map((together): SearchRow => {
        const random = new Random(4, `search ${samples}`);
        const row: SearchRow = { samples, decides, together, gates, alone: 0, passed: 0, estimated: 0 };
        for (let gate = 0; gate < gates; gate++) {
          const drawn = Array.from({ length: samples }, () => firstAbove(ends, random.uniform() * sum));
          const intervalOf = (count: number, of: number) => {
            const lost = drawn.reduce((total, index) => total + Number(drops[count]![index]! > 0), 0);
            const gained = drawn.reduce((total, index) => total + Number(drops[count]![index]! < 0), 0);
            const key = `${lost} ${gained} ${samples} ${of}`;
            const found = intervals.get(key) ?? tangoInterval(lost, gained, samples, 1 - (1 - confidence) / of);
            intervals.set(key, found);
            return found;
          };
          const first = intervalOf(0, 1);
          if (first.high <= limit) row.alone++;
          const keeps = ({ estimate, high }: typeof first) => (decides === 'fail' ? high : estimate) <= limit;
          const chosen = keeps(first) ? 0 : walk(drops.length, (count) => keeps(intervalOf(count, together)));
          if (chosen >= drops.length) continue;
          const { estimate, high } = intervalOf(chosen, chosen === 0 ? 1 : together);
          if (high <= limit) row.passed++;
          else if (decides === 'estimate' && estimate <= limit) row.estimated++;
        }
        return row;
      }),
    ),
  );
}

/** As `searchMixedPrecision` goes: 1, 2, 4, ... nodes in FP32, then halving; all of them keep every limit. */
function walk(most: number, passes: (count: number) => boolean): number {
  const holds = (count: number) => count >= most || passes(count);
  let failed = 0;
  let passed = 1;
  while (!holds(passed)) [failed, passed] = [passed, Math.min(2 * passed, most)];
  while (passed - failed > 1) {
    const middle = Math.floor((failed + passed) / 2);
    if (holds(middle)) passed = middle;
    else failed = middle;
  }
  return passed;
}

function firstAbove(ends: Float64Array, value: number): number {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

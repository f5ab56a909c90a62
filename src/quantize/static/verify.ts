import { join } from 'node:path';
import { loadModel, saveScratch } from '../../onnx/model.ts';
import { operators } from '../../ops/table.ts';
import { loadJob } from '../../runtime/session-jobs.ts';
import type { Recipe } from './recipe.ts';
import type { StaticRun } from './run.ts';

/** What an operator that has integer kernels is called where the runtime computes it in float. */
const floatOperators = new Set([
  ...operators().flatMap(({ op, kind }) => (kind === 'pass-through' || kind === 'float' ? [] : [op])),
  'FusedConv',
  'FusedGemm',
  'FusedMatMul',
]);

/**
 * Looks at ONNX Runtime's optimized graph: a unit that was meant for an integer kernel and is still there as a float operator
 * is only slower for its Q/DQ, so it stays float. Whatever a table says of kernels, the runtime has the last word.
 *
 * @returns the recipe without those units
 */
export async function keepOnlyFused(run: StaticRun, recipe: Recipe): Promise<Recipe> {
  const { target, workDir, threads = 0 } = run.request;
  if (target.provider !== 'cpu') return recipe;
  let current = recipe;
  // Taking one unit back can leave its neighbours without integer inputs.
  for (let round = 0; round < 3; round++) {
    const { model, plan } = run.emit(current);
    const path = join(workDir, 'fusion.onnx');
    const optimizedModelPath = join(workDir, 'fusion-optimized.onnx');
    await saveScratch(model, path);
    const session = { model: path, provider: 'cpu', threads, optimizedModelPath } as const;
    await run.worker.call(loadJob, { session, release: true });
    const { graph } = await loadModel(optimizedModelPath);
    const floats = new Set(graph.nodes.filter(({ op }) => floatOperators.has(op)).map(({ name }) => name));
    const unfused = new Map<string, string>();
    for (const { unit, mode } of plan.decisions.values()) {
      if (mode !== 'integer' || unit.operator?.kind === 'pass-through' || !floats.has(unit.head.name)) continue;
      unfused.set(unit.head.name, `ONNX Runtime did not fuse it into ${unit.operator?.kernels.cpu}`);
    }
    if (unfused.size === 0) break;
    current = { ...current, slowNodes: new Map([...current.slowNodes, ...unfused]) };
  }
  return current;
}

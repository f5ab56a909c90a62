import type { Decision } from './plan.ts';
import type { Recipe } from './recipe.ts';
import type { StaticRun } from './run.ts';

/** What quantizing one node does to the outputs. */
export interface NodeSensitivity {
  node: string;
  op: string;
  /** Signal over noise at the outputs with nothing but this node quantized, dB: low is harmful. */
  onlyDb: number;
  /** Signal over noise with everything but this node quantized, dB: how far leaving it in FP32 helps. */
  allButDb: number;
}

export interface SensitivityOptions {
  /** Calibration samples that are compared; default 8. */
  samples?: number;
  /** Stop after this time; the nodes not reached are missing. */
  budgetMs?: number;
  onProgress?: (done: number, total: number) => void;
}

/** The nodes whose quantization can be taken back one by one: those that compute, in the order of the graph. */
export function quantizedHeads(run: StaticRun, recipe: Recipe): { node: string; op: string }[] {
  const { plan, rest, subgraphs } = run.emit(recipe);
  const others = new Set(
    rest.flatMap(({ sites }) => sites.flatMap(({ site, form }) => (form === 'float' ? [] : [site.label]))),
  );
  const computes = ({ unit, mode }: Decision) =>
    mode === 'integer' ? unit.operator?.kind !== 'pass-through' : others.has(unit.head.name);
  const heads = [...plan.decisions.values()].filter(computes).map(({ unit: { head } }) => head);
  // An If is one node here, whatever its branches hold.
  const owners = new Set(subgraphs.branches.map(({ owner }) => owner));
  return [...heads.map(({ name, op }) => ({ node: name, op })), ...Array.from(owners, (node) => ({ node, op: 'If' }))];
}

/**
 * Measures every quantized node both ways on a part of the calibration data, in the run's one child process. Costs two
 * short runs a node.
 */
export async function analyseSensitivity(
  run: StaticRun,
  recipe: Recipe,
  { samples = 8, budgetMs = Infinity, onProgress }: SensitivityOptions = {},
): Promise<NodeSensitivity[]> {
  const deadline = performance.now() + budgetMs;
  const heads = quantizedHeads(run, recipe);
  const why = 'float for this comparison';
  const measure = (names: Iterable<string>) => {
    const floatNodes = new Map([...recipe.floatNodes, ...Array.from(names, (name) => [name, why] as const)]);
    return run.fidelity(run.emit({ ...recipe, floatNodes }).model, samples);
  };
  const table: NodeSensitivity[] = [];
  for (const { node, op } of heads) {
    if (performance.now() > deadline) break;
    const others = heads.filter((head) => head.node !== node).map((head) => head.node);
    table.push({ node, op, onlyDb: await measure(others), allButDb: await measure([node]) });
    onProgress?.(table.length, heads.length);
  }
  return table;
}

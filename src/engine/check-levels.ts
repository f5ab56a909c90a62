import { UserError } from '../errors.ts';
import { loadModel, type OnnxModel } from '../onnx/model.ts';
import { nearest, show } from '../policy/explain.ts';
import { type LoadedPolicy, positionOf } from '../policy/load.ts';
import { type PolicyModel, resolveInside } from '../policy/paths.ts';
import type { Level3Policy } from '../policy/schema.ts';
import { rewriteOperators } from '../quantize/canonical-form.ts';
import { nodeLabel } from '../quantize/contract.ts';
import { keepFloatWhy } from '../quantize/keep-float.ts';
import { useQatExport } from '../train/user-training.ts';
import { reading } from './place.ts';
import type { PlannedModel } from './plan.ts';

/**
 * Reads the committed export that Level 3 takes. Of several models one that it fits is enough, for levels are written once for
 * all: with the others that variant fails by itself.
 *
 * @throws UserError where there is no such file, or it is the export of none of the models
 */
export async function checkExport(loaded: LoadedPolicy, planned: readonly PlannedModel[]): Promise<void> {
  const variant = planned[0]?.variants.find(({ level }) => level === 3);
  const { model: name } = (variant?.options ?? {}) as Partial<Level3Policy>;
  if (name === undefined) return;
  const place = ['levels', 3, 'model'];
  await reading(loaded, place, async () => {
    const path = await resolveInside(loaded, name, place);
    let refused: UserError | undefined;
    for (const { model } of planned) {
      try {
        await useQatExport(model, path, name);
        return;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        refused ??= error;
      }
    }
    throw refused;
  });
}

/**
 * Refuses a `keep-float` that holds nothing in FP32, which is a misspelling. One that matches some models of the policy and not
 * others is meant for those.
 *
 * @param others models of the policy that this run leaves out
 * @throws UserError at the pattern, with the name that is nearest
 */
export async function checkKeepFloat(
  loaded: LoadedPolicy,
  planned: readonly PlannedModel[],
  others: readonly PolicyModel[],
): Promise<void> {
  const levels = new Map(planned[0]?.variants.map(({ level, options }) => [level, options['keep-float']]));
  const patterns = [...levels].flatMap(([level, list]) =>
    list.map((pattern, index) => ({ pattern, place: ['levels', level, 'keep-float', index] })),
  );
  const unmatched = (nodes: readonly NamedNode[]) => (one: (typeof patterns)[number]) =>
    keepFloatWhy([one.pattern], nodes) === undefined;
  const nodes = planned.flatMap(({ model }) => nodesOf(model));
  const unknown = patterns.filter(unmatched(nodes));
  if (unknown.length === 0) return;
  const further = planned.flatMap(({ model }) => canonicalNodes(model));
  for (const { policy, file } of others) {
    const found = policy.build ? undefined : await nodesIn(file, loaded.root);
    // What it holds is not known here: whoever runs it finds out.
    if (!found) return;
    further.push(...found);
  }
  const [first] = unknown.filter(unmatched(further));
  if (!first) return;
  const names = [...new Set([...nodes.map(({ op }) => op), ...nodes.map(({ name }) => name)])].filter(Boolean);
  const near = nearest(first.pattern, names);
  const operators = [...new Set(nodes.map(({ op }) => op))].sort();
  throw new UserError(
    `keep-float: ${show(first.pattern)} matches no node and no operator type of ${planned.map(({ path }) => path).join(', ')}; ` +
      (near ? `did you mean "${near}"?` : `operator types are ${operators.join(', ')}; \`inspect\` lists the nodes`),
    { position: positionOf(loaded, first.place) },
  );
}

interface NamedNode {
  name: string;
  op: string;
}

/** Every node by the names that `keep-float` may call it by. */
function nodesOf(model: OnnxModel): NamedNode[] {
  return [
    ...[...model.graph.allNodes()].map((node) => ({ name: nodeLabel(node), op: node.op })),
    ...model.functions.flatMap(({ node }) => node.map(({ name, opType }) => ({ name, op: opType }))),
  ];
}

/** The nodes that quantization sees in place of those of the file: reports name them too. */
function canonicalNodes(model: OnnxModel): NamedNode[] {
  const canonical = model.clone();
  rewriteOperators(canonical);
  return nodesOf(canonical);
}

/** The same of a file; undefined where it is no model. */
async function nodesIn(file: string, root: string): Promise<NamedNode[] | undefined> {
  try {
    const model = await loadModel(file, { root });
    return [...nodesOf(model), ...canonicalNodes(model)];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return undefined;
  }
}

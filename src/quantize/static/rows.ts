import { type FeedStore, storeReference } from '../../data/store.ts';
import type { OnnxModel } from '../../onnx/model.ts';
import type { WorkerProcess } from '../../runtime/worker-process.ts';
import { nodeLabel } from '../contract.ts';
import { observeNodes, rowsOf } from '../dynamic-shapes.ts';
import type { StaticRequest } from './run.ts';
import type { ValueInfos } from './units.ts';

/**
 * The rows of every product's first input (all its dimensions but the last), by the node's label: as the shapes say, and where
 * they leave dimensions open as a run on calibration data, or else on generated inputs, finds them. Nodes of which neither
 * tells are left out.
 */
export async function productRows(
  model: OnnxModel,
  infos: ValueInfos,
  worker: WorkerProcess,
  { calibration, workDir, seed }: Pick<StaticRequest, 'workDir' | 'seed'> & { calibration?: FeedStore },
): Promise<ReadonlyMap<string, number>> {
  const rows = new Map<string, number>();
  const sizes = symbolSizes(model, calibration);
  const note = (label: string, dims: readonly unknown[] | undefined): boolean => {
    // The last one may be open, and does not count.
    const leading = dims?.slice(0, -1).map((dim) => sizes.get(dim) ?? dim);
    if (!leading?.every((dim) => typeof dim === 'number')) return false;
    rows.set(label, rowsOf([...leading, 1]));
    return true;
  };
  const products = [...model.graph.allNodes()].filter((node) => node.is('MatMul', 'Gemm', 'FusedMatMul'));
  const open = products.filter((node) => !note(nodeLabel(node), infos.get(node.input(0)?.name ?? '')?.dims));
  if (open.length === 0) return rows;
  const given = calibration && { store: storeReference(calibration) };
  const observed = await observeNodes(worker, model, workDir, given, seed);
  if ('failed' in observed) return rows;
  for (const node of open) note(nodeLabel(node), observed.nodes.get(nodeLabel(node))?.inputs[0]?.dims);
  return rows;
}

/** What the first sample has where the model's inputs have a symbol: `batch`, `sequence`. */
function symbolSizes(model: OnnxModel, store: FeedStore | undefined): ReadonlyMap<unknown, number> {
  const sizes = new Map<unknown, number>();
  for (const { name, dims } of model.graph.infos('inputs')) {
    for (const [axis, dim] of dims.entries()) {
      const size = store?.samples[0]?.inputs[name]?.dims[axis];
      if (typeof dim === 'string' && size !== undefined && !sizes.has(dim)) sizes.set(dim, size);
    }
  }
  return sizes;
}

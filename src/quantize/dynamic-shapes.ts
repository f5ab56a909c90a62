import { join } from 'node:path';
import { type OnnxModel, saveScratch } from '../onnx/model.ts';
import { WorkerError } from '../runtime/contract.ts';
import { type ProfiledNode, type ProfileFeeds, profileNodes } from '../runtime/profile-job.ts';
import { numberNodes } from '../runtime/trace-nodes.ts';
import type { WorkerProcess } from '../runtime/worker-process.ts';
import { sizeOf } from '../tensor.ts';
import { nodeLabel } from './contract.ts';

/** Sizes for symbolic dimensions where the usual ones do not fit: some models take only the length they were made for. */
const sizesToTry = [undefined, 32, 1, 128, 512, 576, 64, 224];

/** The inputs that a model ran with and what each of its nodes then saw, by node label. */
export interface Observed {
  feeds: ProfileFeeds;
  nodes: ReadonlyMap<string, ProfiledNode>;
}

/**
 * Runs the model once as it stands, unoptimized, and gives every node's shapes. `given` is real data where there is any;
 * otherwise inputs are generated, with several sizes for dimensions that are not fixed.
 *
 * @returns why it could not be run, where it could not
 */
export async function observeNodes(
  worker: WorkerProcess,
  model: OnnxModel,
  workDir: string,
  given: ProfileFeeds | undefined,
  seed: number,
): Promise<Observed | { failed: string }> {
  const { labels, path } = await saveNumbered(model, join(workDir, 'observed.onnx'));
  const attempts: ProfileFeeds[] = given
    ? [given]
    : sizesToTry.map((size) => ({ seed, ...(size !== undefined && { size }) }));
  let failed = '';
  for (const feeds of attempts) {
    try {
      const spec = { model: path, provider: 'cpu', threads: 1, optimization: 'disabled' } as const;
      const profile = await profileNodes(worker, spec, feeds, 1);
      return {
        feeds,
        nodes: new Map(profile.flatMap((node) => (labels.has(node.name) ? [[labels.get(node.name)!, node]] : []))),
      };
    } catch (error) {
      // The model does not take these inputs; anything but its own refusal ends the search.
      if (!(error instanceof WorkerError)) throw error;
      failed ||= error.message;
      if (error.kind !== 'error') break;
    }
  }
  return { failed };
}

/** The rows of a product's first input: everything but the last axis. */
export function rowsOf(dims: readonly number[]): number {
  return sizeOf(dims.slice(0, -1));
}

/** Saves a copy whose nodes have names that nobody else has, and gives each one's label: names in files need not be unique. */
export async function saveNumbered(
  model: OnnxModel,
  path: string,
): Promise<{ path: string; labels: ReadonlyMap<string, string> }> {
  const copy = model.clone();
  const labels = [...copy.graph.allNodes()].map(nodeLabel);
  const nodes = numberNodes(copy);
  await saveScratch(copy, path);
  return { path, labels: new Map(nodes.map((node, index) => [node.name, labels[index]!])) };
}

import type { FeedStore } from '../../src/data/store.ts';
import type { OnnxModel } from '../../src/onnx/model.ts';
import { silent } from '../../src/progress.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { resolveTarget } from '../../src/targets/index.ts';
import type { QatRequest } from '../../src/train/contract.ts';

/** A short training with a checkpoint as often as can be. */
export async function qatRequest(
  model: OnnxModel,
  calibration: FeedStore,
  workDir: string,
  options: Partial<QatRequest['options']> = {},
): Promise<QatRequest> {
  return {
    model,
    target: resolveTarget('cpu-x64-vnni'),
    options: {
      observer: 'min-max',
      'per-channel': true,
      bits: 4,
      recover: 'none',
      prefer: 'size',
      'keep-float': [],
      'search-budget': 1000,
      budget: 600_000,
      ...options,
    },
    runtime: await locateRuntime(),
    workDir,
    seed: 1,
    threads: 1,
    progress: silent,
    calibration,
    task: 'classification',
    recipe: { steps: { part: 40, whole: 40 }, checkpointMs: 0 },
  };
}

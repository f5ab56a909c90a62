import { join } from 'node:path';
import { type FeedStore, openStore, storeReference } from '../data/store.ts';
import { UserError } from '../errors.ts';
import { type SessionSpec, WorkerError } from '../runtime/contract.ts';
import { runStoreJob } from '../runtime/run-store.ts';
import { WorkerProcess } from '../runtime/worker-process.ts';
import type { ModelContext, RunContext } from './context.ts';

/** For loading a model, and for each sample; a process that takes longer hangs. */
const loadTimeoutMs = 600_000;
const sampleTimeoutMs = 60_000;

/** Of every interval of a run. */
export function intervals({ loaded, options }: Pick<RunContext, 'loaded' | 'options'>) {
  return { confidence: loaded.policy.gate.confidence, seed: options.seed };
}

/** Runs a model over a store in a process of its own and gives its outputs as a store. */
export async function runOutputs(
  { runtime, modelDir, planned, options }: Pick<ModelContext, 'runtime' | 'modelDir' | 'planned' | 'options'>,
  id: string,
  session: SessionSpec,
  store: FeedStore,
): Promise<FeedStore> {
  const worker = await WorkerProcess.start({ runtime, label: `${planned.name} ${id}` });
  const stage = options.progress.stage(`${planned.name}: ${id} on validation data`, store.samples.length, 'samples');
  let reported = 0;
  try {
    const to = join(modelDir, `${id}.outputs`);
    await worker.call(
      runStoreJob,
      { session, store: storeReference(store), batch: planned.policy.batch, to },
      {
        timeoutMs: loadTimeoutMs + store.samples.length * sampleTimeoutMs,
        onProgress: (done) => {
          stage.advance(done - reported);
          reported = done;
        },
      },
    );
    stage.done();
    return openStore(to);
  } catch (error) {
    if (id === 'fp32' && error instanceof WorkerError && error.kind === 'error') {
      throw new UserError(`ONNX Runtime cannot run ${planned.path}: ${error.message}`, { cause: error });
    }
    throw error;
  } finally {
    await worker.close();
  }
}

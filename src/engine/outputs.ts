import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type FeedStore, type NansByOutput, openStore, readIndex, storeReference } from '../data/store.ts';
import { UserError } from '../errors.ts';
import { sha256 } from '../files.ts';
import { simultaneous } from '../measure/accuracy/paired.ts';
import { modelDigest } from '../onnx/model.ts';
import { isJobError, type SessionSpec, WorkerError } from '../runtime/contract.ts';
import { runStoreJob } from '../runtime/run-store.ts';
import { WorkerProcess } from '../runtime/worker-process.ts';
import type { ModelContext, RunContext } from './context.ts';

/** A process that takes longer hangs. */
const patience = { loadMs: 600_000, sampleMs: 60_000 };

/**
 * Of every interval of a run.
 *
 * @param together of how many candidates that are judged on the same data the intervals hold together
 */
export function intervals({ loaded, options }: Pick<RunContext, 'loaded' | 'options'>, together = 1) {
  return { confidence: simultaneous(loaded.policy.gate.confidence, together), seed: options.seed };
}

/** A model's outputs gave a value that is not a number. */
export class NanOutput extends WorkerError {
  constructor(message: string) {
    super('error', message);
  }
}

/**
 * Runs a model over a store in a process of its own and gives its outputs as a store. The same file over the same data
 * is run once.
 *
 * @throws NanOutput where the output that the metric reads holds a NaN; WorkerError where the process fails
 */
export async function runOutputs(
  { runtime, modelDir, planned, options }: Pick<ModelContext, 'runtime' | 'modelDir' | 'planned' | 'options'>,
  id: string,
  session: SessionSpec,
  store: FeedStore,
): Promise<FeedStore> {
  const to = join(modelDir, `${id}.outputs`);
  const { model, ...settings } = session;
  const digest = model === planned.file ? planned.sha256 : await modelDigest(model);
  const key = sha256(JSON.stringify([digest, settings, store.digest, planned.policy.batch]));
  if (existsSync(`${to}.json`)) {
    const index = readIndex(to);
    if (index.key === key) return withoutNan(index.nans ?? {}, planned, openStore(to));
  }
  const { loadMs, sampleMs } = options.patience ?? patience;
  const worker = await WorkerProcess.start({ runtime, label: `${planned.name} ${id}` });
  const stage = options.progress.stage(
    `${planned.name} ${id}: inference on validation data`,
    store.samples.length,
    'samples',
  );
  let reported = 0;
  try {
    const result = await worker.call(
      runStoreJob,
      { session, store: storeReference(store), batch: planned.policy.batch, to, key },
      {
        timeoutMs: loadMs + store.samples.length * sampleMs,
        onProgress: (done) => {
          stage.advance(done - reported);
          reported = done;
        },
      },
    );
    stage.done();
    return withoutNan(result.nans, planned, openStore(to));
  } finally {
    await worker.close();
  }
}

/** @throws NanOutput where the output that the metric reads, or any where it may read all, holds a NaN */
function withoutNan(nans: NansByOutput, { policy }: ModelContext['planned'], outputs: FeedStore): FeedStore {
  const found = Object.entries(nans).find(([name]) => (policy.output ?? name) === name);
  if (!found) return outputs;
  const [output, { count, first }] = found;
  throw new NanOutput(`output "${output}" holds ${count} NaN, first for ${first}`);
}

/**
 * The same for the FP32 model, where a failure is the user's to mend.
 *
 * @throws UserError
 */
export async function runFp32(
  context: Pick<ModelContext, 'runtime' | 'modelDir' | 'planned' | 'options'>,
  session: SessionSpec,
  store: FeedStore,
): Promise<FeedStore> {
  try {
    return await runOutputs(context, session.provider === 'cpu' ? 'fp32' : `fp32-${session.provider}`, session, store);
  } catch (error) {
    throw failureOfFp32(context.planned, session, error);
  }
}

/** What a user has to mend where the FP32 model does not run; other errors as they are. */
export function failureOfFp32(
  { path, validation }: ModelContext['planned'],
  { provider }: Pick<SessionSpec, 'provider'>,
  cause: unknown,
): unknown {
  if (cause instanceof NanOutput) {
    return new UserError(
      `${path}: FP32's own ${cause.message}; check the model and the preprocessing, there is nothing to compare with`,
      { cause },
    );
  }
  if (!(cause instanceof WorkerError)) return cause;
  const cure =
    provider === 'cpu' ? '' : `; the ${provider} provider needs its libraries beside ONNX Runtime's: see runtime-path`;
  const generated =
    validation.generated && isJobError(cause) && !cause.loading
      ? '; the inputs were generated and the model may need others: name real ones with `data.validation`'
      : '';
  // The cures go on in the same sentence.
  const message = generated || cure ? cause.message.replace(/\.$/, '') : cause.message;
  return new UserError(`ONNX Runtime cannot ${cause.loading ? 'load' : 'run'} ${path}: ${message}${generated}${cure}`, {
    cause,
  });
}

import type { Tensor, TensorInfo } from '../tensor.ts';
import type { SessionSpec } from './contract.ts';
import { defineJob } from './job.ts';
import { tensorInfos } from './session.ts';
import { fromOrt, toOrt } from './tensors.ts';

export interface LoadedSession {
  inputs: TensorInfo[];
  outputs: TensorInfo[];
  /** Time to create the session; 0 where it was open already. */
  loadMs: number;
}

export interface LoadParams {
  session: SessionSpec;
  /** Frees the session again: only what comes of its making is wanted. Default: it stays open in that process. */
  release?: boolean;
}

/** Creates the session and says what goes in and comes out. */
export const loadJob = defineJob<LoadParams, LoadedSession>('load', async ({ sessions }, { session, release }) => {
  const start = performance.now();
  const opened = await sessions.open(session);
  const loaded = {
    inputs: tensorInfos(opened.inputMetadata),
    outputs: tensorInfos(opened.outputMetadata),
    loadMs: performance.now() - start,
  };
  if (release) await sessions.release(session);
  return loaded;
});

export interface RunParams {
  session: SessionSpec;
  feeds: Readonly<Record<string, Tensor>>;
  /** The outputs to give back; default: all. */
  fetches?: readonly string[];
  /** Frees the session again. Default: it stays open in that process. */
  release?: boolean;
}

/** One run with tensors that cross the process boundary: for single samples and tests; `run-store` is for datasets. */
export const runJob = defineJob<RunParams, Record<string, Tensor>>('run', async ({ ort, sessions }, params) => {
  const session = await sessions.open(params.session);
  const feeds = Object.fromEntries(Object.entries(params.feeds).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
  const outputs = await session.run(feeds, params.fetches ?? session.outputNames);
  if (params.release) await sessions.release(params.session);
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)]));
});

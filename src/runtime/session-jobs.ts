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

/** Creates the session (it stays open in that process) and says what goes in and comes out. */
export const loadJob = defineJob<{ session: SessionSpec }, LoadedSession>('load', async ({ sessions }, { session }) => {
  const start = performance.now();
  const opened = await sessions.open(session);
  return {
    inputs: tensorInfos(opened.inputMetadata),
    outputs: tensorInfos(opened.outputMetadata),
    loadMs: performance.now() - start,
  };
});

export interface RunParams {
  session: SessionSpec;
  feeds: Readonly<Record<string, Tensor>>;
  /** The outputs to give back; default: all. */
  fetches?: readonly string[];
}

/** One run with tensors that cross the process boundary: for single samples and tests; `run-store` is for datasets. */
export const runJob = defineJob<RunParams, Record<string, Tensor>>('run', async ({ ort, sessions }, params) => {
  const session = await sessions.open(params.session);
  const feeds = Object.fromEntries(Object.entries(params.feeds).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
  const outputs = await session.run(feeds, params.fetches ?? session.outputNames);
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)]));
});

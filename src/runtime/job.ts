import type { Ort } from './load.ts';
import type { Sessions } from './session.ts';

/** What a job finds in its child process. */
export interface JobContext {
  /** The API of onnxruntime-node. Only child processes have it: a native abort must not end the gate. */
  ort: Ort;
  /** The sessions of this process; they stay open from call to call. */
  sessions: Sessions;
  /** Tells the parent how far this call is; given on at most every 100 ms. */
  progress(done: number, total: number, detail?: string): void;
}

/** Work that runs in a child process. Parameters and result cross by structured clone: data, no functions. */
export interface Job<Params, Result> {
  readonly name: string;
  run(context: JobContext, params: Params): Promise<Result> | Result;
}

/**
 * Makes a job. It also needs its line in the table of `src/worker/main.ts`. A module that defines jobs must not import
 * onnxruntime itself (types aside), since the parent imports the module to name the job.
 */
export function defineJob<Params, Result>(name: string, run: Job<Params, Result>['run']): Job<Params, Result> {
  return { name, run };
}

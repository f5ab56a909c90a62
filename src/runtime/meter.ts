import type { Ort } from './load.ts';

/** Milliseconds that ONNX Runtime itself took: what a gate cannot do without. */
export interface RuntimeTime {
  /** Running models. */
  runMs: number;
  /** Making sessions: reading, optimizing and packing models. */
  loadMs: number;
}

/** What all child processes together took since this process began. Where times are compared, one runs at a time. */
export const runtimeTime: RuntimeTime = { runMs: 0, loadMs: 0 };

/** Counts the time of every session that is made from now on, and of its runs. Call it in a child process. */
export function meter(ort: Ort): RuntimeTime {
  const time: RuntimeTime = { runMs: 0, loadMs: 0 };
  const create = ort.InferenceSession.create.bind(ort.InferenceSession) as (...args: unknown[]) => Promise<Session>;
  const metered = async (...args: unknown[]): Promise<Session> => {
    const start = performance.now();
    const session = await create(...args);
    time.loadMs += performance.now() - start;
    const run = session.run.bind(session);
    session.run = async (...feeds) => {
      const before = performance.now();
      try {
        return await run(...feeds);
      } finally {
        time.runMs += performance.now() - before;
      }
    };
    return session;
  };
  Object.assign(ort.InferenceSession, { create: metered });
  return time;
}

interface Session {
  run(...args: unknown[]): Promise<unknown>;
}

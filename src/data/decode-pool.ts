import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { UserError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import { type Decoded, type DecodePlan, type DecodeTask, decode } from './decode.ts';
import type { ThreadRequest, ThreadResponse } from './decode-thread.ts';

/** Fewer files than this are decoded sooner than a thread starts. */
const worthThreads = 24;
const maxThreads = 8;
/** Decoded samples that may wait for the consumer, for each thread. */
const lookahead = 4;

export interface DecodeOptions {
  /** Decoding threads; 0 decodes inline. Default: the cores, at most 8, for sources of some size. */
  threads?: number;
  progress?: Progress;
}

/**
 * Decodes files ahead of the consumer on worker threads, in order. At most four decoded samples a thread wait, so
 * memory does not grow with the source. Where no thread can start, files are decoded inline and a note says so.
 *
 * @throws the first file's error, in the order of `tasks`
 */
export async function* decodeAll(
  plan: DecodePlan,
  tasks: readonly DecodeTask[],
  options: DecodeOptions = {},
): AsyncGenerator<Decoded> {
  const wanted = options.threads ?? (tasks.length < worthThreads ? 0 : Math.min(maxThreads, availableParallelism()));
  const pool = wanted > 0 ? await ThreadPool.start(plan, Math.min(wanted, tasks.length), options.progress) : undefined;
  if (!pool) {
    for (const task of tasks) yield await decode(plan, task);
    return;
  }
  try {
    const pending: Promise<Decoded>[] = [];
    let next = 0;
    while (next < tasks.length || pending.length > 0) {
      while (next < tasks.length && pending.length < pool.size * lookahead) {
        const decoded = pool.decode(tasks[next++]!);
        // A failure is reported when its turn comes; until then it is not an unhandled rejection.
        decoded.catch(() => {});
        pending.push(decoded);
      }
      yield await pending.shift()!;
    }
  } finally {
    await pool.close();
  }
}

interface Waiting {
  resolve(decoded: Decoded): void;
  reject(error: Error): void;
}

class ThreadPool {
  readonly size: number;
  readonly #threads: { worker: Worker; waiting: Map<number, Waiting> }[];
  #next = 0;

  private constructor(workers: readonly Worker[]) {
    this.size = workers.length;
    this.#threads = workers.map((worker) => {
      const waiting = new Map<number, Waiting>();
      worker.on('message', (response: ThreadResponse) => {
        const { resolve, reject } = waiting.get(response.id)!;
        waiting.delete(response.id);
        if ('decoded' in response) resolve(response.decoded);
        else if (response.isUserError) reject(new UserError(response.error.message, { cause: response.error }));
        else reject(response.error);
      });
      const fail = (error: Error) => {
        for (const { reject } of waiting.values()) reject(error);
        waiting.clear();
      };
      worker.on('error', fail);
      worker.on('exit', (code) => fail(new Error(`a decoding thread ended with code ${code}`)));
      return { worker, waiting };
    });
  }

  /** @returns undefined where the threads do not start */
  static async start(plan: DecodePlan, size: number, progress?: Progress): Promise<ThreadPool | undefined> {
    const workers: Worker[] = [];
    try {
      for (let index = 0; index < size; index++) workers.push(new Worker(threadUrl(), { workerData: plan }));
      await Promise.all(workers.map(ready));
      return new ThreadPool(workers);
    } catch (error) {
      await Promise.all(workers.map((worker) => worker.terminate()));
      progress?.note(`decoding without threads: ${(error as Error).message}`);
      return undefined;
    }
  }

  decode(task: DecodeTask): Promise<Decoded> {
    // The least busy thread, so that one large file does not hold up those behind it.
    const thread = this.#threads.reduce((least, each) => (each.waiting.size < least.waiting.size ? each : least));
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      thread.waiting.set(id, { resolve, reject });
      thread.worker.postMessage({ id, task } satisfies ThreadRequest);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }
}

/** Source runs as TypeScript, the bundle as JavaScript; the thread's entry lies beside this module in both. */
function threadUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './decode-thread.ts' : './decode-thread.js', import.meta.url);
}

/** Resolves when the thread's module has loaded: `online` comes before that, also where the file is missing. */
function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    // Stays: an error without a listener would end the process.
    worker.on('error', reject);
    worker.once('exit', (code) => reject(new Error(`a decoding thread ended at its start with code ${code}`)));
  });
}

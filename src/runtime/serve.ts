import { UserError } from '../errors.ts';
import { LoadError } from './contract.ts';
import type { Job } from './job.ts';
import { loadOrt } from './load.ts';
import type { CallMessage, WorkerMessage } from './messages.ts';
import { meter, type RuntimeTime } from './meter.ts';
import { Sessions } from './session.ts';

/** Job name -> loads the job. Loaded when first called, so that a process holds only the code that it runs. */
// biome-ignore lint/suspicious/noExplicitAny: each job has its own parameters; the parent's call checks them.
export type JobTable = Readonly<Record<string, () => Promise<Job<any, unknown>>>>;

const progressEveryMs = 100;

/** The child's side: loads the runtime, then answers calls one after another until the parent is gone. */
export async function serveJobs(table: JobTable): Promise<void> {
  process.on('disconnect', () => process.exit());
  let ort: Awaited<ReturnType<typeof loadOrt>>;
  try {
    ort = await loadOrt();
  } catch (error) {
    reply({ kind: 'failed', message: (error as Error).message });
    return;
  }
  const time = meter(ort);
  const sessions = new Sessions(ort);
  const jobs = new Map<string, Job<unknown, unknown>>();

  async function answer({ call, job: name, params }: CallMessage): Promise<void> {
    let lastProgress = -Infinity;
    const before = { ...time };
    const spent = (): RuntimeTime => ({ runMs: time.runMs - before.runMs, loadMs: time.loadMs - before.loadMs });
    const progress = (done: number, total: number, detail?: string) => {
      const now = performance.now();
      if (now - lastProgress < progressEveryMs) return;
      lastProgress = now;
      reply({ kind: 'progress', call, done, total, ...(detail !== undefined && { detail }) });
    };
    try {
      let job = jobs.get(name);
      if (!job) {
        const load = table[name];
        if (!load) throw new Error(`no job is called ${name}`);
        job = await load();
        jobs.set(name, job);
      }
      const value = await job.run({ ort, sessions, progress }, params);
      await reply({ kind: 'result', call, value, spent: spent() });
    } catch (error) {
      const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
      const [user, loading] = [error instanceof UserError, error instanceof LoadError];
      await reply({ kind: 'error', call, message, stack, user, loading, spent: spent() });
    }
  }

  let queue = Promise.resolve();
  process.on('message', (message) => {
    queue = queue.then(() => answer(message as CallMessage));
  });
  reply({ kind: 'ready' });
}

/** @returns when it is on its way: large results leave bit by bit, and not at all while the next call keeps this thread busy */
function reply(message: WorkerMessage): Promise<void> {
  return new Promise((resolve) => {
    // A channel that closes is seen by 'disconnect'.
    process.send?.(message, undefined, undefined, () => resolve());
  });
}

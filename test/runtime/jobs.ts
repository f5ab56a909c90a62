import { UserError } from '../../src/errors.ts';
import { sourceEntry } from '../../src/runtime/entry.ts';
import { defineJob } from '../../src/runtime/job.ts';

/** Jobs that go wrong in every way a child process can; `jobs-worker.ts` serves them. */
export const jobsEntry = sourceEntry(new URL('./jobs-worker.ts', import.meta.url));

export const echoJob = defineJob<unknown, unknown>('echo', (_context, value) => value);
export const environmentJob = defineJob<void, Record<string, string | undefined>>('environment', () => ({
  ...process.env,
}));
export const throwJob = defineJob<{ message: string; user: boolean }, never>('throw', (_context, { message, user }) => {
  throw user ? new UserError(message) : new TypeError(message);
});
export const progressJob = defineJob<void, string>('progress', async ({ progress }) => {
  progress(1, 3, 'first');
  await new Promise((resolve) => setTimeout(resolve, 150));
  progress(2, 3);
  return 'done';
});
/** As a failed assertion in native code ends a process. */
export const abortJob = defineJob<void, never>('abort', () => {
  process.stderr.write('native: assertion failed\n');
  process.abort();
});
export const signalJob = defineJob<NodeJS.Signals, never>('signal', async (_context, signal) => {
  process.kill(process.pid, signal);
  return await new Promise<never>(() => {});
});
export const exitJob = defineJob<number, never>('exit', (_context, code) => process.exit(code));
/** Blocks the event loop, as a run inside ONNX Runtime does. */
export const hangJob = defineJob<void, never>('hang', () => {
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
});
export const printJob = defineJob<string, void>('print', (_context, text) => {
  process.stdout.write(text);
  process.stderr.write(text);
});
const kept: Buffer[] = [];
export const growJob = defineJob<{ mib: number }, never>('grow', async (_context, { mib }) => {
  kept.push(Buffer.alloc(mib * 2 ** 20, 1));
  return await new Promise<never>(() => {});
});

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../errors.ts';
import { fixedNewSpace } from '../heap.ts';
import { longestTimer } from '../timer.ts';
import { type RuntimeLocation, WorkerError, type WorkerFailure } from './contract.ts';
import { type WorkerEntry, workerEntry } from './entry.ts';
import { childEnvironment } from './environment.ts';
import type { Job } from './job.ts';
import { launchPrefix } from './launch.ts';
import type { CallMessage, WorkerMessage } from './messages.ts';
import { runtimeTime } from './meter.ts';
import { plainMessage } from './plain-message.ts';
import { residentBytes } from './process-memory.ts';

export interface WorkerOptions {
  runtime: RuntimeLocation;
  /** Names the process in messages: `level2-cpu-x64-avx2`. */
  label: string;
  /** Further environment variables of the child. */
  env?: Readonly<Record<string, string>>;
  /** Resident bytes at which the child is killed; looked at every 250 ms. */
  memoryLimit?: number;
  /** Further options of Node, for instance `--expose-gc`. */
  nodeOptions?: readonly string[];
  /** Binds the process to these CPUs (Linux with `taskset`; ignored elsewhere). See `chooseCpus`. */
  cpus?: readonly number[];
  /** Another program than `src/worker/main.ts`. */
  entry?: WorkerEntry;
}

/**
 * For a process that opens one session after another. As large blocks are freed, glibc raises the size from which a block is mapped
 * alone up to 32 MB, and then the weights of released sessions stay behind in the heap; a fixed size gives them back.
 * https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
 */
export const frugal = {
  env: { MALLOC_MMAP_THRESHOLD_: '1048576' },
  nodeOptions: [fixedNewSpace],
} as const satisfies Partial<WorkerOptions>;

export interface CallOptions {
  onProgress?: (done: number, total: number, detail?: string) => void;
  /** After this time the process is killed and the call fails with kind `timeout`. */
  timeoutMs?: number;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
  onProgress: CallOptions['onProgress'];
  timer: NodeJS.Timeout | undefined;
}

const startTimeoutMs = 60_000;
const closeTimeoutMs = 2_000;
const lastWordsMs = 500;
const tailBytes = 8 * 1024;
const abortSignals = new Set(['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP', 'SIGSYS']);

const running = new Set<ChildProcess>();
/** A child that is inside a native call does not see that we are gone, so it is not left behind. */
let atExit = false;
function killRunningAtExit(): void {
  if (atExit) return;
  atExit = true;
  process.on('exit', () => {
    for (const child of running) child.kill('SIGKILL');
  });
}

/**
 * A child process with ONNX Runtime in it. A model that aborts natively, exhausts memory or hangs ends that process
 * alone; its calls fail with a `WorkerError`. Output of the child is captured, never mixed into ours.
 */
export class WorkerProcess {
  readonly label: string;
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  readonly #stderr: () => string;
  readonly #exited: Promise<void>;
  #nextCall = 1;
  /** Set when we ended it, or found it dead: why. */
  #failure: WorkerError | undefined;

  private constructor(child: ChildProcess, label: string) {
    this.label = label;
    this.#child = child;
    this.#stderr = keepTail(child.stderr!);
    child.stdout!.resume();
    this.#exited = new Promise((resolve) => {
      // Not 'close': Node does not emit it after a disconnect. The last words may still be in the pipe.
      child.once('exit', async (code, signal) => {
        running.delete(child);
        await Promise.race([ended(child.stderr!), delay(lastWordsMs, undefined, { ref: false })]);
        this.#fail(exitError(label, code, signal, this.#stderr()));
        resolve();
      });
      child.once('error', (error) => {
        this.#fail(new WorkerError('error', `${label}: cannot start a process: ${error.message}`));
        resolve();
      });
    });
    child.on('message', (message) => this.#receive(message as WorkerMessage));
  }

  /** Starts the process and loads ONNX Runtime in it. Throws a WorkerError where that fails. */
  static async start(options: WorkerOptions): Promise<WorkerProcess> {
    const { execPath, execArgv, file } = options.entry ?? workerEntry();
    const [program, ...command] = [
      ...launchPrefix(options.cpus),
      execPath,
      ...execArgv,
      ...(options.nodeOptions ?? []),
    ] as [string, ...string[]];
    const child = fork(file, [], {
      execPath: program,
      execArgv: command,
      env: childEnvironment(options.runtime, options.env),
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    running.add(child);
    killRunningAtExit();
    const worker = new WorkerProcess(child, options.label);
    const ready = worker.#expect(0, { timeoutMs: startTimeoutMs });
    if (options.memoryLimit !== undefined) worker.#watchMemory(options.memoryLimit);
    await ready;
    return worker;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /**
   * Runs a job in the child and gives its result. Calls run one after another.
   * @throws UserError that the job threw; WorkerError for everything else.
   */
  async call<Params, Result>(job: Job<Params, Result>, params: Params, options: CallOptions = {}): Promise<Result> {
    if (this.#failure) throw this.#failure;
    const call = this.#nextCall++;
    const result = this.#expect(call, options);
    try {
      // A channel that closes is reported by the exit.
      this.#child.send({ call, job: job.name, params } satisfies CallMessage, () => {});
    } catch (error) {
      // The parameters cannot be cloned.
      this.#settle(call)?.reject(error as Error);
    }
    return (await result) as Result;
  }

  /** Ends the process. Calls in progress fail; closing twice is harmless. */
  async close(): Promise<void> {
    const busy = this.#pending.size > 0;
    this.#fail(new WorkerError('killed', `${this.label}: the process was closed`));
    if (busy) this.#child.kill('SIGKILL');
    else if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), closeTimeoutMs);
    await this.#exited;
    clearTimeout(timer);
  }

  #expect(call: number, { onProgress, timeoutMs }: CallOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(
              () => this.#kill('timeout', `no answer within ${Math.round(timeoutMs / 100) / 10} s`),
              Math.min(timeoutMs, longestTimer),
            );
      this.#pending.set(call, { resolve, reject, onProgress, timer });
    });
  }

  #settle(call: number): Pending | undefined {
    const pending = this.#pending.get(call);
    this.#pending.delete(call);
    clearTimeout(pending?.timer);
    return pending;
  }

  #receive(message: WorkerMessage): void {
    if ('spent' in message) {
      runtimeTime.runMs += message.spent.runMs;
      runtimeTime.loadMs += message.spent.loadMs;
    }
    switch (message.kind) {
      case 'ready':
        this.#settle(0)?.resolve(undefined);
        break;
      case 'failed':
        this.#kill('error', `ONNX Runtime cannot be loaded: ${message.message}`);
        break;
      case 'progress':
        this.#pending.get(message.call)?.onProgress?.(message.done, message.total, message.detail);
        break;
      case 'result':
        this.#settle(message.call)?.resolve(message.value);
        break;
      case 'error':
        this.#settle(message.call)?.reject(this.#jobError(message));
        break;
    }
  }

  #jobError({ message, stack, user, loading }: Extract<WorkerMessage, { kind: 'error' }>): Error {
    if (user) return new UserError(message);
    const error = new WorkerError('error', `${this.label}: ${plainMessage(message)}`, this.#stderr(), { loading });
    error.stack = stack;
    return error;
  }

  #kill(kind: WorkerFailure, why: string): void {
    this.#fail(new WorkerError(kind, `${this.label}: ${why}`, this.#stderr()));
    this.#child.kill('SIGKILL');
  }

  /** The first reason counts; every call that waits fails with it. */
  #fail(error: WorkerError): void {
    this.#failure ??= error;
    for (const call of [...this.#pending.keys()]) this.#settle(call)?.reject(this.#failure);
  }

  #watchMemory(limit: number): void {
    const timer = setInterval(async () => {
      const bytes = await residentBytes(this.pid);
      if (bytes === undefined || bytes <= limit) return;
      const mib = (value: number) => `${Math.round(value / 2 ** 20)} MiB`;
      this.#kill('killed', `it held ${mib(bytes)} of memory; the limit is ${mib(limit)}`);
    }, 250);
    timer.unref();
    void this.#exited.then(() => clearInterval(timer));
  }
}

function exitError(label: string, code: number | null, signal: NodeJS.Signals | null, stderr: string): WorkerError {
  const tail = stderr.trim().split('\n').slice(-1)[0] ?? '';
  const last = tail ? `: ${tail}` : '';
  if (signal === 'SIGKILL') {
    return new WorkerError('killed', `${label}: the process was killed, most likely because memory ran out`, stderr);
  }
  if (signal && !abortSignals.has(signal)) {
    return new WorkerError('killed', `${label}: the process was ended by ${signal}`, stderr);
  }
  if (stderr.includes('JavaScript heap out of memory')) {
    return new WorkerError('aborted', `${label}: the process ran out of JavaScript heap`, stderr);
  }
  return new WorkerError('aborted', `${label}: the process ended with ${signal ?? `exit code ${code}`}${last}`, stderr);
}

async function ended(stream: Readable): Promise<void> {
  if (!stream.readableEnded && !stream.destroyed) await once(stream, 'close');
}

/** Reads a stream to its end and gives its last part. */
function keepTail(stream: Readable): () => string {
  let tail = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    tail = (tail + chunk).slice(-tailBytes);
  });
  return () => tail;
}

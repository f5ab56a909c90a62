import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a process and everything it started took. */
export interface TreeUsage {
  stdout: string;
  /** The most that all of them held at one moment (sum of resident sets, sampled). Shared pages count for each. */
  peakBytes: number;
  /** The own peak of each process (VmHWM), the first process first. */
  processes: number[];
}

const sampleMs = 25;

/** Runs a program to its end and watches the memory of the whole tree below it. Linux only. */
export function runWatched(
  command: string,
  args: readonly string[],
  /** What would take longer, or more memory, is ended. */
  options: { timeoutMs: number; memoryLimit: number },
): Promise<TreeUsage> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let ended: string | undefined;
  const end = (why: string) => {
    ended ??= why;
    child.kill('SIGKILL');
  };
  const peaks = new Map<number, number>();
  let peakBytes = 0;
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4000);
  });
  const sampler = setInterval(() => {
    let now = 0;
    for (const pid of tree(child)) {
      const { resident, peak } = memory(pid);
      now += resident;
      peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peak));
    }
    peakBytes = Math.max(peakBytes, now);
    if (now > options.memoryLimit) end(`ended at ${(now / 1e9).toFixed(1)} GB of memory`);
  }, sampleMs);
  const timer = setTimeout(() => end(`ended after ${options.timeoutMs / 1000} s`), options.timeoutMs);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(sampler);
      clearTimeout(timer);
      if (code === 0) resolve({ stdout, peakBytes, processes: [...peaks.values()] });
      else reject(new Error(ended ?? (lastLine(stderr) || `ended with ${signal ?? code}`)));
    });
  });
}

function tree({ pid }: ChildProcess): number[] {
  const found = pid === undefined ? [] : [pid];
  for (let at = 0; at < found.length; at++) found.push(...children(found[at] as number));
  return found;
}

/** Processes come and go between two reads of /proc. */
function children(pid: number): number[] {
  const text = read(`/proc/${pid}/task/${pid}/children`);
  return text.split(' ').filter(Boolean).map(Number);
}

function memory(pid: number): { resident: number; peak: number } {
  const status = read(`/proc/${pid}/status`);
  const field = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024;
  return { resident: field('VmRSS'), peak: field('VmHWM') };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

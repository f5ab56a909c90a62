import { spawn } from 'node:child_process';
import { type SourcePosition, UserError } from './errors.ts';
import type { Progress } from './progress.ts';
import { partEnvironment, redact } from './secrets.ts';
import { longestTimer } from './timer.ts';

export interface CommandRequest {
  /** The policy's folder. */
  folder: string;
  allowed: boolean;
  /** Names the command in messages: `build of mobilenet`. */
  what: string;
  position?: SourcePosition;
  env?: Readonly<Record<string, string>>;
  timeoutMs?: number;
  progress: Progress;
}

/** Characters of its output that a message quotes. */
const tailLength = 2000;
/** Bytes of its standard output that are returned, far fewer than a string holds. */
const mostPrinted = 64 * 2 ** 20;
/** After its end: what is left running may still write what it has read, as a `tee` that a shell does not wait for. */
const lastWordsMs = 2_000;

/**
 * Runs a command that the policy names, in the policy's folder, without what is secret in its environment (secrets.ts).
 * What it leaves running in its process group is ended with it, lest it run beside what is measured.
 *
 * @returns what it printed on standard output, the last 64 MB of it
 * @throws UserError where commands are not allowed, or it fails or takes too long; its last output is in the message
 */
export async function runCommand(command: string, request: CommandRequest): Promise<string> {
  const { what, position } = request;
  const refuse = (message: string, cause?: unknown) => new UserError(message, { ...(position && { position }), cause });
  if (!request.allowed) {
    throw refuse(
      `the ${what} is not run: commands are refused here (in a pull request from a fork, or by --no-commands); ` +
        'commit what it makes, or let the operator of this repository set allow-commands',
    );
  }
  const stage = request.progress.stage(what);
  const { open, closed } = partEnvironment(process.env);
  const child = spawn(command, {
    shell: true,
    cwd: request.folder,
    env: { ...open, ...request.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  endAtExit();
  let tail = '';
  // A secret that is cut off at the start would not be known as one.
  const kept = tailLength + Math.max(0, ...closed.map(({ length }) => length));
  const keep = (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-kept);
    stage.advance(0, lastLine(redact(tail, closed)));
  };
  const printed: Buffer[] = [];
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    printed.push(chunk);
    bytes += chunk.length;
    while (bytes > mostPrinted) bytes -= printed.shift()!.length;
    keep(chunk);
  });
  child.stderr.on('data', keep);
  let late = false;
  const timer =
    request.timeoutMs === undefined
      ? undefined
      : setTimeout(
          () => {
            late = true;
            end(child.pid);
          },
          Math.min(request.timeoutMs, longestTimer),
        );
  let lastWords: NodeJS.Timeout | undefined;
  const code = await new Promise<number | string>((done, fail) => {
    child.once('error', fail);
    // What still runs behind it may hold its pipes open for ever, also in a process group of its own.
    child.once('exit', () => {
      lastWords = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, lastWordsMs);
    });
    child.once('close', (exit, signal) => done(exit ?? signal ?? 'unknown'));
  }).finally(() => {
    clearTimeout(timer);
    clearTimeout(lastWords);
    // Windows has no process groups, and the number may be another process's by now.
    if (process.platform !== 'win32') end(pid);
    if (pid !== undefined) running.delete(pid);
  });
  if (late) throw refuse(`the ${what} took longer than ${Math.round((request.timeoutMs ?? 0) / 1000)} s and was ended`);
  if (code !== 0) throw refuse(`the ${what} failed (${code}): ${command}\n${quoted(tail, closed)}`);
  stage.done();
  return Buffer.concat(printed).toString('utf8');
}

/** Commands that run; in groups of their own, they do not hear the Ctrl-C that ends us. */
const running = new Set<number>();
let atExit = false;
function endAtExit(): void {
  if (atExit) return;
  atExit = true;
  process.on('exit', () => {
    for (const pid of running) end(pid);
  });
}

/** The whole process group: a shell's children too, but for those of another user, as behind `sudo`. */
function end(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch (error) {
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** The end of what a command printed. Its own environment had no secret, but it can read our own. */
function quoted(tail: string, secrets: readonly string[]): string {
  const text = redact(tail, secrets).trim();
  // What is cut begins with a whole line.
  return text.length <= tailLength ? text : text.slice(-tailLength).replace(/^[^\n]*\n/, '');
}

/** The last line that is whole: of one that is printed bit by bit a part says little, and may be a part of a secret. */
function lastLine(text: string): string {
  // Progress bars end a line by going back to its start.
  const whole = text.split(/[\r\n]/).slice(0, -1);
  return whole.findLast((line) => line.trim() !== '')?.slice(0, 120) ?? '';
}

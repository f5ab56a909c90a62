import { execFile, spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { realpathOfExisting } from '../files.ts';
import { repositoryRoot } from '../policy/load.ts';

const run = promisify(execFile);

/** The checkout that holds a file, which `path:` of actions/checkout puts into a folder of the workspace. */
export async function checkoutOf(path: string): Promise<string> {
  return repositoryRoot(await realpathOfExisting(dirname(path)));
}

/** Runs Git in the checkout; gives standard output. */
export type Git = (args: readonly string[], env?: Record<string, string>) => Promise<string>;

/** In a container job the checkout belongs to another user, which Git refuses unless told otherwise. */
const options = (workspace: string) => ['-C', workspace, '-c', `safe.directory=${workspace}`];

export function gitIn(workspace: string): Git {
  return async (args, env) => {
    const { stdout } = await run('git', [...options(workspace), ...args], {
      env: { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  };
}

/** Streams what Git writes into a file; `from` is its standard input. */
export async function streamGit(
  workspace: string,
  args: readonly string[],
  to: string,
  { from, env }: { from?: string; env?: Record<string, string> } = {},
): Promise<void> {
  const child = spawn('git', [...options(workspace), ...args], {
    stdio: [from === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', ...env },
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-2_000);
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  await Promise.all([
    pipeline(child.stdout!, createWriteStream(to)),
    // A Git that ends without reading says why itself.
    from === undefined ? undefined : pipeline(createReadStream(from), child.stdin!).catch(ignoreClosedPipe),
    closed,
  ]);
  const code = await closed;
  if (code !== 0) throw Object.assign(new Error(`git ${args.join(' ')} ended with ${code}`), { stderr });
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
}

/** The line of a failure that says why: the first complaint of Git or Git LFS, which advice and hints follow. */
export function reasonOf(error: unknown): string {
  const stderr = (error as { stderr?: unknown }).stderr;
  const text =
    typeof stderr === 'string' && stderr.trim() ? stderr : error instanceof Error ? error.message : String(error);
  const lines = text.trim().split('\n');
  return (lines.find((line) => /^(fatal|error|git): |^Error /.test(line)) ?? lines.at(-1)!).trim();
}

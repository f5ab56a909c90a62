import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import type { BaseBranch } from '../engine/options.ts';
import { realpathOfExisting } from '../files.ts';
import { firstLine, type Git, gitIn, streamGit } from './git.ts';

export interface BaseRequest {
  /** The checkout. */
  workspace: string;
  ref: string;
  sha: string;
  /** Absolute path of the policy. */
  policyPath: string;
  /** Fetches a commit that a shallow checkout lacks, where the checkout kept no credentials. */
  token: string;
  serverUrl: string;
}

export interface OpenedBase {
  base: BaseBranch;
  /** Whether Git has all of these files and folders (absolute paths), and they are what they were at the base. */
  unchanged(paths: readonly string[]): Promise<boolean>;
}

export type BaseResult = OpenedBase | { unavailable: string };

/**
 * The pull request's base, read from Git's objects: no second checkout is made, so nothing of the working tree moves
 * and the base's data, hooks and filters stay out of it. actions/checkout fetches the head alone; the base's commit is
 * then fetched without its history.
 */
export async function openBase(request: BaseRequest): Promise<BaseResult> {
  const { workspace, ref, sha } = request;
  if (!/^[0-9a-f]{40,64}$/.test(sha)) return { unavailable: `the event names no base commit (${sha})` };
  const git = gitIn(workspace);
  let root: string;
  try {
    root = (await git(['rev-parse', '--show-toplevel'])).trim();
  } catch (error) {
    return { unavailable: `the checkout is no Git repository, or Git is missing: ${firstLine(error)}` };
  }
  try {
    await ensureCommit(git, request);
  } catch (error) {
    return { unavailable: `the base commit ${sha.slice(0, 12)} cannot be fetched: ${firstLine(error)}` };
  }
  const policyFile = relative(root, await realpathOfExisting(request.policyPath))
    .split(sep)
    .join('/');
  const policyText = (await isFile(git, sha, policyFile))
    ? await git(['cat-file', 'blob', `${sha}:${policyFile}`])
    : undefined;
  return {
    base: {
      ref,
      sha,
      ...(policyText !== undefined && { policyText }),
      async extract(path, to) {
        const file = path.split(sep).join('/');
        if (!(await isFile(git, sha, file))) return false;
        await writeBlob(workspace, `${sha}:${file}`, to);
        return true;
      },
    },
    unchanged: (paths) => unchanged(git, sha, paths),
  };
}

/** Looks at the working tree, not at HEAD: an earlier step of the job may have written a model or fetched data. */
async function unchanged(git: Git, sha: string, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    const args = ['-z', '--', path];
    if ((await git(['--literal-pathspecs', 'ls-files', ...args])) === '') return false;
    if ((await git(['--literal-pathspecs', 'ls-files', '--others', ...args])) !== '') return false;
    if ((await git(['--literal-pathspecs', 'diff', '--name-only', '--no-renames', sha, ...args])) !== '') return false;
  }
  return true;
}

async function ensureCommit(git: Git, { sha, token, serverUrl }: BaseRequest): Promise<void> {
  const present = await git(['cat-file', '-e', `${sha}^{commit}`]).then(
    () => true,
    () => false,
  );
  if (present) return;
  const fetch = ['fetch', '--quiet', '--no-tags', '--depth=1', 'origin', sha];
  try {
    await git(fetch);
  } catch (first) {
    // `persist-credentials: false`. The token goes by the environment: arguments are seen by every process.
    if (!token) throw first;
    const header = Buffer.from(`x-access-token:${token}`).toString('base64');
    await git(fetch, {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `http.${serverUrl}/.extraheader`,
      GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${header}`,
    });
  }
}

/** Whether the commit holds a regular file there; a symbolic link is not followed. */
async function isFile(git: Git, sha: string, path: string): Promise<boolean> {
  if (path === '' || path.split('/').includes('..')) return false;
  const entry = await git(['--literal-pathspecs', 'ls-tree', '--full-tree', sha, '--', path]);
  return /^100(644|755) blob /.test(entry) && !entry.trim().includes('\n');
}

/** Writes the blob, or the content a Git LFS pointer stands for, whole or not at all. */
async function writeBlob(workspace: string, object: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const part = `${to}.tmp-${process.pid}`;
  try {
    await streamGit(workspace, ['cat-file', 'blob', object], part);
    if (await isLfsPointer(part)) {
      const content = `${part}-lfs`;
      await streamGit(workspace, ['lfs', 'smudge'], content, part);
      await rename(content, part);
    }
    await rename(part, to);
  } finally {
    await rm(part, { force: true });
    await rm(`${part}-lfs`, { force: true });
  }
}

async function isLfsPointer(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, 0);
    return buffer.toString('latin1', 0, bytesRead).startsWith('version https://git-lfs.github.com/');
  } finally {
    await file.close();
  }
}

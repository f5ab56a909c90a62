import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import type { BaseBranch } from '../engine/options.ts';
import { UserError } from '../errors.ts';
import { isInside, realpathOfExisting } from '../files.ts';
import { checkoutOf, type Git, gitIn, reasonOf, streamGit } from './git.ts';

export interface BaseRequest {
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
  /** What the base has at the policy's path; `other` for a symbolic link, a folder, or something below a link. */
  policyEntry: Entry;
  /**
   * Whether Git has all of these files and folders (absolute paths), and they are what they were at the base. A symbolic
   * link counts as changed: what it leads to is not looked at.
   */
  unchanged(paths: readonly string[]): Promise<boolean>;
  /** Whether the base has any of these files and folders (absolute paths); those outside the repository it has not. */
  hasAny(paths: readonly string[]): Promise<boolean>;
}

export type Entry = 'file' | 'none' | 'submodule' | 'other';

export type BaseResult = OpenedBase | { unavailable: string };

/**
 * The pull request's base, read from Git's objects: no second checkout is made, so nothing of the working tree moves
 * and the base's data, hooks and filters stay out of it. actions/checkout fetches the head alone; the base's commit is
 * then fetched without its history.
 */
export async function openBase(request: BaseRequest): Promise<BaseResult> {
  const { ref, sha } = request;
  if (!/^[0-9a-f]{40,64}$/.test(sha)) return { unavailable: `the event names no base commit (${sha})` };
  const checkout = await checkoutOf(request.policyPath);
  const git = gitIn(checkout);
  let root: string;
  try {
    // The base commit is one of the repository around it, and another remote's answer would be taken for it.
    if ((await git(['rev-parse', '--show-superproject-working-tree'])).trim()) {
      return { unavailable: 'the policy lies in a submodule, which has no commit of the base branch' };
    }
    root = await realpathOfExisting((await git(['rev-parse', '--show-toplevel'])).trim());
  } catch (error) {
    return { unavailable: `the checkout is no Git repository, or Git is missing: ${reasonOf(error)}` };
  }
  try {
    await ensureCommit(git, request);
  } catch (error) {
    return { unavailable: `the base commit ${sha.slice(0, 12)} cannot be fetched: ${reasonOf(error)}` };
  }
  // A partial clone, as `sparse-checkout` makes one, fetches what it reads: with the token where it kept none.
  const read: Git = (args) => withToken(request, (env) => git(args, env));
  const policyFile = inRepository(root, await realpathOfExisting(request.policyPath));
  let policyEntry: Entry;
  let policyText: string | undefined;
  try {
    policyEntry = await entryAt(read, sha, policyFile);
    if (policyEntry === 'file') policyText = await read(['cat-file', 'blob', `${sha}:${policyFile}`]);
  } catch (error) {
    return { unavailable: `the policy of ${ref} cannot be fetched: ${reasonOf(error)}` };
  }
  return {
    base: {
      ref,
      sha,
      ...(policyText !== undefined && { policyText }),
      async extract(path, to) {
        const file = path.split(sep).join('/');
        const entry = await entryAt(read, sha, file);
        if (entry === 'submodule')
          throw new UserError(`${file} of ${ref} lies in a submodule, which is not looked into`);
        if (entry !== 'file') return false;
        await writeBlob(checkout, { ...request, file, to });
        return true;
      },
    },
    policyEntry,
    unchanged: (paths) => unchanged(git, sha, paths),
    hasAny: (paths) => hasAny(git, sha, { root, paths }),
  };
}

/** Relative to the repository's root, with `/`, as Git spells it. */
function inRepository(root: string, path: string): string {
  return relative(root, path).split(sep).join('/');
}

/** Looks at the working tree, not at HEAD: an earlier step of the job may have written a model or fetched data. */
async function unchanged(git: Git, sha: string, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    const args = ['-z', '--', path];
    const known = await git(['--literal-pathspecs', 'ls-files', '--stage', ...args]);
    if (known === '' || known.split('\0').some((entry) => entry.startsWith('120000 '))) return false;
    if ((await git(['--literal-pathspecs', 'ls-files', '--others', ...args])) !== '') return false;
    if ((await git(['--literal-pathspecs', 'diff', '--name-only', '--no-renames', sha, ...args])) !== '') return false;
  }
  return true;
}

async function hasAny(git: Git, sha: string, { root, paths }: { root: string; paths: readonly string[] }) {
  const inside = paths.filter((path) => isInside(root, path) && path !== root).map((path) => inRepository(root, path));
  // A few hundred at once: a command line has an end.
  for (let from = 0; from < inside.length; from += 200) {
    const some = inside.slice(from, from + 200);
    if ((await git(['--literal-pathspecs', 'ls-tree', '--full-tree', '-z', sha, '--', ...some])) !== '') return true;
  }
  return false;
}

async function ensureCommit(git: Git, request: BaseRequest): Promise<void> {
  const { sha } = request;
  const present = await git(['cat-file', '-e', `${sha}^{commit}`]).then(
    () => true,
    () => false,
  );
  if (present) return;
  await withToken(request, (env) => git(['fetch', '--quiet', '--no-tags', '--depth=1', 'origin', sha], env));
}

/**
 * Tries as the checkout is, then with the token: under `persist-credentials: false` it kept none. The token goes by the
 * environment: arguments are seen by every process.
 */
async function withToken<T>(
  { token, serverUrl }: Pick<BaseRequest, 'token' | 'serverUrl'>,
  work: (env?: Record<string, string>) => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (first) {
    if (!token) throw first;
    const header = Buffer.from(`x-access-token:${token}`).toString('base64');
    // After what the job itself sets in this way.
    const count = Number(process.env['GIT_CONFIG_COUNT']) || 0;
    return work({
      GIT_CONFIG_COUNT: String(count + 1),
      [`GIT_CONFIG_KEY_${count}`]: `http.${serverUrl}/.extraheader`,
      [`GIT_CONFIG_VALUE_${count}`]: `AUTHORIZATION: basic ${header}`,
    });
  }
}

/** What the commit holds there; a symbolic link is not followed, also not on the way. */
async function entryAt(git: Git, sha: string, path: string): Promise<Entry> {
  const parts = path.split('/');
  if (path === '' || parts.includes('..')) return 'none';
  for (let length = 1; length <= parts.length; length++) {
    const way = parts.slice(0, length).join('/');
    const entry = await git(['--literal-pathspecs', 'ls-tree', '--full-tree', sha, '--', way]);
    if (entry === '') return 'none';
    if (entry.startsWith('160000 ')) return 'submodule';
    if (length < parts.length && !entry.startsWith('040000 tree ')) return 'other';
    if (length === parts.length) return /^100(644|755) blob /.test(entry) ? 'file' : 'other';
  }
  return 'none';
}

/**
 * Writes the blob, or the content a Git LFS pointer stands for, whole or not at all.
 * @throws UserError where it cannot be fetched
 */
async function writeBlob(checkout: string, request: BaseRequest & { file: string; to: string }): Promise<void> {
  const { sha, ref, file, to } = request;
  await mkdir(dirname(to), { recursive: true });
  const part = `${to}.tmp-${process.pid}`;
  const content = `${part}-lfs`;
  try {
    const blob = (env?: Record<string, string>) =>
      streamGit(checkout, ['cat-file', 'blob', `${sha}:${file}`], part, { ...(env && { env }) });
    await withToken(request, blob).catch((error: unknown) => {
      if ((error as { stderr?: unknown }).stderr === undefined) throw error;
      throw new UserError(`${file} of ${ref} cannot be fetched: ${reasonOf(error)}`, { cause: error });
    });
    if (await isLfsPointer(part)) {
      const smudge = (env?: Record<string, string>) =>
        streamGit(checkout, ['lfs', 'smudge'], content, { from: part, ...(env && { env }) });
      await withToken(request, smudge).catch((error: unknown) => {
        throw new UserError(
          `${file} of ${ref} is kept in Git LFS and cannot be fetched: ${reasonOf(error)}. Git LFS has to be installed on ` +
            'the runner, and the checkout made with `lfs: true`',
          { cause: error },
        );
      });
      await rename(content, part);
    }
    await rename(part, to);
  } finally {
    await rm(part, { force: true });
    await rm(content, { force: true });
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

import { lstat, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { pathProblem, UserError } from '../errors.ts';
import { isInside, realpathOfExisting } from '../files.ts';
import type { Preprocess, Task } from '../policy/schema.ts';
import type { DataSource } from '../policy/sources.ts';
import type { Progress } from '../progress.ts';
import type { TensorInfo } from '../tensor.ts';
import type { Dataset, Label } from './dataset.ts';
import { refuseLfsPointer } from './lfs.ts';

export interface OpenOptions {
  /** Paths of the policy are relative to this folder. */
  policyFolder: string;
  /** No path may lead out of this folder, symlinks resolved; default: not checked. */
  root?: string;
  preprocess?: Preprocess;
  task: Task;
  /** The model's inputs. */
  inputs: readonly TensorInfo[];
  /** The output that the metric reads: labels of a classification are checked against its number of classes. None: nobody reads labels. */
  output?: TensorInfo;
  /** Class names by index, for sources that name none; a source's own `classes` file comes first. */
  classes?: readonly string[];
  /** Whether the policy is trusted to run commands. */
  allowCommands?: boolean;
  /** How long a command may run; default 10 minutes. */
  commandTimeoutMs?: number;
  /** Decoding threads; 0 decodes inline. */
  threads?: number;
  progress?: Progress;
}

/** The variant of DataSource that has this key. */
export type SourceOf<Key extends string> = Extract<DataSource, Record<Key, unknown>>;

/** A path of the policy: where it is, and how messages name it. */
export interface SourcePath {
  path: string;
  name: string;
}

/**
 * Finds a path of the policy.
 *
 * @param key the policy's key, for messages
 * @throws UserError where it does not exist, is of the wrong kind, or leads out of the root
 */
export async function locate(
  options: OpenOptions,
  key: string,
  name: string,
  kind: 'file' | 'folder' | 'any' = 'any',
): Promise<SourcePath> {
  const path = resolve(options.policyFolder, name);
  const wrong = (message: string, cause?: unknown) => new UserError(message, { key: key.split(/\.(.*)/, 2), cause });
  if (name.includes('\0')) throw wrong(`\`${key}\` holds a NUL character; no path has one.`);
  // First: whether something exists outside, and what lies beside it, is nothing that a policy may ask.
  await checkContained(options, key, name, path);
  const info = await stat(path).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const problem = pathProblem(error);
    if (problem === undefined) throw error;
    throw wrong(`\`${key}: ${name}\` cannot be read: ${problem}.`, error);
  });
  if (!info) throw wrong(await missing(options, key, name, path));
  if (kind === 'folder' && info.isFile())
    throw wrong(`\`${key}: ${name}\` is a file; name the folder that holds the files.`);
  if (kind === 'file' && info.isDirectory()) throw wrong(`\`${key}: ${name}\` is a folder; name a file.`);
  // Reading a pipe would wait for whoever writes into it.
  if (!info.isFile() && !info.isDirectory()) {
    const cure = { file: 'a file', folder: 'a folder', any: 'a file or a folder' }[kind];
    throw wrong(`\`${key}: ${name}\` is neither a file nor a folder; name ${cure}.`);
  }
  return { path, name };
}

async function missing(options: OpenOptions, key: string, name: string, path: string): Promise<string> {
  const folder = resolve(path, '..');
  const beside = await readdir(folder).catch(() => undefined);
  const shown = relative(options.policyFolder, folder) || '.';
  if (!beside)
    return `\`${key}: ${name}\` does not exist, nor does its folder; paths are relative to the policy's folder.`;
  const listed = beside
    .filter((each) => !each.startsWith('.'))
    .sort()
    .slice(0, 12)
    .join(', ');
  return `\`${key}: ${name}\` does not exist; ${shown} has ${listed || 'no files'}. Paths are relative to the policy's folder.`;
}

async function checkContained(options: OpenOptions, key: string, name: string, path: string): Promise<void> {
  if (options.root === undefined) return;
  if (isInside(await realpath(options.root), await realpathFrom(path))) return;
  throw new UserError(
    `\`${key}: ${name}\` leads out of ${basename(options.root)}/, the folder that the gate may read; keep data inside it.`,
    { key: [key] },
  );
}

/** Where a path leads, symlinks resolved, as far as it can be followed. */
async function realpathFrom(path: string): Promise<string> {
  return realpathOfExisting(path).catch((error: unknown) => {
    const parent = dirname(path);
    // Below a file, or a folder that may not be entered. What is wrong there is said by who reads it.
    if (pathProblem(error) === undefined || parent === path) throw error;
    return realpathFrom(parent);
  });
}

/**
 * All files of a folder whose names end in one of the extensions, hidden ones left out, sorted by path (by UTF-16
 * units, the same on every machine). Links are followed where they stay inside the root; a folder that several ways lead to is
 * listed once, by its own place where it has one here, and a link to a folder above not at all.
 */
export async function listFiles(
  options: OpenOptions,
  folder: SourcePath,
  extensions: ReadonlySet<string>,
): Promise<SourcePath[]> {
  const found: SourcePath[] = [];
  const top = await realpath(folder.path);
  const listed = new Set<string>();
  const linked: string[] = [];
  const walk = async (path: string): Promise<void> => {
    const real = await realpath(path);
    if (listed.has(real)) return;
    listed.add(real);
    const entries = await readdir(path, { withFileTypes: true });
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue;
      const child = join(path, entry.name);
      let isFile = entry.isFile();
      if (entry.isSymbolicLink()) {
        const target = await stat(child).catch(() => undefined);
        if (!target) {
          throw new UserError(
            `${slashes(join(folder.name, relative(folder.path, child)))} is a link to a file that does not exist; remove it, or commit the file.`,
          );
        }
        await checkContained(options, folder.name, relative(options.policyFolder, child), child);
        isFile = target.isFile();
        if (target.isDirectory() && !isInside(await realpath(child), top)) linked.push(child);
      }
      if (entry.isDirectory()) await walk(child);
      else if (isFile && extensions.has(extensionOf(entry.name))) {
        found.push({ path: child, name: slashes(join(folder.name, relative(folder.path, child))) });
      }
    }
  };
  await walk(folder.path);
  // More are found in them.
  for (const path of linked) await walk(path);
  return found.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** A file's text without its byte order mark. @throws UserError where it is another encoding than UTF-8, or a Git LFS pointer */
export async function readText({ path, name }: SourcePath): Promise<string> {
  const bytes = await readFile(path);
  refuseLfsPointer(bytes, name);
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || bytes.includes(0);
  try {
    // Drops the byte order mark.
    if (!isUtf16) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Said below.
  }
  throw new UserError(`${name} is not UTF-8 text${isUtf16 ? ' but UTF-16, it seems' : ''}; save it as UTF-8.`);
}

/** `.jpg`, in lower case; empty where there is none. */
export function extensionOf(name: string): string {
  return /\.[^./\\]+$/.exec(name)?.[0].toLowerCase() ?? '';
}

/** The file's name without folder and extension. */
export function stemOf(name: string): string {
  return basename(slashes(name)).replace(/\.[^.]+$/, '');
}

export function slashes(path: string): string {
  return sep === '\\' ? path.replaceAll('\\', '/') : path;
}

/** Whether a file exists; a dangling link does not. */
export async function isFile(path: string): Promise<boolean> {
  return lstat(path).then(
    async (info) =>
      info.isFile() || (info.isSymbolicLink() && (await stat(path).catch(() => undefined))?.isFile() === true),
    () => false,
  );
}

/** The half-open range of `total` samples that `rows` and `limit` choose. @throws UserError where it is empty */
export function selectRows(
  source: { rows?: string | undefined; limit?: number | undefined },
  total: number,
  what: string,
) {
  if (total === 0) throw new UserError(`${what} has no samples.`);
  const [first = '', last = ''] = source.rows?.split(':') ?? [];
  const from = first === '' ? 0 : Number(first);
  const to = Math.min(total, last === '' ? total : Number(last), from + (source.limit ?? total));
  if (from >= to) {
    throw new UserError(
      `\`rows: "${source.rows}"\` chooses nothing of ${what}, which has ${total} samples (0 to ${total - 1}).`,
      { key: ['rows'] },
    );
  }
  return { from, to };
}

/** What a source module hands over; `openDataset` makes the Dataset of it. */
export interface OpenedSource extends Omit<Dataset, 'size' | 'cacheKey' | 'remarks'> {
  /** Labels by sample, known without decoding, or undefined where there are none or they come with the sample. */
  labels?: readonly (Label | undefined)[];
  /** Those, and what `rows` and `limit` leave out. */
  allLabels?: readonly (Label | undefined)[];
  size: number;
  /** The files whose bytes the samples are made from; names count too, for they can say the class. */
  files: readonly SourcePath[];
}

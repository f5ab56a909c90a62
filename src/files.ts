import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { constants, copyFile, lstat, mkdir, mkdtemp, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Hexadecimal SHA-256 of bytes or of a text in UTF-8. */
export function sha256(contents: string | Uint8Array): string {
  return createHash('sha256').update(contents).digest('hex');
}

/** Hexadecimal SHA-256 of a file, streamed. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** How a user's file is opened: without waiting for whoever writes, should it be a pipe. */
export const readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Refuses what cannot be read as a file, by the error that the system gives where it cannot be opened as one.
 *
 * @throws Error with the code EISDIR of a folder, ENXIO of a pipe, a socket or a device
 */
export function checkIsFile(info: Stats, path: string): void {
  if (info.isFile()) return;
  throw Object.assign(new Error(`${path} is not a file`), { code: info.isDirectory() ? 'EISDIR' : 'ENXIO' });
}

/** A name beside `path` that no other process uses; `removeStale` recognises it. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.tmp-${process.pid}-${randomBytes(6).toString('hex')}`);
}

/**
 * Writes a file whole or not at all: to a temporary name beside it, flushed, then renamed over it. A reader sees the
 * old file or the new one, and a killed process leaves at most a temporary file.
 */
export async function writeAtomic(path: string, contents: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryPath(path);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(contents);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await replaceFile(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Gives a file the name `to`, whatever file has that name. Windows replaces no file that is open, be it by this process alone, but
 * lets it have another name: it is put aside, and gone when it is closed.
 */
export async function replaceFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isOpen = process.platform === 'win32' && (code === 'EPERM' || code === 'EACCES' || code === 'EBUSY');
    if (!isOpen || !(await lstat(to)).isFile()) throw error;
    const aside = temporaryPath(to);
    await rename(to, aside);
    try {
      await rename(from, to);
    } catch (second) {
      await rename(aside, to);
      throw second;
    }
    await rm(aside);
  }
}

/** Copies a file whole or not at all; a copy-on-write clone where the file system has them. */
export async function copyAtomic(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const temporary = temporaryPath(to);
  try {
    await copyFile(from, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await replaceFile(temporary, to);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Makes a folder whole or not at all: `fill` writes into a temporary folder beside it, which is then renamed. Where
 * `path` exists already, or another process finishes first, that folder stays and ours is dropped.
 *
 * @returns whether this call made the folder
 */
export async function atomicFolder(path: string, fill: (temporary: string) => Promise<void>): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryPath(path);
  await mkdir(temporary);
  try {
    await fill(temporary);
    await rename(temporary, path);
    return true;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    const code = (error as NodeJS.ErrnoException).code;
    // Windows answers EPERM or EACCES where the target exists, Linux and macOS ENOTEMPTY or EEXIST.
    if (code !== undefined && ['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES'].includes(code) && (await exists(path))) {
      return false;
    }
    throw error;
  }
}

/** Milliseconds in which a process has written what it writes. */
const staleAge = 60 * 60 * 1000;

/**
 * Removes what killed processes left in `folder`: temporary names of processes that no longer run, an hour after their
 * last change. The age is for processes of other containers, whose numbers mean nothing here.
 */
export async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = /^\..*\.tmp-(\d+)-[0-9a-f]{12}$/.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    const path = join(folder, name);
    const found = await lstat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > staleAge) await rm(path, { recursive: true, force: true });
  }
}

/** Whether there is a process of that number. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Calls `use` with a fresh temporary folder and removes it afterwards, also when `use` throws. */
export async function withTemporaryFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'quant-gate-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether `path` is `folder` or lies in it; both absolute, compared as they are (resolve symlinks first). */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/**
 * The path with the symlinks of its existing part resolved: for a file that does not exist yet, its nearest existing
 * ancestor decides where it would really lie.
 */
export async function realpathOfExisting(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
    return join(await realpathOfExisting(parent), basename(path));
  }
}

async function exists(path: string): Promise<boolean> {
  return realpath(path).then(
    () => true,
    () => false,
  );
}

/** Whether a path is relative, spelled with `/`, and stays inside its folder on Linux, macOS and Windows. */
export function isSafePath(path: string): boolean {
  return (
    path !== '' &&
    !/[\\:\p{Cc}]/u.test(path) &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

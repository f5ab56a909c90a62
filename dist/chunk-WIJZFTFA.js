import { createRequire as createRequireOfBundle } from 'node:module';
import { fileURLToPath as fileURLToPathOfBundle } from 'node:url';
const require = createRequireOfBundle(import.meta.url);
const filenameOfBundle = fileURLToPathOfBundle(import.meta.url);
const dirnameOfBundle = fileURLToPathOfBundle(new URL('.', import.meta.url));

// src/files.ts
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { constants, copyFile, lstat, mkdir, mkdtemp, open, readdir, realpath, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";
function sha256(contents) {
  return createHash("sha256").update(contents).digest("hex");
}
async function sha256File(path) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
var readFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
function checkIsFile(info, path) {
  if (info.isFile()) return;
  throw Object.assign(new Error(`${path} is not a file`), { code: info.isDirectory() ? "EISDIR" : "ENXIO" });
}
function temporaryPath(path) {
  return join(dirname(path), `.${basename(path)}.tmp-${process.pid}-${randomBytes(6).toString("hex")}`);
}
async function writeAtomic(path, contents) {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryPath(path);
  try {
    const handle = await open(temporary, "wx");
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
async function replaceFile(from, to) {
  try {
    await rename(from, to);
  } catch (error) {
    const { code } = error;
    const isOpen = process.platform === "win32" && (code === "EPERM" || code === "EACCES" || code === "EBUSY");
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
async function copyAtomic(from, to) {
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
async function atomicFolder(path, fill) {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryPath(path);
  await mkdir(temporary);
  try {
    await fill(temporary);
    await rename(temporary, path);
    return true;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    const code = error.code;
    if (code !== void 0 && ["ENOTEMPTY", "EEXIST", "EPERM", "EACCES"].includes(code) && await exists(path)) {
      return false;
    }
    throw error;
  }
}
var staleAge = 60 * 60 * 1e3;
async function removeStale(folder) {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = /^\..*\.tmp-(\d+)-[0-9a-f]{12}$/.exec(name)?.[1];
    if (pid === void 0 || isRunning(Number(pid))) continue;
    const path = join(folder, name);
    const found = await lstat(path).catch(() => void 0);
    if (found && Date.now() - found.mtimeMs > staleAge) await rm(path, { recursive: true, force: true });
  }
}
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
async function withTemporaryFolder(use) {
  const folder = await mkdtemp(join(tmpdir(), "quant-gate-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
function isInside(folder, path) {
  const way = relative(folder, path);
  return way === "" || way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
async function realpathOfExisting(path) {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if (error.code !== "ENOENT" || parent === path) throw error;
    return join(await realpathOfExisting(parent), basename(path));
  }
}
async function exists(path) {
  return realpath(path).then(
    () => true,
    () => false
  );
}
function isSafePath(path) {
  return path !== "" && !/[\\:\p{Cc}]/u.test(path) && path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

export {
  sha256,
  sha256File,
  readFlags,
  checkIsFile,
  temporaryPath,
  writeAtomic,
  replaceFile,
  copyAtomic,
  atomicFolder,
  removeStale,
  isRunning,
  withTemporaryFolder,
  isInside,
  realpathOfExisting,
  isSafePath
};

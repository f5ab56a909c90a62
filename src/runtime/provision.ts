import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { isDiskFull, pathProblem, UserError } from '../errors.ts';
import { atomicFolder, removeStale, sha256File, temporaryPath } from '../files.ts';
import { type Progress, silent } from '../progress.ts';
import { type PinnedRuntime, pinned, thisPlatform } from './pinned.ts';
import { findRegistry, type Registry } from './registry.ts';

export interface ProvisionOptions {
  /** Default: that of the runner's tool cache, or of the user's cache. */
  folder?: string;
  registry?: Registry;
  progress?: Progress;
  /** For tests: another package than the one this program is built for. */
  runtime?: PinnedRuntime;
  /** Tries of a download that breaks off; default 3. */
  tries?: number;
  /** Milliseconds after which a connection on which nothing arrives is given up; default 30 s. */
  idleMs?: number;
}

/** Where the native files are kept between runs, in the layout of the runner's tool cache. */
function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const root = env['RUNNER_TOOL_CACHE'] || join(homedir(), '.cache', 'quant-gate');
  return join(root, pinned.name, pinned.version, process.arch);
}

/**
 * The folder with this platform's native files of onnxruntime-node: from the cache where each file's hash is right, or
 * else from the npm registry, streamed, each compared with the hash recorded when this program was built.
 *
 * Safe when several processes start at once, and after one was killed: files are written beside the place and moved
 * there whole. The cache is verified at every use, since it outlives jobs on a runner that people host themselves.
 *
 * @throws UserError that says what to do where it cannot be downloaded or kept
 */
export async function provisionRuntime(
  options: ProvisionOptions = {},
): Promise<{ folder: string; downloaded: boolean }> {
  const { folder = cacheFolder(), runtime = pinned, progress = silent } = options;
  const hashes = runtime.platforms[thisPlatform];
  if (!hashes) {
    const built = Object.keys(runtime.platforms).join(', ');
    throw new UserError(
      `${runtime.name} ${runtime.version} is not built for ${thisPlatform} (only for ${built}). Give the folder of your own build as runtime-path.`,
    );
  }
  const wrong = await inCache(folder, async () => {
    await removeStale(dirname(folder));
    return wrongFiles(folder, hashes);
  });
  if (wrong?.length === 0) return { folder, downloaded: false };
  if (wrong) {
    progress.note(`${folder}: ${wrong.join(', ')} changed since the download; fetching again`);
    await inCache(folder, () => setAside(folder));
  }
  const registry = options.registry ?? (await findRegistry());
  const stage = progress.stage(`fetching ${runtime.name} ${runtime.version} from ${registry.url}`);
  const { tries = 3, idleMs = 30_000 } = options;
  await inCache(folder, () =>
    atomicFolder(folder, (temporary) => download(temporary, hashes, runtime, registry, { tries, idleMs })),
  );
  stage.done();
  const bad = await wrongFiles(folder, hashes);
  if (bad?.length !== 0) throw new Error(`${folder} changed right after the download`);
  return { folder, downloaded: true };
}

/** @throws UserError where the file system refuses, as on a machine without a home to write to */
async function inCache<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const problem = pathProblem(error);
    if (problem === undefined) throw error;
    const { path = folder } = error as NodeJS.ErrnoException;
    throw new UserError(
      `ONNX Runtime cannot be kept in ${folder}: ${problem} at ${path}. Set RUNNER_TOOL_CACHE to a folder that can be ` +
        'written, or give runtime-path.',
      { cause: error },
    );
  }
}

/**
 * The files of a folder that are missing, changed or not expected there: a library that lies beside ONNX Runtime is
 * loaded by it. Undefined where there is no folder.
 */
export async function wrongFiles(
  folder: string,
  hashes: Readonly<Record<string, string>>,
): Promise<string[] | undefined> {
  let present: string[];
  try {
    present = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const wrong = present.filter((name) => !Object.hasOwn(hashes, name));
  for (const [name, hash] of Object.entries(hashes)) {
    if (!present.includes(name) || (await sha256File(join(folder, name))) !== hash) wrong.push(name);
  }
  return wrong;
}

/** Another process may do the same at this moment. */
async function setAside(folder: string): Promise<void> {
  const aside = temporaryPath(folder);
  try {
    await rename(folder, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/** A download that may go better the next time: the connection broke, the server was busy. */
class TransientError extends Error {}

async function download(
  folder: string,
  hashes: Readonly<Record<string, string>>,
  { name, version }: PinnedRuntime,
  registry: Registry,
  { tries, idleMs }: Required<Pick<ProvisionOptions, 'tries' | 'idleMs'>>,
): Promise<void> {
  const url = `${registry.url}/${name}/-/${name}-${version}.tgz`;
  for (let attempt = 1; ; attempt++) {
    try {
      return await unpack(await get(url, registry, idleMs), folder, hashes, url);
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      if (attempt >= tries) throw unreachable(name, version, registry, error.message);
    }
    for (const file of await readdir(folder)) await rm(join(folder, file));
    await delay(500 * 2 ** attempt);
  }
}

function unreachable(name: string, version: string, registry: Registry, why: string): UserError {
  const files = `bin/napi-v6/${process.platform}/${process.arch}`;
  return new UserError(
    `${name} ${version} cannot be fetched from ${registry.url} (${registry.source}): ${why}. Without that registry, set ` +
      `npm_config_registry to a mirror, or give runtime-path: the folder ${files} of an unpacked ${name} ${version}.`,
  );
}

/** The body of a reply that went well. */
async function get(url: string, { token, basic }: Registry, idleMs: number): Promise<Readable> {
  // Knows https_proxy and no_proxy as runners have them. Imported late: most runs find the files in the cache.
  const { HttpClient } = await import('@actions/http-client');
  const client = new HttpClient('quant-gate', undefined, { socketTimeout: idleMs });
  let message: IncomingMessage;
  try {
    const authorization = basic ? `Basic ${basic}` : token && `Bearer ${token}`;
    ({ message } = await client.get(url, authorization ? { authorization } : {}));
  } catch (error) {
    throw new TransientError((error as Error).message || String((error as NodeJS.ErrnoException).code));
  }
  const status = message.statusCode ?? 0;
  // Of a reply that has begun the client closes only its own side.
  message.setTimeout(idleMs, () => message.destroy(new Error(`nothing arrived for ${idleMs / 1000} s`)));
  if (status === 200) return message;
  message.destroy();
  const why = `the server answered ${status}${status === 401 || status === 403 ? ': not allowed' : ''}`;
  if (status >= 500 || status === 429) throw new TransientError(why);
  throw new UserError(`${url}: ${why}. Set npm_config_registry to a registry that has it, or give runtime-path.`);
}

/**
 * Writes this platform's files from a tarball as it comes in, and stops reading when it has them all: they are known by
 * their hashes, so the rest of the tarball need not arrive.
 */
async function unpack(
  body: Readable,
  folder: string,
  hashes: Readonly<Record<string, string>>,
  url: string,
): Promise<void> {
  const prefix = `package/bin/napi-v6/${process.platform}/${process.arch}/`;
  const missing = new Set(Object.keys(hashes));
  const tar = extract();
  const flow = pipeline(body, createGunzip(), tar);
  // Whatever ends the flow early ends the loop too, which says so; stopping it ourselves is no error.
  flow.catch(() => {});
  try {
    for await (const entry of tar) {
      const name = entry.header.name.startsWith(prefix) ? entry.header.name.slice(prefix.length) : '';
      if (!missing.has(name) || entry.header.type !== 'file') {
        entry.resume();
        continue;
      }
      const hash = await writeHashed(entry as AsyncIterable<Buffer>, join(folder, name));
      if (hash !== hashes[name]) {
        throw new UserError(
          `${url}: ${name} has sha256 ${hash}, expected ${hashes[name]}. The registry, or a proxy before it, changed ` +
            'the package; nothing was installed.',
        );
      }
      missing.delete(name);
      if (missing.size === 0) return;
    }
  } catch (error) {
    if (error instanceof UserError || isFileSystemError(error)) throw error;
    throw new TransientError((error as Error).message);
  } finally {
    body.destroy();
  }
  throw new UserError(`${url} has no ${prefix}${[...missing][0]}: it is not the package that it should be`);
}

async function writeHashed(entry: AsyncIterable<Buffer>, path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(
    entry,
    async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { flags: 'wx', mode: 0o755 }),
  );
  return hash.digest('hex');
}

/** No space, no permission: trying again does not help. */
function isFileSystemError(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).path !== undefined || isDiskFull(error);
}

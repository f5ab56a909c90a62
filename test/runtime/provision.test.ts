import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { sourceEntry } from '../../src/runtime/entry.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { bindingFile, type PinnedRuntime, pinned, thisPlatform } from '../../src/runtime/pinned.ts';
import { type ProvisionOptions, provisionRuntime } from '../../src/runtime/provision.ts';
import { findRegistry } from '../../src/runtime/registry.ts';
import { WorkerProcess } from '../../src/runtime/worker-process.ts';
import { echoJob, jobsEntry } from './jobs.ts';

/** A package of the same form with small files, where their contents do not matter. */
const files = { [bindingFile]: Buffer.from('binding'), 'libonnxruntime.so.1': Buffer.alloc(300_000, 'library') };
const small: PinnedRuntime = {
  name: pinned.name,
  version: '0.0.1',
  integrity: '',
  platforms: {
    [thisPlatform]: Object.fromEntries(Object.entries(files).map(([name, contents]) => [name, sha256(contents)])),
  },
};

let work: string;
let smallPackage: Buffer;
const servers: Server[] = [];

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'provision-test-'));
  smallPackage = await tarball(files);
  for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY']) vi.stubEnv(name, '');
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(work, { recursive: true, force: true });
});

function sha256(contents: Buffer): string {
  return createHash('sha256').update(contents).digest('hex');
}

/** As npm packs it: other platforms' files come first. */
async function tarball(natives: Readonly<Record<string, Buffer>>, level = 1): Promise<Buffer> {
  const tar = pack();
  const zipped = buffer(tar.pipe(createGzip({ level })));
  tar.entry({ name: 'package/package.json' }, '{}');
  tar.entry({ name: `package/bin/napi-v6/aix/ppc64/${bindingFile}` }, 'not for this machine');
  for (const [name, contents] of Object.entries(natives)) {
    tar.entry({ name: `package/bin/napi-v6/${process.platform}/${process.arch}/${name}`, mode: 0o755 }, contents);
  }
  tar.entry({ name: 'package/README.md' }, 'what comes last');
  tar.finalize();
  return zipped;
}

/** A registry on the loopback interface. */
async function serve(answer: RequestListener): Promise<{ url: string; source: string }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, source: 'the test' };
}

let folders = 0;
function options(registry: {
  url: string;
  source: string;
  token?: string;
}): Required<Omit<ProvisionOptions, 'progress'>> {
  return { folder: join(work, String(folders++), 'x64'), registry, runtime: small, tries: 2, idleMs: 30_000 };
}

describe('fetching ONNX Runtime', () => {
  test.runIf(thisPlatform in pinned.platforms)('a child process runs what was fetched', async () => {
    const native = dirname((await locateRuntime()).binding);
    const contents: Record<string, Buffer> = {};
    for (const name of Object.keys(pinned.platforms[thisPlatform]!))
      contents[name] = await readFile(join(native, name));
    const body = await tarball(contents, 0);
    const paths: (string | undefined)[] = [];
    const registry = await serve((request, response) => {
      paths.push(request.url);
      response.end(body);
    });
    const { folder } = await provisionRuntime({ ...options(registry), runtime: pinned });
    expect(paths).toEqual([`/onnxruntime-node/-/onnxruntime-node-${pinned.version}.tgz`]);
    const runtime = await locateRuntime({ runtimePath: folder });
    expect(runtime).toMatchObject({ source: 'runtime-path', version: pinned.version });
    const worker = await WorkerProcess.start({ runtime, label: 'fetched', entry: jobsEntry });
    expect(await worker.call(echoJob, 'alive')).toBe('alive');
    expect(await readFile(`/proc/${worker.pid}/maps`, 'utf8').catch(() => folder)).toContain(folder);
    await worker.close();
  });

  test('nothing is fetched where the files are there and right', async () => {
    let requests = 0;
    const registry = await serve((_request, response) => {
      requests++;
      response.end(smallPackage);
    });
    const where = options(registry);
    expect(await provisionRuntime(where)).toMatchObject({ downloaded: true });
    expect(await provisionRuntime(where)).toMatchObject({ downloaded: false });
    expect(requests).toBe(1);
    expect((await readdir(where.folder)).sort()).toEqual(Object.keys(files).sort());
  });

  test('a file that was changed, or planted, since is not used', async () => {
    const registry = await serve((_request, response) => response.end(smallPackage));
    const where = options(registry);
    await provisionRuntime(where);
    await writeFile(join(where.folder, bindingFile), 'changed');
    expect(await provisionRuntime(where)).toMatchObject({ downloaded: true });
    expect(await readFile(join(where.folder, bindingFile), 'utf8')).toBe('binding');
    await writeFile(join(where.folder, 'libonnxruntime_providers_cuda.so'), 'planted');
    expect(await provisionRuntime(where)).toMatchObject({ downloaded: true });
    expect((await readdir(where.folder)).sort()).toEqual(Object.keys(files).sort());
  });

  test('a package with another content is refused, and leaves nothing', async () => {
    const forged = await tarball({ ...files, 'libonnxruntime.so.1': Buffer.from('forged') });
    const where = options(await serve((_request, response) => response.end(forged)));
    await expect(provisionRuntime(where)).rejects.toThrow(/libonnxruntime\.so\.1 has sha256 .*nothing was installed/);
    expect(await readdir(dirname(where.folder))).toEqual([]);
  });

  test('a package without the files is refused', async () => {
    const empty = await tarball({});
    const where = options(await serve((_request, response) => response.end(empty)));
    await expect(provisionRuntime(where)).rejects.toThrow(/is not the package that it should be/);
  });

  test('a connection that breaks off is tried again', async () => {
    let requests = 0;
    const registry = await serve((_request, response) => {
      if (requests++ > 0) return response.end(smallPackage);
      response.writeHead(200, { 'content-length': smallPackage.length });
      return response.write(smallPackage.subarray(0, 600), () => response.destroy());
    });
    expect(await provisionRuntime(options(registry))).toMatchObject({ downloaded: true });
    expect(requests).toBe(2);
  });

  test('a connection on which nothing more arrives is tried again', async () => {
    const stalled: Socket[] = [];
    let requests = 0;
    // Keeps its side open, as what no longer answers does.
    const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
      stalled.push(socket.on('error', () => {}).resume());
      const head = `HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${smallPackage.length}\r\n\r\n`;
      socket.write(Buffer.concat([Buffer.from(head), smallPackage.subarray(0, 600)]));
      if (requests++ > 0) socket.end(smallPackage.subarray(600));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const registry = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, source: 'the test' };
    expect(await provisionRuntime({ ...options(registry), idleMs: 2_000 })).toMatchObject({ downloaded: true });
    expect(requests).toBe(2);
    for (const socket of stalled) socket.destroy();
    server.close();
  });

  test('a place where nothing can be kept is an error of the user that says what to do', async () => {
    const registry = await serve((_request, response) => response.end(smallPackage));
    const file = join(work, 'file');
    await writeFile(file, '');
    const folder = join(file, 'onnxruntime-node/x64');
    const error = await provisionRuntime({ ...options(registry), folder }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(/cannot be kept in .*ENOTDIR.*RUNNER_TOOL_CACHE.*runtime-path/);
  });

  test('without a network, the message says what to do', async () => {
    const registry = await serve(() => {});
    servers[0]!.close();
    const error = await provisionRuntime({ ...options(registry), tries: 1 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toMatch(/ECONNREFUSED.*npm_config_registry.*runtime-path/);
  });

  test('a registry that does not have it, or wants a token', async () => {
    const registry = await serve((request, response) => {
      response.statusCode = request.headers.authorization === 'Bearer t0ken' ? 404 : 401;
      response.end();
    });
    await expect(provisionRuntime(options(registry))).rejects.toThrow(/answered 401: not allowed/);
    await expect(provisionRuntime(options({ ...registry, token: 't0ken' }))).rejects.toThrow(/answered 404/);
  });

  test('a registry whose address holds a password gets it, and no message does', async () => {
    const basic = Buffer.from('bot:s3cr3t').toString('base64');
    const { url } = await serve((request, response) => {
      response.statusCode = request.headers.authorization === `Basic ${basic}` ? 404 : 401;
      response.end();
    });
    const registry = await findRegistry({ npm_config_registry: url.replace('//', '//bot:s3cr3t@') });
    const error = await provisionRuntime(options(registry)).catch((reason: unknown) => reason);
    expect((error as Error).message).toMatch(/answered 404/);
    expect((error as Error).message).not.toContain('s3cr3t');
  });

  test('four cold starts at once', async () => {
    const where = options(await serve((_request, response) => response.end(smallPackage)));
    const all = await Promise.all([1, 2, 3, 4].map(() => provisionRuntime(where)));
    expect(all.map(({ folder }) => folder)).toEqual(Array(4).fill(where.folder));
    expect(await readdir(dirname(where.folder))).toEqual(['x64']);
  });

  test('killed half-way, then again', async () => {
    let stall = true;
    const registry = await serve((_request, response) => {
      if (!stall) return response.end(smallPackage);
      return response.write(smallPackage.subarray(0, smallPackage.length - 500));
    });
    const where = options(registry);
    const entry = sourceEntry(new URL('./provision-child.ts', import.meta.url));
    const child = fork(entry.file, [JSON.stringify(where)], { execPath: entry.execPath, execArgv: entry.execArgv });
    await vi.waitFor(async () => expect(await readdir(dirname(where.folder))).toHaveLength(1), { timeout: 10_000 });
    await delay(100);
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(existsSync(where.folder)).toBe(false);
    stall = false;
    await provisionRuntime(where);
    // For all that this process knows, a process of another container still writes it.
    const left = (await readdir(dirname(where.folder))).filter((name) => name !== 'x64');
    expect(left).toHaveLength(1);
    const hourAgo = new Date(Date.now() - 61 * 60 * 1000);
    await utimes(join(dirname(where.folder), left[0]!), hourAgo, hourAgo);
    await provisionRuntime(where);
    expect(await readdir(dirname(where.folder))).toEqual(['x64']);
  });

  test('a platform without a build', async () => {
    const where = {
      ...options({ url: 'http://127.0.0.1:9', source: 'the test' }),
      runtime: { ...small, platforms: {} },
    };
    await expect(provisionRuntime(where)).rejects.toThrow(/is not built for/);
  });
});

describe('a given runtime-path', () => {
  test('that holds nothing is an error of the user', async () => {
    await expect(locateRuntime({ runtimePath: work })).rejects.toThrow(UserError);
  });

  test('may be an unpacked package', async () => {
    const root = join(dirname((await locateRuntime()).binding), '../../../..');
    expect(await locateRuntime({ runtimePath: root })).toMatchObject({
      source: 'runtime-path',
      version: pinned.version,
    });
  });
});

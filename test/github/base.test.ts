import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { openBase } from '../../src/github/base.ts';
import { close, listen } from './loopback.ts';

const model = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251));

describe('base branch', () => {
  let folder: string;
  let origin: string;
  let base: string;
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
    }).trim();
  const put = (path: string, contents: string | Buffer) => {
    mkdirSync(dirname(join(origin, path)), { recursive: true });
    writeFileSync(join(origin, path), contents);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quant-gate-base-'));
    origin = join(folder, 'origin');
    mkdirSync(origin);
    git(origin, 'init', '-q', '-b', 'main');
    put('ml/quant.yml', 'version: 1 # of the base\n');
    put('ml/a model [1].onnx', model);
    git(origin, 'add', '.');
    // A symbolic link, also where the file system has none.
    writeFileSync(join(folder, 'target'), '/etc/hostname');
    const target = git(origin, 'hash-object', '-w', join(folder, 'target'));
    git(origin, 'update-index', '--add', '--cacheinfo', `120000,${target},ml/link.onnx`);
    git(origin, 'commit', '-q', '-m', 'base');
    base = git(origin, 'rev-parse', 'HEAD');
    git(origin, 'checkout', '-q', '-b', 'change');
    put('ml/quant.yml', 'version: 1 # loosened\n');
    put('ml/new.onnx', 'new');
    git(origin, 'add', '.');
    git(origin, 'commit', '-q', '-m', 'head');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** As actions/checkout does: the head alone. */
  const checkout = () => {
    const workspace = join(folder, 'work');
    git(folder, 'clone', '-q', '--depth=1', '--branch', 'change', pathToFileURL(origin).href, workspace);
    return workspace;
  };
  const request = (workspace: string) => ({
    ref: 'main',
    sha: base,
    policyPath: join(workspace, 'ml/quant.yml'),
    token: '',
    serverUrl: 'https://github.com',
  });
  const open = async (workspace: string) => {
    const result = await openBase(request(workspace));
    if ('unavailable' in result) throw new Error(result.unavailable);
    return result.base;
  };

  it('gives the base’s policy and files of a shallow checkout', async () => {
    const found = await open(checkout());
    expect(found).toMatchObject({ ref: 'main', sha: base, policyText: 'version: 1 # of the base\n' });
    const to = join(folder, 'out/base.onnx');
    expect(await found.extract('ml/a model [1].onnx', to)).toBe(true);
    expect(readFileSync(to).equals(model)).toBe(true);
  });

  it('says that the base has no such file', async () => {
    const found = await open(checkout());
    for (const path of ['ml/new.onnx', 'ml', 'ml/*.onnx', '../origin/ml/quant.yml', '']) {
      expect(await found.extract(path, join(folder, 'out')), path).toBe(false);
    }
  });

  it('does not follow a symbolic link', async () => {
    expect(await (await open(checkout())).extract('ml/link.onnx', join(folder, 'out'))).toBe(false);
  });

  it('does not take a model in a submodule for a new one', async () => {
    git(origin, 'checkout', '-q', 'main');
    git(origin, 'update-index', '--add', '--cacheinfo', `160000,${base},sub`);
    git(origin, 'commit', '-q', '-m', 'submodule');
    base = git(origin, 'rev-parse', 'HEAD');
    const extracted = (await open(checkout())).extract('sub/model.onnx', join(folder, 'out'));
    await expect(extracted).rejects.toThrow(UserError);
    await expect(extracted).rejects.toThrow('sub/model.onnx of main lies in a submodule');
  });

  it('has no policy where the base had none', async () => {
    const workspace = checkout();
    const result = await openBase({ ...request(workspace), policyPath: join(workspace, 'other.yml') });
    expect(result).toHaveProperty('base');
    expect(result).not.toHaveProperty('base.policyText');
  });

  it('tells a policy that is reached by a link from one that is not there', async () => {
    const workspace = checkout();
    const at = async (path: string) => {
      mkdirSync(dirname(join(workspace, path)), { recursive: true });
      const result = await openBase({ ...request(workspace), policyPath: join(workspace, path) });
      return 'base' in result && [result.policyEntry, result.base.policyText];
    };
    expect(await at('ml/quant.yml')).toEqual(['file', 'version: 1 # of the base\n']);
    expect(await at('other/quant.yml')).toEqual(['none', undefined]);
    expect(await at('ml/link.onnx')).toEqual(['other', undefined]);
    // A folder now, a link at the base.
    rmSync(join(workspace, 'ml/link.onnx'), { force: true });
    expect(await at('ml/link.onnx/quant.yml')).toEqual(['other', undefined]);
  });

  it('knows what the base had, and takes a link for a change', async () => {
    const workspace = checkout();
    const result = await openBase(request(workspace));
    if ('unavailable' in result) throw new Error(result.unavailable);
    const inside = (path: string) => join(workspace, path);
    expect(await result.hasAny([inside('ml/new.onnx'), '/etc/passwd', workspace, dirname(workspace)])).toBe(false);
    expect(await result.hasAny([inside('ml/new.onnx'), inside('ml/a model [1].onnx')])).toBe(true);
    expect(await result.hasAny(Array.from({ length: 1000 }, (_, i) => inside(`${'deep/'.repeat(40)}${i}`)))).toBe(
      false,
    );
    expect(await result.unchanged([inside('ml/a model [1].onnx')])).toBe(true);
    expect(await result.unchanged([inside('ml/link.onnx')])).toBe(false);
  });

  it('runs Git in the checkout that holds the policy', async () => {
    const workspace = checkout();
    const around = join(folder, 'around');
    git(folder, 'init', '-q', around);
    renameSync(workspace, join(around, 'repo'));
    const result = await openBase(request(join(around, 'repo')));
    expect(result).toMatchObject({ base: { policyText: 'version: 1 # of the base\n' } });
  });

  it('says what to do where the base’s file is in Git LFS and cannot be had', async () => {
    git(origin, 'checkout', '-q', 'main');
    put('ml/big.onnx', `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`);
    git(origin, 'add', '.');
    git(origin, 'commit', '-q', '-m', 'lfs');
    base = git(origin, 'rev-parse', 'HEAD');
    const to = join(folder, 'out/big.onnx');
    const extracted = (await open(checkout())).extract('ml/big.onnx', to);
    await expect(extracted).rejects.toThrow(UserError);
    await expect(extracted).rejects.toThrow(/ml\/big\.onnx of main is kept in Git LFS.*lfs: true/);
    // Without Git LFS, Git goes on with a command that is spelled alike.
    await expect(extracted).rejects.toThrow(/cannot be fetched: (git: 'lfs' is not a git command|Error downloading)/);
    expect(readdirSync(dirname(to))).toEqual([]);
  });

  it('leaves the working tree alone', async () => {
    const workspace = checkout();
    await open(workspace);
    expect(git(workspace, 'status', '--porcelain')).toBe('');
    expect(readFileSync(join(workspace, 'ml/quant.yml'), 'utf8')).toContain('loosened');
  });

  it('fetches with the token where the checkout kept no credentials, and not by an argument', async () => {
    // A job's own settings stay.
    vi.stubEnv('GIT_CONFIG_COUNT', '1');
    vi.stubEnv('GIT_CONFIG_KEY_0', 'http.userAgent');
    vi.stubEnv('GIT_CONFIG_VALUE_0', 'the-job');
    const agents = new Set<string | undefined>();
    const seen: (string | undefined)[] = [];
    const server = createServer((incoming, response) => {
      agents.add(incoming.headers['user-agent']);
      seen.push(incoming.headers.authorization);
      response.writeHead(incoming.headers.authorization ? 404 : 401, { 'www-authenticate': 'Basic realm="git"' }).end();
    });
    const serverUrl = await listen(server);
    const workspace = checkout();
    git(workspace, 'remote', 'set-url', 'origin', `${serverUrl}/o/r`);
    const result = await openBase({ ...request(workspace), token: 'secret', serverUrl });
    await close(server);
    vi.unstubAllEnvs();
    expect([...agents]).toEqual(['the-job']);
    expect(result).toHaveProperty('unavailable');
    expect(JSON.stringify(result)).not.toContain('secret');
    expect(seen).toContain(`basic ${Buffer.from('x-access-token:secret').toString('base64')}`);
    expect(readFileSync(join(workspace, '.git/config'), 'utf8')).not.toContain('extraheader');
  });

  describe('of a partial clone', () => {
    /** With the base's commit, and without its files. */
    const partial = () => {
      const workspace = join(folder, 'work');
      git(origin, 'config', 'uploadpack.allowFilter', 'true');
      git(origin, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
      const how = ['--depth=1', '--filter=blob:none', '--branch', 'change'];
      git(folder, 'clone', '-q', ...how, pathToFileURL(origin).href, workspace);
      git(workspace, 'fetch', '-q', '--depth=1', '--filter=blob:none', 'origin', base);
      return workspace;
    };

    it('fetches the policy with the token, or says why it cannot', async () => {
      const workspace = partial();
      const seen: (string | undefined)[] = [];
      const server = createServer(({ headers }, response) => {
        seen.push(headers.authorization);
        response.writeHead(headers.authorization ? 404 : 401, { 'www-authenticate': 'Basic realm="git"' }).end();
      });
      const serverUrl = await listen(server);
      git(workspace, 'remote', 'set-url', 'origin', `${serverUrl}/o/r`);
      const result = await openBase({ ...request(workspace), token: 'secret', serverUrl });
      await close(server);
      expect(result).toMatchObject({ unavailable: expect.stringMatching(/^the policy of main cannot be fetched: /) });
      expect(seen).toContain(`basic ${Buffer.from('x-access-token:secret').toString('base64')}`);
    });

    it('says which file cannot be fetched', async () => {
      put('ml/a model [1].onnx', 'another');
      git(origin, 'commit', '-q', '-am', 'model');
      const found = await open(partial());
      rmSync(origin, { recursive: true });
      const extracted = found.extract('ml/a model [1].onnx', join(folder, 'out/base.onnx'));
      await expect(extracted).rejects.toThrow(UserError);
      await expect(extracted).rejects.toThrow(/ml\/a model \[1\]\.onnx of main cannot be fetched: fatal: /);
    });
  });

  it('says why there is no base to compare with', async () => {
    const bare = join(folder, 'download');
    mkdirSync(bare);
    expect(await openBase(request(bare))).toMatchObject({ unavailable: expect.stringContaining('no Git repository') });
    const workspace = checkout();
    rmSync(origin, { recursive: true });
    expect(await openBase(request(workspace))).toMatchObject({
      unavailable: expect.stringContaining('cannot be fetched'),
    });
    expect(await openBase({ ...request(workspace), sha: '--upload-pack=x' })).toHaveProperty('unavailable');
    const outer = join(folder, 'outer');
    git(folder, 'init', '-q', outer);
    git(outer, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', workspace, 'models');
    expect(await openBase(request(join(outer, 'models')))).toMatchObject({
      unavailable: expect.stringContaining('submodule'),
    });
    // Git's complaint, not the advice that follows it.
    expect(await openBase(request(workspace))).toMatchObject({
      unavailable: expect.stringMatching(/: fatal: .*(origin|repository)/),
    });
  });
});

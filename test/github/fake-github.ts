import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Context, type Document, OpenAPIBackend } from 'openapi-backend';
import { close, listen, read, send } from './loopback.ts';
import openapi from './openapi.json' with { type: 'json' };
import { repositorySchema, sample, sometime } from './openapi-sample.ts';

/**
 * A small GitHub on loopback that remembers. Every request and every reply is held against GitHub's own OpenAPI
 * description (openapi.json, cut by scripts/prune-openapi.mjs), so that neither the client nor this server can drift
 * from the real one unseen.
 */
export interface FakeGitHub {
  readonly url: string;
  readonly comments: FakeComment[];
  readonly checks: FakeCheck[];
  readonly releases: FakeRelease[];
  /** Open pull requests. */
  pulls: { number: number; head: { sha: string; label: string; repoId: number | null } }[];
  /** Artifacts of other runs, and where they are. */
  runArtifacts: { id: number; run: number; name: string; url: string }[];
  /** Every request: `POST /repos/o/r/check-runs`. */
  readonly log: string[];
  /** What was wrong with a request or a reply; a test expects none. */
  readonly violations: string[];
  /** Who the token writes as; GraphQL's viewer. */
  login: string;
  /** Permissions that the token has; a write without one is answered as GitHub does, with 403. */
  permissions: Set<'pull-requests' | 'checks' | 'contents'>;
  /** Replies that come first, by operation: `{ 'issues/create-comment': [502] }`; `graphql` for its one query. */
  failures: Record<string, (number | Failure)[]>;
  /** Published releases take no assets: https://docs.github.com/en/code-security/concepts/supply-chain-security/immutable-releases */
  immutable: boolean;
  /** Called after every change. */
  onChange?: (() => void) | undefined;
  close(): Promise<void>;
}

export interface Failure {
  status: number;
  message?: string;
  headers?: Record<string, string>;
  /** The operation is carried out all the same: the reply is what fails. */
  done?: true;
}

export interface FakeComment {
  id: number;
  issue: number;
  login: string;
  body: string;
  edits: number;
}

export interface FakeCheck {
  id: number;
  name: string;
  headSha: string;
  status: 'queued' | 'in_progress' | 'completed';
  conclusion: string | null;
  detailsUrl: string | null;
  title: string | null;
  summary: string | null;
}

export interface FakeRelease {
  id: number;
  tag: string;
  name: string;
  body: string;
  draft: boolean;
  prerelease: boolean;
  target: string;
  immutable?: boolean;
  assets: { id: number; name: string; bytes: Buffer }[];
}

export async function startFakeGitHub(): Promise<FakeGitHub> {
  const api = new OpenAPIBackend({
    definition: openapi as unknown as Document,
    quick: true,
    ajvOpts: { strict: false, validateFormats: false, coerceTypes: false },
    coerceTypes: true,
  });
  let nextId = 1000;
  const fake: FakeGitHub = {
    url: '',
    comments: [],
    checks: [],
    releases: [],
    pulls: [],
    runArtifacts: [],
    log: [],
    violations: [],
    login: 'github-actions[bot]',
    permissions: new Set(['pull-requests', 'checks', 'contents']),
    failures: {},
    immutable: false,
    close: async () => {},
  };
  const user = (login: string) => {
    const home = `${fake.url}/users/${encodeURIComponent(login)}`;
    return {
      login,
      id: 1,
      node_id: 'U_1',
      avatar_url: `${home}/avatar`,
      gravatar_id: '',
      url: home,
      html_url: home,
      followers_url: `${home}/followers`,
      following_url: `${home}/following`,
      gists_url: `${home}/gists`,
      starred_url: `${home}/starred`,
      subscriptions_url: `${home}/subscriptions`,
      organizations_url: `${home}/orgs`,
      repos_url: `${home}/repos`,
      events_url: `${home}/events`,
      received_events_url: `${home}/received_events`,
      type: login.endsWith('[bot]') ? 'Bot' : 'User',
      site_admin: false,
    };
  };
  const comment = ({ id, issue, login, body }: FakeComment) => ({
    id,
    node_id: `IC_${id}`,
    url: `${fake.url}/repos/o/r/issues/comments/${id}`,
    html_url: `https://github.com/o/r/pull/${issue}#issuecomment-${id}`,
    issue_url: `${fake.url}/repos/o/r/issues/${issue}`,
    user: user(login),
    created_at: sometime,
    updated_at: sometime,
    author_association: 'NONE',
    body,
  });
  const check = ({ id, name, headSha, status, conclusion, detailsUrl, title, summary }: FakeCheck) => ({
    id,
    node_id: `CR_${id}`,
    head_sha: headSha,
    external_id: '',
    name,
    url: `${fake.url}/repos/o/r/check-runs/${id}`,
    html_url: `https://github.com/o/r/runs/${id}`,
    details_url: detailsUrl,
    status,
    conclusion,
    started_at: sometime,
    completed_at: status === 'completed' ? sometime : null,
    check_suite: { id: 5 },
    output: { title, summary, text: null, annotations_count: 0, annotations_url: `${fake.url}/annotations` },
    app: null,
    pull_requests: [],
  });
  const asset = (item: FakeRelease['assets'][number]) => ({
    url: `${fake.url}/repos/o/r/releases/assets/${item.id}`,
    browser_download_url: `https://github.com/o/r/releases/download/x/${encodeURIComponent(item.name)}`,
    id: item.id,
    node_id: `RA_${item.id}`,
    name: item.name,
    label: '',
    state: 'uploaded',
    content_type: 'application/octet-stream',
    size: item.bytes.length,
    digest: `sha256:${createHash('sha256').update(item.bytes).digest('hex')}`,
    download_count: 0,
    created_at: sometime,
    updated_at: sometime,
    uploader: user(fake.login),
  });
  const release = (item: FakeRelease) => ({
    url: `${fake.url}/repos/o/r/releases/${item.id}`,
    html_url: `https://github.com/o/r/releases/tag/${encodeURIComponent(item.tag)}`,
    assets_url: `${fake.url}/repos/o/r/releases/${item.id}/assets`,
    upload_url: `${fake.url}/repos/o/r/releases/${item.id}/assets{?name,label}`,
    tarball_url: `${fake.url}/tarball`,
    zipball_url: `${fake.url}/zipball`,
    id: item.id,
    node_id: `RE_${item.id}`,
    tag_name: item.tag,
    target_commitish: item.target,
    name: item.name,
    body: item.body,
    draft: item.draft,
    prerelease: item.prerelease,
    immutable: item.immutable ?? false,
    created_at: sometime,
    published_at: sometime,
    author: user(fake.login),
    assets: item.assets.map(asset),
  });
  type Reply = { status: number; body?: unknown; headers?: Record<string, string> };
  const forbidden: Reply = {
    status: 403,
    body: { message: 'Resource not accessible by integration', documentation_url: 'https://docs.github.com/rest' },
  };
  const missing: Reply = {
    status: 404,
    body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest' },
  };
  const page = <T>(
    context: Context,
    all: readonly T[],
    path: string,
  ): { body: T[]; headers: Record<string, string> } => {
    const size = Number(context.request.query['per_page'] ?? 30);
    const number = Number(context.request.query['page'] ?? 1);
    const next = `<${fake.url}${path}?per_page=${size}&page=${number + 1}>; rel="next"`;
    return {
      body: all.slice((number - 1) * size, number * size),
      headers: number * size < all.length ? { link: next } : {},
    };
  };
  const param = (context: Context, name: string) => String(context.request.params[name]);
  const may = (permission: 'pull-requests' | 'checks' | 'contents') => fake.permissions.has(permission);

  const operations: Record<string, (context: Context) => Reply> = {
    // The tokens of apps, the workflow's own among them, may not ask.
    'users/get-authenticated': () =>
      fake.login.endsWith('[bot]') ? forbidden : { status: 200, body: user(fake.login) },
    'issues/list-comments': (context) => {
      const issue = Number(param(context, 'issue_number'));
      const all = fake.comments.filter((item) => item.issue === issue).map(comment);
      return { status: 200, ...page(context, all, context.request.path) };
    },
    'issues/create-comment': (context) => {
      if (!may('pull-requests')) return forbidden;
      const body = String(context.request.requestBody.body);
      if (body.length > 65_536) return tooLong('body is too long (maximum is 65536 characters)');
      const item = { id: nextId++, issue: Number(param(context, 'issue_number')), login: fake.login, body, edits: 0 };
      fake.comments.push(item);
      return { status: 201, body: comment(item) };
    },
    'issues/update-comment': (context) => {
      if (!may('pull-requests')) return forbidden;
      const item = fake.comments.find(({ id }) => id === Number(param(context, 'comment_id')));
      if (!item) return missing;
      // An app may only edit what it wrote.
      if (item.login !== fake.login) return forbidden;
      item.body = String(context.request.requestBody.body);
      if (item.body.length > 65_536) return tooLong('body is too long (maximum is 65536 characters)');
      item.edits++;
      return { status: 200, body: comment(item) };
    },
    'issues/delete-comment': (context) => {
      if (!may('pull-requests')) return forbidden;
      const index = fake.comments.findIndex(({ id }) => id === Number(param(context, 'comment_id')));
      if (index === -1) return missing;
      fake.comments.splice(index, 1);
      return { status: 204 };
    },
    'checks/list-for-ref': (context) => {
      const { check_name: name, status } = context.request.query;
      const all = fake.checks.filter(
        (item) => item.headSha === param(context, 'ref') && item.name === name && item.status === status,
      );
      return { status: 200, body: { total_count: all.length, check_runs: all.map(check) } };
    },
    'checks/create': (context) => {
      if (!may('checks')) return forbidden;
      const {
        name,
        head_sha: headSha,
        status = 'queued',
        details_url: detailsUrl = null,
      } = context.request.requestBody;
      const item = { id: nextId++, name, headSha, status, conclusion: null, detailsUrl, title: null, summary: null };
      fake.checks.push(item);
      return { status: 201, body: check(item) };
    },
    'checks/update': (context) => {
      if (!may('checks')) return forbidden;
      const item = fake.checks.find(({ id }) => id === Number(param(context, 'check_run_id')));
      if (!item) return missing;
      const { status = item.status, conclusion = item.conclusion, output } = context.request.requestBody;
      if (output !== undefined && Buffer.byteLength(output.summary) > 65_535) {
        return tooLong('summary exceeds a maximum bytesize of 65535');
      }
      Object.assign(item, { status, conclusion, ...(output && { title: output.title, summary: output.summary }) });
      return { status: 200, body: check(item) };
    },
    'pulls/list': (context) => {
      const all = fake.pulls.filter(({ head }) => head.label === context.request.query['head']);
      const body = all.map(({ number, head }) => {
        const pull = sample({ $ref: '#/components/schemas/pull-request-simple' }) as { head: object };
        const repo = head.repoId === null ? null : { ...(sample(repositorySchema) as object), id: head.repoId };
        return { ...pull, number, state: 'open', head: { ...pull.head, sha: head.sha, label: head.label, repo } };
      });
      return { status: 200, body };
    },
    'pulls/get': (context) => {
      const found = fake.pulls.find(({ number }) => number === Number(param(context, 'pull_number')));
      if (!found) return missing;
      const pull = sample({ $ref: '#/components/schemas/pull-request' }) as { head: object };
      return { status: 200, body: { ...pull, number: found.number, head: { ...pull.head, sha: found.head.sha } } };
    },
    'actions/list-workflow-run-artifacts': (context) => {
      const found = fake.runArtifacts.filter(({ run }) => run === Number(param(context, 'run_id')));
      const artifacts = found.map(({ id, name }) => ({
        ...(sample({ $ref: '#/components/schemas/artifact' }) as object),
        id,
        name,
        created_at: sometime,
      }));
      return { status: 200, body: { total_count: artifacts.length, artifacts } };
    },
    'actions/download-artifact': (context) => {
      const found = fake.runArtifacts.find(({ id }) => id === Number(param(context, 'artifact_id')));
      return found ? { status: 302, headers: { location: found.url } } : missing;
    },
    // A draft has no tag yet, so it is not found by one.
    'repos/get-release-by-tag': (context) => {
      const item = fake.releases.find(({ tag, draft }) => !draft && tag === decodeURIComponent(param(context, 'tag')));
      return item ? { status: 200, body: release(item) } : missing;
    },
    'repos/list-releases': (context) => {
      const seen = fake.releases.filter(({ draft }) => !draft || may('contents'));
      return { status: 200, ...page(context, seen.map(release), context.request.path) };
    },
    'repos/create-release': (context) => {
      if (!may('contents')) return forbidden;
      const { tag_name: tag, name = tag, body = '', draft = false, prerelease = false } = context.request.requestBody;
      const target = context.request.requestBody.target_commitish ?? 'main';
      const item = { id: nextId++, tag, name, body, draft, prerelease, target, assets: [] };
      fake.releases.push(item);
      return { status: 201, body: release(item) };
    },
    'repos/update-release': (context) => {
      if (!may('contents')) return forbidden;
      const item = fake.releases.find(({ id }) => id === Number(param(context, 'release_id')));
      if (!item) return missing;
      const { draft = item.draft, body = item.body } = context.request.requestBody;
      Object.assign(item, { draft, body, ...(!draft && fake.immutable && { immutable: true }) });
      return { status: 200, body: release(item) };
    },
    'repos/get-release-asset': (context) => {
      const found = fake.releases
        .flatMap(({ assets }) => assets)
        .find(({ id }) => id === Number(param(context, 'asset_id')));
      return found ? { status: 302, headers: { location: `${fake.url}/stored/${found.id}` } } : missing;
    },
    'repos/list-release-assets': (context) => {
      const item = fake.releases.find(({ id }) => id === Number(param(context, 'release_id')));
      return item ? { status: 200, ...page(context, item.assets.map(asset), context.request.path) } : missing;
    },
    'repos/delete-release-asset': (context) => {
      if (!may('contents')) return forbidden;
      const id = Number(param(context, 'asset_id'));
      for (const item of fake.releases) item.assets = item.assets.filter((one) => one.id !== id);
      return { status: 204 };
    },
    'repos/upload-release-asset': (context) => {
      if (!may('contents')) return forbidden;
      const item = fake.releases.find(({ id }) => id === Number(param(context, 'release_id')));
      if (!item) return missing;
      const name = String(context.request.query['name']);
      if (item.immutable) return tooLong('Cannot upload assets to an immutable release.');
      if (item.assets.some((one) => one.name === name)) return tooLong('already_exists');
      const stored = { id: nextId++, name, bytes: context.request.body as Buffer };
      item.assets.push(stored);
      return { status: 201, body: asset(stored) };
    },
  };
  function tooLong(message: string): Reply {
    return { status: 422, body: { message, documentation_url: 'https://docs.github.com/rest', errors: [] } };
  }
  for (const [id, operation] of Object.entries(operations)) {
    api.register(id, (context: Context): Reply => {
      const failure = nextFailure(id);
      if (!failure) return operation(context);
      if (failure.done) operation(context);
      return failed(failure);
    });
  }
  function nextFailure(id: string): Failure | undefined {
    const failure = fake.failures[id]?.shift();
    return typeof failure === 'number' ? { status: failure } : failure;
  }
  function failed({ status, message = `made to fail with ${status}`, headers }: Failure): Reply {
    return {
      status,
      body: { message, documentation_url: 'https://docs.github.com/rest' },
      ...(headers && { headers }),
    };
  }
  api.register('validationFail', (context: Context): Reply => {
    const message = `${context.request.method} ${context.request.path}: ${JSON.stringify(context.validation.errors)}`;
    fake.violations.push(message);
    return { status: 422, body: { message, documentation_url: '' } };
  });
  api.register('notFound', (context: Context): Reply => {
    fake.violations.push(`no such operation: ${context.request.method} ${context.request.path}`);
    return missing;
  });
  await api.init();

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => {
      fake.violations.push(`server: ${error.stack}`);
      response.writeHead(500).end();
    });
  });
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, fake.url);
    const raw = await read(request);
    const type = request.headers['content-type'] ?? '';
    const body = type.includes('json') && raw.length > 0 ? JSON.parse(raw.toString('utf8')) : raw;
    fake.log.push(`${request.method} ${url.pathname}`);
    if (url.pathname === '/graphql') {
      const known = typeof body.query === 'string' && /^query \{ viewer \{ login \} \}$/.test(body.query);
      if (!known) fake.violations.push(`graphql: ${body.query}`);
      const failure = nextFailure('graphql');
      if (failure) return send(response, failed(failure));
      return send(response, { status: 200, body: { data: { viewer: { login: fake.login } } } });
    }
    const stored = /^\/stored\/(\d+)$/.exec(url.pathname);
    if (stored) {
      const all = fake.releases.flatMap(({ assets }) => assets);
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      return void response.end(all.find(({ id }) => id === Number(stored[1]))!.bytes);
    }
    const upload = Buffer.isBuffer(body);
    const reply = (await api.handleRequest({
      method: request.method!,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers as Record<string, string>,
      // The description allows any JSON or binary text as an asset; the validator reads it as JSON.
      body: upload && raw.length > 0 ? raw : body,
    })) as Reply;
    const operation = api.matchOperation({ method: request.method!, path: url.pathname, headers: {} });
    if (operation?.operationId && reply.body !== undefined && reply.status < 400) {
      const { valid, errors } = api.validateResponse(reply.body, operation.operationId, reply.status);
      if (valid === false || errors?.length) {
        fake.violations.push(`reply of ${operation.operationId}: ${JSON.stringify(errors)}`);
      }
    }
    send(response, reply);
    if (request.method !== 'GET') fake.onChange?.();
  }
  const url = await listen(server);
  return Object.assign(fake, { url, close: () => close(server) });
}

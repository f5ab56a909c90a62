import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { unzipSync, zipSync } from 'fflate';
import { close, listen, read } from '../github/loopback.ts';

/**
 * The service behind actions/upload-artifact on loopback: Twirp JSON, and a block blob as Azure Storage keeps it
 * (https://learn.microsoft.com/en-us/rest/api/storageservices/put-block-list).
 */
export interface FakeResults {
  readonly url: string;
  /** What was finalized, by name: the files of the zip. */
  readonly artifacts: Map<string, { files: Record<string, Uint8Array>; expiresAt?: string }>;
  /** Hands an artifact over as another job of the run did: these files, or a zip made otherwise. @returns its address */
  hand(name: string, files: Record<string, Uint8Array> | Buffer): string;
  /** Names that another job of the run has used. */
  readonly taken: Set<string>;
  readonly violations: string[];
  /** Answers every call with this status. */
  failure?: number | undefined;
  close(): Promise<void>;
}

export const results = { run: '8a1b', job: '9c2d' };

/** An unsigned token as the runner's; the client reads its own run and job in it. */
export function runtimeToken(): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ scp: `Actions.Results:${results.run}:${results.job}` })}.`;
}

export async function startFakeResults(): Promise<FakeResults> {
  const open = new Map<string, { blocks: Map<string, Buffer>; blob?: Buffer; expiresAt?: string }>();
  const handed: { id: string; name: string; zip: Buffer }[] = [];
  const fake: FakeResults = {
    url: '',
    artifacts: new Map(),
    taken: new Set(),
    violations: [],
    hand(name, files) {
      handed.push({
        id: String(handed.length + 1),
        name,
        zip: Buffer.isBuffer(files) ? files : Buffer.from(zipSync(files)),
      });
      return `${fake.url}/handed/${handed.length}.zip`;
    },
    close: async () => {},
  };
  const service = '/twirp/github.actions.results.api.v1.ArtifactService/';
  const check = (holds: boolean, message: string) => {
    if (!holds) fake.violations.push(message);
  };

  const server = createServer(async (request, response) => {
    const url = new URL(request.url!, fake.url);
    const raw = await read(request);
    const json = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (fake.failure !== undefined) return json(fake.failure, { code: 'failed', msg: 'made to fail' });
    if (url.pathname.startsWith(service)) {
      check(request.headers.authorization === `Bearer ${runtimeToken()}`, 'no runtime token');
      const body = JSON.parse(raw.toString('utf8'));
      check(body.workflow_run_backend_id === results.run, 'wrong run');
      check(body.workflow_job_run_backend_id === results.job, 'wrong job');
      const name = String(body.name);
      const ids = { workflow_run_backend_id: results.run, workflow_job_run_backend_id: results.job };
      if (url.pathname === `${service}ListArtifacts`) {
        const listed = handed.filter(({ id }) => body.id_filter === undefined || body.id_filter === id);
        const artifacts = listed.map((each) => ({ ...ids, database_id: each.id, name: each.name, size: '1' }));
        return json(200, { artifacts });
      }
      if (url.pathname === `${service}GetSignedArtifactURL`) {
        return json(200, { signed_url: `${fake.url}/handed/${handed.find((each) => each.name === name)!.id}.zip` });
      }
      if (url.pathname === `${service}CreateArtifact`) {
        if (open.has(name) || fake.taken.has(name)) {
          return json(409, {
            code: 'already_exists',
            msg: 'an artifact with this name already exists on the workflow run',
          });
        }
        check(body.version === 7 && body.mime_type === 'application/zip', `create: ${raw}`);
        open.set(name, { blocks: new Map(), ...(body.expires_at && { expiresAt: body.expires_at }) });
        return json(200, { ok: true, signed_upload_url: `${fake.url}/blob/${encodeURIComponent(name)}?sig=s` });
      }
      if (url.pathname === `${service}FinalizeArtifact`) {
        const artifact = open.get(name);
        const blob = artifact?.blob;
        if (!artifact || !blob) return json(404, { code: 'not_found', msg: 'no such blob' });
        check(body.size === String(blob.length), `size ${body.size}, not ${blob.length}`);
        const digest = `sha256:${createHash('sha256').update(blob).digest('hex')}`;
        check(body.hash === digest, `hash ${body.hash}, not ${digest}`);
        fake.artifacts.set(name, {
          files: unzipSync(blob),
          ...(artifact.expiresAt !== undefined && { expiresAt: artifact.expiresAt }),
        });
        return json(200, { ok: true, artifact_id: '77' });
      }
    }
    const zip = handed.find(({ id }) => url.pathname === `/handed/${id}.zip`)?.zip;
    if (zip) {
      response.writeHead(200, { 'content-type': 'application/zip' }).end(zip);
      return;
    }
    const artifact = open.get(decodeURIComponent(url.pathname.replace(/^\/blob\//, '')));
    if (request.method === 'PUT' && artifact && url.searchParams.get('sig') === 's') {
      const comp = url.searchParams.get('comp');
      if (comp === 'block') artifact.blocks.set(url.searchParams.get('blockid')!, raw);
      else if (comp === 'blocklist') {
        const ids = [...raw.toString('utf8').matchAll(/<Latest>([^<]+)<\/Latest>/g)].map((match) => match[1]!);
        artifact.blob = Buffer.concat(ids.map((id) => artifact.blocks.get(id)!));
      } else artifact.blob = raw;
      response
        .writeHead(201, { etag: '"1"', 'last-modified': new Date(0).toUTCString(), 'x-ms-request-id': '1' })
        .end();
      return;
    }
    fake.violations.push(`unexpected ${request.method} ${url}`);
    json(404, { code: 'not_found', msg: 'unexpected' });
  });
  return Object.assign(fake, { url: await listen(server), close: () => close(server) });
}

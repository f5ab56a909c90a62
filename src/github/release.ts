import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { UserError } from '../errors.ts';
import { sha256File } from '../files.ts';
import { createOnce, type GitHub, isNotFound, isServerError, once, type Repository, unlessGone } from './client.ts';

export interface ReleaseRequest extends Repository {
  tag: string;
  /** The commit that a new tag is put on. */
  sha: string;
  /** Text of a release that is made here. */
  body: string;
  prerelease: boolean;
  assets: readonly ReleaseAsset[];
}

export interface ReleaseAsset {
  /** Without a folder: a release has none. */
  name: string;
  path: string;
  /** Says how the others came about, so that it differs from run to run. */
  record?: true;
}

export interface ReleaseResult {
  url: string;
  uploaded: string[];
  /** Were there already with the same bytes. */
  kept: string[];
  /** Were published by an earlier run, and are no more. */
  removed: string[];
  /** The user's own draft, which the user publishes. */
  draft: boolean;
}

/** The record of what a release holds; the next run reads in it what is no more. */
export const provenanceFile = 'provenance.json';

/** In the text of a draft that is published once it is whole: an immutable release takes no further assets. */
const unfinished = '<!-- quant-gate: unfinished -->';

type Release = Awaited<ReturnType<GitHub['rest']['repos']['createRelease']>>['data'];
type Asset = Release['assets'][number];

/**
 * Brings the assets of the tag's release up to date; where there is none, makes it as a draft, fills it and publishes it.
 * What is there with the same bytes stays; what an earlier run of ours put there and this one does not publish goes.
 *
 * A draft that an interrupted run left is gone on with. A draft that the user made is filled, and left a draft.
 *
 * @throws UserError where the release is immutable and has other models
 */
export async function publishRelease(github: GitHub, request: ReleaseRequest): Promise<ReleaseResult> {
  const release = (await findRelease(github, request)) ?? (await createDraft(github, request));
  const existing = await listAssets(github, request, release);
  const assets = await Promise.all(
    request.assets.map(async (asset) => ({ ...asset, digest: `sha256:${await sha256File(asset.path)}` })),
  );
  const isThere = ({ name, digest }: { name: string; digest: string }) =>
    existing.some((asset) => asset.name === name && asset.digest === digest);
  if (release.immutable) {
    const other = assets.find((asset) => !asset.record && !isThere(asset));
    if (other) {
      throw new UserError(
        `release ${request.tag} is immutable and has not this ${other.name}; publish under another tag (input tag)`,
      );
    }
    return { url: release.html_url, uploaded: [], kept: assets.map(({ name }) => name), removed: [], draft: false };
  }
  const removed = await removeOutdated(github, request, existing);
  const uploaded: string[] = [];
  const kept: string[] = [];
  for (const asset of assets) {
    if (isThere(asset)) {
      kept.push(asset.name);
      continue;
    }
    const old = existing.find(({ name }) => name === asset.name);
    if (old) await deleteAsset(github, request, old);
    await upload(github, request, { release, asset });
    uploaded.push(asset.name);
  }
  const ours = release.draft && release.body?.includes(unfinished) === true;
  const url = ours ? await publishDraft(github, request, release) : release.html_url;
  return { url, uploaded, kept, removed, draft: release.draft && !ours };
}

async function findRelease(github: GitHub, request: ReleaseRequest): Promise<Release | undefined> {
  const { owner, repo, tag } = request;
  try {
    return (await github.rest.repos.getReleaseByTag({ owner, repo, tag })).data;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return findDraft(github, request);
  }
}

/** A draft has no tag yet: it is only found among all releases. */
async function findDraft(github: GitHub, { owner, repo, tag }: ReleaseRequest): Promise<Release | undefined> {
  const all = await github.paginate(github.rest.repos.listReleases, { owner, repo, per_page: 100 });
  return all.find(({ draft, tag_name: name }) => draft && name === tag);
}

async function createDraft(github: GitHub, request: ReleaseRequest): Promise<Release> {
  const { owner, repo, tag, sha, body, prerelease } = request;
  const draft = { tag_name: tag, target_commitish: sha, name: tag, body: `${body}\n\n${unfinished}`, prerelease };
  return createOnce(
    async () => (await github.rest.repos.createRelease({ owner, repo, ...draft, draft: true, ...once })).data,
    () => findDraft(github, request),
  );
}

/** @returns the address that it now has */
async function publishDraft(github: GitHub, { owner, repo, sha }: ReleaseRequest, release: Release): Promise<string> {
  const { data } = await github.rest.repos.updateRelease({
    owner,
    repo,
    release_id: release.id,
    body: release.body!.replace(unfinished, '').trimEnd(),
    // Of an earlier run it may be another commit.
    target_commitish: sha,
    draft: false,
  });
  return data.html_url;
}

async function listAssets(github: GitHub, { owner, repo }: Repository, { id }: Release): Promise<Asset[]> {
  return github.paginate(github.rest.repos.listReleaseAssets, { owner, repo, release_id: id, per_page: 100 });
}

async function deleteAsset(github: GitHub, { owner, repo }: Repository, { id }: Asset): Promise<void> {
  // A request that is repeated after the server stumbled finds it gone.
  await unlessGone(github.rest.repos.deleteReleaseAsset({ owner, repo, asset_id: id }));
}

async function upload(
  github: GitHub,
  request: ReleaseRequest,
  { release, asset }: { release: Release; asset: ReleaseAsset & { digest: string } },
): Promise<void> {
  const { owner, repo } = request;
  const { name, path, digest } = asset;
  const bytes = await readFile(path);
  const send = () =>
    github.rest.repos.uploadReleaseAsset({
      owner,
      repo,
      release_id: release.id,
      name,
      // The types know text alone; the request takes bytes as they are.
      data: bytes as unknown as string,
      headers: { 'content-type': 'application/octet-stream' },
      ...(release.upload_url && { baseUrl: uploadBase(release.upload_url) }),
      ...once,
    });
  try {
    await send();
  } catch (error) {
    if (!isServerError(error) && !/already_exists/.test((error as Error).message)) throw error;
    // A server that stumbles may have taken it, whole or in part.
    const there = (await listAssets(github, request, release)).find((each) => each.name === name);
    if (there?.digest === digest) return;
    if (there) await deleteAsset(github, request, there);
    await send();
  }
}

/** @returns the names of what an earlier run published and this one does not */
async function removeOutdated(github: GitHub, request: ReleaseRequest, existing: readonly Asset[]): Promise<string[]> {
  const provenance = existing.find(({ name }) => name === provenanceFile);
  if (!provenance) return [];
  const before = await publishedBefore(github, request, provenance);
  const outdated = existing.filter(
    ({ name }) => before.includes(name) && !request.assets.some((asset) => asset.name === name),
  );
  for (const asset of outdated) await deleteAsset(github, request, asset);
  return outdated.map(({ name }) => name);
}

const recordSchema = z.object({
  provenanceVersion: z.literal(1),
  files: z.array(z.object({ name: z.string() })),
});

/** Names that a provenance file of ours lists; another program's lists none of ours. */
async function publishedBefore(github: GitHub, { owner, repo }: Repository, { id }: Asset): Promise<string[]> {
  const { data } = await github.rest.repos.getReleaseAsset({
    owner,
    repo,
    asset_id: id,
    headers: { accept: 'application/octet-stream' },
  });
  // With this header GitHub gives the bytes, which the types do not know.
  const text = Buffer.from(data as unknown as ArrayBuffer).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const record = recordSchema.safeParse(value);
  return record.success ? record.data.files.map(({ name }) => name) : [];
}

/** `https://uploads.github.com/repos/o/r/releases/1/assets{?name,label}` -> `https://uploads.github.com`. */
function uploadBase(uploadUrl: string): string {
  return uploadUrl.slice(0, uploadUrl.indexOf('/repos/'));
}

import { readFile } from 'node:fs/promises';
import { sha256 } from '../files.ts';
import type { GitHub, Repository } from './client.ts';

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
}

export interface ReleaseResult {
  url: string;
  uploaded: string[];
  /** Were there already with the same bytes. */
  kept: string[];
}

/** Makes the release if there is none for the tag, and brings its assets up to date; running it twice changes nothing. */
export async function publishRelease(github: GitHub, request: ReleaseRequest): Promise<ReleaseResult> {
  const { owner, repo } = request;
  const release = (await findRelease(github, request)) ?? (await createRelease(github, request));
  const existing = await github.paginate(github.rest.repos.listReleaseAssets, {
    owner,
    repo,
    release_id: release.id,
    per_page: 100,
  });
  const uploaded: string[] = [];
  const kept: string[] = [];
  for (const { name, path } of request.assets) {
    const bytes = await readFile(path);
    const old = existing.find((asset) => asset.name === name);
    if (old && old.digest === `sha256:${sha256(bytes)}`) {
      kept.push(name);
      continue;
    }
    if (old) await github.rest.repos.deleteReleaseAsset({ owner, repo, asset_id: old.id });
    await github.rest.repos.uploadReleaseAsset({
      owner,
      repo,
      release_id: release.id,
      name,
      // The types know text alone; the request takes bytes as they are.
      data: bytes as unknown as string,
      headers: { 'content-type': 'application/octet-stream' },
      ...(release.upload_url && { baseUrl: uploadBase(release.upload_url) }),
    });
    uploaded.push(name);
  }
  return { url: release.html_url, uploaded, kept };
}

async function findRelease(github: GitHub, { owner, repo, tag }: ReleaseRequest) {
  try {
    return (await github.rest.repos.getReleaseByTag({ owner, repo, tag })).data;
  } catch (error) {
    if ((error as { status?: number }).status === 404) return undefined;
    throw error;
  }
}

async function createRelease(github: GitHub, { owner, repo, tag, sha, body, prerelease }: ReleaseRequest) {
  const release = { owner, repo, tag_name: tag, target_commitish: sha, name: tag, body, prerelease };
  return (await github.rest.repos.createRelease(release)).data;
}

/** `https://uploads.github.com/repos/o/r/releases/1/assets{?name,label}` -> `https://uploads.github.com`. */
function uploadBase(uploadUrl: string): string {
  return uploadUrl.slice(0, uploadUrl.indexOf('/repos/'));
}

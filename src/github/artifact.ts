import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DefaultArtifactClient, GHESNotSupportedError } from '@actions/artifact';
import { info } from '@actions/core';
import { type UnzipOptions, unzip } from './unzip.ts';

export interface ArtifactRequest {
  name: string;
  /** The folder whose files are uploaded. */
  folder: string;
  /** Default: the repository's setting. */
  retentionDays?: number;
  /** The page of this run. */
  runUrl: string;
}

/** Float weights hardly compress at any level, and a higher one takes many times as long. */
const compressionLevel = 1;

/** Uploads the folder as one artifact of this run. @returns its page */
export async function uploadArtifact({ name, folder, retentionDays, runUrl }: ArtifactRequest): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  try {
    const { id } = await new DefaultArtifactClient().uploadArtifact(name, files.sort(), folder, {
      compressionLevel,
      ...(retentionDays !== undefined && { retentionDays }),
    });
    return `${runUrl}/artifacts/${id}`;
  } catch (error) {
    throw new Error(`${(error as Error).message}${advice(error)}`, { cause: error });
  }
}

function advice(error: unknown): string {
  if (error instanceof GHESNotSupportedError) {
    return '. Upload the folder of the output `bundle` with the actions/upload-artifact that this server supports.';
  }
  const taken = /already exists/.test((error as Error).message);
  return taken ? '. Give each job of a run its own name with the input `artifact-name`.' : '';
}

export interface DownloadRequest {
  /** The artifacts whose names begin with this. */
  prefix: string;
  /** An empty folder: each artifact gets one of its own in it. */
  folder: string;
  /** Another run's artifacts, read with a token; default: this run's. */
  from?: { token: string; runId: number; owner: string; repo: string };
  unzip: UnzipOptions;
}

/** Downloads and unpacks artifacts. @returns their folders, by name */
export async function downloadArtifacts({ prefix, folder, from, unzip: options }: DownloadRequest): Promise<string[]> {
  const client = new DefaultArtifactClient();
  const findBy = from && {
    token: from.token,
    workflowRunId: from.runId,
    repositoryOwner: from.owner,
    repositoryName: from.repo,
  };
  const { artifacts } = await client.listArtifacts({ latest: true, ...(findBy && { findBy }) });
  const folders: string[] = [];
  for (const { id, name } of artifacts.filter((each) => each.name.startsWith(prefix)).sort(byName)) {
    const zips = join(folder, `${id}-zip`);
    await client.downloadArtifact(id, { path: zips, skipDecompress: true, ...(findBy && { findBy }) });
    const [zip] = await readdir(zips);
    const unpacked = join(folder, String(id));
    await mkdir(unpacked);
    info(`unpacking ${JSON.stringify(name)}`);
    await unzip(join(zips, zip!), unpacked, options);
    await rm(zips, { recursive: true });
    folders.push(unpacked);
  }
  return folders;
}

function byName(one: { name: string }, other: { name: string }): number {
  return one.name < other.name ? -1 : 1;
}

import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { DefaultArtifactClient, GHESNotSupportedError } from '@actions/artifact';
import { info } from '@actions/core';
import { UserError } from '../errors.ts';
import { escapeLine } from '../report/escape.ts';
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
  /**
   * Another run's artifacts, read with a token; default: this run's. There an artifact with just this name is taken
   * alone: it joins those whose names are longer.
   */
  from?: { token: string; runId: number; owner: string; repo: string };
  /** The limit is that of all artifacts together. */
  unzip: UnzipOptions;
}

export interface Download {
  name: string;
  folder: string;
}

/** Downloads and unpacks artifacts, in the order of their names. @throws UserError that names the artifact */
export async function downloadArtifacts({
  prefix,
  folder,
  from,
  unzip: options,
}: DownloadRequest): Promise<Download[]> {
  const client = new DefaultArtifactClient();
  const findBy = from && {
    token: from.token,
    workflowRunId: from.runId,
    repositoryOwner: from.owner,
    repositoryName: from.repo,
  };
  const { artifacts } = await client.listArtifacts({ latest: true, ...(findBy && { findBy }) });
  const joined = artifacts.filter(({ name }) => from && name === prefix);
  const chosen = joined.length > 0 ? joined : artifacts.filter(({ name }) => name.startsWith(prefix));
  const downloads: Download[] = [];
  let left = options.limit;
  for (const { id, name } of chosen.sort(byName)) {
    const zips = join(folder, `${id}-zip`);
    await client.downloadArtifact(id, { path: zips, skipDecompress: true, ...(findBy && { findBy }) });
    const [zip] = await readdir(zips);
    const unpacked = join(folder, String(id));
    await mkdir(unpacked);
    info(`unpacking ${escapeLine(name)}`);
    try {
      left -= await unzip(join(zips, zip!), unpacked, { ...options, limit: left });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new UserError(`artifact ${escapeLine(name)} cannot be unpacked: ${error.message}`, { cause: error });
    }
    await rm(zips, { recursive: true });
    downloads.push({ name, folder: unpacked });
  }
  return downloads;
}

/** Says of an error in an artifact's files which artifact it is: its folder here means nothing to anybody. */
export function inArtifact(error: unknown, downloads: readonly Download[]): unknown {
  if (!(error instanceof UserError)) return error;
  const message = downloads.reduce(
    (text, { name, folder }) =>
      text
        .replaceAll(folder + sep, `artifact ${escapeLine(name)}: `)
        .replaceAll(folder, `artifact ${escapeLine(name)}`),
    error.message,
  );
  return new UserError(message, { cause: error });
}

function byName(one: { name: string }, other: { name: string }): number {
  return one.name < other.name ? -1 : 1;
}

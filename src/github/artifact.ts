import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DefaultArtifactClient, GHESNotSupportedError } from '@actions/artifact';

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

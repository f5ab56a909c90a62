import { closeSync, createReadStream, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Unzip, UnzipInflate } from 'fflate';
import { UserError } from '../errors.ts';
import { isSafePath } from '../files.ts';

export interface UnzipOptions {
  /** Names of the files that are unpacked; default: all. */
  wanted?: readonly string[];
  /** Bytes of all unpacked files together: a zip can hold a thousand times its size. */
  limit: number;
}

/**
 * Unpacks a zip that anybody may have made into an empty folder, as a stream.
 *
 * @throws UserError where it holds more than `limit`, or a name that is no plain relative path
 */
export async function unzip(zip: string, folder: string, { wanted, limit }: UnzipOptions): Promise<void> {
  let size = 0;
  const open = new Set<number>();
  const reader = new Unzip((file) => {
    if (file.name.endsWith('/') || (wanted && !wanted.includes(file.name))) return;
    if (!isSafePath(file.name)) throw new UserError(`the artifact holds a file named ${JSON.stringify(file.name)}`);
    const path = join(folder, file.name);
    mkdirSync(dirname(path), { recursive: true });
    // `wx`: a second entry of the same name is no overwriting.
    const handle = openSync(path, 'wx');
    open.add(handle);
    file.ondata = (error, chunk, final) => {
      if (error) throw error;
      size += chunk.length;
      if (size > limit) throw new UserError(`the artifact holds more than ${limit} bytes`);
      writeSync(handle, chunk);
      if (final) {
        closeSync(handle);
        open.delete(handle);
      }
    };
    file.start();
  });
  reader.register(UnzipInflate);
  try {
    for await (const chunk of createReadStream(zip, { highWaterMark: 1 << 20 })) reader.push(chunk as Buffer);
    reader.push(new Uint8Array(0), true);
  } finally {
    for (const handle of open) closeSync(handle);
  }
}

import { closeSync, createReadStream, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AsyncFlateStreamHandler, Unzip, type UnzipDecoder, UnzipInflate } from 'fflate';
import { UserError } from '../errors.ts';
import { isSafePath } from '../files.ts';

export interface UnzipOptions {
  /** Names of the files that are unpacked; default: all. */
  wanted?: readonly string[];
  /** Bytes of all unpacked files together: a zip can hold a thousand times its size. */
  limit: number;
}

/** Bytes of a zip that are unpacked at once: what they can unpack to is held in memory before it is counted. */
const slice = 64 * 2 ** 10;

/**
 * Unpacks a zip that anybody may have made into an empty folder, as a stream.
 *
 * @returns the bytes of the unpacked files
 * @throws UserError where it holds more than `limit`, a name twice, or one that is no plain relative path, or is no zip
 */
export async function unzip(zip: string, folder: string, { wanted, limit }: UnzipOptions): Promise<number> {
  let size = 0;
  const open = new Set<number>();
  const isWanted = (name: string) => !name.endsWith('/') && (wanted?.includes(name) ?? true);
  const reader = new Unzip((file) => {
    if (!isWanted(file.name)) {
      // Read past, or the library would keep it.
      file.ondata = () => {};
      if (file.compression === 0 || file.compression === 8) file.start();
      return;
    }
    const name = JSON.stringify(file.name);
    if (!isSafePath(file.name)) throw new UserError(`it holds a file named ${name}`);
    if (file.compression !== 0 && file.compression !== 8) {
      throw new UserError(`its ${name} is compressed by method ${file.compression}, not by deflate`);
    }
    const handle = create(join(folder, file.name), name);
    open.add(handle);
    file.ondata = (error, chunk, final) => {
      if (error) throw error;
      size += chunk.length;
      if (size > limit) throw new UserError(`it holds more than ${limit} bytes`);
      writeSync(handle, chunk);
      if (final) {
        closeSync(handle);
        open.delete(handle);
      }
    };
    file.start();
  });
  reader.register(inflateOf(isWanted));
  try {
    for await (const chunk of createReadStream(zip, { highWaterMark: slice })) reader.push(chunk as Buffer);
    reader.push(new Uint8Array(0), true);
  } catch (error) {
    throw isDamage(error) ? new UserError(`it is no whole zip (${error.message})`, { cause: error }) : error;
  } finally {
    for (const handle of open) closeSync(handle);
  }
  return size;
}

/** Opens a file that must not be there: a second entry of the same name is no overwriting. */
function create(path: string, name: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, 'wx');
  } catch (error) {
    // Names that differ in case alone are one on some systems; a file is no folder of another.
    const taken = ['EEXIST', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
    throw taken ? new UserError(`it holds ${name} twice`, { cause: error }) : error;
  }
}

/** Inflates what is kept and drops the rest unread, so that models beside a report cost neither time nor memory. */
function inflateOf(keeps: (name: string) => boolean) {
  return class implements UnzipDecoder {
    static compression = 8;
    ondata!: AsyncFlateStreamHandler;
    readonly #inflate: UnzipInflate | undefined;

    constructor(name: string) {
      if (!keeps(name)) return;
      this.#inflate = new UnzipInflate();
      this.#inflate.ondata = (error, chunk, final) => this.ondata(error, chunk, final);
    }

    push(chunk: Uint8Array, final: boolean): void {
      if (this.#inflate) this.#inflate.push(chunk, final);
      else this.ondata(null, new Uint8Array(0), final);
    }
  };
}

/** The library's own errors have a number as their code. */
function isDamage(error: unknown): error is Error {
  return typeof (error as { code?: unknown }).code === 'number';
}

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { checkIsFile, readFlags } from '../files.ts';

/** Bytes that can be read piece by piece: a slice of a file, or of memory. */
export interface ByteSource {
  readonly length: number;
  /** Up to `length` bytes from `start`, fewer only at the end. */
  read(start: number, length: number): Uint8Array;
}

export class MemorySource implements ByteSource {
  readonly #bytes: Uint8Array;
  readonly length: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.length = bytes.length;
  }

  read(start: number, length: number): Uint8Array {
    return this.#bytes.subarray(start, start + length);
  }
}

/**
 * A file that stays open, so that its bytes stay those that were checked even when another file takes its name. It is
 * closed when nothing refers to it any more.
 */
export class OpenFile implements ByteSource {
  readonly path: string;
  readonly length: number;
  readonly #fd: number;

  /** @throws the file system's error (ENOENT, EISDIR, ...); ENXIO for a pipe or a device */
  constructor(path: string) {
    this.path = path;
    this.#fd = openSync(path, readFlags);
    closing.register(this, this.#fd);
    const stat = fstatSync(this.#fd);
    checkIsFile(stat, path);
    this.length = stat.size;
  }

  read(start: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.length - start)));
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(this.#fd, bytes, at, Math.min(bytes.length - at, 1 << 28), start + at);
      if (count === 0) {
        throw new UserError('the file became shorter while it was read', { position: { file: this.path } });
      }
      at += count;
    }
    return bytes;
  }
}

const closing = new FinalizationRegistry<number>((fd) => closeSync(fd));

/** A part of another source. */
export class Slice implements ByteSource {
  readonly #source: ByteSource;
  readonly #offset: number;
  readonly length: number;

  constructor(source: ByteSource, offset: number, length: number) {
    this.#source = source;
    this.#offset = offset;
    this.length = length;
  }

  read(start: number, length: number): Uint8Array {
    return this.#source.read(this.#offset + start, Math.max(0, Math.min(length, this.length - start)));
  }
}

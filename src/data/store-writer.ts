import { closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { temporaryPath } from '../files.ts';
import type { Tensor } from '../tensor.ts';
import { type IndexedSample, type StoredTensor, type StoreIndex, storeFormat, tensorBytes } from './store.ts';

/** Tensors begin at multiples of this: a cache line, enough for any element and vector. */
const alignment = 64;
const bufferBytes = 4 << 20;

/**
 * Writes a feed store: the tensors to a file under another name, then the index beside it. Both appear whole or not at all, and
 * memory stays bounded. With node:fs alone, for child processes too.
 */
export class StoreWriter {
  readonly index: StoreIndex;
  readonly #path: string;
  readonly #temporary: string;
  readonly #fd: number;
  #isOpen = true;
  #parts: Uint8Array[] = [];
  #buffered = 0;
  /** A tensor that many samples share (the same object) is written once. */
  readonly #written = new WeakMap<Tensor, StoredTensor>();

  /** @param path of the store's file, in a folder that is there; the index is `path + '.json'` */
  constructor(path: string, about: Pick<StoreIndex, 'key' | 'classes'> = {}) {
    this.#path = path;
    this.#temporary = temporaryPath(path);
    this.#fd = openSync(this.#temporary, 'wx');
    this.index = { format: storeFormat, ...about, bytes: 0, samples: [] };
  }

  /** @param tensor must not be changed afterwards: it is written when the buffer is full */
  write(tensor: Tensor): StoredTensor {
    const known = this.#written.get(tensor);
    if (known) return known;
    const bytes = tensorBytes(tensor);
    this.#append(new Uint8Array((alignment - (this.index.bytes % alignment)) % alignment));
    const stored = { type: tensor.type, dims: [...tensor.dims], offset: this.index.bytes, bytes: bytes.length };
    this.#append(bytes);
    this.#written.set(tensor, stored);
    if (this.#buffered >= bufferBytes) this.#flush();
    return stored;
  }

  add(sample: IndexedSample): void {
    this.index.samples.push(sample);
  }

  /** Puts the file and its index in their places. */
  finish(more: Pick<StoreIndex, 'nans'> = {}): StoreIndex {
    this.#flush();
    this.#close();
    const index = { ...this.index, ...more };
    const place = `${this.#path}.json`;
    // The old index goes first: a file is never seen with the index of another.
    rmSync(place, { force: true });
    renameSync(this.#temporary, this.#path);
    const temporary = temporaryPath(place);
    writeFileSync(temporary, JSON.stringify(index));
    renameSync(temporary, place);
    return index;
  }

  /** Leaves what was there before; after `finish` it does nothing. */
  abandon(): void {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }

  #append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#parts.push(bytes);
    this.#buffered += bytes.length;
    this.index.bytes += bytes.length;
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#parts, this.#buffered);
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done, bytes.length - done);
    this.#parts = [];
    this.#buffered = 0;
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }
}

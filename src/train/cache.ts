import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { readTensor, type StoredTensor, tensorBytes } from '../data/store.ts';
import type { Tensor } from '../tensor.ts';

export type Feeds = Record<string, Tensor>;

/** Bytes that all caches of a training may still take in memory. */
export interface Room {
  left: number;
}

/** Tensors by batch: in memory as long as they are few, beyond that in a file. */
export class TensorCache {
  readonly #path: string;
  readonly #room: Room;
  readonly #memory = new Map<number, Feeds>();
  readonly #stored = new Map<number, Record<string, StoredTensor>>();
  #bytes = 0;
  #fd: number | undefined;
  #end = 0;

  constructor(path: string, room: Room) {
    this.#path = path;
    this.#room = room;
  }

  set(batch: number, tensors: Feeds): void {
    const bytes = Object.values(tensors).reduce((sum, tensor) => sum + tensorBytes(tensor).length, 0);
    if (bytes <= this.#room.left) {
      this.#bytes += bytes;
      this.#room.left -= bytes;
      this.#memory.set(batch, tensors);
      return;
    }
    this.#fd ??= openSync(this.#path, 'w+');
    const stored: Record<string, StoredTensor> = {};
    for (const [name, tensor] of Object.entries(tensors)) {
      const data = tensorBytes(tensor);
      for (let done = 0; done < data.length; ) {
        done += writeSync(this.#fd, data, done, data.length - done, this.#end + done);
      }
      stored[name] = { type: tensor.type, dims: tensor.dims, offset: this.#end, bytes: data.length };
      this.#end += Math.ceil(data.length / 64) * 64;
    }
    this.#stored.set(batch, stored);
  }

  get(batch: number): Feeds {
    const kept = this.#memory.get(batch);
    if (kept) return kept;
    const stored = this.#stored.get(batch);
    if (!stored || this.#fd === undefined) throw new Error(`batch ${batch} is not in ${this.#path}`);
    const fd = this.#fd;
    return Object.fromEntries(Object.entries(stored).map(([name, place]) => [name, readTensor(fd, place)]));
  }

  /** Frees everything; the cache cannot be used any more. */
  drop(): void {
    this.#memory.clear();
    this.#room.left += this.#bytes;
    this.#bytes = 0;
    this.#stored.clear();
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
    rmSync(this.#path, { force: true });
  }
}

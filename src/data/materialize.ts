import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { temporaryPath, writeAtomic } from '../files.ts';
import { type Progress, silent } from '../progress.ts';
import type { Tensor } from '../tensor.ts';
import type { Dataset, Label } from './dataset.ts';
import {
  type FeedStore,
  type IndexedLabel,
  type IndexedSample,
  readIndex,
  type StoredTensor,
  type StoreIndex,
  storeFormat,
  storeOf,
  tensorBytes,
} from './store.ts';

/** Tensors begin at multiples of this: a cache line, enough for any element and vector. */
const alignment = 64;
const bufferBytes = 4 << 20;

/**
 * Decodes a dataset once, into `file` (the tensors) and `file + '.json'` (the index, written last). A store that is
 * there already and was made from the same bytes and settings is used as it is.
 *
 * Memory stays bounded: samples are written as they are decoded. Both files appear whole or not at all.
 *
 * @throws UserError where a sample cannot be decoded
 */
export async function materialize(dataset: Dataset, file: string, progress: Progress = silent): Promise<FeedStore> {
  const key = await dataset.cacheKey?.();
  const cached = key === undefined ? undefined : openCached(file, key);
  if (cached) {
    progress.note(`${dataset.description}: decoded before, taken from the cache`);
    return cached;
  }
  const stage = progress.stage(`decoding ${dataset.description}`, dataset.size, 'samples');
  await mkdir(dirname(file), { recursive: true });
  const temporary = temporaryPath(file);
  try {
    const handle = await open(temporary, 'wx');
    const index: StoreIndex = { format: storeFormat, bytes: 0, samples: [] };
    if (key !== undefined) index.key = key;
    if (dataset.classes) index.classes = [...dataset.classes];
    try {
      const writer = new TensorWriter(handle);
      for await (const { id, inputs, label } of dataset.samples()) {
        index.samples.push(await writeSample(writer, id, inputs, label));
        stage.advance(1, id);
      }
      index.bytes = await writer.end();
    } finally {
      await handle.close();
    }
    // The old index goes first: a file is never seen with the index of another.
    await rm(`${file}.json`, { force: true });
    await rename(temporary, file);
    await writeAtomic(`${file}.json`, JSON.stringify(index));
    stage.done();
    return storeOf(file, index);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * `materialize` into a folder that several datasets share: the file is named after what it is made from, so that
 * calibration and validation of one source, and later runs, use one file.
 */
export async function materializeIn(folder: string, dataset: Dataset, progress: Progress = silent): Promise<FeedStore> {
  const key = (await dataset.cacheKey?.()) ?? createHash('sha256').update(dataset.description).digest('hex');
  return materialize(dataset, join(folder, `${key.slice(0, 32)}.feeds`), progress);
}

function openCached(file: string, key: string): FeedStore | undefined {
  if (!existsSync(file) || !existsSync(`${file}.json`)) return undefined;
  const index = readIndexOrNone(file);
  return index?.key === key && statSync(file).size === index.bytes ? storeOf(file, index) : undefined;
}

/** An index of another version, or one that does not parse, is no cache; it is written again. */
function readIndexOrNone(file: string): StoreIndex | undefined {
  try {
    return readIndex(file);
  } catch {
    return undefined;
  }
}

async function writeSample(
  writer: TensorWriter,
  id: string,
  inputs: Readonly<Record<string, Tensor>>,
  label: Label | undefined,
): Promise<IndexedSample> {
  const stored: Record<string, StoredTensor> = {};
  const hash = createHash('sha256');
  for (const [name, tensor] of Object.entries(inputs)) {
    stored[name] = await writer.write(tensor);
    hash.update(`${name} ${tensor.type} ${tensor.dims.join()} `).update(tensorBytes(tensor));
  }
  const sample: IndexedSample = { id, inputs: stored, digest: hash.digest('hex') };
  if (label) sample.label = await writeLabel(writer, label);
  return sample;
}

async function writeLabel(writer: TensorWriter, label: Label): Promise<IndexedLabel> {
  if (label.kind !== 'tensor') return label;
  const digest = createHash('sha256').update(tensorBytes(label.tensor)).digest('hex');
  return { kind: 'tensor', stored: await writer.write(label.tensor), digest };
}

/** Appends tensors to a file through a buffer, each at an aligned place. */
class TensorWriter {
  readonly #file: FileHandle;
  #parts: Uint8Array[] = [];
  #buffered = 0;
  #at = 0;
  /** A tensor that many samples share (the same object) is written once. */
  readonly #written = new WeakMap<Tensor, StoredTensor>();

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(tensor: Tensor): Promise<StoredTensor> {
    const known = this.#written.get(tensor);
    if (known) return known;
    const bytes = tensorBytes(tensor);
    const gap = (alignment - (this.#at % alignment)) % alignment;
    if (gap > 0) this.#append(new Uint8Array(gap));
    const stored = { type: tensor.type, dims: [...tensor.dims], offset: this.#at, bytes: bytes.length };
    this.#append(bytes);
    this.#written.set(tensor, stored);
    if (this.#buffered >= bufferBytes) await this.#flush();
    return stored;
  }

  /** Writes what is buffered. @returns the file's size */
  async end(): Promise<number> {
    await this.#flush();
    return this.#at;
  }

  #append(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#buffered += bytes.length;
    this.#at += bytes.length;
  }

  async #flush(): Promise<void> {
    // A single `writev` may write less than it was given.
    const bytes = Buffer.concat(this.#parts, this.#buffered);
    for (let done = 0; done < bytes.length; ) {
      done += (await this.#file.write(bytes, done, bytes.length - done)).bytesWritten;
    }
    this.#parts = [];
    this.#buffered = 0;
  }
}

/** A sample that two datasets share. */
export interface SharedSample {
  /** The ids in the first and in the second dataset. */
  first: string;
  second: string;
}

/**
 * Samples whose inputs are the same bytes in both stores: the same image or row in calibration and validation. Generated
 * or constant inputs aside, that is one sample used twice.
 */
export function sharedSamples(first: FeedStore, second: FeedStore): SharedSample[] {
  const known = new Map(first.samples.map(({ digest, id }) => [digest, id]));
  return second.samples.flatMap(({ digest, id }) => {
    const same = known.get(digest);
    return same === undefined ? [] : [{ first: same, second: id }];
  });
}

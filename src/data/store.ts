import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { arrayTypes, type Tensor, type TensorType, type TensorValues } from '../tensor.ts';
import type { Label, Sample } from './dataset.ts';

/**
 * A dataset decoded once, on disk: tensors back to back in one file, found by the index. Every process that runs a
 * model over it (calibration, FP32, each variant, training) reads it from there, so nothing is decoded twice and no
 * tensor crosses a process boundary.
 *
 * This file is the reader: node:fs and nothing else, so that a child process opens a store in milliseconds.
 * `materialize` writes.
 */
export interface FeedStore {
  /** The file of raw little-endian tensor bytes; each tensor starts at a multiple of 64. The index is `path + '.json'`. */
  readonly path: string;
  readonly samples: readonly StoredSample[];
  /** sha256 over ids, labels, shapes and bytes: the key of everything cached about this data. */
  readonly digest: string;
  readonly classes?: readonly string[];
  /** Where this is a slice: which samples of the file, half-open. */
  readonly range?: { readonly from: number; readonly to: number };
}

export interface StoredSample {
  id: string;
  inputs: Readonly<Record<string, StoredTensor>>;
  /** A label that is a tensor lies in the store's file; its `tensor` is read from there each time it is asked for. */
  label?: Label;
  /** sha256 of the inputs' bytes, to find the same sample in two datasets. */
  digest: string;
}

export interface StoredTensor {
  type: TensorType;
  dims: readonly number[];
  offset: number;
  bytes: number;
}

/** What another process needs to open the same store, or the same slice of it. */
export interface StoreReference {
  path: string;
  range?: { readonly from: number; readonly to: number };
}

/** A label as the index holds it: a tensor is a place in the file and the digest of its bytes. */
export type IndexedLabel =
  | Exclude<Label, { kind: 'tensor' }>
  | { kind: 'tensor'; stored: StoredTensor; digest: string };

export interface IndexedSample {
  id: string;
  inputs: Record<string, StoredTensor>;
  label?: IndexedLabel;
  digest: string;
}

/** How many values of an output are NaN, and the first sample that has one; outputs without any are left out. */
export type NansByOutput = Record<string, { count: number; first: string }>;

/** The JSON beside a store's file. */
export interface StoreIndex {
  format: typeof storeFormat;
  /** What the store was made from (source bytes, preprocessing, inputs); undefined where that cannot be known. */
  key?: string;
  bytes: number;
  classes?: readonly string[];
  samples: IndexedSample[];
  /** Of a store of outputs. */
  nans?: NansByOutput;
}

/** Changes whenever the file's layout or the decoding changes, so that an old cache is never read as a new one. */
export const storeFormat = 'quant-gate-feeds-3';

/**
 * Opens a store that `materialize` wrote, or the slice of it that `reference.range` names.
 *
 * @throws Error where the index is missing or of another format: stores are ours, so that is a defect or a removed file
 */
export function openStore(reference: string | StoreReference): FeedStore {
  const { path, range } = typeof reference === 'string' ? { path: reference, range: undefined } : reference;
  const index = readIndex(path);
  const store = storeOf(path, index);
  return range ? sliceStore(store, range.from, range.to) : store;
}

/** The index beside `path`, checked for its format. */
export function readIndex(path: string): StoreIndex {
  const index = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as StoreIndex;
  if (index.format !== storeFormat) throw new Error(`${path}.json: format ${index.format}, this is ${storeFormat}`);
  return index;
}

/** The store that an index describes. */
export function storeOf(path: string, index: StoreIndex): FeedStore {
  const samples = index.samples.map(({ id, inputs, label, digest }) => ({
    id,
    inputs,
    digest,
    ...(label && { label: label.kind === 'tensor' ? new StoredTensorLabel(path, label) : label }),
  }));
  return {
    path,
    samples,
    digest: digestOf(samples),
    ...(index.classes && { classes: index.classes }),
  };
}

/** Reads its tensor when asked, so that an index of thousands of masks stays small in memory. */
class StoredTensorLabel {
  readonly kind = 'tensor';
  readonly digest: string;
  readonly #path: string;
  readonly #stored: StoredTensor;

  constructor(path: string, label: { stored: StoredTensor; digest: string }) {
    this.#path = path;
    this.#stored = label.stored;
    this.digest = label.digest;
  }

  get tensor(): Tensor {
    const fd = openSync(this.#path, 'r');
    try {
      return readTensor(fd, this.#stored);
    } finally {
      closeSync(fd);
    }
  }
}

/** The names and shapes of a sample's inputs: samples of one key can share a batch. */
export function shapeKey(inputs: Readonly<Record<string, { dims: readonly number[] }>>): string {
  return JSON.stringify(Object.entries(inputs).map(([name, { dims }]) => [name, dims]));
}

/**
 * A view of samples `from` (included) to `to` (excluded) of a store: the same file, its own digest. `to` beyond the
 * end is the end.
 */
export function sliceStore(store: FeedStore, from: number, to: number = store.samples.length): FeedStore {
  const base = store.range?.from ?? 0;
  const samples = store.samples.slice(from, to);
  return {
    ...store,
    samples,
    digest: digestOf(samples),
    range: { from: base + from, to: base + from + samples.length },
  };
}

/** What to send to another process so that `openStore` gives this very store, or slice, there. */
export function storeReference({ path, range }: FeedStore): StoreReference {
  return range ? { path, range } : { path };
}

function digestOf(samples: readonly StoredSample[]): string {
  const hash = createHash('sha256');
  for (const { id, inputs, label, digest } of samples) {
    const shapes = Object.entries(inputs).map(([name, { type, dims }]) => [name, type, dims]);
    hash.update(JSON.stringify([id, shapes, digest, label?.kind === 'tensor' ? labelDigest(label) : label]));
  }
  return hash.digest('hex');
}

function labelDigest(label: Label & { kind: 'tensor' }): string {
  if (label instanceof StoredTensorLabel) return label.digest;
  return createHash('sha256').update(tensorBytes(label.tensor)).digest('hex');
}

/**
 * Reads one sample. The arrays are fresh and owned by the caller.
 *
 * @param fd an open descriptor of `store.path`; without it the file is opened and closed again
 */
export function readSample(store: FeedStore, index: number, fd?: number): Sample {
  const sample = store.samples[index];
  if (!sample) throw new RangeError(`sample ${index} of ${store.samples.length}`);
  const open = fd ?? openSync(store.path, 'r');
  try {
    const inputs: Record<string, Tensor> = {};
    for (const [name, stored] of Object.entries(sample.inputs)) inputs[name] = readTensor(open, stored);
    return { id: sample.id, inputs, ...(sample.label && { label: sample.label }) };
  } finally {
    if (fd === undefined) closeSync(open);
  }
}

/** Reads one tensor of an open store file. */
export function readTensor(fd: number, { type, dims, offset, bytes }: StoredTensor): Tensor {
  const buffer = new ArrayBuffer(bytes);
  const view = new Uint8Array(buffer);
  let done = 0;
  while (done < bytes) {
    const count = readSync(fd, view, done, bytes - done, offset + done);
    if (count === 0)
      throw new Error(`the store of decoded data ends ${bytes - done} bytes early; it was cut or replaced`);
    done += count;
  }
  return { type, dims, data: bytesToValues(type, buffer) };
}

/** The values that little-endian bytes hold; a string tensor is a JSON list in UTF-8. */
function bytesToValues(type: TensorType, buffer: ArrayBuffer): TensorValues {
  if (type === 'string') return JSON.parse(new TextDecoder().decode(buffer)) as string[];
  assertLittleEndian();
  return new arrayTypes[type](buffer);
}

/** The bytes of a tensor, little-endian, shared with it where it is numeric. */
export function tensorBytes({ type, data }: Tensor): Uint8Array {
  if (type === 'string' || Array.isArray(data)) return new TextEncoder().encode(JSON.stringify(data));
  assertLittleEndian();
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function assertLittleEndian(): void {
  if (endianness() !== 'LE') throw new Error('a big-endian machine cannot read little-endian tensors in place');
}

import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256 } from '../files.ts';
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
  storeOf,
  tensorBytes,
} from './store.ts';
import { StoreWriter } from './store-writer.ts';

/**
 * Decodes a dataset once, into `file` (the tensors) and `file + '.json'` (the index, written last). A store that is
 * there already and was made from the same bytes and settings is used as it is.
 *
 * Memory stays bounded: samples are written as they are decoded. Both files appear whole or not at all.
 *
 * @throws UserError where a sample cannot be decoded
 */
export async function materialize(dataset: Dataset, file: string, progress: Progress = silent): Promise<FeedStore> {
  return writeOnce(dataset, await dataset.cacheKey?.(), file, progress);
}

/**
 * `materialize` into a folder that several datasets share: the file is named after what it is made from, so that
 * calibration and validation of one source, and later runs, use one file.
 */
export async function materializeIn(folder: string, dataset: Dataset, progress: Progress = silent): Promise<FeedStore> {
  const key = await dataset.cacheKey?.();
  const name = key ?? sha256(dataset.description);
  return writeOnce(dataset, key, join(folder, `${name.slice(0, 32)}.feeds`), progress);
}

async function writeOnce(
  dataset: Dataset,
  key: string | undefined,
  file: string,
  progress: Progress,
): Promise<FeedStore> {
  const cached = key === undefined ? undefined : openCached(file, key);
  if (cached) {
    progress.note(`${dataset.description}: decoded before, taken from the cache`);
    return cached;
  }
  const stage = progress.stage(`decoding ${dataset.description}`, dataset.size, 'samples');
  await mkdir(dirname(file), { recursive: true });
  const { classes } = dataset;
  const writer = new StoreWriter(file, {
    ...(key !== undefined && { key }),
    ...(classes && { classes: [...classes] }),
  });
  try {
    for await (const { id, inputs, label } of dataset.samples()) {
      writer.add(writeSample(writer, id, inputs, label));
      stage.advance(1, id);
    }
    const index = writer.finish();
    stage.done();
    return storeOf(file, index);
  } finally {
    writer.abandon();
  }
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

function writeSample(
  writer: StoreWriter,
  id: string,
  inputs: Readonly<Record<string, Tensor>>,
  label: Label | undefined,
): IndexedSample {
  const stored: Record<string, StoredTensor> = {};
  const hash = createHash('sha256');
  for (const [name, tensor] of Object.entries(inputs)) {
    stored[name] = writer.write(tensor);
    hash.update(`${name} ${tensor.type} ${tensor.dims.join()} `).update(tensorBytes(tensor));
  }
  return { id, inputs: stored, digest: hash.digest('hex'), ...(label && { label: writeLabel(writer, label) }) };
}

function writeLabel(writer: StoreWriter, label: Label): IndexedLabel {
  if (label.kind !== 'tensor') return label;
  return { kind: 'tensor', stored: writer.write(label.tensor), digest: sha256(tensorBytes(label.tensor)) };
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

/** How many samples have the same bytes for inputs as one before them. */
export function repeatedSamples({ samples }: FeedStore): number {
  return samples.length - new Set(samples.map(({ digest }) => digest)).size;
}

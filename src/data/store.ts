import type { TensorType } from '../tensor.ts';
import type { Label } from './dataset.ts';

/**
 * A dataset decoded once, on disk: tensors back to back in one file, found by the index. Every process that runs a
 * model over it (calibration, FP32, each variant, training) reads it from there, so nothing is decoded twice and no
 * tensor crosses a process boundary.
 */
export interface FeedStore {
  /** The file of raw little-endian tensor bytes; each tensor starts at a multiple of 64. */
  readonly path: string;
  readonly samples: readonly StoredSample[];
  /** sha256 over ids, labels, shapes and bytes: the key of everything cached about this data. */
  readonly digest: string;
  readonly classes?: readonly string[];
}

export interface StoredSample {
  id: string;
  inputs: Readonly<Record<string, StoredTensor>>;
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

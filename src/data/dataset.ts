import type { Tensor } from '../tensor.ts';

/** What is known to be right for a sample. */
export type Label =
  | { kind: 'class'; index: number }
  | { kind: 'values'; values: readonly number[] }
  /**
   * Without a batch axis: a target image [channels, height, width]; a mask [height, width] of class indices in the
   * geometry of the model's input; token ids [length]. -100 in a mask or a sequence is ignored.
   */
  | { kind: 'tensor'; tensor: Tensor }
  | { kind: 'boxes'; boxes: readonly Box[]; width: number; height: number };

/** In pixels of the original image, x0 <= x1, y0 <= y1. */
export interface Box {
  classIndex: number;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  crowd?: boolean;
}

/** One sample: every input has the rank the model wants, with 1 along the batch axis. */
export interface Sample {
  /** Names the sample to a person: a file relative to the policy, or `file[row]`. */
  id: string;
  inputs: Readonly<Record<string, Tensor>>;
  label?: Label;
}

/** A source that was opened and checked: files exist, labels fit, input names and shapes match the model. */
export interface Dataset {
  /** What a message calls it, for instance `data/validation (400 images)`. */
  readonly description: string;
  readonly size: number;
  /** Class names where the source has them, by class index. */
  readonly classes?: readonly string[];
  /** What a user should know of the samples before they are used, a sentence or two each. */
  readonly remarks?: readonly string[];
  /** sha256 over everything the samples are made from (bytes of the source, preprocessing, inputs), without decoding. */
  cacheKey?(): Promise<string>;
  /** In the same order every time; decoding runs ahead of the consumer, bounded. */
  samples(): AsyncIterable<Sample>;
}

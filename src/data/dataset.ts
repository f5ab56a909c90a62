import type { Tensor } from '../tensor.ts';

/** What is known to be right for a sample. */
export type Label =
  | { kind: 'class'; index: number }
  | { kind: 'values'; values: readonly number[] }
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
  /** In the same order every time; decoding runs ahead of the consumer, bounded. */
  samples(): AsyncIterable<Sample>;
}

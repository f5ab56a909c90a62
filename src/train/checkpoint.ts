import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { temporaryPath } from '../files.ts';
import { freshMoments, type Moments } from './adam.ts';
import type { TierResult, TrainResult } from './job.ts';
import type { Parameters } from './parameters.ts';
import type { Schedule } from './schedule.ts';

/** What a part in training has reached; serialisable. */
export interface PartState {
  /** Steps that are done. */
  step: number;
  moments: Map<string, Moments>;
  /** Running mean of the gradient's norm, for clipping. */
  norm: number;
  /** The parameters before the first step. */
  start: Map<string, Float32Array>;
  /** The best state so far, and the distance of each held-back sample from FP32 there. */
  good: Map<string, Float32Array>;
  goodDistances: Float64Array;
  /** Evaluations since then. */
  stale: number;
  /** On the rates, where they were found to be too high. */
  factor: number;
}

/** Before the first step. @param distances of each held-back sample */
export function freshState(
  trained: readonly string[],
  parameters: Parameters,
  distances: Float64Array = new Float64Array(),
): PartState {
  return {
    step: 0,
    moments: new Map(trained.map((name) => [name, freshMoments(parameters.value(name).length)])),
    norm: 0,
    start: parameters.snapshot(trained),
    good: parameters.snapshot(trained),
    goodDistances: distances,
    stale: 0,
    factor: 1,
  };
}

/** Everything that training needs to go on as if it had not been interrupted. */
export interface Checkpoint {
  /** What is trained, on what, with which settings: another key is another training. */
  key: string;
  /** The first part that is not finished; as many as there are parts: the end-to-end training. */
  part: number;
  state: PartState | undefined;
  values: Map<string, Float32Array>;
  before: Float64Array;
  best: Float64Array;
  tiers: TierResult[];
  notes: string[];
  /** Decided once, from a measured time: it must be the same after an interruption. */
  schedule: Schedule;
  /** How many batches are trained on and held back. */
  batches: { training: number; held: number };
  stepMs: number[];
  /** Milliseconds of the budget that are gone. */
  spentMs: number;
  /** Where training has ended: what it gave. */
  result?: TrainResult;
}

/** Where a training in this folder writes what it has reached. */
export const checkpointPath = (workDir: string): string => join(workDir, 'training.checkpoint');

/** Writes a checkpoint whole or not at all. */
export function saveCheckpoint(path: string, checkpoint: Checkpoint): void {
  const temporary = temporaryPath(path);
  writeFileSync(temporary, serialize(checkpoint));
  renameSync(temporary, path);
}

export function loadCheckpoint(path: string, key: string): Checkpoint | undefined {
  if (!existsSync(path)) return undefined;
  const checkpoint = deserialize(readFileSync(path)) as Checkpoint;
  return checkpoint.key === key ? checkpoint : undefined;
}

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { temporaryPath } from '../files.ts';
import type { Moments } from './adam.ts';
import type { TierResult } from './job.ts';

/** Everything that training needs to go on as if it had not been interrupted. */
export interface Checkpoint {
  /** The part in training, and the steps of it that are done. */
  part: number;
  step: number;
  values: ReadonlyMap<string, Float32Array>;
  moments: ReadonlyMap<string, Moments>;
  /** The parameters of the part before its first step. */
  start: ReadonlyMap<string, Float32Array>;
  /** The best state of the part so far. */
  good: Map<string, Float32Array>;
  goodDistance: number;
  best: number;
  before: number;
  tiers: TierResult[];
  /** Measured once: the number of steps follows from it, and must be the same after an interruption. */
  stepMs: number[];
}

/** Writes a checkpoint whole or not at all. */
export function saveCheckpoint(path: string, checkpoint: Checkpoint): void {
  const temporary = temporaryPath(path);
  writeFileSync(temporary, serialize(checkpoint));
  renameSync(temporary, path);
}

export function loadCheckpoint(path: string): Checkpoint | undefined {
  return existsSync(path) ? (deserialize(readFileSync(path)) as Checkpoint) : undefined;
}

import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256, writeAtomic } from '../files.ts';
import { loadModel, modelToBytes, saveModel } from '../onnx/model.ts';
import type { SpeedFindings } from '../quantize/contract.ts';
import { staticKey } from '../quantize/static/static.ts';
import { version } from '../version.ts';
import type { QatRequest, TrainingStart } from './contract.ts';

/** What training starts from, but for the models, which lie beside it. */
interface StoredStart extends Omit<TrainingStart, 'model' | 'recipe' | 'speed'> {
  key: string;
  speed?: Pick<SpeedFindings, 'smallProducts'> & Record<'slow' | 'slowProducts', [node: string, why: string][]>;
}

/** What decides Level 2's result. */
export function startKey({
  model,
  target,
  options,
  calibration,
  seed,
}: Pick<QatRequest, 'model' | 'target' | 'options' | 'calibration' | 'seed'>): string {
  const given = [sha256(modelToBytes(model)), staticKey(target, options), calibration.digest, seed, version];
  return sha256(JSON.stringify(given));
}

/** Whether a folder holds a start, of whatever key. */
export function holdsStart(folder: string): boolean {
  return existsSync(join(folder, 'start.json'));
}

/** Writes what a training starts from, for a later one that goes on with it. Whole once `start.json` is there. */
export async function saveStart(folder: string, key: string, start: TrainingStart): Promise<void> {
  await mkdir(folder, { recursive: true });
  // That of another key must not stand beside these models.
  await rm(join(folder, 'start.json'), { force: true });
  await saveModel(start.model, join(folder, 'level2.onnx'));
  await saveModel(start.recipe.exact, join(folder, 'exact.onnx'));
  const { nodes, notes, seconds, speed, search, sensitivity, useless } = start;
  const stored: StoredStart = {
    key,
    nodes,
    notes,
    seconds,
    ...(speed && { speed: { ...speed, slow: [...speed.slow], slowProducts: [...speed.slowProducts] } }),
    ...(search && { search }),
    ...(sensitivity && { sensitivity }),
    ...(useless !== undefined && { useless }),
  };
  await writeAtomic(join(folder, 'start.json'), JSON.stringify(stored));
}

/** What `saveStart` wrote; undefined where that is missing or has another key. */
export async function loadStart(folder: string, key: string): Promise<TrainingStart | undefined> {
  if (!holdsStart(folder)) return undefined;
  const stored = JSON.parse(await readFile(join(folder, 'start.json'), 'utf8')) as StoredStart;
  const { key: theirs, speed, ...start } = stored;
  if (theirs !== key) return undefined;
  return {
    ...start,
    ...(speed && { speed: { ...speed, slow: new Map(speed.slow), slowProducts: new Map(speed.slowProducts) } }),
    model: await loadModel(join(folder, 'level2.onnx')),
    recipe: { exact: await loadModel(join(folder, 'exact.onnx')) },
  };
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadModel } from '../../src/onnx/model.ts';
import { Random } from '../../src/random.ts';
import { quantizeQat } from '../../src/train/qat.ts';
import type { Feeds } from '../onnx/ort.ts';
import { python, withoutTorch } from '../train/python.ts';
import { qatRequest } from '../train/request.ts';
import { dynamic, scratch, sqnrOf } from './helpers.ts';
import { quantizeWith, runAll, storeOf } from './static/helpers.ts';

interface Exported {
  file: string;
  dims: number[];
  tokens: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'quant-gate-exports-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What PyTorch's exporters make of small networks. */
function exported(): Exported[] {
  const script = join(import.meta.dirname, 'pytorch-exports.py');
  const { stdout, stderr, status } = spawnSync(python, [script, folder], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Exported[];
}

function samplesOf({ dims, tokens }: Exported, count = 8): Feeds[] {
  const random = new Random(1, 'exports');
  const length = dims.reduce((product, dim) => product * dim, 1);
  return Array.from({ length: count }, () => ({
    x: tokens
      ? { type: 'int64', dims, data: BigInt64Array.from({ length }, () => BigInt(random.below(100))) }
      : { type: 'float32', dims, data: Float32Array.from({ length }, () => random.normal()) },
  }));
}

describe.skipIf(withoutTorch)('exports of PyTorch', () => {
  const models = withoutTorch ? [] : exported();

  test.each(models)('$file at Level 1', async (entry) => {
    const model = await loadModel(join(folder, entry.file));
    const samples = samplesOf(entry);
    const wanted = await runAll(model, samples);
    const made = await dynamic(model);
    expect(sqnrOf(wanted, await runAll(made.model, samples))).toBeGreaterThan(25);
  });

  test.each(
    models.flatMap((entry) =>
      (['cpu-x64-avx2', 'cpu-x64-vnni', 'cpu-arm64', 'tensorrt'] as const).map((target) => ({ ...entry, target })),
    ),
  )('$file at Level 2 for $target', async ({ target, ...entry }) => {
    const model = await loadModel(join(folder, entry.file));
    const samples = samplesOf(entry);
    const wanted = await runAll(model, samples);
    const made = await quantizeWith(model, samples, { target });
    expect(sqnrOf(wanted, await runAll(made.model, samples))).toBeGreaterThan(20);
  });

  test.each(models)('$file at Level 3', async (entry) => {
    const model = await loadModel(join(folder, entry.file));
    const request = await qatRequest(model, await storeOf(samplesOf(entry, 32)), await scratch());
    const { distance, training, notes, ...made } = await quantizeQat({ ...request, task: 'generic' });
    if (training.steps > 0) expect(distance.after).toBeLessThanOrEqual(distance.before);
    else expect(notes.join()).toMatch(/nothing (was trained|to win back)/i);
    const samples = samplesOf(entry);
    expect(sqnrOf(await runAll(model, samples), await runAll(made.model, samples))).toBeGreaterThan(12);
  });
});

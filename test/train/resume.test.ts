import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { modelToBytes, saveModel } from '../../src/onnx/model.ts';
import { Random } from '../../src/random.ts';
import { quantizeQat } from '../../src/train/qat.ts';
import { imagesStore, qatRequest, scratch, smallNetwork } from './support.ts';

test('killed at some moment and resumed, training ends with the file of an uninterrupted one', async () => {
  const folder = scratch();
  const model = smallNetwork();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 64);
  await saveModel(model, join(folder, 'model.onnx'));
  const whole = await quantizeQat(await qatRequest(model, calibration, join(folder, 'whole')));

  const interrupted = join(folder, 'interrupted');
  const child = spawn(
    process.execPath,
    [
      fileURLToPath(new URL('./resume-child.ts', import.meta.url)),
      join(folder, 'model.onnx'),
      join(folder, 'calibration.feeds'),
      interrupted,
    ],
    { stdio: 'inherit' },
  );
  const checkpoint = join(interrupted, 'training/training.checkpoint');
  const wanted = 1 + new Random(Date.now()).below(8);
  let seen = 0;
  for (let last = 0; seen < wanted && child.exitCode === null; await delay(2)) {
    const changed = statSync(checkpoint, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changed !== last) seen += 1;
    last = changed;
  }
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(seen, 'checkpoints before the end').toBeGreaterThan(0);

  const resumed = await quantizeQat({ ...(await qatRequest(model, calibration, interrupted)), resume: true });
  expect(modelToBytes(resumed.model)).toEqual(modelToBytes(whole.model));
  expect(resumed.training.tiers).toEqual(whole.training.tiers);
}, 120_000);

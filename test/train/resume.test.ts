import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import { expect, test } from 'vitest';
import { type GraphBuilder, modelToBytes, saveModel } from '../../src/onnx/model.ts';
import type { Value } from '../../src/onnx/value.ts';
import type { Task } from '../../src/policy/schema.ts';
import { silent } from '../../src/progress.ts';
import { Random } from '../../src/random.ts';
import { type Checkpoint, checkpointPath } from '../../src/train/checkpoint.ts';
import { mean } from '../../src/train/distance.ts';
import { quantizeQat } from '../../src/train/qat.ts';
import { normal } from '../quantize/static/helpers.ts';
import { imagesStore, qatRequest, scratch, smallNetwork } from './support.ts';

/** What a training writes down of itself first that is so. */
async function checkpointOf(
  training: Promise<unknown>,
  path: string,
  isSo: (checkpoint: Checkpoint) => boolean,
): Promise<Checkpoint> {
  let found: Checkpoint | undefined;
  let ended = false;
  const end = training.finally(() => {
    ended = true;
  });
  for (let last = 0; !ended && !found; await delay(1)) {
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changed === last) continue;
    last = changed;
    const checkpoint = deserialize(readFileSync(path)) as Checkpoint;
    if (isSo(checkpoint)) found = checkpoint;
  }
  await end;
  if (!found) throw new Error('no such checkpoint was seen');
  return found;
}

/** The same three convolutions again and again, which makes blocks that share their weights. */
function repeated(b: GraphBuilder, x: Value): Value {
  const weights = [1, 2, 3].map((seed) => b.constant(normal([8, 8, 3, 3], seed, 0.15), `shared${seed}`));
  const layers = [...weights, ...weights, ...weights];
  return layers.reduce((y, w) => b.op('Relu', [b.op('Conv', [y, w], { pads: [1, 1, 1, 1] })]), x);
}

test.each([
  ['', smallNetwork(), 1, 8],
  // Behind the fourth block, which reads what the second and third do.
  [' of blocks that share weights', smallNetwork(repeated), 17, 4],
])(
  'killed at some moment and resumed, training%s ends with the file of an uninterrupted one',
  async (_, model, least, range) => {
    const folder = scratch();
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
    const wanted = least + new Random(Date.now()).below(range);
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
    expect(resumed.speed).toEqual(whole.speed);
  },
  120_000,
);

test.each([
  ['a block', 40, 0],
  ['the whole', 0, 40],
])(
  'without time to go on, a training of %s that was interrupted ends with the best that it had seen',
  async (_, part, whole) => {
    const folder = scratch();
    const model = smallNetwork();
    const calibration = imagesStore(join(folder, 'calibration.feeds'), 64);
    const request = {
      ...(await qatRequest(model, calibration, folder)),
      recipe: { steps: { part, whole }, checkpointMs: 0 },
    };
    const path = checkpointPath(join(folder, 'training'));
    const seen = await checkpointOf(quantizeQat(request), path, ({ state }) => (state?.step ?? 0) > 0);
    const { good, goodDistances } = seen.state!;
    expect(seen.state!.step).toBeLessThan(40);
    await writeFile(path, serialize(seen));
    const { parameters, distance } = await quantizeQat({ ...request, resume: true, spentSeconds: 1000 });
    const kept = mean(goodDistances) < mean(seen.best);
    expect(distance.after).toBe(mean(kept ? goodDistances : seen.before));
    for (const [name, data] of good) {
      if (kept) expect(parameters.get(name), name).toEqual(data);
      else expect(parameters.get(name), name).not.toEqual(seen.values.get(name));
    }
  },
  120_000,
);

test('what another model, policy or data left is not gone on with', async () => {
  const folder = scratch();
  const model = smallNetwork();
  const [first, second] = [imagesStore(join(folder, 'a.feeds'), 32), imagesStore(join(folder, 'b.feeds'), 40)];
  const short = { steps: { part: 0, whole: 20 }, checkpointMs: 0 };
  const request = async (calibration: typeof first, name: string) => ({
    ...(await qatRequest(model, calibration, join(folder, name))),
    recipe: short,
  });
  await quantizeQat(await request(first, 'kept'));
  const notes: string[] = [];
  const progress = { ...silent, note: (text: string) => notes.push(text) };
  const other = await quantizeQat({ ...(await request(second, 'kept')), resume: true, progress });
  const fresh = await quantizeQat(await request(second, 'fresh'));
  expect(notes.join('\n')).toMatch(/interrupted was of another model, policy, data or version/);
  expect(modelToBytes(other.model)).toEqual(modelToBytes(fresh.model));
}, 120_000);

test('what was trained for another task is not gone on with, and the report says so', async () => {
  const folder = scratch();
  const model = smallNetwork();
  const calibration = imagesStore(join(folder, 'calibration.feeds'), 32);
  const request = async (task: Task, name: string) => ({
    ...(await qatRequest(model, calibration, join(folder, name))),
    task,
  });
  await quantizeQat(await request('generic', 'kept'));
  const other = await quantizeQat({ ...(await request('classification', 'kept')), resume: true });
  const fresh = await quantizeQat(await request('classification', 'fresh'));
  expect(other.notes.join('\n')).toMatch(/interrupted had other settings/);
  expect(other.training.tiers).toEqual(fresh.training.tiers);
  expect(modelToBytes(other.model)).toEqual(modelToBytes(fresh.model));
}, 120_000);

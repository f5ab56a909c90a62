import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { raceJob } from '../../src/runtime/race-job.ts';
import { WorkerProcess } from '../../src/runtime/worker-process.ts';
import { sessionOf, stack } from './models.ts';

test('a race of equals goes on for no longer than it may, though it is not clear who is faster', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'race-test-'));
  const worker = await WorkerProcess.start({ runtime: await locateRuntime(), label: 'race' });
  try {
    const model = await sessionOf(folder, 'model', stack(2, 64));
    const equals = { contender: model, rival: model, feeds: { seed: 1 }, generations: 2, decides: 1 };
    for (let again = 0; again < 4; again++)
      expect((await worker.call(raceJob, { ...equals, limitMs: 0 })).generations).toBe(2);
  } finally {
    await worker.close();
    rmSync(folder, { recursive: true });
  }
});

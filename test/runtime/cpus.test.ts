import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { chooseCpus, parseCpuList } from '../../src/runtime/cpus.ts';
import { findProgram } from '../../src/runtime/launch.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import { WorkerProcess } from '../../src/runtime/worker-process.ts';
import { statusField } from './status.ts';

test('lists of CPUs as Linux writes them', () => {
  expect(parseCpuList('0-2,5,8-9')).toEqual([0, 1, 2, 5, 8, 9]);
  expect(parseCpuList('')).toEqual([]);
});

const canBind = process.platform === 'linux' && findProgram('taskset') !== undefined && availableParallelism() > 1;

test.runIf(canBind)('a process is bound to as many CPUs as its session has threads', async () => {
  const cpus = await chooseCpus(1);
  expect(cpus).toHaveLength(1);
  const worker = await WorkerProcess.start({ runtime: await locateRuntime(), label: 'bound', cpus: cpus! });
  expect(statusField(worker.pid, 'Cpus_allowed_list')).toBe(String(cpus![0]));
  await worker.close();
});

test('where every CPU is needed, none is chosen', async () => {
  expect(await chooseCpus(1024)).toBeUndefined();
  expect(await chooseCpus(0)).toBeUndefined();
});

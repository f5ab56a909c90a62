import { cpus, totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { cpuTicks, describeEnvironment, describeMachine, physicalCores } from '../../src/measure/machine.ts';

test('the machine is described', async () => {
  const machine = await describeMachine({ binding: '', version: '1.2.3', source: 'test' });
  expect(machine).toMatchObject({ memoryBytes: totalmem(), node: process.version, onnxruntime: '1.2.3' });
  expect(machine.cpu).not.toBe('');
  expect(machine.isa).toContain(process.arch);
  expect(machine.cores).toBeGreaterThanOrEqual(1);
  expect(machine.cores).toBeLessThanOrEqual(cpus().length);
  expect(machine.cores).toBe(physicalCores());
});

test('what may disturb a timing is recorded', async () => {
  const environment = await describeEnvironment(cpuTicks(), [1]);
  expect(environment).toMatchObject({ boundTo: [1], load: expect.any(Number) });
  if (environment.steal !== undefined) expect(environment.steal).toBeGreaterThanOrEqual(0);
});

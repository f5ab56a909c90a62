import { cpus, totalmem } from 'node:os';
import { expect, test } from 'vitest';
import { cpuTicks, describeEnvironment, describeMachine, physicalCores, worstOf } from '../../src/measure/machine.ts';

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
  const environment = await describeEnvironment(cpuTicks(), { boundTo: [1] });
  expect(environment).toMatchObject({ boundTo: [1], load: expect.any(Number) });
  if (environment.steal !== undefined) expect(environment.steal).toBeGreaterThanOrEqual(0);
});

test('of several measurements the most disturbed is reported', () => {
  const gpu = { name: 'g', memoryBytes: 8, usedBytes: 1, clockMhz: 900, temperatureC: 60, throttle: '0x0' };
  const worst = worstOf([
    { load: 1, steal: 0.1, governor: 'performance', gpu },
    { load: 3, oneThread: 1.6, gpu: { ...gpu, temperatureC: 80 } },
    { load: 2, steal: 0.2, oneThread: 0.8 },
  ]);
  expect(worst).toEqual({
    load: 3,
    steal: 0.2,
    governor: 'performance',
    oneThread: 0.8,
    gpu: { ...gpu, temperatureC: 80 },
  });
  expect(worstOf([])).toBeUndefined();
});

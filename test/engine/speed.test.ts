import { expect, it, vi } from 'vitest';
import { WorkerProcess } from '../../src/runtime/worker-process.ts';
import { digitsFolder, digitsPolicy, gateDigits } from './digits.ts';

const folder = digitsFolder();

/** The folders of the variants for which each job ran. */
async function jobsOf(level3: string): Promise<(job: string) => Set<string>> {
  const calls = vi.spyOn(WorkerProcess.prototype, 'call');
  const { report } = await gateDigits(
    folder,
    digitsPolicy(`levels: { 2: {}, 3: { method: qat, budget: 3s${level3} } }
measure: { latency-budget: 1s }`),
  );
  expect(report.models[0]?.variants.map(({ level, error }) => [level, error])).toEqual([
    [2, undefined],
    [3, undefined],
  ]);
  const made = calls.mock.calls.map(([{ name }, params]) => ({ name, params: JSON.stringify(params) }));
  calls.mockRestore();
  return (job) =>
    new Set(made.flatMap(({ name, params }) => (name === job ? (/level\d(?=-)/.exec(params)?.[0] ?? []) : [])));
}

it('Level 3 starts from what Level 2 made', async () => {
  const jobs = await jobsOf('');
  expect(jobs('calibrate')).toEqual(new Set(['level2']));
  expect(jobs('race')).toEqual(new Set(['level2']));
});

it('what integers are worth here is timed once, also where Level 3 has other weights', async () => {
  const jobs = await jobsOf(', bits: 4');
  expect(jobs('calibrate')).toEqual(new Set(['level2', 'level3']));
  expect(jobs('race')).toEqual(new Set(['level2']));
});

import { expect, it, vi } from 'vitest';
import { hostTargetName } from '../../src/targets/index.ts';
import { digitsFolder, digitsPolicy, gateDigits } from './digits.ts';

const folder = digitsFolder();

it('the report says where the time went, how much of it in ONNX Runtime, and what may have disturbed it', async () => {
  // A clock that is set back changes no duration.
  vi.spyOn(Date, 'now').mockReturnValue(0);
  const { report } = await gateDigits(
    folder,
    digitsPolicy(`levels: { 1: {} }
measure: { latency-budget: 1s }`),
  );
  const { stages, inRuntime = {}, seconds } = report;
  for (const stage of ['plan', 'decode', 'inference', 'score', 'quantize', 'latency', 'memory', 'placement']) {
    expect(stages[stage]).toBeGreaterThan(0);
  }
  expect(Object.values(stages).reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(seconds + 0.1);
  for (const stage of ['inference', 'latency', 'memory']) {
    expect(inRuntime[stage]?.run).toBeGreaterThan(0);
    expect(inRuntime[stage]?.load).toBeGreaterThan(0);
  }
  expect(inRuntime['inference']!.run + inRuntime['inference']!.load).toBeLessThan(stages['inference']!);
  expect(inRuntime['score']).toEqual({ run: 0, load: 0 });
  expect(report.machine.conditions?.load).toBeGreaterThanOrEqual(0);
  expect(report.machine.noise).toBeGreaterThan(0);
});

it('latency is measured at the batch sizes of the policy, and at that of a limit', async () => {
  const { report } = await gateDigits(
    folder,
    digitsPolicy(`levels:
  1: {}
  2: { prefer: size, limits: { latency: { min-speedup: 0.1, batch: 2 } } }
measure: { latency-budget: 1ms, batches: [4] }`),
  );
  const [model] = report.models;
  const batches = [model!.fp32, ...model!.variants].map(({ measurements: { latency } }) =>
    Array.isArray(latency) ? latency.map(({ batch }) => batch) : latency,
  );
  // Of FP32 too, whichever level asks first.
  expect(batches).toEqual([[4, 2], [4], [2, 4]]);
});

it('a variant says that its target is named only as this machine', async () => {
  const host = hostTargetName();
  const requested = async (targets: string) => {
    const rest = `targets: ${targets}\nlevels: { 1: {} }\nmeasure: { latency-budget: 1ms }`;
    const { report } = await gateDigits(folder, digitsPolicy(rest));
    return report.models[0]!.variants.map((variant) => [variant.target, variant.requested]);
  };
  expect(await requested('[cpu]')).toEqual([[host, 'cpu']]);
  expect(await requested(`[cpu, ${host}]`)).toEqual([[host, undefined]]);
});

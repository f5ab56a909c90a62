/**
 * A training step by itself and as one of several in an ONNX Loop, alternating: the same network, batch and device.
 *
 *     npm run bench -- train-loop [--device cuda] [--only kwt] [--rounds 8] [--steps 16]
 *
 * Prints milliseconds of a step in both ways. By itself, gradients are read back and Adam runs in this process; in a loop
 * everything stays on the device. Training takes the loop on devices that are not the CPU.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ProviderName } from '../src/runtime/contract.ts';
import { median } from '../src/statistics.ts';
import { LoopStepper } from '../src/train/loop-stepper.ts';
import { HostStepper, type Stepper } from '../src/train/stepper.ts';
import { networks, readySteps } from './train-step.ts';

const { values } = parseArgs({
  options: {
    device: { type: 'string', default: 'cpu' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '8' },
    steps: { type: 'string', default: '16' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'quant-gate-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const network of networks) {
  if (values.only !== undefined && network.name !== values.only) continue;
  const { whole, batch, parameters, runner, step, state } = await readySteps(network, folder, {
    provider: values.device as ProviderName,
    stepsAtOnce: Number(values.steps),
  });
  const timed = async (stepper: Stepper) => {
    const begin = performance.now();
    await stepper.take(Array(whole.loop!.steps).fill(step), state);
    return (performance.now() - begin) / whole.loop!.steps;
  };
  const [single, loop] = [
    await HostStepper.open(whole, parameters, runner),
    await LoopStepper.open(whole, parameters, runner),
  ];
  await timed(single);
  await timed(loop);
  const [a, b]: [number[], number[]] = [[], []];
  for (let round = 0; round < Number(values.rounds); round++) {
    a.push(await timed(single));
    b.push(await timed(loop));
  }
  const [alone, looped, ratio] = [a, b, b.map((value, i) => value / a[i]!)].map(median) as [number, number, number];
  console.log(
    `${network.name}, batch ${batch}, ${values.device}: ${alone.toFixed(1)} ms a step, ${looped.toFixed(1)} ms in a ` +
      `loop of ${whole.loop!.steps}; ratio ${ratio.toFixed(2)}`,
  );
}

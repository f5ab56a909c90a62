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
import ort from 'onnxruntime-node';
import { batchAxes } from '../src/data/batch.ts';
import { storeReference } from '../src/data/store.ts';
import { physicalCores } from '../src/measure/machine.ts';
import { loadModel } from '../src/onnx/model.ts';
import { Random } from '../src/random.ts';
import type { ProviderName } from '../src/runtime/contract.ts';
import { Sessions } from '../src/runtime/session.ts';
import { median } from '../src/statistics.ts';
import { sizeOf, type Tensor } from '../src/tensor.ts';
import { Batches } from '../src/train/batches.ts';
import type { Feeds } from '../src/train/cache.ts';
import { freshState } from '../src/train/checkpoint.ts';
import { LoopStepper } from '../src/train/loop-stepper.ts';
import { Parameters } from '../src/train/parameters.ts';
import { learningRates } from '../src/train/rates.ts';
import { Runner } from '../src/train/runner.ts';
import { HostStepper, type Step, type Stepper } from '../src/train/stepper.ts';
import { networks, prepare } from './train-step.ts';

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
  const { plan, calibration, request } = await prepare(network, folder, { stepsAtOnce: Number(values.steps) });
  const { whole, student } = plan;
  const rates = learningRates(student);
  const parameters = new Parameters(student.parameters.map((each) => ({ ...each, ...rates.get(each.name)! })));
  const context = { ort, sessions: new Sessions(ort), progress() {} };
  const runner = new Runner(context, {
    provider: values.device as ProviderName,
    threads: physicalCores(),
    keepQdq: true,
  });
  const axes = batchAxes(request.model.graph.infos('inputs'));
  const batches = new Batches(storeReference(calibration), plan.samples, plan.batch, axes, 0);
  const random = new Random(0, 'targets');
  const targets: Feeds = {};
  for (const { name, dims } of (await loadModel(whole.backward!)).graph.infos('inputs')) {
    if (!whole.targets.includes(name)) continue;
    const data = Float32Array.from({ length: sizeOf(dims as number[]) }, () => random.normal());
    targets[name] = { type: 'float32', dims: dims as number[], data } satisfies Tensor;
  }
  const step: Step = { given: { ...batches.feeds(0), ...targets }, factor: 1e-6 };
  const state = freshState(whole.trained, parameters);
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
    `${network.name}, batch ${plan.batch}, ${values.device}: ${alone.toFixed(1)} ms a step, ${looped.toFixed(1)} ms in a ` +
      `loop of ${whole.loop!.steps}; ratio ${ratio.toFixed(2)}`,
  );
}

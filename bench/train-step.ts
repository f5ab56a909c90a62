/**
 * One end-to-end training step here and in PyTorch, alternating: the same network, batch and threads.
 *
 *     npm run bench -- train-step [--only kwt] [--rounds 8] [--results FILE]
 *
 * The interpreter is QUANT_GATE_PYTHON, or python3, with torch. Here: one run of the training graph with all its outputs,
 * the norm of the gradients and Adam. There: eager quantization-aware training with the fused fake-quant modules, KL
 * divergence, Adam. `--results` keeps the numbers in a file, from which bench/train.ts writes its table.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import ort from 'onnxruntime-node';
import { batchAxes } from '../src/data/batch.ts';
import { storeReference } from '../src/data/store.ts';
import { physicalCores } from '../src/measure/machine.ts';
import { loadModel } from '../src/onnx/model.ts';
import { silent } from '../src/progress.ts';
import { quantizeStatic } from '../src/quantize/static/static.ts';
import { Random } from '../src/random.ts';
import type { ProviderName } from '../src/runtime/contract.ts';
import { locateRuntime } from '../src/runtime/locate.ts';
import { Sessions } from '../src/runtime/session.ts';
import { WorkerProcess } from '../src/runtime/worker-process.ts';
import { median } from '../src/statistics.ts';
import { resolveTarget } from '../src/targets/index.ts';
import { sizeOf } from '../src/tensor.ts';
import { Batches } from '../src/train/batches.ts';
import { freshState } from '../src/train/checkpoint.ts';
import type { QatRequest } from '../src/train/contract.ts';
import { Parameters } from '../src/train/parameters.ts';
import { Runner } from '../src/train/runner.ts';
import { HostStepper, type Step } from '../src/train/stepper.ts';
import { planTraining } from '../src/train/training-plan.ts';
import { openData } from './quantize/compare.ts';
import { realModel } from './train/settings.ts';

export interface StepResult {
  network: string;
  batch: number;
  threads: number;
  /** Median milliseconds of a step. */
  ours: number;
  theirs: number;
  /** Median of the ratios of neighbours, and the middle half of them. */
  ratio: number;
  low: number;
  high: number;
}

interface Network {
  /** In bench/peer/train_step.py. */
  name: string;
  model: string;
  batch: number;
}

export const networks: readonly Network[] = [
  { name: 'mobilenetv2', model: 'mobilenetv2_imagenet', batch: 8 },
  { name: 'kwt', model: 'kwt1_speech_commands', batch: 16 },
];

/** The model's training graph at Level 3's own start, ready to take steps. */
async function prepare({ model: name, batch }: Network, folder: string, recipe: QatRequest['recipe'] = {}) {
  const runtime = await locateRuntime({});
  const samples = Math.max(32, 2 * batch);
  const data = await openData(
    { folder, runtime, threads: physicalCores(), python: '', rows: 1, latencyBudgetMs: 0 },
    realModel({
      model: name,
      bits: 8,
      perChannel: true,
      calibration: `0:${samples}`,
      validation: `${samples}:${samples + 1}`,
    }),
  );
  const request: QatRequest = {
    model: await loadModel(data.source),
    target: resolveTarget('cpu'),
    options: {
      observer: 'min-max',
      'per-channel': true,
      bits: 8,
      recover: 'none',
      prefer: 'size',
      'keep-float': [],
      'search-budget': 1000,
      budget: 1000,
    },
    runtime,
    workDir: data.work,
    seed: 0,
    threads: physicalCores(),
    progress: silent,
    calibration: data.calibration,
    task: 'classification',
    recipe: { batch, ...recipe },
  };
  const start = await quantizeStatic(request);
  const worker = await WorkerProcess.start({ runtime, label: 'plan' });
  const plan = await planTraining(request, start, worker, data.work);
  await worker.close();
  if (plan?.batch !== batch) throw new Error(`${name} trains at batch ${plan?.batch}, not ${batch}`);
  return { plan, calibration: data.calibration, request };
}

/** Everything that a step of the whole network takes, on random targets; its rates move hardly anything. */
export async function readySteps(
  network: Network,
  folder: string,
  { provider = 'cpu', ...recipe }: QatRequest['recipe'] & { provider?: ProviderName } = {},
) {
  const { plan, calibration, request } = await prepare(network, folder, recipe);
  const { whole, student } = plan;
  const parameters = new Parameters(student.parameters.map((each) => ({ ...each, ...plan.rates.get(each.name)! })));
  const context = { ort, sessions: new Sessions(ort), progress() {} };
  const runner = new Runner(context, { provider, threads: physicalCores(), keepQdq: true });
  const axes = batchAxes(request.model.graph.infos('inputs'));
  const batches = new Batches(storeReference(calibration), plan.samples, plan.batch, axes, 0);
  const random = new Random(0, 'step');
  const given = batches.feeds(0);
  for (const { name, dims } of (await loadModel(whole.backward!)).graph.infos('inputs')) {
    if (!whole.targets.includes(name)) continue;
    const data = Float32Array.from({ length: sizeOf(dims as number[]) }, () => random.normal());
    given[name] = { type: 'float32', dims: dims as number[], data };
  }
  const step: Step = { given, factor: 1e-6 };
  return { whole, batch: plan.batch, parameters, runner, step, state: freshState(whole.trained, parameters) };
}

async function stepper(network: Network, folder: string): Promise<() => Promise<number>> {
  const { whole, parameters, runner, step, state } = await readySteps(network, folder);
  const single = await HostStepper.open(whole, parameters, runner);
  return async () => {
    const begin = performance.now();
    await single.take([step], state);
    return performance.now() - begin;
  };
}

const python = process.env['QUANT_GATE_PYTHON'] ?? 'python3';

async function compare(network: Network, rounds: number, folder: string): Promise<StepResult> {
  const ours = await stepper(network, folder);
  const threads = physicalCores();
  const script = fileURLToPath(new URL('peer/train_step.py', import.meta.url));
  const peer: ChildProcess = spawn(python, [script, network.name, String(network.batch), String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: peer.stdout! })[Symbol.asyncIterator]();
  const theirs = async () => {
    peer.stdin!.write('\n');
    return Number((await lines.next()).value);
  };
  await ours();
  await theirs();
  const [a, b]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    a.push(await ours());
    b.push(await theirs());
  }
  peer.stdin!.end();
  const ratios = a.map((value, i) => value / b[i]!).sort((x, y) => x - y);
  return {
    network: network.name,
    batch: network.batch,
    threads,
    ours: median(a),
    theirs: median(b),
    ratio: median(ratios),
    low: ratios[Math.floor(ratios.length / 4)]!,
    high: ratios[Math.ceil((3 * ratios.length) / 4) - 1]!,
  };
}

if (import.meta.filename === process.argv[1]) {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, rounds: { type: 'string', default: '8' }, results: { type: 'string' } },
  });
  const folder = mkdtempSync(join(tmpdir(), 'quant-gate-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const network of networks) {
    if (values.only !== undefined && network.name !== values.only) continue;
    const result = await compare(network, Number(values.rounds), folder);
    console.log(JSON.stringify(result));
    if (!values.results) continue;
    const known = existsSync(values.results)
      ? JSON.parse(readFileSync(values.results, 'utf8'))
      : { rows: [], steps: [] };
    known.steps = [...known.steps.filter((each: StepResult) => each.network !== network.name), result];
    writeFileSync(values.results, JSON.stringify(known, undefined, 1));
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { loadModel } from '../src/onnx/model.ts';
import { Random } from '../src/random.ts';
import { adamStep, freshMoments, gradientNorm } from '../src/train/adam.ts';
import { lossName } from '../src/train/program.ts';

/**
 * One end-to-end training step here and in PyTorch, alternating: the same network, batch and threads.
 *
 *     node bench/train-step.ts end-to-end-backward.onnx mobilenetv2 8 2 [rounds] [python]
 *
 * The model is the one that a training leaves in its folder (models/<name>/<variant>/training).
 */
const [path, network, batch = '8', threads = '2', rounds = '6', python = 'python3'] = process.argv.slice(2) as string[];
if (!path || !network) throw new Error('which training model, and which network of bench/peer/train_step.py?');

const model = await loadModel(path);
const session = await InferenceSession.create(path, {
  intraOpNumThreads: Number(threads),
  executionMode: 'sequential',
  logSeverityLevel: 3,
  extra: { session: { disable_quant_qdq: '1' } },
});
const random = new Random(0, 'step');
const feeds: Record<string, OrtTensor> = {};
const values = new Map<string, Float32Array>();
for (const { name, dims } of model.graph.infos('inputs')) {
  const shape = dims as number[];
  const scale = name.includes('log') ? 0.1 : 1;
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => scale * random.normal());
  values.set(name, data);
  feeds[name] = new OrtTensor('float32', data, shape);
}
const gradients = session.outputNames.filter((name) => name !== lossName);
const parameters = [...values.keys()].filter((name) => name.includes('.trained'));
const moments = parameters.map((name) => freshMoments(values.get(name)!.length));

async function ours(): Promise<number> {
  const begin = performance.now();
  const results = await session.run(feeds, [lossName, ...gradients]);
  const found = gradients.map((name) => results[name]!.data as Float32Array);
  gradientNorm(found);
  parameters.forEach((name, i) => {
    const gradient = found.find((each) => each.length === values.get(name)!.length);
    const rate = { rates: Float32Array.of(1e-9), inner: values.get(name)!.length };
    if (gradient) adamStep(values.get(name)!, gradient, moments[i]!, 1, rate, 1);
  });
  return performance.now() - begin;
}

const peer: ChildProcess = spawn(
  python,
  [join(fileURLToPath(new URL('.', import.meta.url)), 'peer/train_step.py'), network, batch, threads],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
const lines = createInterface({ input: peer.stdout! })[Symbol.asyncIterator]();
async function theirs(): Promise<number> {
  peer.stdin!.write('\n');
  return Number((await lines.next()).value);
}

const median = (list: number[]) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
await ours();
await theirs();
const [a, b]: [number[], number[]] = [[], []];
for (let round = 0; round < Number(rounds); round++) {
  a.push(await ours());
  b.push(await theirs());
}
peer.stdin!.end();
const ratio = median(a.map((value, i) => value / b[i]!));
console.log(
  `${network}, batch ${batch}, ${threads} threads: ${median(a).toFixed(0)} ms here, ${median(b).toFixed(0)} ms in PyTorch; ` +
    `median ratio ${ratio.toFixed(2)}, of the fastest ${(Math.min(...a) / Math.min(...b)).toFixed(2)}`,
);

import { join } from 'node:path';
import { materialize } from '../../../src/data/materialize.ts';
import type { FeedStore } from '../../../src/data/store.ts';
import { loadModel, type OnnxModel, saveModel } from '../../../src/onnx/model.ts';
import type { TargetName } from '../../../src/policy/schema.ts';
import { silent } from '../../../src/progress.ts';
import {
  quantizeStatic,
  type StaticOptions,
  type StaticRequest,
  type StaticResult,
} from '../../../src/quantize/static/static.ts';
import { Random } from '../../../src/random.ts';
import { locateRuntime } from '../../../src/runtime/locate.ts';
import { loadJob } from '../../../src/runtime/session-jobs.ts';
import { WorkerProcess } from '../../../src/runtime/worker-process.ts';
import type { CpuTargetName } from '../../../src/targets/cpu-features.ts';
import { resolveTarget } from '../../../src/targets/index.ts';
import type { Tensor } from '../../../src/tensor.ts';
import { runModel } from '../../onnx/ort.ts';
import { runOptimized, scratch, sqnrOf } from '../helpers.ts';

export type Inputs = Record<string, Tensor>;

/** Normal numbers, the same for the same seed. */
export function normal(dims: readonly number[], seed: number, scale = 1): Tensor & { data: Float32Array } {
  const random = new Random(seed, 'test');
  const count = dims.reduce((product, dim) => product * dim, 1);
  return { type: 'float32', dims, data: Float32Array.from({ length: count }, () => random.normal() * scale) };
}

/** Decoded data from tensors. */
export async function storeOf(samples: readonly Inputs[]): Promise<FeedStore> {
  const dataset = {
    description: 'samples of a test',
    size: samples.length,
    async *samples() {
      for (const [index, inputs] of samples.entries()) yield { id: `${index}`, inputs };
    },
  };
  return materialize(dataset, join(await scratch(), 'samples'));
}

export interface Options extends Partial<StaticOptions> {
  target?: TargetName;
}

export async function requestOf(
  model: OnnxModel,
  samples: readonly Inputs[],
  { target, ...options }: Options = {},
): Promise<StaticRequest> {
  return {
    model,
    target: resolveTarget(target ?? 'cpu-x64-avx2'),
    options: {
      observer: 'min-max',
      'per-channel': true,
      bits: 8,
      recover: 'none',
      prefer: 'size',
      'keep-float': [],
      'search-budget': 0,
      ...options,
    },
    calibration: await storeOf(samples),
    runtime: await locateRuntime(),
    workDir: await scratch(),
    seed: 0,
    threads: 1,
    progress: silent,
  };
}

export async function quantizeWith(
  model: OnnxModel,
  samples: readonly Inputs[],
  options: Options = {},
): Promise<StaticResult> {
  return quantizeStatic(await requestOf(model, samples, options));
}

/** The operators of ONNX Runtime's optimized graph, in order. */
export async function optimizedOperators(model: OnnxModel): Promise<string[]> {
  const folder = await scratch();
  const path = join(folder, 'model.onnx');
  const optimizedModelPath = join(folder, 'optimized.onnx');
  await saveModel(model, path);
  const worker = await WorkerProcess.start({ runtime: await locateRuntime(), label: 'optimize' });
  try {
    await worker.call(loadJob, { session: { model: path, provider: 'cpu', threads: 1, optimizedModelPath } });
  } finally {
    await worker.close();
  }
  return (await loadModel(optimizedModelPath)).graph.nodes.map((node) => node.op);
}

/** Signal over noise in dB of every output of the quantized model, run as in production, over the samples. */
export async function outputSqnr(
  float: OnnxModel,
  quantized: OnnxModel,
  samples: readonly Inputs[],
  target: CpuTargetName = 'cpu-x64-avx2',
): Promise<number[]> {
  const wanted = await runAll(float, samples);
  const found: Inputs[] = [];
  for (const sample of samples) found.push(await runOptimized(quantized, sample, target));
  const only = (name: string) => (outputs: Inputs) => ({ [name]: outputs[name]! });
  return Object.keys(wanted[0]!).map((name) => sqnrOf(wanted.map(only(name)), found.map(only(name))));
}

/** The outputs of a model for each sample, unoptimized. */
export async function runAll(model: OnnxModel, samples: readonly Inputs[]): Promise<Inputs[]> {
  const outputs: Inputs[] = [];
  for (const sample of samples) outputs.push(await runModel(model, sample));
  return outputs;
}

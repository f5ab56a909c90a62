import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { afterAll } from 'vitest';
import { provePlacement } from '../../src/measure/placement.ts';
import { modelToBytes, type OnnxModel } from '../../src/onnx/model.ts';
import { unshareIntegers } from '../../src/onnx/passes/unshare-integers.ts';
import { silent } from '../../src/progress.ts';
import type { NodeDecision } from '../../src/quantize/contract.ts';
import { type DynamicRequest, quantizeDynamic } from '../../src/quantize/dynamic.ts';
import { locateRuntime } from '../../src/runtime/locate.ts';
import type { ProfileFeeds } from '../../src/runtime/profile-job.ts';
import { WorkerProcess } from '../../src/runtime/worker-process.ts';
import type { CpuTargetName } from '../../src/targets/cpu-features.ts';
import { executability, hostTargetName, needsExactSums, resolveTarget } from '../../src/targets/index.ts';
import type { Feeds } from '../onnx/ort.ts';

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quant-gate-test-'));
  folders.push(folder);
  return folder;
}

/** Level 1 for the CPU with VNNI, whatever this machine's is. */
export async function dynamic(
  model: OnnxModel,
  options: {
    target?: DynamicRequest['target']['name'];
    keepFloat?: string[];
    perChannel?: boolean;
    bits?: 8 | 4 | 3;
    speed?: DynamicRequest['speed'];
  } = {},
): ReturnType<typeof quantizeDynamic> {
  return quantizeDynamic({
    model,
    target: resolveTarget(options.target ?? 'cpu-x64-vnni'),
    options: {
      'per-channel': options.perChannel ?? true,
      bits: options.bits ?? 8,
      'keep-float': options.keepFloat ?? [],
    },
    runtime: await locateRuntime(),
    workDir: await scratch(),
    seed: 0,
    threads: 1,
    progress: silent,
    ...(options.speed && { speed: options.speed }),
  });
}

/** Runs a model as it is run in production, optimized, with the sums of the CPU it was made for. */
export async function runOptimized(
  model: OnnxModel,
  feeds: Feeds,
  target: CpuTargetName = 'cpu-x64-vnni',
): Promise<Feeds> {
  const exact = needsExactSums(executability(resolveTarget(target), hostTargetName()));
  const file = exact ? unshareIntegers(model.clone()).model : model;
  const session = await InferenceSession.create(modelToBytes(file), {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
    ...(exact && { extra: { session: { x64quantprecision: '1' } } }),
  });
  const inputs = Object.entries(feeds).map(([name, { type, data, dims }]) => [
    name,
    new OrtTensor(type as 'float32', data as Float32Array, [...dims]),
  ]);
  const outputs = await session.run(Object.fromEntries(inputs));
  const results = Object.entries(outputs).map(([name, { type, data, dims }]) => [
    name,
    { type, dims: [...dims], data },
  ]);
  await session.release();
  return Object.fromEntries(results) as Feeds;
}

export async function placementOf(
  source: OnnxModel,
  variant: OnnxModel,
  decisions: readonly NodeDecision[],
  feeds: ProfileFeeds = { seed: 0 },
) {
  const worker = await WorkerProcess.start({ runtime: await locateRuntime(), label: 'placement' });
  try {
    const session = { provider: 'cpu', threads: 1 } as const;
    return await provePlacement({
      worker,
      source,
      variant,
      decisions,
      session,
      feeds,
      runs: 2,
      workDir: await scratch(),
    });
  } finally {
    await worker.close();
  }
}

/** Signal over noise in dB, over all outputs of one sample or of several; names, types and shapes have to be the same. */
export function sqnrOf(expected: Feeds | Feeds[], actual: Feeds | Feeds[]): number {
  const found = [actual].flat();
  let signal = 0;
  let noise = 0;
  for (const [sample, wanted] of [expected].flat().entries()) {
    const names = [wanted, found[sample]!].map((outputs) => Object.keys(outputs).join(', '));
    if (names[0] !== names[1]) throw new Error(`outputs ${names[1]} instead of ${names[0]}`);
    for (const [name, { type, dims, data }] of Object.entries(wanted)) {
      const other = found[sample]![name];
      if (!other || other.type !== type || other.dims.join() !== dims.join()) {
        throw new Error(`output ${name}: ${other?.type} [${other?.dims}] instead of ${type} [${dims}]`);
      }
      for (let i = 0; i < data.length; i++) {
        const [x, y] = [Number(data[i]), Number(other.data[i])];
        signal += x * x;
        noise += (x - y) ** 2;
      }
    }
  }
  return noise === 0 ? Infinity : 10 * Math.log10(signal / noise);
}

import { mkdir, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { runCommand } from '../command.ts';
import { batchAxes, stackFeeds } from '../data/batch.ts';
import { writeNpz } from '../data/npy.ts';
import { type FeedStore, readSample } from '../data/store.ts';
import { type SourcePosition, UserError } from '../errors.ts';
import { loadModel, type OnnxModel, saveScratch } from '../onnx/model.ts';
import type { Progress } from '../progress.ts';
import type { QuantizedModel } from '../quantize/contract.ts';
import { inputsOfTheirOwn, samplesOfOneShape } from './shapes.ts';
import { verifyQatExport } from './verify-export.ts';

export interface UserTrainingRequest {
  /** `command:` of Level 3. */
  command: string;
  /** Runs in this folder, the policy's. */
  folder: string;
  /** Whether commands of the policy may run at all. */
  allowCommands: boolean;
  position?: SourcePosition;
  fp32: OnnxModel;
  /** The policy of the model, given to the command as JSON. */
  policy: unknown;
  calibration: FeedStore;
  /** Milliseconds that the command is told; it is ended after half as much again and a minute. */
  budget: number;
  seed: number;
  device: 'cpu' | 'cuda';
  /** A folder of this variant alone. */
  workDir: string;
  progress: Progress;
}

/**
 * The user's own training. The command finds its task in the environment:
 *
 * - QUANT_GATE_FP32_MODEL: path of the FP32 ONNX file
 * - QUANT_GATE_OUTPUT: where it writes the trained ONNX file, with QuantizeLinear and DequantizeLinear
 * - QUANT_GATE_CALIBRATION: a .npz with an array for each input of the model, preprocessed, samples along its batch axis;
 *   without one, the input itself where it is the same for all samples, else with the samples as a further first axis
 * - QUANT_GATE_POLICY: the model's part of the policy as JSON
 * - QUANT_GATE_BUDGET_SECONDS, QUANT_GATE_SEED, QUANT_GATE_DEVICE (cpu or cuda)
 *
 * @throws UserError where commands are not allowed, the command fails, or what it writes is no quantized form of the model
 */
export async function runUserTraining(request: UserTrainingRequest): Promise<QuantizedModel> {
  const begin = performance.now();
  const { command, folder, allowCommands, position, fp32, policy, calibration, budget, seed, device, progress } =
    request;
  const workDir = resolve(request.workDir);
  await mkdir(workDir, { recursive: true });
  const path = (name: string) => resolve(workDir, name);
  const [model, data, output] = [path('fp32.onnx'), path('calibration.npz'), path('trained.onnx')];
  await rm(output, { force: true });
  await saveScratch(fp32, model);
  const indices = samplesOfOneShape(calibration);
  const axes = batchAxes(fp32.graph.infos('inputs'));
  // What cannot be joined along an axis of its own is an entry of one more axis for each sample.
  const own = inputsOfTheirOwn(calibration, indices, axes);
  const samples = indices.map((index) => {
    const sample = readSample(calibration, index);
    const wider = own.map((name) => [name, { ...sample.inputs[name]!, dims: [1, ...sample.inputs[name]!.dims] }]);
    return { ...sample, inputs: { ...sample.inputs, ...Object.fromEntries(wider) } };
  });
  await writeNpz(data, stackFeeds(samples, { ...axes, ...Object.fromEntries(own.map((name) => [name, 0])) }));
  await runCommand(command, {
    folder,
    allowed: allowCommands,
    what: 'training of level 3',
    ...(position && { position }),
    env: {
      QUANT_GATE_FP32_MODEL: model,
      QUANT_GATE_OUTPUT: output,
      QUANT_GATE_CALIBRATION: data,
      QUANT_GATE_POLICY: JSON.stringify(policy),
      QUANT_GATE_BUDGET_SECONDS: String(Math.round(budget / 1000)),
      QUANT_GATE_SEED: String(seed),
      QUANT_GATE_DEVICE: device,
    },
    timeoutMs: budget * 1.5 + 60_000,
    progress,
  });
  const written = await stat(output).catch(() => undefined);
  if (!written?.isFile()) {
    throw new UserError(
      `the training of level 3 ended without writing its model: ${command} has to write it to the path in QUANT_GATE_OUTPUT`,
      position ? { position } : {},
    );
  }
  const what = 'what the training wrote';
  const found = await loadModel(output).catch((error: unknown) => {
    // Its file is one of ours, and gone when the run is over.
    throw error instanceof UserError
      ? new UserError(`${what} cannot be read: ${error.message}`, { cause: error })
      : error;
  });
  const { model: trained, nodes, notes } = verifyQatExport(fp32, found, what);
  return { model: trained, nodes, notes, seconds: (performance.now() - begin) / 1000 };
}

/** A committed quantization-aware export, `model:` of Level 3. @throws UserError as verifyQatExport */
export async function useQatExport(fp32: OnnxModel, path: string, name: string): Promise<QuantizedModel> {
  const begin = performance.now();
  const { model, nodes, notes } = verifyQatExport(fp32, await loadModel(path), `model: ${name}`);
  return { model, nodes, notes, seconds: (performance.now() - begin) / 1000 };
}

import { existsSync } from 'node:fs';
import { isJobError } from '../runtime/contract.ts';
import { firstLine } from '../words.ts';
import { checkpointPath, loadCheckpoint } from './checkpoint.ts';
import type { TrainedPart, TrainParams, TrainResult } from './job.ts';
import { keyOf } from './part-data.ts';

/**
 * Trains on the device that is asked for, and on the CPU where that fails on the way, as for lack of memory: the report
 * says so. A training that was interrupted there goes on there.
 *
 * @param run the job, in a process that lives on when it fails
 */
export async function trainAnywhere(
  params: TrainParams,
  run: (params: TrainParams) => Promise<TrainResult>,
): Promise<TrainResult> {
  const { device, ...rest } = params;
  if (device === undefined || device === params.session.provider) return run(params);
  const onCpu = { ...rest, parts: rest.parts.map(stepByStep), whole: stepByStep(rest.whole) };
  if (params.resume && isCheckpoint(params.workDir, onCpu)) return run(onCpu);
  const begin = performance.now();
  try {
    return await run(params);
  } catch (error) {
    if (!isJobError(error)) throw error;
    const why = firstLine(error.message).slice(0, 200);
    return run({
      ...onCpu,
      spentMs: rest.spentMs + performance.now() - begin,
      resume: false,
      notes: [`Trained on the CPU: ${device} failed on the way (${why}).`],
    });
  }
}

/** A loop of steps is for devices that have memory of their own. */
function stepByStep({ loop: _, ...part }: TrainedPart): TrainedPart {
  return part;
}

/** Whether a folder holds what a training of this kind had reached. */
function isCheckpoint(workDir: string, params: TrainParams): boolean {
  const path = checkpointPath(workDir);
  return existsSync(path) && loadCheckpoint(path, keyOf(params)) !== undefined;
}

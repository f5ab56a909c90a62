import { isJobError } from '../runtime/contract.ts';
import { firstLine } from '../words.ts';
import type { TrainedPart, TrainParams, TrainResult } from './job.ts';

/**
 * Trains on the device that is asked for, and on the CPU where that fails on the way, as for lack of memory: the report
 * says so.
 *
 * @param run the job, in a process that lives on when it fails
 */
export async function trainAnywhere(
  params: TrainParams,
  run: (params: TrainParams) => Promise<TrainResult>,
): Promise<TrainResult> {
  const { device, ...rest } = params;
  const begin = performance.now();
  try {
    return await run(params);
  } catch (error) {
    if (device === undefined || device === params.session.provider || !isJobError(error)) throw error;
    const why = firstLine(error.message).slice(0, 200);
    const result = await run({
      ...rest,
      parts: rest.parts.map(stepByStep),
      whole: stepByStep(rest.whole),
      spentMs: rest.spentMs + performance.now() - begin,
      resume: false,
    });
    return { ...result, notes: [`Trained on the CPU: ${device} failed on the way (${why}).`, ...result.notes] };
  }
}

/** A loop of steps is for devices that have memory of their own. */
function stepByStep({ loop: _, ...part }: TrainedPart): TrainedPart {
  return part;
}

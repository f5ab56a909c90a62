import { checkVariant } from '../gate/checks.ts';
import { lookConfidence } from '../measure/latency-looks.ts';
import { memoryMeasurement, mostRepeats, type PeakMemory, peakMemory } from '../measure/memory.ts';
import type { Limits } from '../policy/schema.ts';
import type { SessionSpec } from '../runtime/contract.ts';
import type { ModelContext } from './context.ts';
import type { PlannedVariant } from './plan.ts';

/** The peaks of FP32 and of a process that has the runtime loaded and no model; with those of before, of some more processes. */
export async function peaksOfFp32(
  { fp32, validation: store, runtime }: Pick<ModelContext, 'fp32' | 'validation' | 'runtime'>,
  known?: { fp32Memory: PeakMemory; emptyMemory: PeakMemory },
): Promise<{ fp32Memory: PeakMemory; emptyMemory: PeakMemory }> {
  return {
    fp32Memory: await peakMemory({ label: 'memory of FP32', session: fp32, store, runtime }, known?.fp32Memory),
    emptyMemory: await peakMemory({ label: 'memory of the empty runtime', store, runtime }, known?.emptyMemory),
  };
}

/** More processes are started, of the variant, FP32 and the empty runtime, until the limits are decided or there are enough. */
export async function memoryOf(context: ModelContext, planned: PlannedVariant, session: SessionSpec) {
  const { validation: store, runtime, loaded } = context;
  const { confidence } = loaded.policy.gate;
  const { memory } = planned.options.limits;
  const request = { label: `memory of ${planned.id}`, session, store, runtime };
  let own = await peakMemory(request);
  while (own.peaks.length < mostRepeats && !memoryDecided(context, own, { memory, confidence })) {
    own = await peakMemory(request, own);
    // Of use to the other variants too.
    Object.assign(context, await peaksOfFp32(context, context));
  }
  return memoryMeasurement(context.fp32Memory, own, context.emptyMemory, confidence);
}

/**
 * Whether so many processes decide every limit. It is looked at after every few of them, as latency is, and the intervals are wider
 * than the stated ones for the same reason: a file that is just beyond its limit passed one time in sixteen.
 */
export function memoryDecided(
  { fp32Memory, emptyMemory }: Pick<ModelContext, 'fp32Memory' | 'emptyMemory'>,
  own: PeakMemory,
  { memory, confidence: stated }: { memory: Limits['memory']; confidence: number },
): boolean {
  const confidence = lookConfidence(stated);
  const measured = memoryMeasurement(fp32Memory, own, emptyMemory, confidence);
  const checks = checkVariant({ limits: { memory }, measurements: { memory: measured }, confidence });
  return checks.every(({ verdict }) => verdict !== 'inconclusive');
}

import { firstLine } from '../words.ts';
import type { Feeds } from './cache.ts';
import { freshState } from './checkpoint.ts';
import type { TrainedPart } from './job.ts';
import { LoopStepper } from './loop-stepper.ts';
import type { Parameters } from './parameters.ts';
import { relativeDifference } from './relative-difference.ts';
import type { Runner } from './runner.ts';
import { HostStepper, type Stepper } from './stepper.ts';

/** Steps to compare: the second works on what the first has left. */
const steps = 2;
/**
 * Of how far the parameters move. Adam's first step is as long for a gradient of next to nothing as for any other, and
 * rounding decides where that goes.
 */
const largestDifference = 0.1;

/**
 * Whether a loop of steps moves the parameters as single steps do, where models run now. Parameters are as before afterwards.
 *
 * @param given data, targets and labels of a step
 * @returns why it cannot be used; undefined where it can
 */
export async function checkLoop(
  part: TrainedPart,
  parameters: Parameters,
  runner: Runner,
  given: Feeds,
): Promise<string | undefined> {
  const before = parameters.snapshot(part.trained);
  /** How far each parameter moves. */
  const moved = async (open: () => Promise<Stepper>): Promise<Float32Array[]> => {
    const stepper = await open();
    try {
      await stepper.take(Array(steps).fill({ given, factor: 1 }), freshState(part.trained, parameters));
      return part.trained.map((name) =>
        parameters.value(name).map((value, i) => value - (before.get(name) as Float32Array)[i]!),
      );
    } finally {
      await stepper.close();
      parameters.restore(before);
    }
  };
  const expected = await moved(() => HostStepper.open(part, parameters, runner));
  try {
    const found = await moved(() => LoopStepper.open(part, parameters, runner));
    const worst = relativeDifference(found, expected);
    return worst <= largestDifference ? undefined : `parameters move ${(100 * worst).toPrecision(3)} % differently`;
  } catch (error) {
    return firstLine((error as Error).message).slice(0, 200);
  }
}

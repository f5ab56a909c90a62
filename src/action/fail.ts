import { annotate } from './log.ts';
import { errorOutcome } from './outcome.ts';

/** Runs an action; what it throws is published nowhere but in the log. @returns the exit code */
export async function orFail(work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    const outcome = errorOutcome(error);
    annotate(outcome);
    return outcome.exitCode;
  }
}

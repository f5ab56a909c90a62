import { asPathError, isDiskFull, UserError } from '../errors.ts';
import { type LoadedPolicy, positionOf } from '../policy/load.ts';
import type { PolicyPath } from '../policy/positions.ts';

/** Gives a user's mistake that a later stage found its place in the policy, where it has no line yet. */
export async function at<T>(loaded: LoadedPolicy, path: PolicyPath, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError) || error.position?.line !== undefined) throw error;
    const { key = [] } = error;
    const place = key[0] === 'preprocess' ? path.slice(0, -1) : path;
    throw new UserError(error.message, { position: positionOf(loaded, [...place, ...key]), cause: error });
  }
}

/** The same for work that reads the user's files: that one cannot be read is such a mistake too. */
export async function reading<T>(loaded: LoadedPolicy, path: PolicyPath, work: () => Promise<T>): Promise<T> {
  return at(loaded, path, async () => {
    try {
      return await work();
    } catch (error) {
      // A full disk is where the samples are stored, not where the policy has them from.
      throw isDiskFull(error) ? error : asPathError(error);
    }
  });
}

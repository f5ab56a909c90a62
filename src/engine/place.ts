import { asPathError, UserError } from '../errors.ts';
import { type LoadedPolicy, positionOf } from '../policy/load.ts';
import type { PolicyPath } from '../policy/positions.ts';

/** Gives a mistake that a later stage found its place in the policy. */
export async function at<T>(loaded: LoadedPolicy, path: PolicyPath, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw placed(loaded, path, error);
  }
}

/** The same for work that reads the user's files: that one cannot be read is such a mistake too. */
export async function reading<T>(loaded: LoadedPolicy, path: PolicyPath, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw placed(loaded, path, asPathError(error));
  }
}

/** A user's mistake with its place, where it has no line yet; other errors as they are. */
function placed(loaded: LoadedPolicy, path: PolicyPath, error: unknown): unknown {
  if (!(error instanceof UserError) || error.position?.line !== undefined) return error;
  const { key = [] } = error;
  const place = key[0] === 'preprocess' ? path.slice(0, -1) : path;
  return new UserError(error.message, { position: positionOf(loaded, [...place, ...key]), cause: error });
}

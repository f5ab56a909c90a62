import { UserError } from '../errors.ts';
import { isSafePath } from '../files.ts';
import { type Report, reportSchema } from './schema.ts';

/** Larger than any report that the gate writes, small enough to parse without harm. */
const mostBytes = 64 * 2 ** 20;
const deepest = 32;

/**
 * Reads a report that may come from anywhere, such as the artifact of a fork's pull request: a size limit, the schema,
 * and no path that leaves the folder. Texts in it stay hostile; only the renderers' escaping makes them harmless.
 *
 * @param from names it in messages
 * @throws UserError
 */
export function parseReport(json: string, from = 'report.json'): Report {
  if (json.length > mostBytes) {
    throw new UserError(`${from} has ${json.length} characters; a report has at most ${mostBytes}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new UserError(`${from} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (depthOf(value) > deepest) throw new UserError(`${from} is nested too deeply to be a report of Quant Gate`);
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (version !== undefined && version !== 1) {
    throw new UserError(
      `${from} has schemaVersion ${JSON.stringify(version)?.slice(0, 20)}; this Quant Gate reads version 1: ` +
        'use the same release to measure and to report',
    );
  }
  const result = reportSchema.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    const rest = result.error.issues.length - 1;
    const more = rest > 0 ? ` (and ${rest} more)` : '';
    throw new UserError(
      `${from} is not a report of Quant Gate: ${issue!.path.join('.') || 'the whole'}: ${issue!.message}${more}`,
    );
  }
  for (const model of result.data.models) {
    for (const { id, file } of [model.fp32, ...model.variants]) {
      if (file !== undefined && !isSafePath(file)) {
        throw new UserError(
          `${from} names the file ${JSON.stringify(file).slice(0, 80)} for ${id}, outside its folder`,
        );
      }
    }
  }
  return result.data;
}

function depthOf(value: unknown): number {
  let depth = 0;
  let level = [value];
  while (level.length > 0 && depth <= deepest) {
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
    depth += 1;
  }
  return depth;
}

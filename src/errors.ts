/** Where in a user's file something is wrong. Lines and columns count from 1. */
export interface SourcePosition {
  file: string;
  line?: number;
  column?: number;
}

/**
 * The user's policy, model or data is wrong: shown as one message without a stack, exit code 2.
 *
 * The message says what is wrong, names the offending value, and says what would be right. Everything else that is
 * thrown is a defect of ours (exit code 70).
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly position: SourcePosition | undefined;
  /** For a mistake in what reads a data source: the key below it, or `preprocess` and the key in there, that is wrong. */
  readonly key: readonly string[] | undefined;

  constructor(message: string, options: { position?: SourcePosition; key?: readonly string[]; cause?: unknown } = {}) {
    super(options.position ? `${formatPosition(options.position)}: ${message}` : message, { cause: options.cause });
    this.position = options.position;
    this.key = options.key;
  }
}

/** What the file system says of a path that is not there, is of another kind than was asked for, or is not for us. */
const pathErrors: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder, not a file',
  ENXIO: 'it is a pipe, a socket or a device, not a file',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'its links lead in a circle',
  EEXIST: 'something else has this name already',
  ENOSPC: 'no space is left',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than allowed',
};

/** Also where only this user, or this process, has no more space. */
export const isDiskFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException | undefined)?.code ?? '');

/** Why a path cannot be used, a clause, where that is what an error is about: `permission denied (EACCES)`. */
export function pathProblem(error: unknown): string | undefined {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : pathErrors[code];
  return known && `${known} (${code})`;
}

/** The same as the user's mistake, naming the path; errors about something else as they are. */
export function asPathError(error: unknown): unknown {
  const problem = pathProblem(error);
  if (problem === undefined) return error;
  const { path, syscall = 'use' } = error as NodeJS.ErrnoException;
  return new UserError(`cannot ${verbs[syscall] ?? 'use'} ${path ?? 'a file'}: ${problem}`, { cause: error });
}

const verbs: Readonly<Record<string, string>> = { open: 'open', read: 'read', scandir: 'list' };

/** `file`, `file:line` or `file:line:column`, the form that editors and terminals make clickable. */
export function formatPosition({ file, line, column }: SourcePosition): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

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

  constructor(message: string, options: { position?: SourcePosition; cause?: unknown } = {}) {
    super(options.position ? `${formatPosition(options.position)}: ${message}` : message, { cause: options.cause });
    this.position = options.position;
  }
}

/** `file`, `file:line` or `file:line:column`, the form that editors and terminals make clickable. */
export function formatPosition({ file, line, column }: SourcePosition): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

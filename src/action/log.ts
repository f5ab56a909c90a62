import { relative } from 'node:path';
import { info, error as logError, warning } from '@actions/core';
import { UserError } from '../errors.ts';
import type { Outcome } from './outcome.ts';

/** Something the user should know that does not touch the verdict. */
export function notify(message: string): void {
  warning(message, { title: 'Quant Gate' });
}

/** The last lines of the log: what made the step fail, at the file's line where there is one. */
export function annotate(outcome: Outcome): void {
  const { error, exitCode, title } = outcome;
  if (error instanceof UserError) {
    const { file, line, column } = error.position ?? {};
    logError(error.message, {
      title: 'Quant Gate',
      ...(file !== undefined && { file: relative(process.env['GITHUB_WORKSPACE'] ?? process.cwd(), file) }),
      ...(line !== undefined && { startLine: line }),
      ...(line !== undefined && column !== undefined && { startColumn: column, endColumn: column }),
    });
  } else if (error !== undefined) {
    logError(error instanceof Error ? (error.stack ?? error.message) : String(error), { title: 'Quant Gate failed' });
  } else if (exitCode !== 0) {
    logError(title, { title: 'Quant Gate' });
  } else {
    info(title);
  }
}

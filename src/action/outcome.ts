import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GateResult } from '../engine/options.ts';
import { UserError } from '../errors.ts';
import type { Conclusion } from '../github/check-run.ts';
import { codeBlock, escapeLine } from '../report/escape.ts';
import type { Report } from '../report/schema.ts';

/** How the gate ended; everything that is published is derived from this. */
export interface Outcome {
  exitCode: 0 | 1 | 2 | 70;
  verdict: Report['verdict'];
  /** The check's conclusion. */
  conclusion: Conclusion;
  /** One line of plain text. */
  title: string;
  markdown: string;
  /** The folder of report and models, where there is a report. */
  outDir?: string;
  /** What `core.error` shows, for outcomes that are no verdict. */
  error?: unknown;
}

/** The engine came to a verdict. */
export async function verdictOutcome({ report, outDir, exitCode }: GateResult): Promise<Outcome> {
  return {
    exitCode,
    verdict: report.verdict,
    conclusion: exitCode !== 0 ? 'failure' : report.verdict === 'pass' ? 'success' : 'neutral',
    title: report.gate.reason,
    markdown: await readFile(join(outDir, 'comment.md'), 'utf8'),
    outDir,
  };
}

/** The policy, a model or data is wrong (UserError), or we are: neither may look like a pass. */
export function errorOutcome(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  const theirs = error instanceof UserError;
  const title = theirs ? `No verdict: ${escapeLine(message)}` : 'No verdict: Quant Gate itself failed';
  const advice = theirs
    ? 'The policy, a model or its data has to be put right first. Until then this does not count as passed.'
    : 'This is a defect of Quant Gate, not of your model. Please report it with the log of this run.';
  return {
    exitCode: theirs ? 2 : 70,
    verdict: 'error',
    conclusion: 'failure',
    title,
    markdown: `### ❌ Quant Gate came to no verdict\n\n${codeBlock(message)}\n\n${advice}\n`,
    error,
  };
}

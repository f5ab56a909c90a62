import type { GateResult } from '../engine/options.ts';
import { UserError } from '../errors.ts';
import { lets } from '../gate/verdict.ts';
import type { Conclusion } from '../github/check-run.ts';
import { codeBlock, escapeLine } from '../report/escape.ts';
import { headline } from '../report/headline.ts';
import { type MarkdownOptions, marker, renderMarkdown } from '../report/markdown.ts';
import type { Report } from '../report/schema.ts';

/** How the gate ended; everything that is published is derived from this. */
export interface Outcome {
  exitCode: 0 | 1 | 2 | 70;
  verdict: Report['verdict'];
  /** The check's conclusion. */
  conclusion: Conclusion;
  /** One line of plain text. */
  title: string;
  /** Markdown that begins with the comment's marker. */
  render(options: MarkdownOptions): string;
  /** The folder of report and models, where there is a report. */
  outDir?: string;
  /** Nothing was run: worth no comment of its own. */
  idle?: true;
  /** What `core.error` shows, for outcomes that are no verdict. */
  error?: unknown;
}

/** The engine came to a verdict. */
export function verdictOutcome({ report, outDir, exitCode }: GateResult): Outcome {
  return {
    exitCode,
    verdict: report.verdict,
    conclusion: exitCode !== 0 ? 'failure' : report.verdict === 'pass' ? 'success' : 'neutral',
    title: escapeLine(headline(report).text),
    render: (options) => renderMarkdown(report, options),
    outDir,
  };
}

/** The policy, a model or data is wrong (UserError), or we are: neither may look like a pass. */
export function errorOutcome(error: unknown): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  const theirs = error instanceof UserError;
  const title = theirs ? `No verdict: ${escapeLine(message)}` : 'No verdict: Quant Gate itself failed';
  const advice = theirs
    ? 'The workflow, the policy, a model or its data has to be put right first. Until then this does not count as passed.'
    : 'This is a defect of Quant Gate, not of your model. Please report it with the log of this run.';
  return {
    exitCode: theirs ? 2 : 70,
    verdict: 'error',
    conclusion: 'failure',
    title,
    render: ({ id }) => `${marker(id)}\n\n### ❌ Quant Gate came to no verdict\n\n${codeBlock(message)}\n\n${advice}\n`,
    error,
  };
}

/** The same outcome with a sentence before everything else. */
export function withNotice(outcome: Outcome, notice: string): Outcome {
  return {
    ...outcome,
    render(options) {
      const first = marker(options.id);
      const text = outcome.render({ ...options, ...(options.limit && { limit: options.limit - notice.length - 4 }) });
      return `${first}\n\n> ${notice}\n${text.slice(first.length)}`;
    },
  };
}

/** The reports of several jobs as one. */
export function joinedOutcome(report: Report, outDir: string): Outcome {
  return verdictOutcome({ report, outDir, exitCode: lets(report.verdict, report.gate.onInconclusive) ? 0 : 1 });
}

/** The pull request changes nothing that the gate looks at. */
export function nothingToDo(): Outcome {
  const title = 'Nothing to do: no model, data or policy changed';
  const text = 'This pull request changes no model, data or policy that the gate looks at, so nothing was measured.';
  return {
    exitCode: 0,
    verdict: 'pass',
    conclusion: 'success',
    title,
    render: ({ id }) => `${marker(id)}\n\n### ✅ Quant Gate: nothing to do\n\n${text}\n`,
    idle: true,
  };
}

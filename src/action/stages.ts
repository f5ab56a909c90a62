import { info, setOutput } from '@actions/core';
import { uploadArtifact } from '../github/artifact.ts';
import { completeCheckRun, openCheckRun } from '../github/check-run.ts';
import { type GitHub, publish } from '../github/client.ts';
import { upsertComment } from '../github/comment.ts';
import type { RunContext } from '../github/event.ts';
import { isHead } from '../github/find-pull.ts';
import { checkLimit, commentLimit, summaryLimit } from '../github/markdown-limits.ts';
import { writeSummary } from '../github/summary.ts';
import { marker } from '../report/markdown.ts';
import { rememberCheck, rememberCheckClosed, rememberVerdict } from './abandoned.ts';
import type { CommentMode } from './inputs.ts';
import { notify } from './log.ts';
import type { Outcome } from './outcome.ts';
import { unseal } from './sealed.ts';

/** Where an outcome is published, and as what. */
export interface Publication {
  context: RunContext;
  github: GitHub;
  settings: {
    checkName: string;
    comment: CommentMode;
    artifactName: string;
    retentionDays?: number;
  };
  /** The pull request's number, where there is one. */
  pull?: number;
  /** The check run, where the token could open one. */
  check?: number;
  /** What could not be published, for the places that can. */
  notices: string[];
}

export async function openCheck(publication: Publication): Promise<void> {
  const { context, settings, github } = publication;
  const opened = await publish('The check run', 'checks: write', () =>
    openCheckRun(github, { ...context, name: settings.checkName, detailsUrl: context.runUrl }),
  );
  // Said in the log at once, and not again where the check is closed.
  if (!opened.published) return notify(opened.notice);
  publication.check = opened.value;
  rememberCheck(opened.value);
  info(`opened ${settings.checkName} (${opened.value})`);
}

export async function summarize(publication: Publication, outcome: Outcome): Promise<void> {
  const done = await publish('The job summary', '', () =>
    writeSummary(markdown(publication, outcome, summaryLimit / 4), whole(publication)),
  );
  if (!done.published) note(publication, done.notice);
}

/** @returns the artifact's page */
export async function upload(publication: Publication, { outDir }: Outcome): Promise<string | undefined> {
  const { context, settings } = publication;
  if (outDir === undefined) return undefined;
  const done = await publish('The artifact', '', () =>
    uploadArtifact({
      name: settings.artifactName,
      folder: outDir,
      runUrl: context.runUrl,
      ...(settings.retentionDays !== undefined && { retentionDays: settings.retentionDays }),
    }),
  );
  if (done.published) return done.value;
  note(publication, done.notice);
  return undefined;
}

export async function comment(publication: Publication, outcome: Outcome, artifact: string | undefined): Promise<void> {
  const { context, settings, github, pull } = publication;
  if (settings.comment === 'never') return info('comment: never');
  if (pull === undefined) return info(`no pull request: a ${context.eventName} event has none to comment on`);
  const done = await publish('The comment', 'pull-requests: write', async () => {
    if (!(await isHead(github, { ...context, number: pull }))) return undefined;
    return upsertComment(github, {
      ...context,
      number: pull,
      marker: marker(settings.checkName),
      markdown: markdown(publication, outcome, commentLimit, artifact),
      shortened: whole(publication),
      create: outcome.exitCode !== 0 || (settings.comment === 'always' && !outcome.idle),
    });
  });
  if (!done.published) return note(publication, done.notice);
  if (done.value === undefined) {
    return info(`pull request ${pull} has moved on from ${context.headSha.slice(0, 12)}: the run of its head comments`);
  }
  info(done.value.action === 'none' ? 'nothing that needs a comment' : `${done.value.action} ${done.value.url}`);
}

export async function closeCheck(publication: Publication, outcome: Outcome, artifact: string | undefined) {
  const { check, context, github, notices } = publication;
  if (check === undefined) return;
  const text = markdown(publication, outcome, checkLimit - 5_000, artifact);
  rememberVerdict(outcome);
  const done = await publish('The check run', 'checks: write', () =>
    completeCheckRun(github, context, check, {
      conclusion: outcome.conclusion,
      title: outcome.title,
      markdown: [text, ...notices.map(quote)].join('\n\n'),
      shortened: whole(publication),
    }),
  );
  if (!done.published) return note(publication, done.notice);
  rememberCheckClosed();
  info(`${outcome.conclusion}: ${outcome.title}`);
}

/** The summary needs no permission: what could not be published elsewhere is said there. */
export async function summarizeNotices({ notices }: Publication): Promise<void> {
  if (notices.length === 0) return;
  const done = await publish('The job summary', '', () => writeSummary(notices.map(quote).join('\n\n'), ''));
  if (!done.published) notify(done.notice);
}

/**
 * A cancelled job gets an interrupt and a few seconds: enough to say so on the check that a merge waits for.
 * @returns ends the listening
 */
export function closeCheckOnSignal({ check, context, github }: Publication): () => void {
  let closing = false;
  const onSignal = async (signal: NodeJS.Signals) => {
    if (closing) return;
    closing = true;
    if (check !== undefined) {
      const markdown = 'The job was cancelled before the gate came to a verdict.';
      await publish('The check run', 'checks: write', async () => {
        const result = { conclusion: 'cancelled', title: 'Cancelled', markdown, shortened: '' } as const;
        await completeCheckRun(github, context, check, result);
        unseal();
        rememberCheckClosed();
      });
    }
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
}

export function setOutputs(outcome: Outcome, artifact: string | undefined): void {
  setOutput('verdict', outcome.verdict);
  setOutput('summary', outcome.title);
  setOutput('report', outcome.outDir === undefined ? '' : `${outcome.outDir}/report.json`);
  setOutput('bundle', outcome.outDir ?? '');
  setOutput('artifact-url', artifact ?? '');
}

/** Last paragraph of what had to be shortened. */
function whole({ context, settings }: Publication): string {
  const name = settings.artifactName.replaceAll('`', '');
  return `**Shortened.** The whole report is in the artifact \`${name}\` of [this run](${context.runUrl}).`;
}

/** The report as one surface shows it, with the way to the rest. */
function markdown({ context, settings }: Publication, outcome: Outcome, limit: number, artifactUrl?: string): string {
  const artifact = { name: settings.artifactName, ...(artifactUrl && { url: artifactUrl }) };
  const run = `<sub>[Run](${context.runUrl}) for <code>${context.headSha.slice(0, 12)}</code></sub>`;
  return `${outcome.render({ id: settings.checkName, limit: limit - run.length - 2, artifact }).trimEnd()}\n\n${run}\n`;
}

function note({ notices }: Publication, notice: string): void {
  notices.push(notice);
  notify(notice);
}

function quote(notice: string): string {
  return `> ${notice.replace(/\s+/g, ' ')}`;
}

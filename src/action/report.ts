import { join } from 'node:path';
import { getInput, group, info, setOutput } from '@actions/core';
import { joinOutputs } from '../bundle/join.ts';
import { UserError } from '../errors.ts';
import { type Download, downloadArtifacts, inArtifact } from '../github/artifact.ts';
import { connect } from '../github/client.ts';
import { type Event, readContext } from '../github/event.ts';
import { findPull } from '../github/find-pull.ts';
import { version } from '../version.ts';
import { orFail } from './fail.ts';
import { readSettings, wrong } from './inputs.ts';
import { annotate } from './log.ts';
import { errorOutcome, joinedOutcome, nothingToDo, type Outcome, withNotice } from './outcome.ts';
import * as stages from './stages.ts';
import { temporaryFolder } from './temporary.ts';

/** A report.json is some kilobytes. */
const reportLimit = 64 * 2 ** 20;
/** Models and all; the disk is full before. */
const bundleLimit = 64 * 2 ** 30;

const claimed =
  'This is what the pull request’s own run reported. Its files, and a fork’s workflow, are its author’s, so nothing of it is verified.';

/**
 * report/action.yml: joins the jobs of a matrix. In a `workflow_run` job it posts for a run of a fork or of Dependabot,
 * whose own token may not: there the artifact is a stranger's, only its report.json is unpacked, checked against the
 * schema and rendered again, and neither check nor verdict is derived from it.
 */
process.exitCode = await orFail(async () => {
  const context = readContext(process.env);
  const { token, ...settings } = readSettings();
  const github = connect(token || 'none');
  const prefix = getInput('artifacts') || 'quant-gate-';
  const folder = await temporaryFolder();
  const outDir = await temporaryFolder();
  const publication: stages.Publication = {
    context,
    settings,
    github,
    ...(context.pullRequest && { pull: context.pullRequest.number }),
    notices: [],
  };
  const run = context.event.workflow_run;
  if (run) {
    const owned = whoPosts(context.event, run);
    const pull = owned ? undefined : await findPull(github, context, run);
    if (pull === undefined) {
      info(`nothing is posted: ${owned ?? 'no open pull request has this head'}`);
      return 0;
    }
    const from = { token, runId: run.id, owner: context.owner, repo: context.repo };
    const unzip = { wanted: ['report.json'], limit: reportLimit };
    const downloads = await group('Reports', () => downloadArtifacts({ prefix, folder, from, unzip }));
    if (downloads.length === 0) {
      info(`nothing is posted: run ${run.id} left no report`);
      return 0;
    }
    const { report } = await joinDownloads(downloads, outDir);
    const outcome = withNotice(joinedOutcome(report, outDir), claimed);
    publication.pull = pull;
    await group('Summary', () => stages.summarize(publication, outcome));
    await group('Comment', () => stages.comment(publication, outcome, undefined));
    // The next steps have a token that can write: what a stranger claims is no verdict to them.
    setOutput('verdict', '');
    setOutput('summary', `Posted what run ${run.id} reports; nothing of it is verified`);
    setOutput('report', join(outDir, 'report.json'));
    setOutput('bundle', outDir);
    setOutput('artifact-url', '');
    return 0;
  }
  await group('Check run', () => stages.openCheck(publication));
  const stopListening = stages.closeCheckOnSignal(publication);
  const outcome = await group('Reports', async (): Promise<Outcome> => {
    try {
      const downloads = await downloadArtifacts({ prefix, folder, unzip: { limit: bundleLimit } });
      return await joined(downloads, outDir, readExpected());
    } catch (error) {
      return errorOutcome(error);
    }
  });
  const artifact = await group('Artifact', () => stages.upload(publication, outcome));
  await group('Summary', () => stages.summarize(publication, outcome));
  await group('Comment', () => stages.comment(publication, outcome, artifact));
  await group('Check run', () => stages.closeCheck(publication, outcome, artifact));
  stopListening();
  await stages.summarizeNotices(publication);
  stages.setOutputs(outcome, artifact);
  annotate(outcome);
  return outcome.exitCode;
});

function readExpected(): number | undefined {
  const value = getInput('expected');
  if (!value) return undefined;
  if (!/^\d+$/.test(value)) throw wrong('expected', value, 'a number of artifacts');
  return Number(value);
}

/** Why this job posts nothing for the run, a clause; undefined where nobody else can. */
function whoPosts(event: Event, run: NonNullable<Event['workflow_run']>): string | undefined {
  if (run.event !== 'pull_request') return `run ${run.id} was started by ${run.event}, not by pull_request`;
  const own = run.head_repository?.id === event.repository?.id;
  // Dependabot's branches are in this repository, and its runs have a fork's read-only token.
  if (!own || run.actor?.login === 'dependabot[bot]') return undefined;
  return `run ${run.id} is of a branch of this repository and posts itself`;
}

/** @throws UserError that names the artifact */
async function joinDownloads(downloads: readonly Download[], outDir: string) {
  try {
    return await joinOutputs(
      downloads.map((download) => download.folder),
      outDir,
      { version },
    );
  } catch (error) {
    throw inArtifact(error, downloads);
  }
}

/** A job that left no report is no pass, however good the others are. */
async function joined(downloads: readonly Download[], outDir: string, expected: number | undefined): Promise<Outcome> {
  const missing = (expected ?? 1) - downloads.length;
  if (downloads.length === 0) {
    if (expected === 0) return nothingToDo();
    return errorOutcome(new UserError(`none of ${expected ?? 'the'} jobs left a report; their logs say why`));
  }
  const { report } = await joinDownloads(downloads, outDir);
  const outcome = joinedOutcome(report, outDir);
  if (missing <= 0) return outcome;
  const title = `${missing} of ${expected} jobs left no report; their logs say why`;
  return { ...withNotice(outcome, `❌ ${title}.`), exitCode: 1, verdict: 'error', conclusion: 'failure', title };
}

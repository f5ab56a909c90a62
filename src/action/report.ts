import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getInput, group, info } from '@actions/core';
import { joinOutputs } from '../bundle/join.ts';
import { UserError } from '../errors.ts';
import { downloadArtifacts } from '../github/artifact.ts';
import { connect } from '../github/client.ts';
import { readContext } from '../github/event.ts';
import { findPull } from '../github/find-pull.ts';
import { version } from '../version.ts';
import { orFail } from './fail.ts';
import { readSettings, wrong } from './inputs.ts';
import { annotate } from './log.ts';
import { errorOutcome, joinedOutcome, nothingToDo, type Outcome, withNotice } from './outcome.ts';
import * as stages from './stages.ts';

/** A report.json is some kilobytes. */
const reportLimit = 64 * 2 ** 20;
/** Models and all; the disk is full before. */
const bundleLimit = 64 * 2 ** 30;

const fork =
  'This is what the fork’s own run reported. Its workflow and its files are the author’s, so nothing of it is verified.';

/**
 * report/action.yml: joins the jobs of a matrix. In a `workflow_run` job it posts for a fork's run, whose own token may
 * not: there the artifact is a stranger's, only its report.json is unpacked, checked against the schema and rendered
 * again, and neither check nor verdict is derived from it.
 */
process.exitCode = await orFail(async () => {
  const context = readContext(process.env);
  const { token, ...settings } = readSettings();
  const github = connect(token || 'none');
  const prefix = getInput('artifacts') || 'quant-gate-';
  const folder = await mkdtemp(join(process.env['RUNNER_TEMP'] || tmpdir(), 'quant-gate-'));
  const outDir = await mkdtemp(join(process.env['RUNNER_TEMP'] || tmpdir(), 'quant-gate-'));
  const publication: stages.Publication = {
    context,
    settings,
    github,
    ...(context.pullRequest && { pull: context.pullRequest.number }),
    notices: [],
  };
  const run = context.event.workflow_run;
  if (run) {
    const from = { token, runId: run.id, owner: context.owner, repo: context.repo };
    const unzip = { wanted: ['report.json'], limit: reportLimit };
    const folders = await group('Reports', () => downloadArtifacts({ prefix, folder, from, unzip }));
    const pull = await findPull(github, context, run);
    if (pull === undefined || folders.length === 0) {
      info(pull === undefined ? 'no open pull request has this head' : `run ${run.id} left no report`);
      return 0;
    }
    const { report } = await joinOutputs(folders, outDir, { version });
    const outcome = withNotice(joinedOutcome(report, outDir), fork);
    publication.pull = pull;
    publication.context = { ...context, headSha: run.head_sha };
    await group('Summary', () => stages.summarize(publication, outcome));
    await group('Comment', () => stages.comment(publication, outcome, undefined));
    stages.setOutputs(outcome, undefined);
    return 0;
  }
  await group('Check run', () => stages.openCheck(publication));
  const stopListening = stages.closeCheckOnSignal(publication);
  const outcome = await group('Reports', async (): Promise<Outcome> => {
    try {
      const folders = await downloadArtifacts({ prefix, folder, unzip: { limit: bundleLimit } });
      return await joined(folders, outDir, readExpected());
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

/** A job that left no report is no pass, however good the others are. */
async function joined(folders: readonly string[], outDir: string, expected: number | undefined): Promise<Outcome> {
  const missing = (expected ?? 1) - folders.length;
  if (folders.length === 0) {
    if (expected === 0) return nothingToDo();
    return errorOutcome(new UserError(`none of ${expected ?? 'the'} jobs left a report; their logs say why`));
  }
  const { report } = await joinOutputs(folders, outDir, { version });
  const outcome = joinedOutcome(report, outDir);
  if (missing <= 0) return outcome;
  const title = `${missing} of ${expected} jobs left no report; their logs say why`;
  return { ...withNotice(outcome, `❌ ${title}.`), exitCode: 1, verdict: 'error', conclusion: 'failure', title };
}

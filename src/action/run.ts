import { group, info, setOutput } from '@actions/core';
import { runGate } from '../engine/run.ts';
import { UserError } from '../errors.ts';
import { uploadArtifact } from '../github/artifact.ts';
import { type OpenedBase, openBase } from '../github/base.ts';
import { completeCheckRun, openCheckRun } from '../github/check-run.ts';
import { connect, type GitHub, publish } from '../github/client.ts';
import { upsertComment } from '../github/comment.ts';
import { type RunContext, readContext } from '../github/event.ts';
import { judgeTrust, refuseUnsafe, type Trust } from '../github/guard.ts';
import { commentLimit, summaryLimit } from '../github/markdown-limits.ts';
import { writeSummary } from '../github/summary.ts';
import { logProgress } from '../log-progress.ts';
import { marker } from '../report/markdown.ts';
import { rememberCheck, rememberCheckClosed } from './abandoned.ts';
import { type Inputs, readInputs } from './inputs.ts';
import { annotate, notify } from './log.ts';
import { errorOutcome, nothingToDo, type Outcome, verdictOutcome } from './outcome.ts';
import { hasWork } from './relevance.ts';
import { sealed, unseal } from './sealed.ts';

/** What every stage after the first two knows. */
interface Session {
  context: RunContext;
  inputs: Inputs;
  trust: Trust;
  github: GitHub;
  /** The check run, where the token could open one. */
  check?: number;
}

/**
 * The gate as a step of a workflow. Everything is published before the step fails, and nothing that goes wrong with
 * publishing changes the verdict.
 *
 * @param outDir an empty folder for the report and the models
 * @returns the exit code
 */
export async function runAction(outDir: string): Promise<Outcome['exitCode']> {
  let session: Session;
  try {
    session = await group('Inputs', async () => open());
  } catch (error) {
    // Without inputs or trust there is nothing to publish to.
    const outcome = errorOutcome(error);
    setOutput('verdict', outcome.verdict);
    annotate(outcome);
    return outcome.exitCode;
  }
  await group('Check run', () => openCheck(session));
  const stopListening = closeCheckOnSignal(session);
  const outcome = await group('Gate', () => gate(session, outDir));
  const notices: string[] = [];
  await group('Summary', () => summarize(session, outcome, notices));
  const artifact = await group('Artifact', () => upload(session, outcome, notices));
  await group('Comment', () => comment(session, outcome, artifact, notices));
  await group('Check run', () => closeCheck(session, outcome, artifact, notices));
  stopListening();
  if (notices.length > 0) await publish('The job summary', '', () => writeSummary(notices.map(quote).join('\n'), ''));
  setOutputs(outcome, artifact);
  annotate(outcome);
  return outcome.exitCode;
}

function open(): Session {
  const context = readContext(process.env);
  const trust = judgeTrust(context);
  refuseUnsafe(context, trust);
  const inputs = readInputs(context.workspace);
  info(`policy: ${inputs.policyPath}`);
  info(`event: ${context.eventName}, commit ${context.headSha}`);
  if (!trust.trusted) {
    const commands = inputs.allowCommands ? 'its commands run, as allow-commands is set' : 'its commands do not run';
    info(`${trust.why}: ${commands}`);
  }
  return { context, inputs, trust, github: connect(inputs.token || 'none') };
}

async function openCheck(session: Session): Promise<void> {
  const { context, inputs, github } = session;
  const opened = await publish('The check run', 'checks: write', () =>
    openCheckRun(github, { ...context, name: inputs.checkName, detailsUrl: context.runUrl }),
  );
  if (!opened.published) return notify(opened.notice);
  session.check = opened.value;
  rememberCheck(opened.value);
  info(`opened ${inputs.checkName} (${opened.value})`);
}

async function gate(session: Session, outDir: string): Promise<Outcome> {
  const { inputs, trust } = session;
  const progress = logProgress((line) => info(line));
  try {
    const opened = await findBase(session);
    if (opened && inputs.onlyChanged) {
      if (!(await hasWork(inputs.policyPath, inputs.models, opened))) return nothingToDo();
    }
    // A stranger's pull request does not choose its own limits, whatever the policy says.
    const limitsFrom = inputs.limitsFrom ?? (trust.trusted ? undefined : 'base');
    const result = await sealed(() =>
      runGate({
        policyPath: inputs.policyPath,
        ...(inputs.models && { models: inputs.models }),
        ...(inputs.levels && { levels: inputs.levels }),
        ...(inputs.targets && { targets: inputs.targets }),
        ...(inputs.runtimePath && { runtimePath: inputs.runtimePath }),
        ...(opened && { base: { ...opened.base, ...(limitsFrom && { limitsFrom }) } }),
        outDir,
        seed: 0,
        allowCommands: trust.trusted || inputs.allowCommands,
        progress,
      }),
    );
    return verdictOutcome(result);
  } catch (error) {
    return errorOutcome(error);
  }
}

async function findBase({ context, inputs }: Session): Promise<OpenedBase | undefined> {
  if (!context.pullRequest) return undefined;
  const { ref, sha } = context.pullRequest.base;
  const result = await openBase({
    workspace: context.workspace,
    ref,
    sha,
    policyPath: inputs.policyPath,
    token: inputs.token,
    serverUrl: process.env['GITHUB_SERVER_URL'] || 'https://github.com',
  });
  if ('unavailable' in result) {
    if (inputs.limitsFrom === 'base') {
      throw new UserError(
        `limits-from is base, and ${result.unavailable}. Check out with actions/checkout before the gate.`,
      );
    }
    notify(`No comparison with ${ref}: ${result.unavailable}`);
    return undefined;
  }
  return result;
}

async function summarize(session: Session, outcome: Outcome, notices: string[]): Promise<void> {
  const done = await publish('The job summary', '', () =>
    writeSummary(markdown(session, outcome, summaryLimit / 4), whole(session)),
  );
  if (!done.published) note(notices, done.notice);
}

async function upload({ context, inputs }: Session, outcome: Outcome, notices: string[]): Promise<string | undefined> {
  const { outDir } = outcome;
  if (outDir === undefined) return undefined;
  const done = await publish('The artifact', '', () =>
    uploadArtifact({
      name: inputs.artifactName,
      folder: outDir,
      runUrl: context.runUrl,
      ...(inputs.retentionDays !== undefined && { retentionDays: inputs.retentionDays }),
    }),
  );
  if (done.published) return done.value;
  note(notices, done.notice);
  return undefined;
}

async function comment(session: Session, outcome: Outcome, artifact: string | undefined, notices: string[]) {
  const { context, inputs, github } = session;
  if (inputs.comment === 'never') return info('comment: never');
  if (!context.pullRequest) return info(`no pull request: a ${context.eventName} event has none to comment on`);
  const { number } = context.pullRequest;
  const done = await publish('The comment', 'pull-requests: write', () =>
    upsertComment(github, {
      ...context,
      number,
      marker: marker(inputs.checkName),
      markdown: markdown(session, outcome, commentLimit, artifact),
      shortened: whole(session),
      create: outcome.exitCode !== 0 || (inputs.comment === 'always' && !outcome.idle),
    }),
  );
  if (!done.published) return note(notices, done.notice);
  info(done.value.action === 'none' ? 'passed, and comment is on-failure' : `${done.value.action} ${done.value.url}`);
}

async function closeCheck(session: Session, outcome: Outcome, artifact: string | undefined, notices: string[]) {
  const { check, context, github } = session;
  if (check === undefined) return;
  const done = await publish('The check run', 'checks: write', () =>
    completeCheckRun(github, context, check, {
      conclusion: outcome.conclusion,
      title: outcome.title,
      markdown: [markdown(session, outcome, commentLimit - 5_000, artifact), ...notices.map(quote)].join('\n\n'),
      shortened: whole(session),
    }),
  );
  if (!done.published) return note(notices, done.notice);
  rememberCheckClosed();
  info(`${outcome.conclusion}: ${outcome.title}`);
}

/** A cancelled job gets an interrupt and a few seconds: enough to say so on the check that a merge waits for. */
function closeCheckOnSignal({ check, context, github }: Session): () => void {
  let closing = false;
  const onSignal = async (signal: NodeJS.Signals) => {
    if (closing) return;
    closing = true;
    if (check !== undefined) {
      const markdown = 'The job was cancelled before the gate came to a verdict.';
      await publish('The check run', 'checks: write', async () => {
        await completeCheckRun(github, context, check, {
          conclusion: 'cancelled',
          title: 'Cancelled',
          markdown,
          shortened: '',
        });
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

function setOutputs(outcome: Outcome, artifact: string | undefined): void {
  setOutput('verdict', outcome.verdict);
  setOutput('summary', outcome.title);
  setOutput('report', outcome.outDir === undefined ? '' : `${outcome.outDir}/report.json`);
  setOutput('bundle', outcome.outDir ?? '');
  setOutput('artifact-url', artifact ?? '');
}

/** Last paragraph of what had to be shortened. */
function whole({ context, inputs }: Session): string {
  return `**Shortened.** The whole report is in the artifact \`${inputs.artifactName.replaceAll('`', '')}\` of [this run](${context.runUrl}).`;
}

/** The report as one surface shows it, with the way to the rest. */
function markdown({ context, inputs }: Session, outcome: Outcome, limit: number, artifactUrl?: string): string {
  const artifact = { name: inputs.artifactName, ...(artifactUrl && { url: artifactUrl }) };
  const run = `<sub>[Run](${context.runUrl}) for <code>${context.headSha.slice(0, 12)}</code></sub>`;
  return `${outcome.render({ id: inputs.checkName, limit: limit - run.length - 2, artifact }).trimEnd()}\n\n${run}\n`;
}

function note(notices: string[], notice: string): void {
  notices.push(notice);
  notify(notice);
}

function quote(notice: string): string {
  return `> ${notice.replace(/\s+/g, ' ')}`;
}

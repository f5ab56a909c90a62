import { relative } from 'node:path';
import { group, info } from '@actions/core';
import { runGate } from '../engine/run.ts';
import { UserError } from '../errors.ts';
import type { OpenedBase } from '../github/base.ts';
import { connect } from '../github/client.ts';
import { type RunContext, readContext } from '../github/event.ts';
import { judgeTrust, refuseUnsafe, type Trust } from '../github/guard.ts';
import { writeSummary } from '../github/summary.ts';
import { logProgress, longestLine } from '../log-progress.ts';
import { escapeLine } from '../report/escape.ts';
import { baseOptions, findBase, refuseOtherCommit } from './find-base.ts';
import { type Inputs, readInputs, settingsForMistake } from './inputs.ts';
import { annotate, notify } from './log.ts';
import { errorOutcome, nothingToDo, type Outcome, verdictOutcome } from './outcome.ts';
import { hasWork } from './relevance.ts';
import { sealed } from './sealed.ts';
import * as stages from './stages.ts';

/** What decides whether anything runs here at all. */
interface Session {
  context: RunContext;
  trust: Trust;
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
    session = open();
  } catch (error) {
    return refused(errorOutcome(error));
  }
  const { context } = session;
  const inputs = await group('Inputs', async () => openInputs(session));
  const settings = 'outcome' in inputs ? settingsForMistake() : inputs;
  const publication: stages.Publication = {
    context,
    settings,
    github: connect(settings.token || 'none'),
    ...(context.pullRequest && { pull: context.pullRequest.number }),
    notices: [],
  };
  await group('Check run', () => stages.openCheck(publication));
  const stopListening = stages.closeCheckOnSignal(publication);
  const outcome = 'outcome' in inputs ? inputs.outcome : await group('Gate', () => gate(session, inputs, outDir));
  await group('Summary', () => stages.summarize(publication, outcome));
  const artifact = await group('Artifact', () => stages.upload(publication, outcome));
  await group('Comment', () => stages.comment(publication, outcome, artifact));
  await group('Check run', () => stages.closeCheck(publication, outcome, artifact));
  stopListening();
  await stages.summarizeNotices(publication);
  stages.setOutputs(outcome, artifact);
  annotate(outcome);
  return outcome.exitCode;
}

/** Nothing is asked of GitHub where a stranger's files would meet the token; the summary needs none. */
async function refused(outcome: Outcome): Promise<Outcome['exitCode']> {
  await writeSummary(outcome.render({}), '').catch((error: Error) => notify(`The job summary: ${error.message}`));
  stages.setOutputs(outcome, undefined);
  annotate(outcome);
  return outcome.exitCode;
}

function open(): Session {
  const context = readContext(process.env);
  const trust = judgeTrust(context);
  refuseUnsafe(context, trust);
  return { context, trust };
}

function openInputs({ context, trust }: Session): Inputs | { outcome: Outcome } {
  info(`event: ${context.eventName}, commit ${context.headSha}`);
  try {
    const inputs = readInputs(context.workspace);
    info(`policy: ${inputs.policyPath}`);
    if (!trust.trusted) {
      const commands = inputs.allowCommands ? 'its commands run, as allow-commands is set' : 'its commands do not run';
      info(`${trust.why}: ${commands}`);
    }
    return inputs;
  } catch (error) {
    return { outcome: errorOutcome(error) };
  }
}

async function gate({ context, trust }: Session, inputs: Inputs, outDir: string): Promise<Outcome> {
  const progress = logProgress((line) => info(escapeLine(line, longestLine)));
  try {
    // A stranger's pull request does not choose its own limits, whatever the policy or the workflow says.
    const limitsFrom = trust.trusted ? inputs.limitsFrom : 'base';
    await refuseOtherCommit(context, inputs.policyPath);
    const found = await findBase(context, { ...inputs, ...(limitsFrom && { limitsFrom }) });
    const opened = found && 'base' in found ? found : undefined;
    if (!trust.trusted && opened && opened.base.policyText === undefined) throw noLimits(opened, inputs.policyPath);
    if (opened && inputs.onlyChanged) {
      if (!(await hasWork(inputs.policyPath, inputs.models, opened))) return nothingToDo();
    }
    const result = await sealed(() =>
      runGate({
        // The report names it, and is read on other machines.
        policyPath: relative(process.cwd(), inputs.policyPath),
        ...(inputs.models && { models: inputs.models }),
        ...(inputs.levels && { levels: inputs.levels }),
        ...(inputs.targets && { targets: inputs.targets }),
        ...(inputs.runtimePath && { runtimePath: inputs.runtimePath }),
        ...baseOptions(found, limitsFrom),
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

function noLimits({ base }: OpenedBase, policyPath: string): UserError {
  return new UserError(
    `${base.ref} has no policy ${relative(process.cwd(), policyPath)}, so nothing says what this pull request is held to. ` +
      'The first policy has to come from a branch of this repository.',
  );
}

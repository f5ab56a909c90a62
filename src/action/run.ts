import { relative } from 'node:path';
import { group, info, setOutput } from '@actions/core';
import { runGate } from '../engine/run.ts';
import { connect } from '../github/client.ts';
import { type RunContext, readContext } from '../github/event.ts';
import { judgeTrust, refuseUnsafe, type Trust } from '../github/guard.ts';
import { logProgress } from '../log-progress.ts';
import { findBase } from './find-base.ts';
import { type Inputs, readInputs } from './inputs.ts';
import { annotate } from './log.ts';
import { errorOutcome, nothingToDo, type Outcome, verdictOutcome } from './outcome.ts';
import { hasWork } from './relevance.ts';
import { sealed } from './sealed.ts';
import * as stages from './stages.ts';

/** What the gate has to know before it runs. */
interface Session {
  context: RunContext;
  inputs: Inputs;
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
    session = await group('Inputs', async () => open());
  } catch (error) {
    // Without inputs or trust there is nothing to publish to.
    const outcome = errorOutcome(error);
    setOutput('verdict', outcome.verdict);
    annotate(outcome);
    return outcome.exitCode;
  }
  const { context, inputs } = session;
  const publication: stages.Publication = {
    context,
    settings: inputs,
    github: connect(inputs.token || 'none'),
    ...(context.pullRequest && { pull: context.pullRequest.number }),
    notices: [],
  };
  await group('Check run', () => stages.openCheck(publication));
  const stopListening = stages.closeCheckOnSignal(publication);
  const outcome = await group('Gate', () => gate(session, outDir));
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
  return { context, inputs, trust };
}

async function gate(session: Session, outDir: string): Promise<Outcome> {
  const { inputs, trust } = session;
  const progress = logProgress((line) => info(line));
  try {
    // A stranger's pull request does not choose its own limits, whatever the policy says.
    const limitsFrom = inputs.limitsFrom ?? (trust.trusted ? undefined : 'base');
    const found = await findBase(session.context, { ...inputs, ...(limitsFrom && { limitsFrom }) });
    const opened = found && 'base' in found ? found : undefined;
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
        ...(found && 'unavailable' in found && { noBase: found.unavailable }),
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

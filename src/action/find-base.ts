import type { GateOptions } from '../engine/options.ts';
import { UserError } from '../errors.ts';
import { type BaseResult, openBase } from '../github/base.ts';
import type { RunContext } from '../github/event.ts';
import { checkoutOf, type Git, gitIn } from '../github/git.ts';
import type { Inputs } from './inputs.ts';
import { notify } from './log.ts';

/**
 * The pull request's base, or why it cannot be read; undefined where there is no pull request.
 *
 * @throws UserError where it cannot be read and the limits are to come from it
 */
export async function findBase(
  context: RunContext,
  inputs: Pick<Inputs, 'policyPath' | 'token' | 'limitsFrom'>,
): Promise<BaseResult | undefined> {
  if (!context.pullRequest) return undefined;
  const { ref, sha } = context.pullRequest.base;
  const result = await openBase({
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
  }
  if ('base' in result && inputs.limitsFrom === 'base' && ['submodule', 'other'].includes(result.policyEntry)) {
    throw new UserError(
      `limits-from is base, and what ${ref} has in the place of the policy is no regular file but a symbolic link, a folder or ` +
        `a submodule. Commit the policy itself there on ${ref} first.`,
    );
  }
  return result;
}

/** What a gate is told of the base that was found, and of whose limits count. */
export function baseOptions(
  found: BaseResult | undefined,
  limitsFrom: Inputs['limitsFrom'],
): Pick<GateOptions, 'base' | 'noBase' | 'limitsFrom'> {
  return {
    ...(found && ('base' in found ? { base: found.base } : { noBase: found.unavailable })),
    ...(limitsFrom && { limitsFrom }),
  };
}

/**
 * The verdict is published for the event's commit, so that commit has to be what is measured: HEAD itself, a parent of
 * HEAD (GitHub's trial merge), or an ancestor. Without a Git repository nobody can tell.
 *
 * @throws UserError
 */
export async function refuseOtherCommit({ eventName, event, headSha }: RunContext, policyPath: string): Promise<void> {
  if (!event.pull_request && !event.workflow_run) return;
  const git = gitIn(await checkoutOf(policyPath));
  const measured = await measuredCommit(git);
  if (measured === undefined || measured.sha === headSha || measured.parents.includes(headSha)) return;
  const isAncestor = await git(['merge-base', '--is-ancestor', headSha, measured.sha]).then(
    () => true,
    // Also where a shallow clone does not have the commit.
    () => false,
  );
  if (isAncestor) return;
  const [whose, ref] = event.pull_request
    ? ['the pull request’s head', 'github.event.pull_request.head.sha']
    : ['the commit of the run that triggered this one', 'github.event.workflow_run.head_sha'];
  throw new UserError(
    `commit ${measured.sha.slice(0, 12)} is checked out, which does not contain ${headSha.slice(0, 12)}, ${whose}: the ` +
      `verdict would be on other files. Under ${eventName}, give actions/checkout ` +
      (eventName === 'pull_request' ? 'no `ref`.' : `\`ref: \${{ ${ref} }}\`.`),
  );
}

/** Read off the commit itself: its parents stand there in a shallow clone too. */
async function measuredCommit(git: Git): Promise<{ sha: string; parents: string[] } | undefined> {
  try {
    // A policy in a submodule is measured as the repository around it pins it.
    const outer = (await git(['rev-parse', '--show-superproject-working-tree'])).trim();
    const own = outer ? gitIn(outer) : git;
    const sha = (await own(['rev-parse', '--verify', 'HEAD'])).trim();
    const [header = ''] = (await own(['cat-file', 'commit', sha])).split('\n\n');
    return { sha, parents: [...header.matchAll(/^parent ([0-9a-f]+)$/gm)].map((match) => match[1]!) };
  } catch {
    return undefined;
  }
}

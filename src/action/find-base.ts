import { UserError } from '../errors.ts';
import { type OpenedBase, openBase } from '../github/base.ts';
import type { RunContext } from '../github/event.ts';
import type { Inputs } from './inputs.ts';
import { notify } from './log.ts';

/** The pull request's base. @throws UserError where it is missing and the limits are to come from it */
export async function findBase(
  context: RunContext,
  inputs: Pick<Inputs, 'policyPath' | 'token' | 'limitsFrom'>,
): Promise<OpenedBase | undefined> {
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

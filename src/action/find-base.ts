import { UserError } from '../errors.ts';
import { type BaseResult, openBase } from '../github/base.ts';
import type { RunContext } from '../github/event.ts';
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
  }
  return result;
}

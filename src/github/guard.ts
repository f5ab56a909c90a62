import { UserError } from '../errors.ts';
import type { RunContext } from './event.ts';

/** Whether the files in the checkout were written by somebody who may write to this repository. */
export type Trust = { trusted: true } | { trusted: false; why: string };

/** Events whose token may write although the files they look at can be a stranger's. */
const privileged = new Set(['pull_request_target', 'workflow_run', 'issue_comment']);

/**
 * Decides by repository ids: a name can be taken over by renaming. A head whose repository is gone is not trusted.
 */
export function judgeTrust({ event, eventName }: RunContext): Trust {
  const own = event.repository?.id;
  if (event.pull_request) {
    const { head, base } = event.pull_request;
    if (!head.repo) return { trusted: false, why: 'the repository of the pull request’s head is gone' };
    if (head.repo.id !== base.repo.id) return { trusted: false, why: 'the pull request comes from a fork' };
    return { trusted: true };
  }
  if (event.workflow_run) {
    const head = event.workflow_run.head_repository;
    if (head && own !== undefined && head.id === own) return { trusted: true };
    return { trusted: false, why: 'the run that triggered this one belongs to a fork' };
  }
  if (eventName === 'issue_comment') {
    return { trusted: false, why: 'a comment does not say whose files are checked out' };
  }
  return { trusted: true };
}

/**
 * Refuses to run a stranger's model, data and policy next to a token that can write and a cache that others read.
 * https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
 */
export function refuseUnsafe(context: RunContext, trust: Trust): void {
  if (trust.trusted || !privileged.has(context.eventName)) return;
  throw new UserError(
    `refused to run under ${context.eventName}: ${trust.why}, and this event gives its files a token that can write. ` +
      "Use `on: pull_request` for the gate; to comment on forks' pull requests, add the report/ action in a separate " +
      'workflow_run job (docs/security.md).',
  );
}

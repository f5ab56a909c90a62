import type { GitHub, Repository } from './client.ts';
import type { Event } from './event.ts';

/**
 * The open pull request that a `workflow_run` belongs to. The event itself names none for forks, so it is looked up by
 * the head's owner and branch, as GitHub's event gives them; what the run's artifact says is not asked.
 *
 * @returns its number; undefined where the branch has moved on since, or there is none
 */
export async function findPull(
  github: GitHub,
  { owner, repo }: Repository,
  run: NonNullable<Event['workflow_run']>,
): Promise<number | undefined> {
  const from = run.head_repository?.owner?.login;
  if (!from || !run.head_branch) return undefined;
  const head = `${from}:${run.head_branch}`;
  const { data } = await github.rest.pulls.list({ owner, repo, state: 'open', head, per_page: 100 });
  return data.find((pull) => pull.head.sha === run.head_sha && pull.head.repo?.id === run.head_repository?.id)?.number;
}

/** Whether the pull request still has this head: an older run that ends late has nothing to say any more. */
export async function isHead(
  github: GitHub,
  { owner, repo, number, headSha }: Repository & { number: number; headSha: string },
): Promise<boolean> {
  const { data } = await github.rest.pulls.get({ owner, repo, pull_number: number });
  return data.head.sha === headSha;
}

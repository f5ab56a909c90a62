import { escapeLine } from '../report/escape.ts';
import { createOnce, type GitHub, once, type Repository } from './client.ts';
import { checkLimit, shorten } from './markdown-limits.ts';

export interface CheckRunRequest extends Repository {
  /** Stable: a required check is matched by its name. */
  name: string;
  headSha: string;
  detailsUrl: string;
}

export type Conclusion = 'success' | 'failure' | 'neutral' | 'cancelled';

export interface CheckRunResult {
  conclusion: Conclusion;
  /** One line, shown in the list of checks. */
  title: string;
  markdown: string;
  /** Last paragraph of a text that had to be shortened. */
  shortened: string;
}

/** Opens the check as `in_progress`, so that a merge waits for it. @returns its id */
export async function openCheckRun(github: GitHub, request: CheckRunRequest): Promise<number> {
  const { owner, repo, name, headSha, detailsUrl } = request;
  const open = async () => {
    const { data } = await github.rest.checks.create({
      owner,
      repo,
      name,
      head_sha: headSha,
      status: 'in_progress',
      started_at: new Date().toISOString(),
      details_url: detailsUrl,
      ...once,
    });
    return data.id;
  };
  const find = async () => {
    const request = { owner, repo, ref: headSha, check_name: name, status: 'in_progress', per_page: 100 } as const;
    const { data } = await github.rest.checks.listForRef(request);
    return data.check_runs.find(({ details_url: url }) => url === detailsUrl)?.id;
  };
  return createOnce(open, find);
}

export async function completeCheckRun(
  github: GitHub,
  { owner, repo }: Repository,
  id: number,
  { conclusion, title, markdown, shortened }: CheckRunResult,
): Promise<void> {
  await github.rest.checks.update({
    owner,
    repo,
    check_run_id: id,
    status: 'completed',
    conclusion,
    completed_at: new Date().toISOString(),
    output: { title: escapeLine(title, 250), summary: shorten(markdown, checkLimit, shortened, 'bytes') },
  });
}

import { getOctokit } from '@actions/github';
import { retry } from '@octokit/plugin-retry';
import type { RunContext } from './event.ts';

export type GitHub = ReturnType<typeof getOctokit>;
export type Repository = Pick<RunContext, 'owner' | 'repo'>;

/** A client of GITHUB_API_URL that repeats what failed on the server's side. */
export function connect(token: string, apiUrl = process.env['GITHUB_API_URL'] || 'https://api.github.com'): GitHub {
  return getOctokit(token, { baseUrl: apiUrl, retry: { retries: 2 } }, retry);
}

/** `published`, or what to tell the user. Publishing never decides the verdict, so nothing here throws. */
export type Published<T> = { published: true; value: T } | { published: false; notice: string };

/**
 * Runs one step of publishing. Where GitHub refuses, the notice names the line that is missing in the workflow.
 * @param what `the comment`, as a sentence begins
 * @param permission `pull-requests: write`
 */
export async function publish<T>(what: string, permission: string, step: () => Promise<T>): Promise<Published<T>> {
  try {
    return { published: true, value: await step() };
  } catch (error) {
    return { published: false, notice: `${what} could not be published: ${explain(error, permission)}` };
  }
}

function explain(error: unknown, permission: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const status = (error as { status?: unknown }).status;
  const rateLimited = /rate limit/i.test(message);
  if ((status === 403 && !rateLimited) || status === 404) {
    return (
      `the token may not (${message}). Add \`${permission}\` to the job's \`permissions:\`. Pull requests of forks and of ` +
      'Dependabot always have a read-only token: read the job summary and the artifact there, or add the report/ action.'
    );
  }
  return message;
}

import { setTimeout as delay } from 'node:timers/promises';
import { getOctokit } from '@actions/github';
import { retry } from '@octokit/plugin-retry';
import type { RequestError } from '@octokit/request-error';
import type { RunContext } from './event.ts';

export type GitHub = ReturnType<typeof getOctokit>;
export type Repository = Pick<RunContext, 'owner' | 'repo'>;

type Octokit = Parameters<typeof retry>[0];

/** Seconds that a request waits for GitHub's rate limits, all its tries together. */
const patience = 65;

/**
 * A client of GITHUB_API_URL that repeats what failed on the server's side, and waits where GitHub says for how long. A
 * request that makes something is not repeated blindly: see `createOnce`.
 */
export function connect(token: string, apiUrl = process.env['GITHUB_API_URL'] || 'https://api.github.com'): GitHub {
  // 429 is a rate limit: `waitForRateLimits` knows for how long.
  const doNotRetry = [400, 401, 403, 404, 410, 422, 429, 451];
  return getOctokit(token, { baseUrl: apiUrl, retry: { retries: 2, doNotRetry } }, retry, waitForRateLimits);
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit */
function waitForRateLimits(octokit: Octokit): void {
  octokit.hook.wrap('request', async (request, options) => {
    for (let left = patience; ; ) {
      try {
        return await request(options);
      } catch (error) {
        const seconds = rateLimitWait(error);
        if (seconds === undefined || !(seconds <= left)) throw error;
        left -= Math.max(seconds, 1);
        await delay(seconds * 1000);
      }
    }
  });
}

/** Seconds to wait, for a reply that refuses because of a rate limit. */
function rateLimitWait(error: unknown): number | undefined {
  const { status, response, message } = error as Partial<RequestError>;
  if (status !== 403 && status !== 429) return undefined;
  const headers = response?.headers ?? {};
  const after = Number(headers['retry-after']);
  if (headers['retry-after'] !== undefined && Number.isFinite(after)) return after;
  if (headers['x-ratelimit-remaining'] === '0') {
    return Math.max(0, Number(headers['x-ratelimit-reset']) - Date.now() / 1000) + 1;
  }
  // "Wait for at least one minute before retrying."
  return status === 429 || /rate limit/i.test(message ?? '') ? 60 : undefined;
}

/** Of a request that makes something: it is tried once. */
export const once = { request: { retries: 0 } };

/**
 * Makes something that must not be there twice. Where the server stumbles it may have made it all the same, so it is
 * looked for before it is made once more.
 *
 * @param create sends one request, with `once`
 */
export async function createOnce<T>(create: () => Promise<T>, find: () => Promise<T | undefined>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (!isServerError(error)) throw error;
    await delay(1000);
    return (await find()) ?? (await create());
  }
}

/** Octokit gives a broken connection the status 500. */
export function isServerError(error: unknown): boolean {
  return ((error as { status?: number }).status ?? 0) >= 500;
}

export function isNotFound(error: unknown): boolean {
  return (error as { status?: number }).status === 404;
}

/** The reply, or undefined where what it is about is not there any more. */
export async function unlessGone<T>(reply: Promise<T>): Promise<T | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The token lacks a permission; a missing one is answered with the same words for every kind of token. */
export function isForbidden(error: unknown): boolean {
  return /Resource not accessible by/i.test((error as Error).message);
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
  if (!permission || !isForbidden(error)) return message;
  return (
    `the token may not (${message}). Add \`${permission}\` to the job's \`permissions:\`. Pull requests of forks and of ` +
    'Dependabot always have a read-only token: read the job summary and the artifact there, or add the report/ action.'
  );
}

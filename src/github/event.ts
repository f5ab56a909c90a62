import { readFileSync } from 'node:fs';
import * as z from 'zod';

/**
 * What the gate reads of the payload behind GITHUB_EVENT_PATH.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
const repository = z.object({
  id: z.number(),
  full_name: z.string().optional(),
  /** Some payloads of `push` give it a name and an address alone. */
  owner: z.object({ login: z.string().optional() }).optional(),
});
const pullRequest = z.object({
  number: z.number(),
  head: z.object({ sha: z.string(), ref: z.string().optional(), repo: repository.nullish() }),
  base: z.object({ sha: z.string(), ref: z.string(), repo: repository }),
});
const eventSchema = z.object({
  repository: repository.optional(),
  pull_request: pullRequest.optional(),
  workflow_run: z
    .object({
      id: z.number(),
      head_sha: z.string(),
      head_branch: z.string().nullish(),
      head_repository: repository.nullish(),
      event: z.string(),
      actor: z.object({ login: z.string() }).nullish(),
    })
    .optional(),
  /** Present in `issue_comment` events. */
  issue: z.object({ number: z.number(), pull_request: z.unknown().optional() }).optional(),
});
export type Event = z.output<typeof eventSchema>;
export type PullRequestEvent = z.output<typeof pullRequest>;

/** Where and why this run happens, read off the variables that a runner sets. */
export interface RunContext {
  eventName: string;
  event: Event;
  owner: string;
  repo: string;
  /**
   * The commit that the verdict belongs to: a pull request's head, not GitHub's trial merge of it; the commit of the run
   * that a `workflow_run` follows, not that of the default branch.
   */
  headSha: string;
  runId: number;
  /** The page of this run. */
  runUrl: string;
  /** The checkout. */
  workspace: string;
  pullRequest?: PullRequestEvent;
}

/** @param env the runner's variables: https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
export function readContext(env: NodeJS.ProcessEnv): RunContext {
  const [owner = '', repo = ''] = required(env, 'GITHUB_REPOSITORY').split('/');
  const runId = Number(required(env, 'GITHUB_RUN_ID'));
  const event = readEvent(env['GITHUB_EVENT_PATH']);
  const server = env['GITHUB_SERVER_URL'] || 'https://github.com';
  return {
    eventName: env['GITHUB_EVENT_NAME'] ?? '',
    event,
    owner,
    repo,
    headSha: event.pull_request?.head.sha ?? event.workflow_run?.head_sha ?? required(env, 'GITHUB_SHA'),
    runId,
    runUrl: `${server}/${owner}/${repo}/actions/runs/${runId}`,
    workspace: env['GITHUB_WORKSPACE'] || process.cwd(),
    ...(event.pull_request && { pullRequest: event.pull_request }),
  };
}

function readEvent(path: string | undefined): Event {
  return path ? eventSchema.parse(JSON.parse(readFileSync(path, 'utf8'))) : {};
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set; outside of GitHub Actions use the command line: quant-gate run`);
  return value;
}

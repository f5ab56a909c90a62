import type { GitHub, Repository } from './client.ts';
import { commentLimit, shorten } from './markdown-limits.ts';

export interface CommentRequest extends Repository {
  /** Number of the pull request. */
  number: number;
  /** First line of `markdown`; tells gates of one repository apart. */
  marker: string;
  markdown: string;
  /** Last paragraph of a comment that had to be shortened. */
  shortened: string;
  /** Whether a first comment is written; one that is there is always brought up to date, so that none turns stale. */
  create: boolean;
}

export type CommentResult = { action: 'created' | 'updated'; url: string } | { action: 'none' };

/**
 * Writes the pull request's one comment, or edits it in place: a new comment for every push would mail everybody.
 * It is found by its first line *and* by its author, as anybody can write the line.
 */
export async function upsertComment(github: GitHub, request: CommentRequest): Promise<CommentResult> {
  const { owner, repo, number } = request;
  const body = shorten(request.markdown, commentLimit, request.shortened);
  const existing = await findComment(github, request);
  if (existing !== undefined) {
    const { data } = await github.rest.issues.updateComment({ owner, repo, comment_id: existing, body });
    return { action: 'updated', url: data.html_url };
  }
  if (!request.create) return { action: 'none' };
  const { data } = await github.rest.issues.createComment({ owner, repo, issue_number: number, body });
  return { action: 'created', url: data.html_url };
}

async function findComment(
  github: GitHub,
  { owner, repo, number, marker }: CommentRequest,
): Promise<number | undefined> {
  const login = await ownLogin(github);
  const pages = github.paginate.iterator(github.rest.issues.listComments, {
    owner,
    repo,
    issue_number: number,
    per_page: 100,
  });
  for await (const { data } of pages) {
    const own = data.find((comment) => comment.user?.login === login && comment.body?.split(/\r?\n/, 1)[0] === marker);
    if (own) return own.id;
  }
  return undefined;
}

/**
 * Who the token writes as. GraphQL's `viewer` answers for every kind of token; `/user` is refused to the tokens of
 * apps, of which the workflow's own is one. A login with `[bot]` cannot be registered by a user.
 */
async function ownLogin(github: GitHub): Promise<string> {
  const sources = [
    async () => (await github.graphql<{ viewer: { login: string } }>('query { viewer { login } }')).viewer.login,
    async () => (await github.rest.users.getAuthenticated()).data.login,
  ];
  for (const source of sources) {
    const login = await source().catch(() => undefined);
    if (login) return login;
  }
  return 'github-actions[bot]';
}

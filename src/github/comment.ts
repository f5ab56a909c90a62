import { createOnce, type GitHub, isForbidden, isNotFound, once, type Repository, unlessGone } from './client.ts';
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
 * It is found by its first line *and* by its author, as anybody can write the line. Where two runs at once made two, the
 * later ones are deleted.
 */
export async function upsertComment(github: GitHub, request: CommentRequest): Promise<CommentResult> {
  const { owner, repo, number } = request;
  const body = shorten(request.markdown, commentLimit, request.shortened);
  let url: string | undefined;
  for (const { id: comment_id } of await findComments(github, request)) {
    // Somebody may have deleted it meanwhile.
    if (url !== undefined) await unlessGone(github.rest.issues.deleteComment({ owner, repo, comment_id }));
    else url = (await unlessGone(github.rest.issues.updateComment({ owner, repo, comment_id, body })))?.data.html_url;
  }
  if (url !== undefined) return { action: 'updated', url };
  if (!request.create) return { action: 'none' };
  const created = await createOnce(
    async () => (await github.rest.issues.createComment({ owner, repo, issue_number: number, body, ...once })).data,
    async () => (await findComments(github, request))[0],
  );
  return { action: 'created', url: created.html_url };
}

/** Our comments for this gate, the oldest first; one, but for a race. */
async function findComments(
  github: GitHub,
  { owner, repo, number, marker }: CommentRequest,
): Promise<{ id: number; html_url: string }[]> {
  const login = await ownLogin(github);
  const all = await github.paginate(github.rest.issues.listComments, {
    owner,
    repo,
    issue_number: number,
    per_page: 100,
  });
  return all.filter(({ user, body }) => user?.login === login && body?.split(/\r?\n/, 1)[0] === marker);
}

/**
 * Who the token writes as. GraphQL's `viewer` answers for every kind of token; `/user` is refused to the tokens of
 * apps, of which the workflow's own is one. A login with `[bot]` cannot be registered by a user. Any other failure is
 * no answer: with a wrong name the comment would be written a second time.
 */
async function ownLogin(github: GitHub): Promise<string> {
  try {
    return (await github.graphql<{ viewer: { login: string } }>('query { viewer { login } }')).viewer.login;
  } catch (error) {
    // Some servers have the REST API alone.
    if (!isForbidden(error) && !isNotFound(error)) throw error;
  }
  try {
    return (await github.rest.users.getAuthenticated()).data.login;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return 'github-actions[bot]';
  }
}

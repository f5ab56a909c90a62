import { createEmulator, type Emulator } from 'emulate';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect, publish } from '../../src/github/client.ts';
import { type CommentRequest, upsertComment } from '../../src/github/comment.ts';
import { marker } from '../../src/report/markdown.ts';
import { type Failure, type FakeGitHub, startFakeGitHub } from './fake-github.ts';

const mine = marker('Quant Gate');
const text = (markdown: string, first = mine) => `${first}\n\n${markdown}`;
const request: CommentRequest = {
  owner: 'octo',
  repo: 'models',
  number: 7,
  marker: mine,
  markdown: text('## passed'),
  shortened: 'The rest is in the artifact.',
  create: true,
};

describe('a pull request’s comment', () => {
  let github: FakeGitHub;
  beforeEach(async () => {
    github = await startFakeGitHub();
  });
  afterEach(async () => {
    await github.close();
    expect(github.violations).toEqual([]);
  });
  const upsert = (change: Partial<CommentRequest> = {}) =>
    upsertComment(connect('t', github.url), { ...request, ...change });
  const other = (count: number, body: string, login: string) => {
    for (let i = 0; i < count; i++) {
      github.comments.push({ id: i + 1, issue: 7, login, body, edits: 0 });
    }
  };

  it('is created once and then edited in place', async () => {
    expect((await upsert()).action).toBe('created');
    expect((await upsert({ markdown: text('## failed') })).action).toBe('updated');
    expect(github.comments).toHaveLength(1);
    expect(github.comments[0]).toMatchObject({ body: text('## failed'), edits: 1 });
  });

  it('is found behind a hundred others', async () => {
    other(130, 'nice model', 'alice');
    await upsert();
    expect((await upsert({ markdown: text('again') })).action).toBe('updated');
    expect(github.comments).toHaveLength(131);
    expect(github.log.filter((line) => line.startsWith('GET')).length).toBeGreaterThanOrEqual(4);
  });

  it('is not taken from another author who copies its marker', async () => {
    other(1, text('all fine'), 'mallory');
    expect((await upsert()).action).toBe('created');
    expect(github.comments[0]!.body).toContain('all fine');
  });

  it('is not mistaken for a reply of ours that quotes it', async () => {
    other(1, `> ${mine}\n\nsee above`, 'github-actions[bot]');
    expect((await upsert()).action).toBe('created');
  });

  it('is one for each name', async () => {
    const [vision, language] = [marker('Vision'), marker('Vision 2')];
    await upsert({ marker: vision, markdown: text('1', vision) });
    await upsert({ marker: language, markdown: text('2', language) });
    await upsert({ marker: vision, markdown: text('3', vision) });
    expect(github.comments.map(({ body }) => body)).toEqual([text('3', vision), text('2', language)]);
  });

  it('is brought up to date but not created where only failures are wanted', async () => {
    expect(await upsert({ create: false })).toEqual({ action: 'none' });
    await upsert({ markdown: text('## failed') });
    expect((await upsert({ create: false })).action).toBe('updated');
  });

  it('is written by another app or a user’s token too', async () => {
    for (const login of ['gatekeeper[bot]', 'maintainer']) {
      github.login = login;
      expect((await upsert()).action).toBe('created');
      expect((await upsert()).action).toBe('updated');
    }
    expect(github.comments.map(({ login }) => login)).toEqual(['gatekeeper[bot]', 'maintainer']);
  });

  it('fits into GitHub’s limit and says where the rest is', async () => {
    const rows = Array.from({ length: 2_000 }, (_, row) => `| layer ${row} | kept in FP32 because it is sensitive |`);
    await upsert({ markdown: text(`<details>\n<summary>Layers</summary>\n\n${rows.join('\n')}\n\n</details>`) });
    const { body } = github.comments[0]!;
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body.length).toBeGreaterThan(60_000);
    expect(body.trimEnd().endsWith('</details>\n\nThe rest is in the artifact.')).toBe(true);
  });

  it.each<[string, Failure]>([
    ['before it has made it', { status: 502 }],
    ['after it has made it', { status: 502, done: true }],
  ])('is there once when GitHub stumbles %s', async (_, failure) => {
    github.failures = { 'issues/create-comment': [failure] };
    expect((await upsert()).action).toBe('created');
    expect(github.comments).toHaveLength(1);
  });

  it('is made anew where somebody deleted it meanwhile', async () => {
    await upsert();
    github.failures = { 'issues/update-comment': [404] };
    expect((await upsert()).action).toBe('created');
    github.comments.shift();
    github.failures = { 'issues/update-comment': [404] };
    expect((await upsert({ create: false })).action).toBe('none');
  });

  it('is one again after two runs at once made two', async () => {
    other(1, text('first'), 'github-actions[bot]');
    github.comments.push({ ...github.comments[0]!, id: 2, body: text('second') });
    other(1, 'nice model', 'alice');
    expect((await upsert()).action).toBe('updated');
    expect(github.comments.map(({ body }) => body)).toEqual([text('## passed'), 'nice model']);
  });

  it('waits where GitHub says for how long', async () => {
    const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
    const reset = String(Math.floor(Date.now() / 1000));
    github.failures = {
      'issues/create-comment': [
        { status: 403, message, headers: { 'retry-after': '1' } },
        { status: 429, message, headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset } },
      ],
    };
    expect((await upsert()).action).toBe('created');
    expect(github.comments).toHaveLength(1);
  });

  it('says what GitHub says where it refuses for another reason than a permission', async () => {
    const hour = String(Math.floor(Date.now() / 1000) + 3600);
    for (const failure of [
      { status: 403, message: 'Unable to create comment because issue is locked.' },
      { status: 403, message: 'API rate limit exceeded', headers: { 'retry-after': '3600' } },
      { status: 403, message: 'Exceeded', headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': hour } },
    ]) {
      github.failures = { 'issues/create-comment': [failure] };
      const done = await publish('The comment', 'pull-requests: write', upsert);
      expect(done).toMatchObject({ published: false, notice: expect.stringContaining(failure.message) });
      expect(JSON.stringify(done)).not.toContain('permissions:');
    }
  });

  it('is not written by guess where nobody says who the token writes as', async () => {
    github.login = 'gatekeeper[bot]';
    await upsert();
    github.failures = { graphql: [{ status: 403, message: 'Sorry. Your account was suspended.' }] };
    expect(await publish('The comment', '', upsert)).toMatchObject({ published: false });
    expect(github.comments).toHaveLength(1);
  });

  it('names the missing permission where the token may only read', async () => {
    github.permissions.clear();
    const done = await publish('The comment', 'pull-requests: write', upsert);
    expect(done).toMatchObject({ published: false });
    expect(JSON.stringify(done)).toContain('Add `pull-requests: write` to the job');
    expect(github.log.filter((line) => line.startsWith('POST /repos'))).toHaveLength(1);
  });
});

/** A second server, which nobody here wrote. */
describe('against an independent GitHub', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await createEmulator({
      service: 'github',
      port: 0,
      seed: {
        tokens: { gate: { login: 'octo', scopes: ['repo'] } },
        github: {
          users: [{ login: 'octo' }],
          repos: [{ owner: 'octo', name: 'models', auto_init: true }],
        },
      },
    });
  });
  afterAll(() => emulator.close());

  it('creates the comment, then edits it', async () => {
    const github = connect('gate', emulator.url);
    const { data: issue } = await github.rest.issues.create({ owner: 'octo', repo: 'models', title: 'A model' });
    const own = { ...request, number: issue.number };
    expect((await upsertComment(github, own)).action).toBe('created');
    expect((await upsertComment(github, { ...own, markdown: text('## failed') })).action).toBe('updated');
    const { data } = await github.rest.issues.listComments({
      owner: 'octo',
      repo: 'models',
      issue_number: issue.number,
    });
    expect(data.map(({ body }) => body)).toEqual([text('## failed')]);
  });
});

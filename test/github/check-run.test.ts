import { afterEach, beforeEach, expect, it } from 'vitest';
import { completeCheckRun, openCheckRun } from '../../src/github/check-run.ts';
import { connect } from '../../src/github/client.ts';
import { type Failure, type FakeGitHub, startFakeGitHub } from './fake-github.ts';

let github: FakeGitHub;
beforeEach(async () => {
  github = await startFakeGitHub();
});
afterEach(async () => {
  await github.close();
  expect(github.violations).toEqual([]);
});

it.each<[string, Failure]>([
  ['before it has made it', { status: 502 }],
  ['after it has made it', { status: 502, done: true }],
])('a check run is there once when GitHub stumbles %s', async (_, failure) => {
  const request = { owner: 'o', repo: 'r', name: 'Gate', headSha: 'a'.repeat(40) };
  const client = connect('t', github.url);
  await openCheckRun(client, { ...request, detailsUrl: 'https://github.com/o/r/actions/runs/1' });
  github.failures = { 'checks/create': [failure] };
  const id = await openCheckRun(client, { ...request, detailsUrl: 'https://github.com/o/r/actions/runs/2' });
  expect(github.checks).toHaveLength(2);
  expect(github.checks[1]).toMatchObject({ id, detailsUrl: 'https://github.com/o/r/actions/runs/2' });
});

it('a long report is shortened to what GitHub takes in a check: bytes, whatever its reference says', async () => {
  const client = connect('t', github.url);
  const place = { owner: 'o', repo: 'r' };
  const id = await openCheckRun(client, { ...place, name: 'Gate', headSha: 'a'.repeat(40), detailsUrl: 'https://g/1' });
  const markdown = '| ✅ level 2 | ≤ 0.30 |\n'.repeat(2_600);
  const title = `${'a'.repeat(249)}😀 and more`;
  await completeCheckRun(client, place, id, {
    conclusion: 'success',
    title,
    markdown,
    shortened: 'The rest is there.',
  });
  const [check] = github.checks;
  expect(check!.conclusion).toBe('success');
  expect(check!.summary).toMatch(/level 2[\s\S]*The rest is there\.\n$/);
  expect(check!.title).not.toMatch(/\p{Cs}/u);
});

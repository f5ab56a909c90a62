import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { readContext } from '../../src/github/event.ts';

const folder = mkdtempSync(join(tmpdir(), 'quant-gate-event-'));
afterAll(() => rmSync(folder, { recursive: true }));
const read = (event: object) => {
  const GITHUB_EVENT_PATH = join(folder, 'event.json');
  writeFileSync(GITHUB_EVENT_PATH, JSON.stringify(event));
  return readContext({ GITHUB_EVENT_PATH, GITHUB_REPOSITORY: 'o/r', GITHUB_RUN_ID: '1', GITHUB_SHA: 'f'.repeat(40) });
};

it('the verdict belongs to the head of the pull request, or of the run that a workflow_run follows', () => {
  const head = 'a'.repeat(40);
  const base = { sha: 'b'.repeat(40), ref: 'main', repo: { id: 1 } };
  expect(read({}).headSha).toBe('f'.repeat(40));
  expect(read({ pull_request: { number: 7, head: { sha: head, repo: null }, base } }).headSha).toBe(head);
  expect(read({ workflow_run: { id: 5, head_sha: head, event: 'push' } }).headSha).toBe(head);
});

it('reads a push whose owner has no login', () => {
  const repository = { id: 1, owner: { name: 'o', email: 'o@example.com' } };
  expect(read({ repository })).toMatchObject({ owner: 'o', event: { repository: { id: 1 } } });
});

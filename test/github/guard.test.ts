import { describe, expect, it } from 'vitest';
import type { Event, RunContext } from '../../src/github/event.ts';
import { judgeTrust, refuseUnsafe } from '../../src/github/guard.ts';

const own = { id: 1, full_name: 'o/r' };
const fork = { id: 2, full_name: 'stranger/r' };

function context(eventName: string, event: Event): RunContext {
  return {
    eventName,
    event: { repository: own, ...event },
    owner: 'o',
    repo: 'r',
    headSha: 'a'.repeat(40),
    runId: 1,
    runUrl: 'https://github.com/o/r/actions/runs/1',
    workspace: '/',
  };
}
const pull = (head: { id: number; full_name: string } | null): Event => ({
  pull_request: {
    number: 7,
    head: { sha: 'a'.repeat(40), repo: head },
    base: { sha: 'b'.repeat(40), ref: 'main', repo: own },
  },
});
const workflowRun = (head: { id: number; full_name: string } | null): Event => ({
  workflow_run: { id: 3, head_sha: 'a'.repeat(40), head_repository: head, event: 'pull_request' },
});

describe('guard', () => {
  it.each([
    ['push', context('push', {})],
    ['schedule', context('schedule', {})],
    ['merge_group', context('merge_group', {})],
    ['own pull request', context('pull_request', pull(own))],
    ['own pull request after the repository was renamed', context('pull_request', pull({ id: 1, full_name: 'o/old' }))],
    ['own pull_request_target', context('pull_request_target', pull(own))],
    ['run of the own repository', context('workflow_run', workflowRun(own))],
  ])('trusts: %s', (_, given) => {
    const trust = judgeTrust(given);
    expect(trust).toEqual({ trusted: true });
    expect(() => refuseUnsafe(given, trust)).not.toThrow();
  });

  it.each([
    ['fork', pull(fork)],
    ['fork under the name of the base', pull({ id: 2, full_name: 'o/r' })],
    ['deleted fork', pull(null)],
  ])('runs a %s without trust under pull_request, and refuses under pull_request_target', (_, event) => {
    const safe = context('pull_request', event);
    expect(judgeTrust(safe).trusted).toBe(false);
    expect(() => refuseUnsafe(safe, judgeTrust(safe))).not.toThrow();
    const unsafe = context('pull_request_target', event);
    expect(() => refuseUnsafe(unsafe, judgeTrust(unsafe))).toThrow(/pull_request_target.*Use `on: pull_request`/);
  });

  it.each([
    ['fork', fork],
    ['deleted fork', null],
  ])('refuses a workflow_run after the run of a %s', (_, head) => {
    const given = context('workflow_run', workflowRun(head));
    expect(() => refuseUnsafe(given, judgeTrust(given))).toThrow(/workflow_run/);
  });

  it('refuses a comment’s event, which does not say whose files are there', () => {
    const given = context('issue_comment', { issue: { number: 7, pull_request: {} } });
    expect(() => refuseUnsafe(given, judgeTrust(given))).toThrow(/issue_comment/);
  });
});

import { getState, saveState } from '@actions/core';
import { completeCheckRun } from '../github/check-run.ts';
import { connect, publish } from '../github/client.ts';
import { readContext } from '../github/event.ts';
import { readSettings } from './inputs.ts';
import { notify } from './log.ts';

/*
 * A process that is killed (out of memory, a time limit) cannot finish its check run, and a required check in progress
 * blocks the merge without saying why. The runner starts `post` all the same, with the state that `main` saved.
 */

export function rememberCheck(id: number): void {
  saveState('check', String(id));
}

export function rememberCheckClosed(): void {
  saveState('check-closed', 'true');
}

/** Fails the check run that `main` opened and did not complete. */
export async function closeAbandonedCheck(): Promise<void> {
  const check = getState('check');
  if (!check || getState('check-closed') === 'true') return;
  const context = readContext(process.env);
  const { token } = readSettings();
  const done = await publish('The check run', 'checks: write', () =>
    completeCheckRun(connect(token), context, Number(check), {
      conclusion: 'failure',
      title: 'No verdict: the gate was killed',
      markdown:
        'The process ended before it came to a verdict: out of memory, out of time, or the runner was stopped. ' +
        'The log of the run shows how far it got.',
      shortened: '',
    }),
  );
  if (!done.published) notify(done.notice);
}

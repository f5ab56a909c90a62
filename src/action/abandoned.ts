import { getState, saveState } from '@actions/core';
import { type CheckRunResult, completeCheckRun } from '../github/check-run.ts';
import { connect, publish } from '../github/client.ts';
import { readContext } from '../github/event.ts';
import { settingsForMistake } from './inputs.ts';
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

/** What the check is going to say: a server that stumbles then is no reason to say anything else later. */
export function rememberVerdict({ conclusion, title }: Pick<CheckRunResult, 'conclusion' | 'title'>): void {
  saveState('verdict', JSON.stringify({ conclusion, title }));
}

/** Completes the check run that `main` opened and did not complete: with its verdict, or as failed where it has none. */
export async function closeAbandonedCheck(): Promise<void> {
  const check = getState('check');
  if (!check || getState('check-closed') === 'true') return;
  const context = readContext(process.env);
  const { token } = settingsForMistake();
  const done = await publish('The check run', 'checks: write', () =>
    completeCheckRun(connect(token), context, Number(check), { ...rememberedVerdict(), shortened: '' }),
  );
  if (!done.published) notify(done.notice);
}

function rememberedVerdict(): Omit<CheckRunResult, 'shortened'> {
  const verdict = getState('verdict');
  if (verdict) {
    const markdown = 'The report could not be put here when the gate ended. It is in the job summary of the run.';
    return { ...(JSON.parse(verdict) as Pick<CheckRunResult, 'conclusion' | 'title'>), markdown };
  }
  return {
    conclusion: 'failure',
    title: 'No verdict: the gate was killed',
    markdown:
      'The process ended before it came to a verdict: out of memory, out of time, or the runner was stopped. ' +
      'The log of the run shows how far it got.',
  };
}

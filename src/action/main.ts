import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as core from '@actions/core';
import { closeAbandonedCheck, hasMainRun } from './abandoned.ts';
import { runAction } from './run.ts';

/**
 * The action's entry, for both of its turns: `main`, and `post`, which the runner starts whatever became of `main`.
 * The exit code is the command line's: 0 passed, 1 failed, 2 the user's mistake, 70 ours.
 */
const exitCode = hasMainRun()
  ? await closeAbandonedCheck()
  : await runAction(await mkdtemp(join(process.env['RUNNER_TEMP'] || tmpdir(), 'quant-gate-')));
core.debug(`exit code ${exitCode}`);
process.exitCode = exitCode;

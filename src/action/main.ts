import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAction } from './run.ts';

/** `runs.main` of action.yml. The exit code is the command line's: 0 passed, 1 failed, 2 the user's mistake, 70 ours. */
const outDir = await mkdtemp(join(process.env['RUNNER_TEMP'] || tmpdir(), 'quant-gate-'));
process.exitCode = await runAction(outDir);

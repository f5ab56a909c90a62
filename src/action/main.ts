import { orFail } from './fail.ts';
import { runAction } from './run.ts';
import { temporaryFolder } from './temporary.ts';

/** `runs.main` of action.yml. The exit code is the command line's: 0 passed, 1 failed, 2 the user's mistake, 70 ours. */
process.exitCode = await orFail(async () => runAction(await temporaryFolder()));

import { closeAbandonedCheck } from './abandoned.ts';

/** `runs.post` of action.yml, which the runner starts whatever became of `runs.main`. */
await closeAbandonedCheck();

import { serveJobs } from '../runtime/serve.ts';

/** Every job that a child process can run; see src/runtime/job.ts. */
await serveJobs({
  load: async () => (await import('../runtime/session-jobs.ts')).loadJob,
  run: async () => (await import('../runtime/session-jobs.ts')).runJob,
});

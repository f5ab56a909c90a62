import { serveJobs } from '../../src/runtime/serve.ts';
import * as jobs from './jobs.ts';

await serveJobs({
  echo: async () => jobs.echoJob,
  environment: async () => jobs.environmentJob,
  throw: async () => jobs.throwJob,
  progress: async () => jobs.progressJob,
  abort: async () => jobs.abortJob,
  signal: async () => jobs.signalJob,
  exit: async () => jobs.exitJob,
  hang: async () => jobs.hangJob,
  print: async () => jobs.printJob,
  grow: async () => jobs.growJob,
});

import { serveJobs } from '../runtime/serve.ts';

/** Every job that a child process can run; see src/runtime/job.ts. */
await serveJobs({
  load: async () => (await import('../runtime/session-jobs.ts')).loadJob,
  'prepare-latency': async () => (await import('../measure/latency-job.ts')).prepareLatencyJob,
  'latency-block': async () => (await import('../measure/latency-job.ts')).blockJob,
  memory: async () => (await import('../measure/memory-job.ts')).memoryJob,
  run: async () => (await import('../runtime/session-jobs.ts')).runJob,
  profile: async () => (await import('../runtime/profile-job.ts')).profileJob,
  race: async () => (await import('../runtime/race-job.ts')).raceJob,
  'channel-means': async () => (await import('../quantize/recover/channel-means-job.ts')).meansJob,
  calibrate: async () => (await import('../calibrate/job.ts')).calibrateJob,
  describe: async () => (await import('../quantize/static/describe-job.ts')).describeJob,
  fidelity: async () => (await import('../quantize/static/fidelity-job.ts')).fidelityJob,
  signals: async () => (await import('../quantize/static/signals-job.ts')).signalsJob,
  train: async () => (await import('../train/job.ts')).trainJob,
  'train-shapes': async () => (await import('../train/shapes-job.ts')).shapesJob,
  'run-store': async () => (await import('../runtime/run-store.ts')).runStoreJob,
});

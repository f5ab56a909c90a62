import { locateRuntime } from '../../src/runtime/locate.ts';
import { WorkerProcess } from '../../src/runtime/worker-process.ts';
import { hangJob, jobsEntry } from './jobs.ts';

/** A parent that says its child's process id and is then killed by the test while the child is busy. */
const worker = await WorkerProcess.start({ runtime: await locateRuntime(), label: 'orphan', entry: jobsEntry });
worker.call(hangJob, undefined).catch(() => {});
process.stdout.write(`${worker.pid}\n`);

/** A thread that simulates gates on latency; see verdicts.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { type Recording, simulate } from './verdicts-latency.ts';

export interface GatesTask {
  recordings: readonly Recording[];
  gates: number;
  slowdown: number;
}

const { recordings, gates, slowdown } = workerData as GatesTask;
parentPort!.postMessage(simulate(recordings, gates, slowdown));

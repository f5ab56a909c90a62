import { openSync, readSync } from 'node:fs';

const line = Buffer.alloc(96);

let clock: (() => number) | undefined;

/**
 * A clock of the milliseconds that this thread was ready to run while its CPU was given to another: the second number of
 * /proc/thread-self/schedstat (Linux, Documentation/scheduler/sched-stats.rst). Of a time that was measured here, that
 * part is the doing of whatever else runs on the machine.
 *
 * @returns the clock of this thread, always the same; it stands still where the system does not tell, and reading it takes some
 * microseconds
 */
export function cpuWaitClock(): () => number {
  clock ??= openClock();
  return clock;
}

function openClock(): () => number {
  let file: number;
  try {
    file = openSync('/proc/thread-self/schedstat', 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return () => 0;
  }
  return () => Number(line.toString('latin1', 0, readSync(file, line, 0, line.length, 0)).split(' ')[1]) / 1e6;
}

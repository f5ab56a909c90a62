import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../errors.ts';
import { isRunning } from '../files.ts';

/**
 * Takes an output folder for this process: two runs at once would remove each other's intermediate files. What a killed
 * run left is in nobody's way.
 *
 * @returns gives the folder back
 * @throws UserError where another run has it
 */
export async function takeFolder(outDir: string): Promise<() => void> {
  const path = join(outDir, '.lock');
  const own = `${process.pid} ${startOf(process.pid)}\n`;
  // The other run may be writing its lock, or giving it back.
  for (let tries = 5; ; tries--) {
    try {
      writeFileSync(path, own, { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries === 0) throw error;
    }
    const [, pid, start] = /^(\d+) (.*)\n$/.exec(readLock(path)) ?? [];
    if (pid === undefined && tries > 1) await delay(50);
    else if (pid !== undefined && isRunning(Number(pid)) && startOf(Number(pid)) === start) {
      throw new UserError(
        `another run (process ${pid}) is writing to the output folder ${outDir}; wait for it, or name another with --out`,
      );
    } else rmSync(path, { force: true });
  }
}

function readLock(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** When a process started, where the system tells: its number may be another's by now, above all in a container. */
function startOf(pid: number): string {
  try {
    // The name before it, in brackets, may hold anything. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19]!;
  } catch {
    return '';
  }
}

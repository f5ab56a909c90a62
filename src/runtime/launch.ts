import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * What a child is started through, as a list of words before its own command. On Linux, where util-linux is there:
 * `setpriv --pdeathsig` has the kernel kill the child when we die, which it would not notice inside a native call;
 * `taskset` binds it to CPUs. Both become the child by exec, so its process id and its channel are the child's own.
 */
export function launchPrefix(cpus: readonly number[] | undefined): string[] {
  if (process.platform !== 'linux') return [];
  const setpriv = findProgram('setpriv');
  const taskset = cpus && findProgram('taskset');
  return [
    ...(setpriv && setprivKnowsDeathSignal(setpriv) ? [setpriv, '--pdeathsig', 'KILL'] : []),
    ...(taskset ? [taskset, '-c', cpus.join(',')] : []),
  ];
}

/** Absolute path of a program on PATH. */
export function findProgram(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/** BusyBox has a setpriv without it, and a sandbox may refuse it. */
let deathSignal: boolean | undefined;
function setprivKnowsDeathSignal(setpriv: string): boolean {
  deathSignal ??= spawnSync(setpriv, ['--pdeathsig', 'KILL', 'true']).status === 0;
  return deathSignal;
}

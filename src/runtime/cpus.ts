import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram } from './launch.ts';

/** How long the load of each CPU is watched before one is chosen. */
const watchMs = 60;

/**
 * The CPUs to which processes that are compared should both be bound, so that they run at the same speed: a virtual
 * machine's CPUs differ by half when a neighbour uses the other thread of a core. Distinct cores, the fastest kind, the
 * idlest.
 *
 * @returns undefined where every CPU is needed, or the platform cannot bind (no Linux, no `taskset`)
 */
export async function chooseCpus(threads: number): Promise<number[] | undefined> {
  if (process.platform !== 'linux' || threads < 1 || !findProgram('taskset')) return undefined;
  const allowed = parseCpuList(
    /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '',
  );
  if (allowed.length <= threads) return undefined;
  const before = idleTicks();
  await delay(watchMs);
  const after = idleTicks();
  const cpus = allowed.map((cpu) => ({
    cpu,
    frequency: Number(cpuFile(cpu, 'cpufreq/cpuinfo_max_freq') ?? 0),
    idle: (after.get(cpu) ?? 0) - (before.get(cpu) ?? 0),
    core: cpuFile(cpu, 'topology/thread_siblings_list') ?? String(cpu),
  }));
  cpus.sort((a, b) => b.frequency - a.frequency || b.idle - a.idle || b.cpu - a.cpu);
  const first = cpus.filter(({ core }, index) => cpus.findIndex((other) => other.core === core) === index);
  const second = cpus.filter((each) => !first.includes(each));
  return [...first, ...second]
    .slice(0, threads)
    .map(({ cpu }) => cpu)
    .sort((a, b) => a - b);
}

/** `0-2,5` -> [0, 1, 2, 5] */
export function parseCpuList(text: string): number[] {
  return text
    .split(',')
    .filter(Boolean)
    .flatMap((part) => {
      const [from, to = from] = part.split('-').map(Number) as [number, number?];
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
}

/** Idle time of each CPU since boot, in ticks. See proc(5), /proc/stat. */
function idleTicks(): Map<number, number> {
  const lines = readFileSync('/proc/stat', 'utf8').matchAll(/^cpu(\d+) (.*)$/gm);
  return new Map([...lines].map(([, cpu, ticks]) => [Number(cpu), Number(ticks!.split(' ')[3])]));
}

function cpuFile(cpu: number, name: string): string | undefined {
  const path = `/sys/devices/system/cpu/cpu${cpu}/${name}`;
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

import { existsSync, readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import type { RuntimeLocation } from '../runtime/contract.ts';
import { parseCpuList } from '../runtime/cpus.ts';
import { type GpuState, gpuState } from './gpu.ts';

/** The machine, as report.json has it. */
export interface Machine {
  cpu: string;
  /** `x64: avx2 avx512f avx512_vnni`: the instruction sets that decide which integer kernels run. */
  isa: string;
  /** Physical cores that this process may use. */
  cores: number;
  memoryBytes: number;
  gpu?: string;
  os: string;
  node: string;
  onnxruntime: string;
}

export async function describeMachine(runtime: RuntimeLocation): Promise<Machine> {
  const gpu = await gpuState();
  return {
    cpu: cpuModel(),
    isa: instructionSets(),
    cores: physicalCores(),
    memoryBytes: totalmem(),
    ...(gpu && { gpu: gpu.name }),
    os: `${type()} ${release()} ${arch()}`,
    node: process.version,
    onnxruntime: runtime.version,
  };
}

/** What may disturb a timing, and changes from minute to minute. */
export interface Environment {
  /** Frequency governor of the first CPU; absent where the machine does not say, as in most virtual machines. */
  governor?: string;
  /** Load average over one minute. */
  load: number;
  /** Fraction of CPU time that the hypervisor gave to others, since the start of the measurement. */
  steal?: number;
  /** CPUs that the timed processes were bound to. */
  boundTo?: number[];
  /**
   * FP32's time on one thread over that on its usual number of threads. Below 1 more threads only cost: the hypervisor has put this
   * machine's CPUs where they hand work to each other slowly, which lasts for minutes and changes speed-ups.
   */
  oneThread?: number;
  gpu?: GpuState;
}

/** @param ticks `cpuTicks()` from the start of the measurement */
export async function describeEnvironment(
  ticks: CpuTicks,
  { boundTo, oneThread }: { boundTo?: readonly number[] | undefined; oneThread?: number | undefined },
): Promise<Environment> {
  const governor = read('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor');
  const steal = stealSince(ticks);
  const gpu = await gpuState();
  return {
    ...(governor && { governor }),
    load: loadavg()[0]!,
    ...(steal !== undefined && { steal }),
    ...(boundTo && { boundTo: [...boundTo] }),
    ...(oneThread !== undefined && { oneThread }),
    ...(gpu && { gpu }),
  };
}

/** What disturbed several measurements the most; undefined without any. */
export function worstOf(environments: readonly Environment[]): Environment | undefined {
  const [first] = environments;
  if (!first) return undefined;
  const steals = environments.flatMap(({ steal }) => steal ?? []);
  const gpus = environments.flatMap(({ gpu }) => gpu ?? []);
  const oneThread = environments.flatMap((each) => each.oneThread ?? []);
  const hottest = gpus.toSorted((a, b) => b.temperatureC - a.temperatureC)[0];
  return {
    ...first,
    load: Math.max(...environments.map(({ load }) => load)),
    ...(steals.length > 0 && { steal: Math.max(...steals) }),
    ...(oneThread.length > 0 && { oneThread: Math.min(...oneThread) }),
    ...(hottest && { gpu: hottest }),
  };
}

export interface CpuTicks {
  total: number;
  steal: number;
}

/** Time of all CPUs since boot, in ticks; zeros where the platform does not count. See proc(5), /proc/stat. */
export function cpuTicks(): CpuTicks {
  const line = /^cpu +(.*)$/m.exec(read('/proc/stat') ?? '')?.[1];
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, steal = 0] =
    line?.split(' ').map(Number) ?? [];
  return { total: user + nice + system + idle + wait + irq + soft + steal, steal };
}

/** The fraction of CPU time that was stolen since; undefined where nothing was counted. */
export function stealSince(before: CpuTicks): number | undefined {
  const now = cpuTicks();
  return now.total > before.total ? (now.steal - before.steal) / (now.total - before.total) : undefined;
}

/** Cores, not their threads, among the CPUs that this process may use: the default number of a session's threads. */
export function physicalCores(): number {
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(read('/proc/self/status') ?? '')?.[1];
  if (!allowed) return availableParallelism();
  const siblings = parseCpuList(allowed).map(
    (cpu) => read(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`) ?? String(cpu),
  );
  // A container may be given less CPU time than CPUs.
  return Math.max(1, Math.min(new Set(siblings).size, Math.ceil(cpuQuota())));
}

/** CPUs' worth of time that the control group allows; Infinity without a limit. See cgroups(7). */
function cpuQuota(): number {
  const [quota, period] = read('/sys/fs/cgroup/cpu.max')?.split(' ') ?? [
    read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us'),
    read('/sys/fs/cgroup/cpu/cpu.cfs_period_us'),
  ];
  const cores = Number(quota) / Number(period);
  return cores > 0 ? cores : Number.POSITIVE_INFINITY;
}

function cpuModel(): string {
  const model = cpus()[0]?.model.trim();
  return model || /^CPU part\s*:\s*(\S+)/m.exec(read('/proc/cpuinfo') ?? '')?.[0] || `unknown ${arch()}`;
}

const telling = ['avx2', 'avx512f', 'avx_vnni', 'avx512_vnni', 'amx_int8', 'asimddp', 'i8mm', 'sve'];

function instructionSets(): string {
  const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(read('/proc/cpuinfo') ?? '')?.[1]?.split(' ') ?? [];
  const found = telling.filter((flag) => flags.includes(flag));
  return [`${arch()}${found.length > 0 ? ':' : ''}`, ...found].join(' ');
}

function read(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}

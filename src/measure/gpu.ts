import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const mib = 2 ** 20;

/** State of one GPU, from nvidia-smi. */
export interface GpuState {
  name: string;
  memoryBytes: number;
  /** Memory in use by all processes. */
  usedBytes: number;
  /** Of the streaming multiprocessors. */
  clockMhz: number;
  temperatureC: number;
  /** Bit mask of why the clock is held down; see `nvidia-smi --help-query-gpu`. */
  throttle: string;
}

/** @returns the first GPU; undefined where there is no NVIDIA driver */
export async function gpuState(): Promise<GpuState | undefined> {
  const fields = 'name,memory.total,memory.used,clocks.sm,temperature.gpu,clocks_throttle_reasons.active';
  const first = (await nvidiaSmi([`--query-gpu=${fields}`]))?.[0];
  if (!first) return undefined;
  const [name = '', total, used, clock, temperature, throttle = ''] = first;
  return {
    name,
    memoryBytes: Number(total) * mib,
    usedBytes: Number(used) * mib,
    clockMhz: Number(clock),
    temperatureC: Number(temperature),
    throttle,
  };
}

/**
 * Device memory that a process holds now, in bytes; undefined where the driver does not list the process, as in a
 * container that has its own process ids.
 */
export async function deviceBytes(pid: number): Promise<number | undefined> {
  const rows = await nvidiaSmi(['--query-compute-apps=pid,used_memory']);
  const own = rows?.filter(([id]) => Number(id) === pid).map(([, used]) => Number(used) * mib);
  return own?.length && own.every(Number.isFinite) ? own.reduce((sum, bytes) => sum + bytes, 0) : undefined;
}

async function nvidiaSmi(query: readonly string[]): Promise<string[][] | undefined> {
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', [...query, '--format=csv,noheader,nounits'], {
      timeout: 10_000,
    });
    return parseCsv(stdout);
  } catch {
    // Not installed, or no device behind it: the machine has no NVIDIA GPU as far as anyone can use it.
    return undefined;
  }
}

function parseCsv(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.split(',').map((field) => field.trim()));
}

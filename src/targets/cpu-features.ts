import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Target } from './target.ts';

/** The CPU targets. */
export type CpuTargetName = Extract<Target['name'], `cpu-${string}`>;

/** What the processor says of itself. */
export interface ProcessorReport {
  /** `process.arch`. */
  arch: string;
  /** Text of /proc/cpuinfo, of `sysctl -a machdep.cpu`, or '' where neither exists. */
  text: string;
}

/** Asks this machine. Reads /proc/cpuinfo on Linux and runs sysctl on macOS; elsewhere only the architecture is known. */
export function readProcessor(): ProcessorReport {
  const arch = process.arch;
  if (process.platform === 'linux') return { arch, text: readFileSync('/proc/cpuinfo', 'utf8') };
  if (process.platform === 'darwin' && arch === 'x64') {
    return { arch, text: execFileSync('/usr/sbin/sysctl', ['machdep.cpu'], { encoding: 'utf8' }) };
  }
  return { arch, text: '' };
}

/**
 * The CPU target of a processor; undefined where it is neither x86-64 nor 64-bit Arm.
 *
 * Every processor must have VNNI: a machine with two kinds of cores runs a thread on either. Without a word from the processor
 * the answer is the one whose files are exact anywhere.
 */
export function cpuTargetName({ arch, text }: ProcessorReport): CpuTargetName | undefined {
  if (arch === 'arm64') return 'cpu-arm64';
  if (arch !== 'x64') return undefined;
  // Linux: a `flags` line a processor. macOS: machdep.cpu.features, .leaf7_features.
  const linux = [...text.matchAll(/^flags\s*:(.*)$/gm)].map((match) => words(match[1] as string));
  const apple = [...text.matchAll(/^machdep\.cpu\.(?:leaf7_)?features:(.*)$/gm)].map((match) => match[1]).join(' ');
  const processors = linux.length > 0 ? linux : [words(apple)];
  return processors.every((flags) => vnniFlags.some((flag) => flags.has(flag))) ? 'cpu-x64-vnni' : 'cpu-x64-avx2';
}

/** As Linux spells CPUID's AVX512_VNNI (7.0 ECX bit 11), AVX-VNNI (7.1 EAX bit 4) and AMX-INT8 (7.0 EDX bit 25). */
const vnniFlags = ['avx512_vnni', 'avx512vnni', 'avx_vnni', 'amx_int8'];

function words(text: string): Set<string> {
  return new Set(text.toLowerCase().split(/\s+/));
}

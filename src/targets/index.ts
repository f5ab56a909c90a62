import { UserError } from '../errors.ts';
import type { TargetName } from '../policy/schema.ts';
import { cpuArm64 } from './cpu-arm64.ts';
import { type CpuTargetName, cpuTargetName, type ProcessorReport, readProcessor } from './cpu-features.ts';
import { cpuX64Avx2 } from './cpu-x64-avx2.ts';
import { cpuX64Vnni } from './cpu-x64-vnni.ts';
import { cuda } from './cuda.ts';
import type { Executability, Target } from './target.ts';
import { tensorrt } from './tensorrt.ts';

export type { Executability, IntegerGrid, Target } from './target.ts';

/** Every target, by name. A new one is a new file and a line here. */
export const targets: Readonly<Record<Target['name'], Target>> = {
  'cpu-x64-avx2': cpuX64Avx2,
  'cpu-x64-vnni': cpuX64Vnni,
  'cpu-arm64': cpuArm64,
  cuda,
  tensorrt,
};

/**
 * The target of a policy's name; `cpu` is this machine's CPU.
 *
 * @throws UserError where this machine's CPU is none that we know
 */
export function resolveTarget(name: TargetName, processor: ProcessorReport = readProcessor()): Target {
  return targets[name === 'cpu' ? hostTargetName(processor) : name];
}

/** The CPU target of this machine. */
export function hostTargetName(processor: ProcessorReport = readProcessor()): CpuTargetName {
  const name = cpuTargetName(processor);
  if (!name) throw new UserError(`target cpu: "${processor.arch}" is neither x64 nor arm64; name a target instead`);
  return name;
}

/** Whether a file's results are right here only with `session.x64quantprecision`. */
export const needsExactSums = (executability: Executability): boolean =>
  executability.runs !== 'no' && executability.exactInt8;

/**
 * Whether a file for `target` gives, on the machine `host`, the results that it gives on the target.
 *
 * @param host the CPU target of the machine that runs the gate
 * @param gpu whether the machine has the target's GPU runtime
 */
export function executability(target: Target, host: CpuTargetName, gpu = false): Executability {
  if (target.name === host) return { runs: 'native', exactInt8: false };
  if (target.arithmetic === 'gpu') {
    return gpu
      ? { runs: 'native', exactInt8: false }
      : { runs: 'no', why: `this machine has no GPU for ${target.name}` };
  }
  if (target.arithmetic === 'x64-saturating') {
    // 7-bit and U8U8 files never reach the saturating sum, so every CPU agrees.
    return { runs: 'emulated', exactInt8: false, why: `the file is exact on every CPU; run on ${host}` };
  }
  if (host === 'cpu-x64-avx2') {
    return {
      runs: 'emulated',
      exactInt8: true,
      why: `run on ${host} with session.x64quantprecision=1, which sums as ${target.name} does`,
    };
  }
  return { runs: 'emulated', exactInt8: false, why: `${host} and ${target.name} both sum in 32 bits; run on ${host}` };
}

import type { KernelFamily } from '../ops/row.ts';
import type { TargetName } from '../policy/schema.ts';
import type { ProviderName } from '../runtime/contract.ts';

/** An 8-bit (or narrower) integer grid: the type that is stored and the levels that are used. */
export interface IntegerGrid {
  type: 'int8' | 'uint8' | 'int4';
  /** Least and greatest level in use, zero point not subtracted. */
  qmin: number;
  qmax: number;
  /** Zero point fixed at this level; undefined: chosen so that the range fits (asymmetric). */
  zeroPoint?: number;
}

/** Machine code families whose integer arithmetic differs. */
export type Arithmetic = 'x64-saturating' | 'x64-vnni' | 'arm64' | 'gpu';

/** What a file is quantized for: number formats and where Q/DQ pairs go. A record, one file each. */
export interface Target {
  readonly name: Exclude<TargetName, 'cpu'>;
  readonly description: string;
  readonly provider: ProviderName;
  /** The column of the operator table. */
  readonly kernels: KernelFamily;
  readonly arithmetic: Arithmetic;
  readonly activation: IntegerGrid;
  readonly weight: IntegerGrid;
  /**
   * A weight grid with more levels that is as exact but slower here, for layers that need the eighth bit. Absent where
   * `weight` has all 8 bits.
   */
  readonly wideWeight?: IntegerGrid;
  /**
   * The weight grid of depthwise convolutions (one input and one output channel a group), whose kernel sums in 32 bits on
   * every CPU. Absent where `weight` serves.
   */
  readonly depthwiseWeight?: IntegerGrid;
  /** The weight grid of integer operators that compute their activations' scale at run time (level 1). */
  readonly dynamicWeight: IntegerGrid;
  /** What becomes of its integer kernels on other CPUs of its architecture, where they do not compute the same there. */
  readonly elsewhere?: string;
  /** int32 biases with scale sx * sw; otherwise biases stay float. */
  readonly quantizeBias: boolean;
  /**
   * Where Q/DQ pairs go. 'groups': on inputs and outputs, so that whole groups fuse into integer kernels. 'inputs': on
   * the inputs of operators that gain, the compiler fuses the rest.
   */
  readonly placement: 'groups' | 'inputs';
  /** Operators with fewer channels than this are left float. */
  readonly minChannels: number;
  /** Concat needs equal scales at all inputs. */
  readonly equalConcat: boolean;
}

/** What the machine that runs the gate can do for a target. */
export type Executability =
  /** Its own arithmetic: accuracy and latency are measured. */
  | { runs: 'native'; exactInt8: boolean }
  /** Same results as the target through another code path: accuracy is measured, latency is not. */
  | { runs: 'emulated'; exactInt8: boolean; why: string }
  | { runs: 'no'; why: string };

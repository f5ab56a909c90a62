/** A point estimate with its confidence interval. */
export interface Estimate {
  estimate: number;
  low: number;
  high: number;
}

export interface NotMeasured {
  /** Why, as a phrase that follows "not measured: ". */
  notMeasured: string;
  /** It was tried and failed (a crash, a NaN): a check of it fails. Without this, the machine cannot measure it. */
  failed?: true;
}

export interface SizeMeasurement {
  /** Bytes on disk, external data included. */
  bytes: number;
  /** Over the FP32 bytes. */
  ratio: number;
}

export interface LatencyMeasurement {
  batch: number;
  p50Ms: number;
  p90Ms: number;
  p99Ms: number;
  /** The percentiles with their intervals: what an absolute limit is held against. */
  intervals?: { p50Ms: Estimate; p90Ms: Estimate; p99Ms: Estimate };
  /** Timed runs of this variant. */
  runs: number;
  /** FP32 time over this variant's time, from paired blocks, at the policy's percentile. */
  speedup: Estimate;
  /** Median time and speed-up by the shape of the inputs, where the data has several. */
  shapes?: { shape: string; p50Ms: number; runs: number; speedup: Estimate }[];
  /** Time to create the session. */
  loadMs?: number;
  /** Half-width of the speed-up's interval that an A/A pair gave on this machine, as a fraction. */
  noise?: number;
  /** Rounds of blocks that were discarded as disturbed. */
  discarded?: number;
  /** The fraction of the time in which another process had the CPU; it is left out of all times (Linux alone tells). */
  waited?: number;
}

/** A batch size at which there is no latency, and why. */
export interface LatencyFailure extends NotMeasured {
  batch: number;
}

/** FP32 takes longer on all threads than this times what it takes on one: threads only cost. */
export const threadsCost = 1.05;

export interface MemoryMeasurement {
  /** Peak resident bytes of a fresh process that loads and runs the variant, less the empty runtime's own. */
  peakBytes: number;
  ratio: number;
  /** Fresh processes of one file differ: what a limit is held against. */
  intervals?: { peakBytes: Estimate; ratio: Estimate };
  devicePeakBytes?: number;
}

export interface AccuracyMeasurement {
  metric: string;
  /** Which way is better. */
  direction: 'higher' | 'lower';
  value: number;
  /** The interval of `value` for other samples of the same kind. */
  interval?: { low: number; high: number };
  fp32: number;
  /** How much worse than FP32, in the metric's units; negative where it is better. Paired, sample by sample. */
  drop: Estimate;
  /** `drop` over the FP32 value; absent where that is 0. */
  relativeDrop?: Estimate;
  samples: number;
  /** 0/1 metrics: right before and wrong after, and the reverse; the lists hold the first 100 of each. */
  flips?: {
    lost: number;
    gained: number;
    lostSamples: string[];
    gainedSamples: string[];
    /** Exact McNemar test of equal chances of both. */
    pValue?: number;
  };
  /** Worst drop first; the intervals hold for all classes at once (Bonferroni). */
  perClass?: { name: string; samples: number; value: number; fp32: number; drop: Estimate }[];
  /** Label-free fidelity to FP32 where the metric is something else: sqnr in dB. */
  sqnrDb?: number;
  /** Says so where foreign arithmetic was emulated. */
  note?: string;
}

export interface Measurements {
  size?: SizeMeasurement;
  /** An entry a batch size; at one of them at least it was measured. */
  latency?: (LatencyMeasurement | LatencyFailure)[] | NotMeasured;
  memory?: MemoryMeasurement | NotMeasured;
  accuracy?: AccuracyMeasurement | NotMeasured;
}

/** Where the nodes of a variant ran, from the runtime's optimized graph and profile. */
export interface Placement {
  /** Nodes a provider ran: `{ cpu: 31 }`. */
  providers: Record<string, number>;
  /** Nodes of the source model that were quantized. */
  quantizedNodes: number;
  /** Of these, how many run in an integer kernel. */
  integerKernels: number;
  floatNodes: FloatNode[];
}

/** A node that runs in float. */
export interface FloatNode {
  node: string;
  op: string;
  why: string;
  /** It was quantized, and the runtime did not fuse it: the conversions around it are for nothing. */
  unfused?: true | undefined;
}

export type VerdictName = 'pass' | 'fail' | 'inconclusive';

/** One limit held against one measurement. */
export interface Check {
  /** `accuracy.max-drop`, `latency.min-speedup`, ... */
  name: string;
  operator: '<=' | '>=';
  limit: number;
  /** null where the measurement is missing: never a pass. */
  estimate: number | null;
  low: number | null;
  high: number | null;
  verdict: VerdictName;
  message: string;
  /** Further samples (or blocks) that would decide an inconclusive check. */
  samplesNeeded?: number;
  /** Latency: the fraction by which equal files differ on this machine; an estimate nearer to the limit says nothing. */
  noise?: number;
}

import type { FeedStore } from '../data/store.ts';
import type { ReferenceScore } from '../measure/accuracy/score.ts';
import type { LatencyMeasurement } from '../measure/contract.ts';
import type { LatencyResult } from '../measure/latency.ts';
import type { Environment } from '../measure/machine.ts';
import type { PeakMemory } from '../measure/memory.ts';
import type { LoadedPolicy } from '../policy/load.ts';
import type { Policy } from '../policy/schema.ts';
import type { SpeedFindings } from '../quantize/contract.ts';
import type { RuntimeLocation, SessionSpec } from '../runtime/contract.ts';
import { withExactSums } from '../runtime/exact-sums.ts';
import { needsExactSums } from '../targets/index.ts';
import type { TrainingStart } from '../train/contract.ts';
import type { BaseFile, CommittedExport } from './base.ts';
import type { StageClock } from './clock.ts';
import type { GateOptions } from './options.ts';
import type { PlannedModel, PlannedVariant } from './plan.ts';
import type { RefinedStatic } from './refine.ts';

/** What every stage of a run shares. */
export interface RunContext {
  options: GateOptions;
  /** Ends the stages that what failed has left open. */
  endStages: () => void;
  loaded: LoadedPolicy;
  runtime: RuntimeLocation;
  clock: StageClock;
  /** Intermediate files of the whole run. */
  workDir: string;
  /** Threads of every session. */
  threads: number;
  /** The policy of the pull request's base. */
  basePolicy?: Policy;
}

/** A model with its data decoded and FP32's answers known. */
export interface ModelContext extends RunContext {
  planned: PlannedModel;
  /** Intermediate files of this model. */
  modelDir: string;
  calibration: FeedStore;
  validation: FeedStore;
  training?: FeedStore;
  /** FP32 scored on the validation data. */
  reference: ReferenceScore;
  fp32: SessionSpec;
  fp32Memory: PeakMemory;
  /** The peak of a process that has the runtime loaded and no model. */
  emptyMemory: PeakMemory;
  /** What an A/A pair of FP32 gave, and what FP32 takes on one thread; measured with the first variant and used for all. */
  latencyMachine?: Pick<LatencyResult, 'noise' | 'serial'>;
  /** What timing found of integer kernels; variants of the same kernels take it over, that chance does not make them differ. */
  speed: Map<string, SpeedFindings>;
  /** Level 2's results from which Level 3 is to start, by `staticKey`. */
  starts: Map<string, TrainingStart>;
  /** Level 2 as its accuracy limit needs it, by `refinedKey`: where training misses the same limit, it is there already. */
  refined: Map<string, RefinedStatic>;
  /** What the pull request's base has, taken out of its repository for the first variant that is compared. */
  baseFile?: Promise<BaseFile | undefined>;
  baseExport?: Promise<CommittedExport>;
  /** What may have disturbed each measurement of latency. */
  environments: Environment[];
  /** At each batch size as it was first measured. */
  fp32Latency?: LatencyMeasurement[];
}

/** How progress and messages name a variant: `mobilenet level2-cpu-x64-vnni`. */
export function variantLabel({ planned }: Pick<ModelContext, 'planned'>, { id }: PlannedVariant): string {
  return `${planned.name} ${id}`;
}

/** How a variant's file is run: on this machine, or as near to its target as this machine comes. */
export async function variantSession(
  context: Pick<ModelContext, 'fp32'>,
  variant: PlannedVariant,
  path: string,
): Promise<SessionSpec> {
  const session: SessionSpec = { ...context.fp32, model: path };
  return needsExactSums(variant.executability) ? withExactSums(session) : session;
}

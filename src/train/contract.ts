import type { FeedStore } from '../data/store.ts';
import type { OnnxModel } from '../onnx/model.ts';
import type { Level3Policy, Task } from '../policy/schema.ts';
import type { QuantizedModel, QuantizeRequest } from '../quantize/contract.ts';
import type { SearchOutcome } from '../quantize/static/search.ts';
import type { StaticOptions, StaticResult } from '../quantize/static/static.ts';
import type { ProviderName } from '../runtime/contract.ts';
import type { Distance } from './distance.ts';
import type { RateRecipe } from './rates.ts';

export type QatOptions = StaticOptions & Pick<Level3Policy, 'budget'>;

export interface QatRequest extends QuantizeRequest<QatOptions> {
  calibration: FeedStore;
  /** Labelled data for the end-to-end training. */
  training?: FeedStore;
  task: Task;
  /** Goes on from the checkpoint in `workDir`, if there is one of the same training. */
  resume?: boolean;
  /** Level 2's result, where it is there already; else it is made first. */
  start?: TrainingStart;
  /** Makes it; default: quantizeStatic. */
  makeStart?: () => Promise<TrainingStart>;
  /** Of the budget, what went into another training of the same variant. */
  spentSeconds?: number;
  /** Where training runs; falls back to the CPU with a note. Default cpu. */
  device?: ProviderName;
  /** Departures from the usual recipe, for experiments. */
  recipe?: Partial<TrainingRecipe>;
}

/** What training needs of Level 2's result, and what the search for nodes to keep in FP32 found, where there was one. */
export interface TrainingStart
  extends Pick<StaticResult, 'model' | 'nodes' | 'notes' | 'seconds' | 'speed'>,
    Partial<Pick<SearchOutcome, 'search' | 'sensitivity' | 'useless'>> {
  /** `exact`: the float model that computes what FP32 computes, its tensors those of the quantized one. */
  recipe: Pick<StaticResult['recipe'], 'exact'>;
}

export interface TrainingRecipe {
  /** Steps at most, of a block and of the end-to-end training. 0 leaves that tier out. */
  steps: { part: number; whole: number };
  rates: RateRecipe;
  /** On the rates of the end-to-end training. */
  wholeFactor: number;
  batch: number;
  temperature: number;
  /** Weight of the cross-entropy of labels, where there are any. */
  labels: number;
  /** Distance from FP32 below which Level 2 is kept without training. */
  enough: number;
  checkpointMs: number;
  /** Steps in one run of a model, also on the CPU; see loopProgram. */
  stepsAtOnce: number;
  /** Gives the model as the blocks leave it too. */
  keepBlocks: boolean;
}

/** What was trained, for the report. */
export interface TrainingReport {
  steps: number;
  seconds: number;
  /** Nodes whose weights or scales were trained. */
  trainedNodes: number;
  /** Nodes that stay as Level 2 left them, each with the reason. */
  untrained: { node: string; op: string; why: string }[];
  /** The blocks, then the whole: the loss on held-back samples before and after, and whether the result was kept. */
  tiers: { name: string; lossBefore: number; lossAfter: number; kept: boolean }[];
}

export interface QatResult extends QuantizedModel {
  training: TrainingReport;
  /** After the blocks, before the end-to-end training; where `keepBlocks` asks for it. */
  blocks?: OnnxModel;
  /** What the training graph is fed to compute what the exported model computes: trained tensors by input name. */
  parameters: ReadonlyMap<string, Float32Array>;
  /** Distance to FP32 on held-back calibration data before and after, and of which kind; NaN where there was nothing to train. */
  distance: { kind: Distance; before: number; after: number };
}

import type { StoreReference } from '../data/store.ts';
import type { ProviderName, SessionSpec } from '../runtime/contract.ts';
import { defineJob } from '../runtime/job.ts';
import type { TensorInfo } from '../tensor.ts';
import type { Distance } from './distance.ts';
import type { Shape } from './emitter.ts';
import type { ParameterRates } from './rates.ts';
import type { Levels } from './student.ts';
import { Trainer } from './trainer.ts';

/** A parameter as the trainer needs it; see Parameter. */
export interface TrainedParameter extends ParameterRates {
  name: string;
  dims: readonly number[];
  initial: Float32Array;
  float?: Float32Array;
  /** Of a weight: its grid, and the parameter with the logarithm of its scales. */
  levels?: Levels & { logScale: string };
}

/** One training program: a block, or the whole student. Models are paths. */
export interface TrainedPart {
  name: string;
  forward: string;
  /** undefined: nothing of it is trained. */
  backward: string | undefined;
  /** Several steps in one run, at most so many; for devices that gradients would have to be read back from. */
  loop?: { model: string; steps: number };
  /** The FP32 model's part from the same place to the same place. */
  teacher: string;
  /** What the student's part is fed besides parameters; `cut` is the value that the part before it gives. */
  inputs: readonly string[];
  cut: string | undefined;
  outputs: readonly string[];
  parameters: readonly string[];
  /** The output of `backward` with the loss. */
  loss: string;
  trained: readonly string[];
  gradients: readonly string[];
  targets: readonly string[];
  labels: { name: string; dims: Shape } | undefined;
  teacherInputs: readonly string[];
  teacherCut: string | undefined;
  teacherOutputs: readonly string[];
}

/** Samples of a store. */
export interface TrainingData {
  store: StoreReference;
  digest: string;
  samples: readonly number[];
}

export interface TrainParams {
  /** Of the program: another one may train otherwise. */
  version: string;
  parts: readonly TrainedPart[];
  /** End-to-end: it is what decides whether a part's result is kept, and is trained last. */
  whole: TrainedPart;
  parameters: readonly TrainedParameter[];
  /** Calibration data, and which of its samples have the shape that is trained. */
  data: TrainingData;
  /** Data for the end-to-end training, with labels; default: the calibration data. */
  training?: TrainingData;
  inputs: readonly TensorInfo[];
  batch: number;
  /** Batches of the calibration data that are not trained on. */
  heldBack: number;
  session: Omit<SessionSpec, 'model'>;
  /** Where training is to run, if its gradients there are right. */
  device?: ProviderName;
  seed: number;
  /** Milliseconds for everything; steps are chosen so that it is kept. */
  budgetMs: number;
  /** Milliseconds of it that are gone already. */
  spentMs: number;
  /** Steps at most, of a part and of the end-to-end training. */
  steps: { part: number; whole: number };
  /** On the rates of the end-to-end training, which moves what the parts have found less. */
  wholeFactor: number;
  distance: Distance;
  /** Of the outputs, where the distance is that of classes. */
  classAxis?: number;
  /** Nothing is trained where the distance is below this to begin with. */
  enough: number;
  /** Folder for caches and the checkpoint. */
  workDir: string;
  resume: boolean;
  /** Sentences for the report that are known before. */
  notes?: readonly string[];
  /** Least time between checkpoints. */
  checkpointMs: number;
  /** Whether the parameters as the blocks leave them are given back too. */
  keepBlocks: boolean;
  /** Bytes of outputs and activations that are kept in memory. */
  cacheBytes: number;
}

export interface TierResult {
  name: string;
  steps: number;
  lossBefore: number;
  lossAfter: number;
  kept: boolean;
}

export interface TrainResult {
  parameters: Record<string, Float32Array>;
  /** After the blocks, before the end-to-end training; see `keepBlocks`. */
  blocks?: Record<string, Float32Array>;
  tiers: TierResult[];
  /** Whether the result is clearly nearer to FP32 than what training started from, which `parameters` are otherwise. */
  improved: boolean;
  /** Distance to FP32 on the held-back batches, at the start and at the end. */
  before: number;
  after: number;
  steps: number;
  /** Milliseconds of a step of each part and of the whole. */
  stepMs: number[];
  /** Milliseconds of the budget that are gone: of the run that was interrupted too, where one was gone on with. */
  spentMs: number;
  /** Sentences for the report. */
  notes: string[];
}

/** Trains the parts of a student one after another, then the whole, and keeps what brings it nearer to FP32. */
export const trainJob = defineJob<TrainParams, TrainResult>('train', (context, params) =>
  new Trainer(context, params).run(),
);

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { calibrate } from '../../calibrate/calibrate.ts';
import type { TensorStatistics } from '../../calibrate/histogram.ts';
import { type FeedStore, storeReference } from '../../data/store.ts';
import { type OnnxModel, removeModel, saveScratch } from '../../onnx/model.ts';
import { shareConstants } from '../../onnx/passes/share-constants.ts';
import { upgradeOpset } from '../../onnx/passes/upgrade-opset.ts';
import type { Level2Policy } from '../../policy/schema.ts';
import type { SessionSpec } from '../../runtime/contract.ts';
import { withExactSums } from '../../runtime/exact-sums.ts';
import { frugal, WorkerProcess } from '../../runtime/worker-process.ts';
import { executability, hostTargetName, needsExactSums } from '../../targets/index.ts';
import type { QuantizeRequest } from '../contract.ts';
import { type GroupPlan, integerSites } from '../dynamic-plan.ts';
import type { RawOutput } from '../recover/bias-correction.ts';
import { inputMoments } from '../recover/input-moments.ts';
import type { InputMoments } from '../recover/lattice-rounding.ts';
import { WeightCache, weightElements } from '../weight-cache.ts';
import { chosenSubgraphs, embedBranches, noSubgraphs, type Subgraphs } from './branches.ts';
import type { Candidate } from './choose.ts';
import { planRemaining, type Remaining, storeRemaining } from './complete.ts';
import { describeValues } from './describe.ts';
import { emitStatic } from './emit.ts';
import { type Fidelity, fidelityJob } from './fidelity-job.ts';
import { type OutputPart, outputParts } from './output-parts.ts';
import { integerLayers, type Plan, planStatic } from './plan.ts';
import { prepareForQuantization } from './prepare.ts';
import { sourcesOf } from './ranges.ts';
import type { Recipe } from './recipe.ts';
import { productRows } from './rows.ts';
import { interleaved, SampleChoice } from './sample-choice.ts';
import { signalsJob } from './signals-job.ts';
import type { ValueInfo, ValueInfos } from './units.ts';
import { type RoundingChoices, rounded, roundingOf } from './weight-rounding.ts';
import { multiplyAdds } from './work.ts';

export interface StaticRequest extends QuantizeRequest<StaticOptions> {
  calibration: FeedStore;
  /** Weights that graphs outside of the model read too, whose integers shall not depend on this one. */
  tied?: ReadonlySet<string>;
}

/** What static quantization needs of a level's policy. */
export type StaticOptions = Pick<
  Level2Policy,
  'observer' | 'per-channel' | 'bits' | 'recover' | 'prefer' | 'keep-float' | 'search-budget'
>;

/** A quantized model with what is known of its making. */
export interface Emitted {
  model: OnnxModel;
  plan: Plan;
  /** Weights that no static integer kernel reads. */
  rest: readonly GroupPlan[];
  raw: ReadonlyMap<string, RawOutput>;
  /** What became of the graphs in its nodes. */
  subgraphs: Subgraphs;
}

/** Multiply-adds of an inference up to which nothing is saved: those of an image classifier for a phone. */
const usualWork = 4e8;
/** Weights likewise: rounding 270 million anew for every candidate took minutes. */
const usualWeights = 64e6;
/** What a heavy model is spared at most: 19 G multiply-adds took six minutes, most of it for differences that do not count. */
const leastEffort = 0.25;

/** Observers that look at extremes alone. */
const rangeSuffices = (observer: Level2Policy['observer']) => observer === 'min-max' || observer === 'moving-average';

/** The state of one quantization: the prepared model, what calibration saw, and the process that runs models. */
export class StaticRun {
  readonly request: StaticRequest;
  /** The float model in quantizable form; what every candidate is compared with. */
  readonly prepared: OnnxModel;
  readonly preparedPath: string;
  worker: WorkerProcess;
  /** The fraction of a usual model's samples and trials that this one gets by its size: 1, or less down to `leastEffort`. */
  readonly effort: number;
  /** Which calibration samples are for what. */
  readonly samples: SampleChoice;
  /** What became of the graphs in the model's nodes. */
  subgraphs = noSubgraphs;
  readonly phases: Record<string, number> = {};
  readonly notes: string[] = [];
  /** What calibration saw of the tensors of each base model. */
  readonly #statistics = new WeakMap<OnnxModel, Map<string, TensorStatistics>>();
  readonly #infos: Map<string, ValueInfo>;
  readonly #weights: WeightCache;
  readonly #rows: ReadonlyMap<string, number>;
  readonly #parts: readonly OutputPart[];
  readonly #moments = new WeakMap<OnnxModel, Promise<ReadonlyMap<string, InputMoments>>>();
  #files = 0;
  #isClosed = false;

  private constructor(
    request: StaticRequest,
    prepared: OnnxModel,
    preparedPath: string,
    infos: ValueInfos,
    rows: ReadonlyMap<string, number>,
    worker: WorkerProcess,
  ) {
    this.request = request;
    this.prepared = prepared;
    this.preparedPath = preparedPath;
    this.#infos = new Map(infos);
    const weights = weightElements(prepared.graph);
    this.#weights = new WeightCache(weights);
    const share = Math.min(usualWork / multiplyAdds(prepared.graph, infos), usualWeights / weights);
    this.effort = Math.min(1, Math.max(leastEffort, share));
    this.#rows = rows;
    this.#parts = outputParts(prepared.graph, infos);
    this.worker = worker;
    this.samples = new SampleChoice({
      total: request.calibration.samples.length,
      effort: this.effort,
      share,
      // Where all outputs are plain every sample counts alike.
      signals: this.#parts.every(({ kind }) => kind === 'plain') ? undefined : (of) => this.#signals(of),
    });
  }

  /** @throws UserError where the model cannot be brought to the form that quantization needs */
  static async start(request: StaticRequest): Promise<StaticRun> {
    const begin = performance.now();
    await mkdir(request.workDir, { recursive: true });
    const worker = await startWorker(request);
    try {
      const prepared = await prepareForQuantization(request.model, worker, request.workDir);
      // INT4 came with opset 21.
      if (request.options.bits < 8) upgradeOpset(prepared, 21);
      const preparedPath = join(request.workDir, 'prepared.onnx');
      await saveScratch(prepared, preparedPath);
      const infos = await describeValues(prepared, request, worker);
      const rows = await productRows(prepared, infos, worker, request);
      const run = new StaticRun(request, prepared, preparedPath, infos, rows, worker);
      run.phases['prepare'] = (performance.now() - begin) / 1000;
      return run;
    } catch (error) {
      await worker.close();
      throw error;
    }
  }

  /** Types and shapes of the values of the prepared model and of every base. */
  get infos(): ValueInfos {
    return this.#infos;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.worker.close();
  }

  /** Starts the process again, if it was closed. */
  async reopen(): Promise<void> {
    if (!this.#isClosed) return;
    this.worker = await startWorker(this.request);
    this.#isClosed = false;
  }

  /** The plan of a recipe for its base, or for a copy of that. */
  plan({ floatNodes, slowNodes, base }: Pick<Recipe, 'floatNodes' | 'slowNodes' | 'base'>, model = base): Plan {
    const { target, options } = this.request;
    return planStatic(model.graph, this.infos, { target, keepFloat: options['keep-float'], floatNodes, slowNodes });
  }

  /** The quantized model of a recipe. */
  emit(recipe: Recipe): Emitted {
    const { model, subgraphs } = this.#embedded(recipe);
    const plan = this.plan(recipe, model);
    const raw = emitStatic(model, plan, {
      infos: this.infos,
      parameters: recipe.parameters,
      cache: this.#weights,
      ...this.#rounding(recipe),
    });
    const rest = storeRemaining(model, this.#remaining(recipe, plan), recipe, this.#weights);
    if (subgraphs.branches.length > 0) shareConstants(model);
    return { model, plan, rest, raw, subgraphs };
  }

  #embedded(recipe: Recipe): Pick<Emitted, 'model' | 'subgraphs'> {
    const model = recipe.base.clone();
    const subgraphs = chosenSubgraphs(this.subgraphs, recipe);
    embedBranches(model, subgraphs.branches);
    return { model, subgraphs };
  }

  #rounding({ weightRange, rounding, moments, wideWeights }: Recipe): RoundingChoices {
    const { options, tied } = this.request;
    const { 'per-channel': perChannel, bits } = options;
    return { perChannel, bits, weightRange, rounding, moments, wideWeights, tied };
  }

  /** How many products of a recipe without static integer kernels find their activation's scale at run time. */
  scalesAtRunTime(recipe: Recipe): number {
    const { model } = this.#embedded(recipe);
    return integerSites(planRemaining(model, this.#remaining(recipe, this.plan(recipe)))).length;
  }

  /** What becomes of the weights of a recipe's base, as far as no static integer kernel reads them by its plan. */
  remaining(recipe: Recipe, plan: Plan): GroupPlan[] {
    const read = new Set(integerLayers(plan).map(({ weight }) => weight!.value.name));
    return planRemaining(recipe.base, this.#remaining(recipe, plan)).filter(({ group }) => !read.has(group.name));
  }

  #remaining({ smallProducts, slowProducts }: Recipe, plan: Plan): Remaining {
    const { target, options } = this.request;
    return { plan, rows: this.#rows, smallProducts, slowProducts, target, options };
  }

  /** Describes a value that a base has beyond those of the prepared model, as one of those is. */
  introduce(name: string, like: string): void {
    this.#infos.set(name, this.#infos.get(like)!);
  }

  /** Lets a base that computes the same as another, but for these values, take over what is known of that one's tensors. */
  inherit(from: OnnxModel, to: OnnxModel, changed: ReadonlySet<string>): void {
    const known = [...(this.#statistics.get(from) ?? [])].filter(([name]) => !changed.has(name));
    this.#statistics.set(to, new Map(known));
  }

  /** Sees to it that every activation of the plan has statistics; runs the calibration data only for those that lack them. */
  async gather(plan: Plan, base: OnnxModel): Promise<ReadonlyMap<string, TensorStatistics>> {
    const known = this.#statistics.get(base) ?? new Map<string, TensorStatistics>();
    this.#statistics.set(base, known);
    const names = [...sourcesOf(plan).values()].flat().map((value) => value.name);
    const missing = names.filter((name) => !known.has(name));
    if (missing.length === 0) return known;
    const { calibration, workDir, progress, threads = 0, options } = this.request;
    const stage = progress.stage('calibrate', calibration.samples.length, 'samples');
    let reported = 0;
    const found = await calibrate({
      model: base,
      tensors: missing,
      dims: (name) => this.infos.get(name)?.dims,
      store: calibration,
      workDir,
      worker: this.worker,
      threads,
      detail: rangeSuffices(options.observer) ? 'range' : 'histogram',
      onProgress: (done) => {
        stage.advance(done - reported);
        reported = done;
      },
    });
    stage.done();
    for (const [name, statistics] of found) known.set(name, statistics);
    return known;
  }

  /**
   * The moments of a recipe's weights, which are the same for all recipes of one base. While the rest are taken, the weights whose
   * moments are known are rounded for candidates with these ranges.
   */
  moments(recipe: Recipe, weightRanges: readonly Recipe['weightRange'][]): Promise<ReadonlyMap<string, InputMoments>> {
    const known = this.#moments.get(recipe.base);
    if (known) return known;
    const { target } = this.request;
    const ranges = new Set(weightRanges);
    // What would not be kept would be rounded again.
    const kept = this.#weights.roomFor(1 + ranges.size);
    const made = inputMoments(this, recipe, (unit, moments) => {
      if (!kept) return;
      const { name, initializer } = unit.weight!.value;
      const choices = this.#rounding({ ...recipe, moments: new Map([[name, moments]]) });
      for (const weightRange of ranges) {
        rounded(initializer!, roundingOf(unit, target, { ...choices, weightRange }), this.#weights);
      }
    });
    this.#moments.set(recipe.base, made);
    return made;
  }

  /** Signal over noise at the outputs against FP32, in dB, on a part of the calibration data. */
  async fidelity(model: OnnxModel, samples?: number): Promise<number> {
    return (await this.#compare(model, samples)).sqnrDb;
  }

  /**
   * A candidate of this recipe. Where there is one to beat and this one is far behind it on the first samples, the rest is not
   * run: its signal over noise is then below the rival's by as much as it was behind.
   */
  async measure(recipe: Recipe, rival?: Candidate): Promise<Candidate> {
    const { sqnrDb, course, behindDb } = await this.#compare(this.emit(recipe).model, undefined, rival?.course);
    return { recipe, sqnrDb: behindDb === undefined ? sqnrDb : rival!.sqnrDb - behindDb, course };
  }

  async #compare(model: OnnxModel, count: number | undefined, rival?: readonly number[]): Promise<Fidelity> {
    const samples = await this.samples.compared(count);
    return this.opened(model, (variant) =>
      this.worker.call(fidelityJob, {
        reference: this.#reference,
        variant,
        store: storeReference(this.request.calibration),
        samples: interleaved(samples),
        parts: this.#parts,
        ...(rival && { rival }),
      }),
    );
  }

  get #reference(): SessionSpec {
    return { model: this.preparedPath, provider: 'cpu', threads: this.request.threads ?? 0 };
  }

  /** How much samples count in the comparison of candidates. */
  #signals(samples: readonly number[]) {
    return this.worker.call(signalsJob, {
      reference: this.#reference,
      store: storeReference(this.request.calibration),
      samples,
      parts: this.#parts,
    });
  }

  /** Lends the file of a model, as a session with the sums that it has on its target. */
  async opened<T>(model: OnnxModel, use: (session: SessionSpec) => Promise<T>): Promise<T> {
    const path = join(this.request.workDir, `candidate-${this.#files++}.onnx`);
    const files = new Set([path]);
    try {
      await saveScratch(model, path);
      const session = await this.quantizedSession(path);
      files.add(session.model);
      return await use(session);
    } finally {
      await Promise.all([...files].map(removeModel));
    }
  }

  /** A session of a quantized file, with the sums that it has on its target. */
  async quantizedSession(path: string): Promise<SessionSpec> {
    const { target, threads = 0 } = this.request;
    const session: SessionSpec = { model: path, provider: 'cpu', threads };
    // Q and DQ around float operators, as a GPU's integers are exact. The CPU's own fusions make int8 activations uint8 first, and
    // ONNX Runtime 1.30 does not open some files then ("output_dtype INT8 does not match y_zero_point type UINT8").
    if (target.arithmetic === 'gpu') return { ...session, optimization: 'basic' };
    return needsExactSums(executability(target, hostTargetName())) ? withExactSums(session) : session;
  }

  /** Counts the time of `work` under a phase's name. */
  async phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    try {
      return await work();
    } finally {
      this.phases[name] = (this.phases[name] ?? 0) + (performance.now() - begin) / 1000;
    }
  }
}

function startWorker({ runtime, target }: StaticRequest): Promise<WorkerProcess> {
  return WorkerProcess.start({ runtime, label: `calibration for ${target.name}`, ...frugal });
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { calibrate } from '../../calibrate/calibrate.ts';
import type { QuantizationParameters } from '../../calibrate/error.ts';
import type { TensorStatistics } from '../../calibrate/histogram.ts';
import { type FeedStore, storeReference } from '../../data/store.ts';
import { type OnnxModel, saveModel } from '../../onnx/model.ts';
import type { Level2Policy, Observer } from '../../policy/schema.ts';
import type { SessionSpec } from '../../runtime/contract.ts';
import { WorkerProcess } from '../../runtime/worker-process.ts';
import type { NodeDecision, QuantizedModel, QuantizeRequest } from '../contract.ts';
import { describeValues } from './describe.ts';
import { type EmitOptions, emitStatic } from './emit.ts';
import { fidelityJob } from './fidelity-job.ts';
import { type Plan, type PlanOptions, planStatic } from './plan.ts';
import { prepareForQuantization } from './prepare.ts';
import { chooseParameters, sourcesOf } from './ranges.ts';
import type { ValueInfos } from './units.ts';

export interface StaticRequest extends QuantizeRequest<StaticOptions> {
  calibration: FeedStore;
}

/** What static quantization needs of a level's policy. */
export type StaticOptions = Pick<
  Level2Policy,
  'observer' | 'per-channel' | 'bits' | 'recover' | 'prefer' | 'keep-float' | 'search-budget'
>;

export interface StaticResult extends QuantizedModel {
  /** Seconds per phase: prepare, calibrate, choose, ... */
  phases: Record<string, number>;
  /** Signal over noise of the outputs on calibration data, dB. */
  sqnrDb: number;
}

/** Samples on which candidates are compared. */
const comparedSamples = 32;

/**
 * Static quantization: ranges from one pass over calibration data, then Q/DQ, integer weights and int32 biases wherever
 * whole groups become integer kernels.
 */
export async function quantizeStatic(request: StaticRequest): Promise<StaticResult> {
  const run = await StaticRun.start(request);
  try {
    return await run.quantize();
  } finally {
    await run.close();
  }
}

/** The state of one quantization: the prepared model, what calibration saw, and the process that runs models. */
export class StaticRun {
  readonly request: StaticRequest;
  readonly prepared: OnnxModel;
  readonly infos: ValueInfos;
  readonly worker: WorkerProcess;
  readonly preparedPath: string;
  readonly statistics = new Map<string, TensorStatistics>();
  readonly phases: Record<string, number> = {};
  readonly notes: string[] = [];
  #candidates = 0;

  private constructor(
    request: StaticRequest,
    prepared: OnnxModel,
    preparedPath: string,
    infos: ValueInfos,
    worker: WorkerProcess,
  ) {
    this.request = request;
    this.prepared = prepared;
    this.preparedPath = preparedPath;
    this.infos = infos;
    this.worker = worker;
  }

  static async start(request: StaticRequest): Promise<StaticRun> {
    const begin = performance.now();
    await mkdir(request.workDir, { recursive: true });
    const prepared = prepareForQuantization(request.model);
    const preparedPath = join(request.workDir, 'prepared.onnx');
    await saveModel(prepared, preparedPath);
    const worker = await WorkerProcess.start({
      runtime: request.runtime,
      label: `calibration for ${request.target.name}`,
    });
    try {
      const run = new StaticRun(
        request,
        prepared,
        preparedPath,
        await describeValues(prepared, request, worker),
        worker,
      );
      run.phases['prepare'] = (performance.now() - begin) / 1000;
      return run;
    } catch (error) {
      await worker.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.worker.close();
  }

  async quantize(): Promise<StaticResult> {
    const begin = performance.now();
    const { options, target } = this.request;
    let plan = this.plan({});
    await this.phase('calibrate', () => this.gather(plan));
    const names: Exclude<Observer, 'auto'>[] =
      options.observer === 'auto' ? ['histogram', 'min-max', 'percentile'] : [options.observer];
    let best: { observer: string; parameters: Map<string, QuantizationParameters>; sqnrDb: number } | undefined;
    await this.phase('choose ranges', async () => {
      for (const observer of names) {
        const parameters = chooseParameters(plan, this.statistics, observer);
        const sqnrDb = await this.fidelity(this.emit({}, parameters));
        if (!best || sqnrDb > best.sqnrDb) best = { observer, parameters, sqnrDb };
      }
    });
    const { parameters, sqnrDb, observer } = best!;
    if (options.observer === 'auto') this.notes.push(`ranges by ${observer}: ${sqnrDb.toFixed(1)} dB at the outputs`);
    const model = this.emit({}, parameters);
    plan = this.plan({});
    void target;
    return {
      model,
      nodes: reportNodes(plan),
      notes: this.notes,
      seconds: (performance.now() - begin) / 1000 + (this.phases['prepare'] ?? 0),
      phases: this.phases,
      sqnrDb,
    };
  }

  /** The plan for the prepared model (or a copy of it), under the policy's options. */
  plan(options: Partial<PlanOptions>, model = this.prepared): Plan {
    return planStatic(model.graph, this.infos, {
      target: this.request.target,
      keepFloat: this.request.options['keep-float'],
      ...options,
    });
  }

  /** Sees to it that every activation of the plan has statistics; runs the calibration data only where some are missing. */
  async gather(plan: Plan): Promise<void> {
    const missing = [...sourcesOf(plan).values()]
      .flat()
      .map((value) => value.name)
      .filter((name) => !this.statistics.has(name));
    if (missing.length === 0) return;
    const { calibration, workDir, progress, threads = 0 } = this.request;
    const stage = progress.stage('calibrate', calibration.samples.length, 'samples');
    let reported = 0;
    const found = await calibrate({
      model: this.prepared,
      tensors: missing,
      dims: (name) => this.infos.get(name)?.dims,
      store: calibration,
      workDir,
      worker: this.worker,
      threads,
      onProgress: (done) => {
        stage.advance(done - reported);
        reported = done;
      },
    });
    stage.done();
    for (const [name, statistics] of found) this.statistics.set(name, statistics);
  }

  /** A quantized copy of the prepared model. */
  emit(
    planOptions: Partial<PlanOptions>,
    parameters: ReadonlyMap<string, QuantizationParameters>,
    emit: Partial<EmitOptions> = {},
  ): OnnxModel {
    const { options } = this.request;
    const model = this.prepared.clone();
    emitStatic(model, this.plan(planOptions, model), {
      infos: this.infos,
      parameters,
      perChannel: options['per-channel'],
      bits: options.bits,
      weightRange: options.bits === 8 ? 'max' : 'mse',
      ...emit,
    });
    return model;
  }

  /** Signal over noise at the outputs against FP32, in dB, on a part of the calibration data. */
  async fidelity(model: OnnxModel): Promise<number> {
    const { calibration, workDir, threads = 0 } = this.request;
    const path = join(workDir, `candidate-${this.#candidates++}.onnx`);
    await saveModel(model, path);
    const reference: SessionSpec = { model: this.preparedPath, provider: 'cpu', threads };
    const variant: SessionSpec = { ...reference, model: path };
    const count = Math.min(comparedSamples, calibration.samples.length);
    const samples = Array.from({ length: count }, (_, i) => Math.floor((i * calibration.samples.length) / count));
    const { sqnrDb } = await this.worker.call(fidelityJob, {
      reference,
      variant,
      store: storeReference(calibration),
      samples,
    });
    return sqnrDb;
  }

  async phase<T>(name: string, work: () => Promise<T>): Promise<T> {
    const begin = performance.now();
    const result = await work();
    this.phases[name] = (this.phases[name] ?? 0) + (performance.now() - begin) / 1000;
    return result;
  }
}

/** Which nodes are quantized and why the others are not, for the report. */
export function reportNodes(plan: Plan): NodeDecision[] {
  const nodes: NodeDecision[] = [];
  for (const { unit, mode, why } of plan.decisions.values()) {
    const kind = unit.operator?.kind;
    const weighted = kind === 'weighted' || kind === 'recurrent' || kind === 'embedding';
    if (mode === 'float' && !weighted && kind !== 'elementwise' && kind !== 'activation') continue;
    const quantized = mode !== 'float';
    const how = mode === 'dynamic' ? 'DynamicQuantizeMatMul' : `${unit.operator?.kernels[plan.target.kernels]}`;
    for (const node of [unit.head, unit.biasAdd, unit.clamp]) {
      if (node) nodes.push({ node: node.name, op: node.op, quantized, why: quantized ? how : (why ?? '') });
    }
  }
  return nodes;
}

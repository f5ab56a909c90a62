import { closeSync, openSync } from 'node:fs';
import type { InferenceSession } from 'onnxruntime-node';
import { batchAxes, stackFeeds } from '../data/batch.ts';
import { openStore, readSample, type StoreReference } from '../data/store.ts';
import { Random } from '../random.ts';
import type { SessionSpec } from '../runtime/contract.ts';
import { defineJob, type JobContext } from '../runtime/job.ts';
import { fromOrt, toOrt } from '../runtime/tensors.ts';
import type { Tensor, TensorInfo } from '../tensor.ts';
import { adamStep, cosine, freshMoments, type Moments } from './adam.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { type Distance, distance } from './distance.ts';

/** A parameter as the trainer needs it; see Parameter. */
export interface TrainedParameter {
  name: string;
  dims: readonly number[];
  initial: Float32Array;
  /** Learning rate: one for all, or one for each channel. */
  rates: Float32Array;
  /** Elements of one channel that lie together. */
  inner: number;
}

/** One training program: a block, or the whole student. */
export interface TrainedPart {
  name: string;
  forward: string;
  backward: string;
  /** The FP32 model's part from the same place to the same place. */
  teacher: string;
  /** What the student's part is fed, `cut` being the value that the part before it gives. */
  inputs: readonly string[];
  cut: string | undefined;
  outputs: readonly string[];
  parameters: readonly string[];
  trained: readonly string[];
  gradients: readonly string[];
  targets: readonly string[];
  teacherInputs: readonly string[];
  teacherCut: string | undefined;
  teacherOutputs: readonly string[];
}

export interface TrainParams {
  parts: readonly TrainedPart[];
  /** End-to-end distillation after the parts. */
  whole: TrainedPart | undefined;
  parameters: readonly TrainedParameter[];
  store: StoreReference;
  inputs: readonly TensorInfo[];
  batch: number;
  /** Batches that are not trained on: they decide what is kept. */
  heldBack: number;
  session: Omit<SessionSpec, 'model'>;
  seed: number;
  /** Milliseconds for everything; steps are chosen so that it is kept. */
  budgetMs: number;
  /** Steps at most, of a part and of the end-to-end training. */
  steps: { part: number; whole: number };
  distance: Distance;
  checkpoint: string;
  resume: boolean;
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
  tiers: TierResult[];
  /** Distance to FP32 on the held-back batches, at the start and at the end. */
  before: number;
  after: number;
  steps: number;
  /** Sentences for the report. */
  notes: string[];
}

type Feeds = Record<string, Tensor>;

/** Trains the parts of a student one after another, then the whole, and keeps what brings it nearer to FP32. */
export const trainJob = defineJob<TrainParams, TrainResult>('train', (context, params) =>
  new Trainer(context, params).run(),
);

class Trainer {
  readonly #context: JobContext;
  readonly #params: TrainParams;
  readonly #values = new Map<string, Float32Array>();
  readonly #info = new Map<string, TrainedParameter>();
  readonly #feeds: Feeds[] = [];
  readonly #training: number[] = [];
  readonly #held: number[] = [];
  readonly #notes: string[] = [];
  #tiers: TierResult[] = [];
  #stepMs: number[] = [];
  #done = 0;
  #total = 1;

  constructor(context: JobContext, params: TrainParams) {
    this.#context = context;
    this.#params = params;
    for (const parameter of params.parameters) {
      this.#info.set(parameter.name, parameter);
      this.#values.set(parameter.name, Float32Array.from(parameter.initial));
    }
  }

  async run(): Promise<TrainResult> {
    const { parts, whole, checkpoint, resume } = this.#params;
    this.#readBatches();
    const outputs = await this.#teacherOutputs();
    const restored = resume ? loadCheckpoint(checkpoint) : undefined;
    const before =
      restored?.before ??
      (await this.#distanceFrom(
        0,
        this.#held.map((b) => this.#feeds[b]!),
        outputs,
      ));
    let best = restored?.best ?? before;
    if (restored) this.#restore(restored.values);
    this.#tiers = restored?.tiers ?? [];
    this.#stepMs = restored?.stepMs ?? (await this.#measureSteps());
    const plan = this.#planSteps();
    this.#total = plan.reduce((sum, steps) => sum + steps, 0);

    // What the student and the FP32 model give at the last cut, by batch.
    let student: Feeds[] = this.#feeds.map((feeds) => ({ ...feeds }));
    let teacher: Feeds[] = this.#feeds.map((feeds) => ({ ...feeds }));
    for (const [at, part] of parts.entries()) {
      const targets = await this.#forwardAll(part.teacher, part.teacherInputs, part.teacherOutputs, teacher);
      const finished = restored !== undefined && at < restored.part;
      const steps = plan[at] as number;
      if (!finished && steps > 0 && part.trained.length > 0) {
        const saved = this.#snapshot(part.trained);
        const resumed = restored?.part === at ? restored : undefined;
        if (resumed) this.#restore(resumed.start);
        const start = resumed ? this.#snapshot(part.trained) : saved;
        if (resumed) this.#restore(resumed.values);
        const loss = await this.#train(part, student, targets, steps, at, { best, before, start }, resumed);
        const after = await this.#distanceFrom(
          at,
          this.#held.map((b) => student[b]!),
          outputs,
        );
        const kept = Number.isFinite(after) && after < best;
        if (!kept) this.#restore(start);
        this.#tiers.push({ name: part.name, steps, lossBefore: best, lossAfter: after, kept });
        if (kept) best = after;
        if (!Number.isFinite(loss)) this.#notes.push(`${part.name}: the loss diverged; its last good state is kept.`);
      } else this.#done += steps;
      const next = await this.#forwardPart(part, student);
      student = this.#carry(part.outputs, parts[at + 1]?.cut, next);
      teacher = this.#carry(part.teacherOutputs, parts[at + 1]?.teacherCut, targets);
    }
    if (whole) best = await this.#trainWhole(whole, outputs, plan.at(-1) as number, best, before, restored);
    return {
      parameters: Object.fromEntries(this.#values),
      tiers: this.#tiers,
      before,
      after: best,
      steps: this.#tiers.reduce((sum, tier) => sum + tier.steps, 0),
      notes: this.#notes,
    };
  }

  async #trainWhole(
    whole: TrainedPart,
    outputs: Feeds[],
    steps: number,
    best: number,
    before: number,
    restored: ReturnType<typeof loadCheckpoint>,
  ): Promise<number> {
    const at = this.#params.parts.length;
    if (steps === 0 || whole.trained.length === 0) return best;
    const resumed = restored?.part === at ? restored : undefined;
    if (resumed) this.#restore(resumed.start);
    const start = this.#snapshot(whole.trained);
    if (resumed) this.#restore(resumed.values);
    await this.#train(whole, this.#feeds, outputs, steps, at, { best, before, start }, resumed, async () => {
      const distanceNow = await this.#distanceFrom(
        0,
        this.#held.map((b) => this.#feeds[b]!),
        outputs,
      );
      return distanceNow;
    });
    const after = await this.#distanceFrom(
      0,
      this.#held.map((b) => this.#feeds[b]!),
      outputs,
    );
    const kept = Number.isFinite(after) && after < best;
    if (!kept) this.#restore(start);
    this.#tiers.push({ name: whole.name, steps, lossBefore: best, lossAfter: after, kept });
    return kept ? after : best;
  }

  /** The batches of the calibration data in a seeded order; the last ones are held back. */
  #readBatches(): void {
    const { store: reference, batch, heldBack, seed, inputs } = this.#params;
    const store = openStore(reference);
    const order = new Random(seed, 'training batches').shuffle(store.samples.map((_, index) => index));
    const axes = batchAxes(inputs);
    const fd = openSync(store.path, 'r');
    try {
      for (let from = 0; from + batch <= order.length; from += batch) {
        const samples = order.slice(from, from + batch).map((index) => readSample(store, index, fd));
        this.#feeds.push(stackFeeds(samples, axes));
      }
    } finally {
      closeSync(fd);
    }
    const first = this.#feeds.length - heldBack;
    this.#feeds.forEach((_, at) => {
      (at < first ? this.#training : this.#held).push(at);
    });
  }

  /** The FP32 model's outputs on every batch. */
  async #teacherOutputs(): Promise<Feeds[]> {
    const { parts } = this.#params;
    let current: Feeds[] = this.#feeds;
    let result: Feeds[] = [];
    for (const [at, part] of parts.entries()) {
      result = await this.#forwardAll(part.teacher, part.teacherInputs, part.teacherOutputs, current);
      current = this.#carry(part.teacherOutputs, parts[at + 1]?.teacherCut, result);
    }
    return result;
  }

  /** What the next part is fed: the model's inputs and the one value at the cut. */
  #carry(outputs: readonly string[], cut: string | undefined, results: readonly Feeds[]): Feeds[] {
    return results.map((result, b) => ({
      ...(this.#feeds[b] as Feeds),
      ...(cut !== undefined && { [cut]: result[outputs[0] as string] as Tensor }),
    }));
  }

  async #forwardAll(
    model: string,
    inputs: readonly string[],
    outputs: readonly string[],
    feeds: readonly Feeds[],
  ): Promise<Feeds[]> {
    const session = await this.#open(model);
    const results: Feeds[] = [];
    for (const each of feeds) results.push(await this.#run(session, pick(each, inputs), outputs));
    await this.#close(model);
    return results;
  }

  async #forwardPart(part: TrainedPart, feeds: readonly Feeds[]): Promise<Feeds[]> {
    const session = await this.#open(part.forward);
    const results: Feeds[] = [];
    for (const each of feeds) {
      results.push(
        await this.#run(session, { ...pick(each, part.inputs), ...this.#parameterFeeds(part) }, part.outputs),
      );
    }
    return results;
  }

  /** Distance of the student's outputs from FP32's on the held-back batches, from part `at` on. */
  async #distanceFrom(at: number, held: readonly Feeds[], outputs: readonly Feeds[]): Promise<number> {
    const { parts } = this.#params;
    let current = [...held];
    let results: Feeds[] = [];
    for (let p = at; p < parts.length; p++) {
      const part = parts[p] as TrainedPart;
      results = await this.#forwardPart(part, current);
      const cut = parts[p + 1]?.cut;
      current = results.map((result, i) => ({
        ...(this.#feeds[this.#held[i] as number] as Feeds),
        ...(cut !== undefined && { [cut]: result[part.outputs[0] as string] as Tensor }),
      }));
    }
    const last = parts.at(-1) as TrainedPart;
    const pairs = results.flatMap((result, i) =>
      last.outputs.map((name, o) => ({
        got: result[name] as Tensor,
        wanted: (outputs[this.#held[i] as number] as Feeds)[last.teacherOutputs[o] as string] as Tensor,
      })),
    );
    return distance(pairs, this.#params.distance);
  }

  /** One training step of each program, timed: the steps that fit the budget follow. */
  async #measureSteps(): Promise<number[]> {
    const { parts, whole } = this.#params;
    const times: number[] = [];
    let current: Feeds = this.#feeds[0] as Feeds;
    const time = async (part: TrainedPart, feeds: Feeds, targets: Feeds) => {
      if (part.trained.length === 0) return 0;
      const session = await this.#open(part.backward);
      const given = this.#stepFeeds(part, feeds, targets);
      await this.#run(session, given, ['loss', ...part.gradients]);
      const begin = performance.now();
      await this.#run(session, given, ['loss', ...part.gradients]);
      const took = performance.now() - begin;
      await this.#close(part.backward);
      return took;
    };
    for (const [at, part] of parts.entries()) {
      const [result] = (await this.#forwardPart(part, [current])) as [Feeds];
      times.push(await time(part, current, renamed(result, part.outputs, part.teacherOutputs)));
      current = this.#carry(part.outputs, parts[at + 1]?.cut, [result])[0] as Feeds;
      if (whole && at === parts.length - 1) {
        const last = renamed(result, part.outputs, whole.teacherOutputs);
        times.push(await time(whole, this.#feeds[0] as Feeds, last));
      }
    }
    return times;
  }

  /** Steps of each part and of the whole, so that all of them together keep the budget. */
  #planSteps(): number[] {
    const { parts, whole, steps, budgetMs } = this.#params;
    const wanted = [...parts.map(() => steps.part), ...(whole ? [steps.whole] : [])];
    // Forward passes over all batches between the parts take about as long as this share of the budget.
    const available = budgetMs * 0.8;
    const needed = wanted.reduce((sum, count, i) => sum + count * ((this.#stepMs[i] as number) * 1.15), 0);
    const share = Math.min(1, available / needed);
    if (share < 1) {
      this.#notes.push(
        `The budget of ${Math.round(budgetMs / 1000)} s holds ${Math.round(share * 100)} % of the usual training steps.`,
      );
    }
    return wanted.map((count) => Math.floor(count * share));
  }

  async #train(
    part: TrainedPart,
    feeds: readonly Feeds[],
    targets: readonly Feeds[],
    steps: number,
    at: number,
    state: { best: number; before: number; start: ReadonlyMap<string, Float32Array> },
    resumed: ReturnType<typeof loadCheckpoint>,
    evaluate?: () => Promise<number>,
  ): Promise<number> {
    const session = await this.#open(part.backward);
    const moments = new Map<string, Moments>(
      part.trained.map((name) => [
        name,
        resumed?.moments.get(name) ?? freshMoments((this.#values.get(name) as Float32Array).length),
      ]),
    );
    let good = resumed?.good ?? this.#snapshot(part.trained);
    let goodDistance = resumed?.goodDistance ?? Number.POSITIVE_INFINITY;
    let loss = Number.NaN;
    const interval = Math.max(10, Math.floor(steps / 8));
    for (let step = resumed?.step ?? 0; step < steps; step++) {
      const b = this.#batchAt(at, step);
      const given = this.#stepFeeds(part, feeds[b] as Feeds, targets[b] as Feeds);
      const results = await this.#run(session, given, ['loss', ...part.gradients]);
      loss = ((results['loss'] as Tensor).data as Float32Array)[0] as number;
      if (!Number.isFinite(loss)) break;
      const gradients = part.gradients.map((name) => (results[name] as Tensor).data as Float32Array);
      if (gradients.some((gradient) => gradient.some((value) => !Number.isFinite(value)))) {
        loss = Number.NaN;
        break;
      }
      part.trained.forEach((name, i) => {
        const { rates, inner } = this.#info.get(name) as TrainedParameter;
        adamStep(
          this.#values.get(name) as Float32Array,
          gradients[i] as Float32Array,
          moments.get(name) as Moments,
          step + 1,
          rates,
          inner,
          (evaluate ? 0.3 : 1) * cosine(step, steps),
        );
      });
      this.#done += 1;
      this.#context.progress(this.#done, this.#total, `${part.name}, loss ${loss.toPrecision(3)}`);
      if ((step + 1) % interval === 0 && step + 1 < steps) {
        if (evaluate) {
          const now = await evaluate();
          if (now < goodDistance) [good, goodDistance] = [this.#snapshot(part.trained), now];
        }
        saveCheckpoint(this.#params.checkpoint, {
          part: at,
          step: step + 1,
          ...state,
          values: this.#values,
          moments,
          good,
          goodDistance,
          tiers: this.#tiers,
          stepMs: this.#stepMs,
        });
      }
    }
    await this.#close(part.backward);
    if (!Number.isFinite(loss)) this.#restore(good);
    else if (evaluate && goodDistance < (await evaluate())) this.#restore(good);
    return loss;
  }

  /** Each epoch goes through the training batches in an order of its own, which depends on nothing but the seed. */
  #batchAt(part: number, step: number): number {
    const count = this.#training.length;
    const epoch = Math.floor(step / count);
    const order = new Random(this.#params.seed, `part ${part}, epoch ${epoch}`).shuffle([...this.#training]);
    return order[step % count] as number;
  }

  #stepFeeds(part: TrainedPart, feeds: Feeds, targets: Feeds): Feeds {
    const given: Feeds = { ...pick(feeds, part.inputs), ...this.#parameterFeeds(part) };
    part.targets.forEach((name, i) => {
      given[name] = targets[part.teacherOutputs[i] as string] as Tensor;
    });
    return given;
  }

  #parameterFeeds(part: TrainedPart): Feeds {
    return Object.fromEntries(
      part.parameters.map((name) => {
        const { dims } = this.#info.get(name) as TrainedParameter;
        return [name, { type: 'float32', dims, data: this.#values.get(name) as Float32Array } satisfies Tensor];
      }),
    );
  }

  #snapshot(names: readonly string[]): Map<string, Float32Array> {
    return new Map(names.map((name) => [name, (this.#values.get(name) as Float32Array).slice()]));
  }

  #restore(values: ReadonlyMap<string, Float32Array>): void {
    for (const [name, data] of values) (this.#values.get(name) as Float32Array).set(data);
  }

  #open(model: string): Promise<InferenceSession> {
    return this.#context.sessions.open({ ...this.#params.session, model });
  }

  #close(model: string): Promise<void> {
    return this.#context.sessions.release({ ...this.#params.session, model });
  }

  async #run(session: InferenceSession, feeds: Feeds, outputs: readonly string[]): Promise<Feeds> {
    const { ort } = this.#context;
    const given = Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, toOrt(ort, tensor)]));
    const results = await session.run(given, outputs);
    return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, fromOrt(tensor)]));
  }
}

function pick(feeds: Feeds, names: readonly string[]): Feeds {
  return Object.fromEntries(
    names.map((name) => {
      const tensor = feeds[name];
      if (!tensor) throw new Error(`nothing to feed for '${name}'`);
      return [name, tensor];
    }),
  );
}

function renamed(results: Feeds, from: readonly string[], to: readonly string[]): Feeds {
  return Object.fromEntries(from.map((name, i) => [to[i] as string, results[name] as Tensor]));
}

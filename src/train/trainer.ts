import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { batchAxes } from '../data/batch.ts';
import { Random } from '../random.ts';
import type { JobContext } from '../runtime/job.ts';
import type { Tensor } from '../tensor.ts';
import { adamStep, cosine, freshMoments, gradientNorm } from './adam.ts';
import { Batches } from './batches.ts';
import { type Feeds, TensorCache } from './cache.ts';
import { type Checkpoint, loadCheckpoint, type PartState, saveCheckpoint } from './checkpoint.ts';
import { distance } from './distance.ts';
import type { TierResult, TrainedPart, TrainParams, TrainResult } from './job.ts';
import { Parameters } from './parameters.ts';
import { type CutFeeds, cutOf, keyOf, pick, type StepData } from './part-data.ts';
import { lossName } from './program.ts';
import { Runner } from './runner.ts';
import { type Measured, planSteps, type Schedule } from './schedule.ts';

/** A gradient whose norm is this many times the usual one is brought down to that. */
const clipAt = 4;
/** Evaluations of the end-to-end training, and after how many without gain it stops. */
const evaluations = 8;
const patience = 3;

/** One run of the job; see trainJob. */
export class Trainer {
  readonly #context: JobContext;
  readonly #runner: Runner;
  readonly #params: TrainParams;
  readonly #parameters: Parameters;
  readonly #batches: Batches;
  /** The batches that are trained on, and those that decide. */
  readonly #training: number[];
  readonly #held: number[];
  readonly #key: string;
  readonly #deadline: number;
  #outputs: TensorCache;
  #notes: string[] = [];
  #tiers: TierResult[] = [];
  #schedule: Schedule = { parts: [], whole: 0, share: 1 };
  #stepMs: number[] = [];
  #before = Number.NaN;
  #best = Number.NaN;
  #done = 0;
  #total = 1;
  #saved = performance.now();
  #caches = 0;
  #late = false;

  constructor(context: JobContext, params: TrainParams) {
    this.#context = context;
    this.#runner = new Runner(context, params.session);
    this.#params = params;
    this.#deadline = performance.now() + params.budgetMs;
    this.#parameters = new Parameters(params.parameters);
    const { data, batch, seed, inputs, heldBack } = params;
    this.#batches = new Batches(data.store, data.samples, batch, batchAxes(inputs), seed);
    const all = Array.from({ length: this.#batches.count }, (_, at) => at);
    this.#training = all.slice(0, all.length - heldBack);
    this.#held = all.slice(all.length - heldBack);
    this.#outputs = this.#cache();
    this.#key = keyOf(params);
  }

  async run(): Promise<TrainResult> {
    const { whole, resume, workDir } = this.#params;
    const restored = resume ? loadCheckpoint(this.#checkpointPath(workDir), this.#key) : undefined;
    await this.#forwardAll(whole.teacher, whole.teacherInputs, whole.teacherOutputs, undefined, this.#outputs);
    if (restored) this.#restoreAll(restored);
    await this.#chooseDevice();
    if (!restored) {
      this.#before = await this.#evaluate();
      this.#best = this.#before;
      await this.#measure();
    }
    this.#total = this.#schedule.parts.reduce((sum, steps) => sum + steps, 0) + this.#schedule.whole;
    await this.#trainParts(restored);
    await this.#trainWhole(restored);
    this.#outputs.drop();
    await this.#runner.close(whole.forward);
    if (this.#late) this.#notes.push('The budget ended before the planned steps did; what was reached is kept.');
    return {
      parameters: Object.fromEntries(this.#parameters.values),
      tiers: this.#tiers,
      before: this.#before,
      after: this.#best,
      steps: this.#tiers.reduce((sum, tier) => sum + tier.steps, 0),
      stepMs: this.#stepMs,
      notes: this.#notes,
    };
  }

  /** Trains where the policy's target runs, if that gives the right gradients. */
  async #chooseDevice(): Promise<void> {
    const { device, whole: part, session } = this.#params;
    if (device === undefined || device === session.provider || part.backward === undefined) return;
    const b = this.#training[0] as number;
    const labels = part.labels;
    const feeds = this.#feeds(this.#batches, b, part.inputs);
    const ones = labels && (() => this.#batches.labels(b, labels.dims));
    const given = this.#stepFeeds(part, feeds, this.#outputs.get(b), ones);
    const why = await this.#runner.moveTo(device, part.backward, given, [lossName, ...part.gradients]);
    const note = why === undefined ? `Trained on ${device}.` : `Trained on the CPU: ${why}.`;
    if (!this.#notes.includes(note)) this.#notes.push(note);
  }

  /** Part after part, each on inputs that the trained parts before it give. */
  async #trainParts(restored: Checkpoint | undefined): Promise<void> {
    const { parts } = this.#params;
    const last = this.#schedule.parts.findLastIndex((steps) => steps > 0);
    if (restored && restored.part >= parts.length) {
      this.#done += this.#schedule.parts.reduce((sum, steps) => sum + steps, 0);
      return;
    }
    if (last < 0) return;
    if (!restored) await this.#startFromFloat();
    let student: TensorCache | undefined;
    let teacher: TensorCache | undefined;
    for (const [at, part] of parts.entries()) {
      if (at > last) break;
      const targets = this.#cache();
      await this.#forwardAll(
        part.teacher,
        part.teacherInputs,
        part.teacherOutputs,
        cutOf(part.teacherCut, teacher),
        targets,
      );
      const steps = this.#schedule.parts[at] as number;
      if (restored && at < restored.part) this.#done += steps;
      else if (steps > 0) {
        const resumed = restored?.part === at ? restored.state : undefined;
        const given = cutOf(part.cut, student);
        await this.#tier(part, at, steps, resumed, (b) => ({
          feeds: this.#feeds(this.#batches, b, part.inputs, given),
          targets: targets.get(b),
        }));
        if (at < last) this.#checkpoint(at + 1, undefined, true);
      }
      teacher?.drop();
      teacher = targets;
      if (at === last) break;
      const next = this.#cache();
      const { forward, inputs, outputs } = part;
      await this.#forwardAll(forward, inputs, outputs, cutOf(part.cut, student), next, part);
      student?.drop();
      student = next;
    }
    student?.drop();
    teacher?.drop();
    if (this.#best < this.#before) return;
    this.#notes.push('Training by blocks did not come nearer to FP32 than Level 2, which is what is trained further.');
    this.#parameters.setInitial();
    this.#best = this.#before;
  }

  /**
   * Blocks are trained to FP32's own activations. Corrected biases and the like, which make up for the errors of the blocks
   * before, would stand in the way, so the float model's numbers are where they start.
   */
  async #startFromFloat(): Promise<void> {
    this.#parameters.setFloat();
    this.#best = await this.#evaluate();
  }

  async #trainWhole(restored: Checkpoint | undefined): Promise<void> {
    const { parts, whole, training } = this.#params;
    const steps = this.#schedule.whole;
    if (steps === 0) return;
    const at = parts.length;
    const resumed = restored?.part === at ? restored.state : undefined;
    if (!resumed) this.#checkpoint(at, undefined, true);
    if (!training) {
      await this.#tier(whole, at, steps, resumed, (b) => ({
        feeds: this.#feeds(this.#batches, b, whole.inputs),
        targets: this.#outputs.get(b),
        labels: () => this.#batches.labels(b, whole.labels?.dims ?? []),
      }));
      return;
    }
    const { batch, inputs, seed } = this.#params;
    const batches = new Batches(training.store, training.samples, batch, batchAxes(inputs), seed);
    const targets = this.#cache();
    await this.#forwardAll(
      whole.teacher,
      whole.teacherInputs,
      whole.teacherOutputs,
      undefined,
      targets,
      undefined,
      batches,
    );
    const source = (b: number) => ({
      feeds: this.#feeds(batches, b, whole.inputs),
      targets: targets.get(b),
      labels: () => batches.labels(b, whole.labels?.dims ?? []),
    });
    await this.#tier(whole, at, steps, resumed, source, batches.count);
    targets.drop();
  }

  /** Trains one program and keeps the result where the whole comes nearer to FP32. */
  async #tier(
    part: TrainedPart,
    at: number,
    steps: number,
    resumed: PartState | undefined,
    source: (batch: number) => StepData,
    count?: number,
  ): Promise<void> {
    const whole = part === this.#params.whole;
    const order = count === undefined ? this.#training : Array.from({ length: count }, (_, b) => b);
    if (whole && !resumed) this.#parameters.settle(part.trained);
    const state: PartState = resumed ?? {
      step: 0,
      moments: new Map(part.trained.map((name) => [name, freshMoments(this.#parameters.value(name).length)])),
      norm: 0,
      start: this.#parameters.snapshot(part.trained),
      good: this.#parameters.snapshot(part.trained),
      goodDistance: Number.isFinite(this.#best) ? this.#best : Number.POSITIVE_INFINITY,
      stale: 0,
    };
    const session = await this.#runner.open(part.backward as string);
    const interval = Math.max(10, Math.floor(steps / evaluations));
    this.#done += state.step;
    let diverged = false;
    let loss = Number.NaN;
    while (state.step < steps && state.stale < patience && !this.#late) {
      const { step } = state;
      const { feeds, targets, labels } = source(this.#batchAt(order, at, step));
      const given = this.#stepFeeds(part, feeds, targets, labels);
      loss = await this.#step(
        session,
        part,
        given,
        state,
        (whole ? this.#params.wholeFactor : 1) * cosine(step, steps),
      );
      if (!Number.isFinite(loss)) {
        diverged = true;
        break;
      }
      state.step += 1;
      this.#done += 1;
      this.#context.progress(this.#done, this.#total, `${part.name}, loss ${loss.toPrecision(3)}`);
      if (performance.now() > this.#deadline) this.#late = true;
      if (state.step % interval !== 0 || state.step >= steps) continue;
      if (whole) await this.#rate(part, state, steps);
      this.#checkpoint(at, state);
    }
    await this.#runner.close(part.backward as string);
    if (diverged) {
      this.#notes.push(`${part.name}: the loss diverged at step ${state.step + 1}; the last good state is kept.`);
      this.#parameters.restore(state.good);
    } else await this.#rate(part, state, steps);
    const { goodDistance } = state;
    const kept = goodDistance < this.#best || (Number.isNaN(this.#best) && Number.isFinite(goodDistance));
    const reached = Number.isFinite(state.goodDistance) && kept ? goodDistance : await this.#evaluate();
    this.#tiers.push({ name: part.name, steps: state.step, lossBefore: this.#best, lossAfter: reached, kept });
    this.#parameters.restore(kept ? state.good : state.start);
    if (kept) this.#best = goodDistance;
    this.#done += steps - state.step;
  }

  /** Remembers the present state if it is the best of this tier. High rates at first disturb what a tier starts from. */
  async #rate(part: TrainedPart, state: PartState, steps: number): Promise<void> {
    const now = await this.#evaluate();
    if (now < state.goodDistance) {
      state.good = this.#parameters.snapshot(part.trained);
      state.goodDistance = now;
      state.stale = 0;
    } else if (state.step > steps / 2) state.stale += 1;
  }

  /** One training step. @returns the loss, NaN where it or a gradient is not finite (then nothing has changed) */
  async #step(
    session: InferenceSession,
    part: TrainedPart,
    given: Feeds,
    state: PartState,
    factor: number,
  ): Promise<number> {
    const results = await this.#runner.run(session, given, [lossName, ...part.gradients]);
    const loss = ((results[lossName] as Tensor).data as Float32Array)[0] as number;
    const gradients = part.gradients.map((name) => (results[name] as Tensor).data as Float32Array);
    const norm = gradientNorm(gradients);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) return Number.NaN;
    const usual = state.norm === 0 ? norm : state.norm;
    const scale = norm > clipAt * usual ? (clipAt * usual) / norm : 1;
    state.norm = 0.9 * usual + 0.1 * norm * scale;
    part.trained.forEach((name, i) => {
      const info = this.#parameters.info(name);
      const moments = state.moments.get(name) as NonNullable<ReturnType<PartState['moments']['get']>>;
      adamStep(
        this.#parameters.value(name),
        gradients[i] as Float32Array,
        moments,
        state.step + 1,
        info,
        factor,
        scale,
      );
    });
    return loss;
  }

  /** Distance of the whole student's outputs from FP32's on the held-back batches. */
  async #evaluate(): Promise<number> {
    const { whole, distance: kind } = this.#params;
    const session = await this.#runner.open(whole.forward);
    let sum = 0;
    for (const b of this.#held) {
      const feeds = { ...this.#feeds(this.#batches, b, whole.inputs), ...this.#parameters.feeds(whole.parameters) };
      const got = await this.#runner.run(session, feeds, whole.outputs);
      const wanted = this.#outputs.get(b);
      const pairs = whole.outputs.map((name, i) => ({
        got: got[name] as Tensor,
        wanted: wanted[whole.teacherOutputs[i] as string] as Tensor,
      }));
      sum += distance(pairs, kind);
    }
    return sum / this.#held.length;
  }

  /** One step of each program timed, and each part's own error on FP32 inputs: the schedule follows. */
  async #measure(): Promise<void> {
    const { parts, whole, steps, budgetMs } = this.#params;
    const b = this.#training[0] as number;
    const measured: Measured[] = [];
    let cut: Tensor | undefined;
    for (const part of parts) {
      const student = await this.#runner.open(part.forward);
      const teacher = await this.#runner.open(part.teacher);
      const feeds = this.#feeds(this.#batches, b, part.inputs, part.cut && cut ? { [part.cut]: cut } : undefined);
      const own = await this.#runner.run(
        student,
        { ...feeds, ...this.#parameters.feeds(part.parameters) },
        part.outputs,
      );
      const known = part.teacherCut && cut ? { [part.teacherCut]: cut } : undefined;
      const targets = await this.#runner.run(
        teacher,
        this.#feeds(this.#batches, b, part.teacherInputs, known),
        part.teacherOutputs,
      );
      const pairs = part.outputs.map((name, i) => ({
        got: own[name] as Tensor,
        wanted: targets[part.teacherOutputs[i] as string] as Tensor,
      }));
      await this.#runner.close(part.forward);
      await this.#runner.close(part.teacher);
      const stepMs = await this.#time(part, feeds, targets);
      measured.push({ stepMs, damage: distance(pairs, 'mse') });
      cut = targets[part.teacherOutputs[0] as string];
    }
    const feeds = this.#feeds(this.#batches, b, whole.inputs);
    const wholeMs = await this.#time(whole, feeds, this.#outputs.get(b));
    this.#stepMs = [...measured.map(({ stepMs }) => stepMs), wholeMs];
    this.#schedule = planSteps(measured, { stepMs: wholeMs, damage: 0 }, steps, budgetMs);
    if (this.#schedule.share < 1) {
      const percent = Math.round(this.#schedule.share * 100);
      this.#notes.push(
        `The budget of ${Math.round(budgetMs / 1000)} s holds about ${percent} % of the usual training steps; ` +
          'the blocks with the largest error come first.',
      );
    }
  }

  async #time(part: TrainedPart, feeds: Feeds, targets: Feeds): Promise<number> {
    if (part.backward === undefined) return 0;
    const session = await this.#runner.open(part.backward);
    const labels = part.labels;
    const given = this.#stepFeeds(part, feeds, targets, labels && (() => this.#batches.labels(0, labels.dims)));
    await this.#runner.run(session, given, [lossName, ...part.gradients]);
    const begin = performance.now();
    await this.#runner.run(session, given, [lossName, ...part.gradients]);
    const took = performance.now() - begin;
    await this.#runner.close(part.backward);
    return took;
  }

  /** Runs a model over all batches into a cache. */
  async #forwardAll(
    model: string,
    inputs: readonly string[],
    outputs: readonly string[],
    cut: CutFeeds | undefined,
    to: TensorCache,
    part?: TrainedPart,
    batches = this.#batches,
  ): Promise<void> {
    const session = await this.#runner.open(model);
    for (let b = 0; b < batches.count; b++) {
      const feeds = { ...this.#feeds(batches, b, inputs, cut), ...(part && this.#parameters.feeds(part.parameters)) };
      to.set(b, await this.#runner.run(session, feeds, outputs));
    }
    await this.#runner.close(model);
  }

  /** What a part is fed on a batch: those of the model's inputs that it reads, and the value at the cut. */
  #feeds(batches: Batches, b: number, names: readonly string[], cut?: CutFeeds | Feeds): Feeds {
    const known = typeof cut === 'function' ? cut(b) : cut;
    if (known && names.every((name) => name in known)) return pick(known, names);
    return pick({ ...batches.feeds(b), ...known }, names);
  }

  /** Each epoch goes through the batches in an order of its own, which depends on nothing but the seed. */
  #batchAt(batches: readonly number[], part: number, step: number): number {
    const epoch = Math.floor(step / batches.length);
    const order = new Random(this.#params.seed, `part ${part}, epoch ${epoch}`).shuffle([...batches]);
    return order[step % batches.length] as number;
  }

  #stepFeeds(part: TrainedPart, feeds: Feeds, targets: Feeds, labels: (() => Tensor) | undefined): Feeds {
    const given: Feeds = { ...feeds, ...this.#parameters.feeds(part.parameters) };
    part.targets.forEach((name, i) => {
      given[name] = targets[part.teacherOutputs[i] as string] as Tensor;
    });
    if (part.labels && labels) given[part.labels.name] = labels();
    return given;
  }

  #restoreAll({ values, tiers, notes, schedule, stepMs, before, best }: Checkpoint): void {
    this.#parameters.restore(values);
    this.#tiers = tiers;
    this.#notes = notes;
    this.#schedule = schedule;
    this.#stepMs = stepMs;
    this.#before = before;
    this.#best = best;
  }

  #checkpoint(part: number, state: PartState | undefined, always = false): void {
    const now = performance.now();
    if (!always && now - this.#saved < this.#params.checkpointMs) return;
    this.#saved = now;
    saveCheckpoint(this.#checkpointPath(this.#params.workDir), {
      key: this.#key,
      part,
      state,
      values: this.#parameters.values,
      before: this.#before,
      best: this.#best,
      tiers: this.#tiers,
      notes: this.#notes,
      schedule: this.#schedule,
      stepMs: this.#stepMs,
    });
  }

  #checkpointPath(folder: string): string {
    return join(folder, 'training.checkpoint');
  }

  #cache(): TensorCache {
    const { workDir, cacheBytes } = this.#params;
    return new TensorCache(join(workDir, `cache-${this.#caches++}.bin`), cacheBytes);
  }
}

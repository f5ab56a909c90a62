import { join } from 'node:path';
import { batchAxes } from '../data/batch.ts';
import type { Tensor } from '../tensor.ts';
import { Batches } from './batches.ts';
import { type Feeds, type Room, TensorCache } from './cache.ts';
import { distances, mean } from './distance.ts';
import type { TrainedPart, TrainParams } from './job.ts';
import type { Parameters } from './parameters.ts';
import { type CutFeeds, pick, type StepData } from './part-data.ts';
import type { Runner } from './runner.ts';
import { type Measured, usualTime } from './schedule.ts';

/** Steps of each program that are timed, and the part of the budget after which fewer have to do. */
const timedSteps = 7;
const leastTimed = 3;
const timingShare = 0.01;

/** Runs the programs of a training on batches of the calibration data. */
export class Programs {
  readonly runner: Runner;
  readonly batches: Batches;
  /** The batches that are trained on, and those that decide. */
  training: readonly number[];
  held: readonly number[];
  /** Of the order of batches. */
  readonly seed: number;
  readonly #params: TrainParams;
  readonly #parameters: Parameters;
  /** FP32's outputs, by batch. */
  readonly outputs: TensorCache;
  #caches = 0;
  readonly #room: Room;
  readonly #late: () => boolean;

  /** @param late whether passes between the parts are to end */
  constructor(params: TrainParams, parameters: Parameters, runner: Runner, late: () => boolean) {
    this.runner = runner;
    this.#late = late;
    this.#params = params;
    this.seed = params.seed;
    this.#parameters = parameters;
    const { data, batch, seed, inputs, heldBack } = params;
    this.batches = new Batches(data.store, data.samples, batch, batchAxes(inputs), seed);
    const all = Array.from({ length: this.batches.count }, (_, at) => at);
    this.training = all.slice(0, all.length - heldBack);
    this.held = all.slice(all.length - heldBack);
    this.#room = { left: params.cacheBytes };
    this.outputs = this.cache();
  }

  /** Uses so many of the batches alone. */
  limit({ training, held }: { training: number; held: number }): void {
    this.training = this.training.slice(0, training);
    this.held = this.held.slice(0, held);
  }

  /** Milliseconds of a batch forward through FP32. */
  async timePass(): Promise<number> {
    const { teacher, teacherInputs, teacherOutputs } = this.#params.whole;
    const session = await this.runner.open(teacher);
    const feeds = this.feeds(this.training[0] as number, teacherInputs);
    await this.runner.run(session, feeds, teacherOutputs);
    const begin = performance.now();
    await this.runner.run(session, feeds, teacherOutputs);
    return performance.now() - begin;
  }

  /** The distance of the whole student's outputs from FP32's, for each held-back sample. */
  async evaluate(): Promise<Float64Array> {
    const { whole, distance: kind, classAxis, batch } = this.#params;
    const session = await this.runner.open(whole.forward);
    const found: number[] = [];
    for (const b of this.held) {
      const feeds = { ...this.feeds(b, whole.inputs), ...this.#parameters.feeds(whole.parameters) };
      const got = await this.runner.run(session, feeds, whole.outputs);
      found.push(...distances(pairs(whole, got, this.outputs.get(b)), kind, batch, classAxis));
    }
    return Float64Array.from(found);
  }

  /** One step of each program timed, and each part's own error on FP32 inputs. */
  async measure(): Promise<{ parts: Measured[]; whole: Measured }> {
    const { parts, whole, batch } = this.#params;
    const b = this.training[0] as number;
    const measured: Measured[] = [];
    let cut: Tensor | undefined;
    for (const part of parts) {
      // What there is no time to look at is not trained.
      if (this.#late()) {
        measured.push({ stepMs: 0, damage: 0 });
        continue;
      }
      const student = await this.runner.open(part.forward);
      const teacher = await this.runner.open(part.teacher);
      const feeds = this.feeds(b, part.inputs, part.cut && cut ? { [part.cut]: cut } : undefined);
      const given = { ...feeds, ...this.#parameters.feeds(part.parameters) };
      const own = await this.runner.run(student, given, part.outputs);
      const known = part.teacherCut && cut ? { [part.teacherCut]: cut } : undefined;
      const targets = await this.runner.run(teacher, this.feeds(b, part.teacherInputs, known), part.teacherOutputs);
      // The first run of a session takes longer than those that follow.
      const begin = performance.now();
      await this.runner.run(student, given, part.outputs);
      await this.runner.run(teacher, this.feeds(b, part.teacherInputs, known), part.teacherOutputs);
      const passMs = performance.now() - begin;
      await this.runner.close(part.forward);
      await this.runner.close(part.teacher);
      const damage = mean(distances(pairs(part, own, targets), 'mse', batch));
      measured.push({ stepMs: await this.#time(part, { feeds, targets }), damage, passMs });
      cut = targets[part.teacherOutputs[0] as string];
    }
    if (this.#late()) return { parts: measured, whole: { stepMs: 0, damage: 0 } };
    const feeds = this.feeds(b, whole.inputs);
    return {
      parts: measured,
      whole: { stepMs: await this.#time(whole, { feeds, targets: this.outputs.get(b) }), damage: 0 },
    };
  }

  async #time(part: TrainedPart, data: StepData): Promise<number> {
    if (part.backward === undefined) return 0;
    const session = await this.runner.open(part.backward);
    const { labels } = part;
    const given = this.stepFeeds(part, { ...data, labels: () => this.batches.labels(0, labels?.dims ?? []) });
    const times: number[] = [];
    const began = performance.now();
    while (times.length < timedSteps) {
      const begin = performance.now();
      await this.runner.run(session, given, [part.loss, ...part.gradients]);
      times.push(performance.now() - begin);
      if (times.length >= leastTimed && performance.now() - began > timingShare * this.#params.budgetMs) break;
    }
    await this.runner.close(part.backward);
    return usualTime(times);
  }

  /** FP32's outputs on all batches that are used. */
  async teachOutputs(): Promise<void> {
    const { teacher, teacherInputs, teacherOutputs } = this.#params.whole;
    const session = await this.runner.open(teacher);
    for (const b of [...this.training, ...this.held])
      this.outputs.set(b, await this.runner.run(session, this.feeds(b, teacherInputs), teacherOutputs));
    await this.runner.close(teacher);
  }

  /** Runs FP32's part over batches into a cache. @returns false where the budget ended before they did */
  teach(
    part: TrainedPart,
    cut: CutFeeds | undefined,
    to: TensorCache,
    which = this.training,
    batches = this.batches,
  ): Promise<boolean> {
    return this.#forwardAll(part.teacher, part.teacherOutputs, to, which, (b) =>
      this.feeds(b, part.teacherInputs, cut?.(b), batches),
    );
  }

  /** Runs the student's part, as its parameters are now, over the training batches into a cache; else as `teach`. */
  forward(part: TrainedPart, cut: CutFeeds | undefined, to: TensorCache): Promise<boolean> {
    const parameters = this.#parameters.feeds(part.parameters);
    return this.#forwardAll(part.forward, part.outputs, to, this.training, (b) => ({
      ...this.feeds(b, part.inputs, cut?.(b)),
      ...parameters,
    }));
  }

  async #forwardAll(
    model: string,
    outputs: readonly string[],
    to: TensorCache,
    which: readonly number[],
    feeds: (batch: number) => Feeds,
  ): Promise<boolean> {
    const session = await this.runner.open(model);
    let done = 0;
    for (; done < which.length && !this.#late(); done++) {
      const b = which[done] as number;
      to.set(b, await this.runner.run(session, feeds(b), outputs));
    }
    await this.runner.close(model);
    return done === which.length;
  }

  /** What a part is fed on a batch: those of the model's inputs that it reads, and the value at the cut. */
  feeds(b: number, names: readonly string[], cut?: Feeds, batches = this.batches): Feeds {
    if (cut && names.every((name) => Object.hasOwn(cut, name))) return pick(cut, names);
    return pick({ ...batches.feeds(b), ...cut }, names);
  }

  /** Everything that a step of a part is fed. */
  stepFeeds(part: TrainedPart, data: StepData): Feeds {
    return { ...this.stepData(part, data), ...this.#parameters.feeds(part.parameters) };
  }

  /** What a step of a part is fed besides parameters. */
  stepData(part: TrainedPart, { feeds, targets, labels }: StepData): Feeds {
    const given: Feeds = { ...feeds };
    part.targets.forEach((name, i) => {
      given[name] = targets[part.teacherOutputs[i] as string] as Tensor;
    });
    if (part.labels && labels) given[part.labels.name] = labels();
    return given;
  }

  cache(): TensorCache {
    return new TensorCache(join(this.#params.workDir, `cache-${this.#caches++}.bin`), this.#room);
  }
}

function pairs(part: TrainedPart, got: Feeds, wanted: Feeds): { got: Tensor; wanted: Tensor }[] {
  return part.outputs.map((name, i) => ({
    got: got[name] as Tensor,
    wanted: wanted[part.teacherOutputs[i] as string] as Tensor,
  }));
}

import { existsSync } from 'node:fs';
import { batchAxes } from '../data/batch.ts';
import type { JobContext } from '../runtime/job.ts';
import { Batches } from './batches.ts';
import type { TensorCache } from './cache.ts';
import { checkLoop } from './check-loop.ts';
import { type Checkpoint, checkpointPath, loadCheckpoint, type PartState, saveCheckpoint } from './checkpoint.ts';
import { clearlyNearer, mean } from './distance.ts';
import type { TierResult, TrainedPart, TrainParams, TrainResult } from './job.ts';
import { LoopStepper } from './loop-stepper.ts';
import { Parameters } from './parameters.ts';
import { cutOf, keyOf, type StepData } from './part-data.ts';
import { Programs } from './programs.ts';
import { Runner } from './runner.ts';
import { affordableBatches, evaluationsOfWhole, planSteps, type Schedule } from './schedule.ts';
import { HostStepper } from './stepper.ts';
import { batchesOf, type Conclusion, concludeTier, type Tier, trainTier } from './tier.ts';

/** One run of the job; see trainJob. */
export class Trainer {
  readonly #context: JobContext;
  readonly #runner: Runner;
  readonly #params: TrainParams;
  readonly #parameters: Parameters;
  readonly #programs: Programs;
  readonly #key: string;
  readonly #deadline: number;
  readonly #begin = performance.now();
  /** Milliseconds of the budget that were gone at the beginning. */
  #spentBefore: number;
  #notes: string[] = [];
  #tiers: TierResult[] = [];
  #schedule: Schedule = { parts: [], whole: 0, share: 1 };
  #stepMs: number[] = [];
  #evaluationMs = 0;
  /** Of a batch forward through FP32. */
  #passMs = 0;
  /** Distance of each held-back sample: of Level 2, and of the best so far. */
  #before: Float64Array = new Float64Array();
  #best: Float64Array = new Float64Array();
  #done = 0;
  #total = 1;
  #saved = performance.now();
  /** The training of a program that was interrupted and did not go on yet. */
  #unfinished: { part: TrainedPart; state: PartState } | undefined;
  #late = false;
  #loops = false;

  constructor(context: JobContext, params: TrainParams) {
    this.#context = context;
    this.#runner = new Runner(context, params.session);
    this.#params = params;
    this.#deadline = this.#begin + params.budgetMs - params.spentMs;
    this.#spentBefore = params.spentMs;
    this.#parameters = new Parameters(params.parameters);
    this.#programs = new Programs(params, this.#parameters, this.#runner, () => this.#isLate());
    this.#loops = params.device === undefined;
    this.#notes = [...(params.notes ?? [])];
    this.#key = keyOf(params);
  }

  async run(): Promise<TrainResult> {
    const { parts, whole, resume, enough } = this.#params;
    const restored = resume ? loadCheckpoint(this.#checkpointPath, this.#key) : undefined;
    if (resume && !restored && existsSync(this.#checkpointPath))
      this.#note('The training that was interrupted had other settings: this one starts at the beginning.');
    // It was what came after the training that was interrupted.
    if (restored?.result) return restored.result;
    this.#programs.limit(restored?.batches ?? (await this.#affordable()));
    await this.#programs.teachOutputs();
    if (restored) this.#restoreAll(restored);
    await this.#chooseDevice();
    if (!restored) {
      // Loading the model, which is done once, is no part of what an evaluation takes.
      await this.#runner.open(whole.forward);
      const begin = performance.now();
      this.#before = await this.#programs.evaluate();
      this.#evaluationMs = performance.now() - begin;
      this.#best = this.#before;
      if (this.#before.length < 2)
        this.#notes.push(
          'A single sample that is held back does not tell whether training helps: give more calibration data.',
        );
      else if (mean(this.#before) < enough)
        this.#notes.push('Level 2 is so near to FP32 that there is nothing to win back.');
      else await this.#plan();
    }
    this.#total = this.#schedule.parts.reduce((sum, steps) => sum + steps, 0) + this.#schedule.whole;
    await this.#trainParts(restored);
    const { keepBlocks } = this.#params;
    const blocks = keepBlocks && new Map([...this.#parameters.values].map(([name, data]) => [name, data.slice()]));
    await this.#trainWhole(restored);
    this.#leaveUnfinished();
    this.#programs.outputs.drop();
    await this.#runner.close(whole.forward);
    if (this.#late) this.#notes.push('The budget ended before the planned steps did; what was reached is kept.');
    const improved = clearlyNearer(this.#best, this.#before);
    if (!improved) this.#dropTiers();
    const result: TrainResult = {
      parameters: Object.fromEntries(this.#parameters.values),
      ...(blocks && { blocks: Object.fromEntries(blocks) }),
      tiers: this.#tiers,
      improved,
      before: mean(this.#before),
      after: mean(this.#best),
      steps: this.#tiers.reduce((sum, tier) => sum + tier.steps, 0),
      stepMs: this.#stepMs,
      spentMs: this.#spentMs,
      notes: this.#notes,
    };
    this.#save(parts.length, undefined, result);
    return result;
  }

  /** Trains where the policy's target runs, if that gives the right gradients. */
  async #chooseDevice(): Promise<void> {
    const { device, whole: part, session } = this.#params;
    if (device === undefined || device === session.provider) return;
    if (part.backward === undefined) {
      this.#note(`Trained on the CPU: no gradient goes through the whole model, by which ${device} could be checked.`);
      return;
    }
    const programs = this.#programs;
    const b = programs.training[0] as number;
    const data: StepData = {
      feeds: programs.feeds(b, part.inputs),
      targets: programs.outputs.get(b),
      labels: () => programs.batches.labels(b, part.labels?.dims ?? []),
    };
    const outputs = [part.loss, ...part.gradients];
    const why = await this.#runner.moveTo(device, part.backward, programs.stepFeeds(part, data), outputs);
    this.#note(why === undefined ? `Trained on ${device}.` : `Trained on the CPU: ${why}.`);
    if (why !== undefined || !part.loop) return;
    const alone = await checkLoop(part, this.#parameters, this.#runner, programs.stepData(part, data));
    this.#loops = alone === undefined;
    if (!this.#loops) this.#note(`Steps are taken one by one, as several in a loop on ${device} fail (${alone}).`);
  }

  #note(sentence: string): void {
    if (!this.#notes.includes(sentence)) this.#notes.push(sentence);
  }

  /** Whether what is left of the budget is what the evaluation at the end takes. */
  #isLate(): boolean {
    this.#late ||= performance.now() > this.#deadline - this.#evaluationMs;
    return this.#late;
  }

  /** As many batches as the budget has passes for. */
  async #affordable(): Promise<Checkpoint['batches']> {
    const { parts, batch, budgetMs } = this.#params;
    const { training, held } = this.#programs;
    const all = { training: training.length, held: held.length };
    this.#passMs = await this.#programs.timePass();
    const left = this.#deadline - performance.now();
    const some = affordableBatches(all, { parts: parts.length, batch, passMs: this.#passMs, budgetMs: left });
    if (some.training < all.training || some.held < all.held) {
      this.#notes.push(
        `The budget of ${Math.round(budgetMs / 1000)} s is too short for passes over all samples: ` +
          `${some.training * batch} are trained on, ${some.held * batch} held back.`,
      );
    }
    return some;
  }

  /** One step of each program is timed; how many there will be follows from the budget. */
  async #plan(): Promise<void> {
    const { steps, budgetMs, training } = this.#params;
    const { parts, whole } = await this.#programs.measure();
    this.#stepMs = [...parts, whole].map(({ stepMs }) => stepMs);
    const evaluations = parts.filter(({ stepMs }) => stepMs > 0).length + 1;
    const passMs = parts.reduce((sum, part) => sum + (part.passMs ?? 0), 0);
    // Targets of the data with labels are found when they are needed.
    const labelled = training ? Math.min(steps.whole, Math.floor(training.samples.length / this.#params.batch)) : 0;
    this.#schedule = planSteps(parts, whole, steps, this.#deadline - performance.now(), {
      parts: evaluations * this.#evaluationMs + this.#programs.training.length * passMs,
      whole: evaluationsOfWhole * this.#evaluationMs + labelled * this.#passMs,
    });
    if (this.#schedule.share >= 1) return;
    const percent = Math.round(this.#schedule.share * 100);
    this.#notes.push(
      `The budget of ${Math.round(budgetMs / 1000)} s holds about ${percent} % of the usual training steps; ` +
        'the blocks with the largest error come first.',
    );
  }

  /** Part after part, each on inputs that the trained parts before it give. */
  async #trainParts(restored: Checkpoint | undefined): Promise<void> {
    const { parts } = this.#params;
    const programs = this.#programs;
    const last = this.#schedule.parts.findLastIndex((steps) => steps > 0);
    if (restored && restored.part >= parts.length) {
      this.#done += this.#schedule.parts.reduce((sum, steps) => sum + steps, 0);
      return;
    }
    if (last < 0) return;
    if (!restored) await this.#startFromFloat();
    let student: TensorCache | undefined;
    let teacher: TensorCache | undefined;
    for (const [at, part] of parts.slice(0, last + 1).entries()) {
      const targets = programs.cache();
      const taught = await programs.teach(part, cutOf(part.teacherCut, teacher), targets);
      if (!taught) {
        targets.drop();
        break;
      }
      const given = cutOf(part.cut, student);
      const steps = this.#schedule.parts[at] as number;
      if (restored && at < restored.part) this.#done += steps;
      else if (steps > 0) {
        const resumed = restored?.part === at ? restored.state : undefined;
        const source = (b: number) => ({ feeds: programs.feeds(b, part.inputs, given?.(b)), targets: targets.get(b) });
        await this.#tier({ part, at, steps, factor: 1, rated: false, batches: programs.training, source, resumed });
        if (at < last) this.#checkpoint(at + 1, undefined, true);
      }
      teacher?.drop();
      teacher = targets;
      if (at === last) break;
      const next = programs.cache();
      const handedOn = await programs.forward(part, given, next);
      student?.drop();
      student = next;
      if (!handedOn) break;
    }
    student?.drop();
    teacher?.drop();
    this.#leaveUnfinished();
    if (mean(this.#best) < mean(this.#before)) return;
    this.#notes.push('Training by blocks did not come nearer to FP32 than Level 2, which is what is trained further.');
    this.#dropTiers();
  }

  /**
   * Blocks are trained to FP32's own activations. Corrected biases and the like, which make up for the errors of the blocks
   * before, would stand in the way, so the float model's numbers are where they start. Blocks for which the budget has no
   * steps stay as they are.
   */
  async #startFromFloat(): Promise<void> {
    const { parts } = this.#params;
    for (const [at, { trained }] of parts.entries()) {
      if ((this.#schedule.parts[at] as number) > 0) this.#parameters.setFloat(trained);
    }
    this.#best = await this.#programs.evaluate();
  }

  /** Back to Level 2. */
  #dropTiers(): void {
    this.#parameters.setInitial();
    this.#best = this.#before;
    this.#tiers = this.#tiers.map((tier) => ({ ...tier, kept: false }));
  }

  async #trainWhole(restored: Checkpoint | undefined): Promise<void> {
    const { parts, whole, training, wholeFactor, batch, inputs, seed } = this.#params;
    const programs = this.#programs;
    const steps = this.#schedule.whole;
    if (steps === 0 || this.#isLate()) return;
    const at = parts.length;
    const resumed = restored?.part === at ? restored.state : undefined;
    if (!resumed) {
      this.#checkpoint(at, undefined, true);
      this.#parameters.settle(whole.trained);
    }
    const tier = { part: whole, at, steps, factor: wholeFactor, rated: true, resumed };
    const from =
      (batches: Batches, targets: TensorCache) =>
      (b: number): StepData => ({
        feeds: programs.feeds(b, whole.inputs, undefined, batches),
        targets: targets.get(b),
        labels: () => batches.labels(b, whole.labels?.dims ?? []),
      });
    if (!training) {
      await this.#tier({ ...tier, batches: programs.training, source: from(programs.batches, programs.outputs) });
      return;
    }
    const batches = new Batches(training.store, training.samples, batch, batchAxes(inputs), seed);
    const targets = programs.cache();
    const all = Array.from({ length: batches.count }, (_, b) => b);
    const read = batchesOf({ at, batches: all, steps }, seed);
    if (await programs.teach(whole, undefined, targets, read, batches))
      await this.#tier({ ...tier, batches: all, source: from(batches, targets) });
    targets.drop();
  }

  async #tier(what: Omit<Tier, 'open'>): Promise<void> {
    const { part, at, steps, resumed } = what;
    const stepper = this.#loops && part.loop ? LoopStepper : HostStepper;
    const tier = { ...what, open: () => stepper.open(part, this.#parameters, this.#runner) };
    const begin = this.#done;
    this.#done += resumed?.step ?? 0;
    if (resumed) this.#unfinished = undefined;
    const conclusion = await trainTier(tier, this.#best, this.#parameters, this.#programs, {
      step: (loss) => {
        this.#done += 1;
        const detail = `${part.name}, loss ${loss.toPrecision(3)}, about ${this.#secondsLeft(at)} s left`;
        this.#context.progress(this.#done, this.#total, detail);
      },
      checkpoint: (state) => this.#checkpoint(at, state),
      note: (sentence) => this.#notes.push(sentence),
      late: () => this.#isLate(),
    });
    this.#conclude(conclusion);
    this.#done = begin + steps;
  }

  /** What was interrupted, and has no time left to go on, ends with the best that it had seen. */
  #leaveUnfinished(): void {
    if (!this.#unfinished) return;
    const { part, state } = this.#unfinished;
    this.#unfinished = undefined;
    this.#conclude(concludeTier(part.name, state, this.#best, this.#parameters));
  }

  #conclude({ result, nearer }: Conclusion): void {
    this.#tiers.push(result);
    if (nearer) this.#best = nearer;
  }

  /** By what a step took before training, and at most what is left of the budget. */
  #secondsLeft(at: number): number {
    const steps = [...this.#schedule.parts, this.#schedule.whole];
    const before = steps.slice(0, at).reduce((sum, count) => sum + count, 0);
    let left = ((steps[at] as number) - (this.#done - before)) * (this.#stepMs[at] as number);
    for (let later = at + 1; later < steps.length; later++) left += steps[later]! * (this.#stepMs[later] as number);
    return Math.max(0, Math.ceil(Math.min(left, this.#deadline - performance.now()) / 1000));
  }

  #restoreAll({ part, state, values, tiers, notes, schedule, stepMs, before, best, spentMs }: Checkpoint): void {
    const { parts, whole } = this.#params;
    this.#unfinished = state && { part: parts[part] ?? whole, state };
    this.#parameters.restore(values);
    this.#tiers = tiers;
    this.#notes = notes;
    this.#schedule = schedule;
    this.#stepMs = stepMs;
    this.#before = before;
    this.#best = best;
    this.#spentBefore = spentMs;
  }

  get #spentMs(): number {
    return this.#spentBefore + performance.now() - this.#begin;
  }

  #checkpoint(part: number, state: PartState | undefined, always = false): void {
    const now = performance.now();
    if (!always && now - this.#saved < this.#params.checkpointMs) return;
    this.#saved = now;
    this.#save(part, state);
  }

  #save(part: number, state: PartState | undefined, result?: TrainResult): void {
    saveCheckpoint(this.#checkpointPath, {
      key: this.#key,
      part,
      state,
      values: this.#parameters.values,
      before: this.#before,
      best: this.#best,
      tiers: this.#tiers,
      notes: this.#notes,
      schedule: this.#schedule,
      batches: { training: this.#programs.training.length, held: this.#programs.held.length },
      stepMs: this.#stepMs,
      spentMs: this.#spentMs,
      ...(result && { result }),
    });
  }

  get #checkpointPath(): string {
    return checkpointPath(this.#params.workDir);
  }
}

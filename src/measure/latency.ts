import { type FeedStore, storeReference } from '../data/store.ts';
import { type Progress, type Stage, silent } from '../progress.ts';
import { Random } from '../random.ts';
import { isJobError, type RuntimeLocation, type SessionSpec, WorkerError } from '../runtime/contract.ts';
import { chooseCpus } from '../runtime/cpus.ts';
import { WorkerProcess } from '../runtime/worker-process.ts';
import type { LatencyFailure, LatencyMeasurement } from './contract.ts';
import { type Block, blockJob, type Prepared, prepareLatencyJob } from './latency-job.ts';
import { isLook, lookConfidence, minGenerations } from './latency-looks.ts';
import {
  againId,
  fp32Id,
  knownNoise,
  type MachineNoise,
  type Measured,
  noiseOf,
  type Percentile,
  type Round,
  Rounds,
  type SummaryOptions,
  shapesOf,
  summarize,
} from './latency-rounds.ts';
import { cpuTicks, describeEnvironment, type Environment, stealSince } from './machine.ts';

export interface LatencyRequest {
  fp32: SessionSpec;
  /** Sessions that differ from `fp32` in nothing but the model. */
  variants: readonly { id: string; session: SessionSpec }[];
  /** Its first samples are the inputs; a sample is repeated to fill a batch. */
  store: FeedStore;
  batches: readonly number[];
  /** The percentile at which the speed-up is stated. */
  percentile: Percentile;
  confidence: number;
  /** The longest that one variant is sampled, over all batches, with making its sessions. */
  budgetMs: number;
  seed: number;
  /**
   * Whether what is known so far decides every limit. The intervals it sees are wider than the stated confidence, to
   * pay for looking more than once. Without it, sampling ends when the speed-up is known to within `precision`.
   */
  decide?: (latency: LatencyMeasurement, id: string) => boolean;
  /** A fraction; default 0.02. */
  precision?: number;
  /** From an earlier call on this machine and FP32 model; without it an A/A pair is measured alongside. */
  noise?: readonly MachineNoise[];
  /** From an earlier call on this machine and FP32 model; without it one thread is timed first. */
  serial?: readonly SerialTime[];
  runtime: RuntimeLocation;
  progress?: Progress;
  /** Is given every round as it was taken. */
  onRound?: (round: Round) => void;
  /** For one call to a child process; default five minutes. */
  timeoutMs?: number;
}

/** What FP32 takes on one thread, where it is measured on several. */
export interface SerialTime {
  batch: number;
  /** undefined where a run is so long that it does not count how work is handed over. */
  ms: number | undefined;
}

/** What was measured, and at which batch sizes it failed; where it did at all of them, the first failure. */
export type TimedVariant = { id: string } & (
  | { latency: LatencyMeasurement[]; failed: LatencyFailure[]; error?: never }
  | { error: WorkerError; latency?: never; failed?: never }
);

export interface LatencyResult {
  fp32: LatencyMeasurement[];
  variants: TimedVariant[];
  noise: MachineNoise[];
  serial: SerialTime[];
  environment: Environment;
}

/**
 * The machine's speed changes within a tenth of a second, by a tenth and more; so blocks are short, a single run of a
 * slow model, that the blocks of a round meet the same machine.
 */
const blockMs = 25;
const maxBlockRuns = 100;
/** Milliseconds of runs before a block, as another process has just used the caches. To a run many times as long that makes no difference. */
const rewarmMs = 3;
/** For a progress line. */
const seconds = (ms: number) => (ms / 1000).toFixed(0);

/** Of a model that takes long to load, the sessions that an interval needs take longer than the budget. */
function progressText(ms: number, budgetMs: number): string {
  const limit = ms > budgetMs ? 'beyond its budget of' : 'of at most';
  return `${seconds(ms)} s ${limit} ${seconds(budgetMs)} s`;
}

/**
 * A generation of sessions is as many rounds as take so many times the time that making the sessions took, between these:
 * rounds differ more than generations do.
 */
const roundsShare = 3;
const minGenerationRounds = 3;
const maxGenerationRounds = 36;
/** The longest run on one thread, in milliseconds, that is compared with one on all. */
const mostSerialMs = 100;
/** `session.intra_op.spin_duration_us`; a gap inside a run is shorter, a switch to the other process longer. */
const spinMicroseconds = 1000;

interface Contender {
  id: string;
  session: SessionSpec;
  worker?: WorkerProcess;
  prepared?: Prepared;
  loadMs: number[];
  latency: LatencyMeasurement[];
  /** At the batch sizes before. */
  failures: { batch: number; error: WorkerError }[];
  decided: boolean;
  /** At this batch size. */
  error?: WorkerError | undefined;
}

/**
 * Measures FP32 and its variants side by side. Each has a process of its own; one runs at a time, in short blocks whose
 * order is random in every round, so that what drifts meets all of them. Processes that need fewer CPUs than there are
 * share the same ones. Sessions are made anew every few rounds, since each has its own luck with memory. A second
 * process of the FP32 file (A/A) shows what the machine alone makes of equal files.
 *
 * A variant whose process fails, or beside which FP32's does, has no numbers of that batch size; everything else goes on.
 * @throws WorkerError where FP32 fails that no variant is measured beside; UserError where the model cannot take a batch size
 */
export async function measureLatency(request: LatencyRequest): Promise<LatencyResult> {
  const { provider, threads } = request.fp32;
  const cpus = provider === 'cpu' ? await chooseCpus(threads) : undefined;
  const ticks = cpuTicks();
  const contend = (id: string, session: SessionSpec): Contender => ({
    id,
    session: { ...session, spinMicroseconds },
    loadMs: [],
    latency: [],
    failures: [],
    decided: false,
  });
  const fp32 = contend(fp32Id, request.fp32);
  const { percentile } = request;
  const isKnown = request.batches.every((batch) => knownNoise(request.noise, { batch, percentile }));
  const again = isKnown ? undefined : contend(againId, request.fp32);
  const variants = request.variants.map(({ id, session }) => contend(id, session));
  const bench = new LatencyBench(request, fp32, again, variants, cpus);
  try {
    for (const batch of request.batches) await bench.measureBatch(batch);
    return {
      fp32: fp32.latency,
      variants: variants.map(timed),
      noise: bench.noise,
      serial: bench.serial,
      environment: await describeEnvironment(ticks, { boundTo: cpus, oneThread: bench.oneThread }),
    };
  } finally {
    await bench.close();
  }
}

class LatencyBench {
  readonly noise: MachineNoise[] = [];
  readonly serial: SerialTime[] = [];
  /** The least of all batches. */
  oneThread: number | undefined;
  readonly #request: LatencyRequest;
  readonly #fp32: Contender;
  readonly #again: Contender | undefined;
  readonly #variants: Contender[];
  readonly #cpus: readonly number[] | undefined;
  readonly #random: Random;

  constructor(
    request: LatencyRequest,
    fp32: Contender,
    again: Contender | undefined,
    variants: Contender[],
    cpus: readonly number[] | undefined,
  ) {
    this.#request = request;
    this.#fp32 = fp32;
    this.#again = again;
    this.#variants = variants;
    this.#cpus = cpus;
    this.#random = new Random(request.seed, 'latency');
  }

  get #all(): Contender[] {
    return [this.#fp32, ...(this.#again ? [this.#again] : []), ...this.#variants];
  }

  /** A process for each that has none: at first, and where one ended at the batch size before. What hung hangs again. */
  async #startProcesses(): Promise<void> {
    const { runtime } = this.#request;
    // All of them have started or failed before anyone closes them.
    const started = await Promise.allSettled(
      this.#all.map(async (contender) => {
        const { error, worker } = contender;
        contender.decided = false;
        if (error?.kind === 'timeout') return;
        contender.error = undefined;
        if (worker && (!error || isJobError(error))) return;
        await worker?.close();
        await this.#guard(contender, async () => {
          contender.worker = await WorkerProcess.start({
            runtime,
            label: contender.id,
            ...(this.#cpus && { cpus: this.#cpus }),
          });
        });
      }),
    );
    const failed = started.find((each) => each.status === 'rejected');
    const failure = failed ? failed.reason : (this.#fp32.error ?? this.#again?.error);
    if (failure) throw failure;
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(({ worker }) => worker?.close()));
  }

  async measureBatch(batch: number): Promise<void> {
    const { progress = silent } = this.#request;
    const stage = progress.stage(`latency at batch ${batch}`, undefined, 'rounds');
    let taken = 0;
    try {
      await this.#startProcesses();
      taken = await this.#sample(batch, stage);
    } catch (error) {
      if (!(error instanceof WorkerError) || this.#variants.length === 0) throw error;
      // There is nothing to compare with.
      for (const variant of this.#variants) variant.error ??= error;
    } finally {
      stage.done(`${taken} rounds`);
    }
    for (const { error, failures } of this.#variants) if (error) failures.push({ batch, error });
  }

  /** @returns the rounds that count */
  async #sample(batch: number, stage: Stage): Promise<number> {
    const { batches, budgetMs } = this.#request;
    const rounds = new Rounds(await this.#timeSerial(batch));
    const start = performance.now();
    const budget = (budgetMs * Math.max(1, this.#variants.length)) / batches.length;
    const isLate = () => performance.now() - start > budget;
    let preparing = 0;
    for (let generation = 1; generation <= minGenerations || !isLate(); generation++) {
      const begin = performance.now();
      await this.#prepare(batch);
      if (this.#variants.length > 0 && !this.#variants.some((variant) => this.#isActive(variant))) break;
      const prepared = performance.now();
      preparing += prepared - begin;
      for (let round = 0; round < maxGenerationRounds; round++) {
        if (round >= 1 && isLate()) break;
        if (round >= minGenerationRounds && performance.now() - prepared > (roundsShare * preparing) / generation)
          break;
        const taken = { generation, ...(await this.#round(rounds.taken)) };
        this.#request.onRound?.(taken);
        rounds.add(taken);
        stage.advance(1, progressText(performance.now() - start, budget));
      }
      if (isLook(generation) && this.#decide(rounds, batch)) break;
    }
    if (this.#variants.length === 0 || this.#variants.some(({ error }) => !error)) this.#conclude(rounds, batch);
    return rounds.used.length;
  }

  /** FP32 on one thread, where it is measured on more. */
  async #timeSerial(batch: number): Promise<number | undefined> {
    const { serial, store, timeoutMs = 300_000 } = this.#request;
    const { session, worker } = this.#fp32;
    if (session.provider !== 'cpu' || session.threads < 2) return undefined;
    let known = serial?.find((each) => each.batch === batch);
    if (!known) {
      const params = { session: { ...session, threads: 1 }, store: storeReference(store), batch, release: true };
      await this.#guard(this.#fp32, async () => {
        const { runMs, shapes } = await worker!.call(prepareLatencyJob, params, { timeoutMs });
        // Of inputs of several sizes some take longer on all threads than the usual one on one thread.
        const isAlike = new Set(shapes).size < 2;
        known = { batch, ms: isAlike && runMs < mostSerialMs ? runMs : undefined };
      });
    }
    this.serial.push(known!);
    return known!.ms;
  }

  #isActive({ error, decided }: Contender): boolean {
    return !error && !decided;
  }

  /**
   * Fresh sessions for all, one after another, each run until it is warm. The order is random: the first to take its
   * memory and threads has not the same luck as the last.
   */
  async #prepare(batch: number): Promise<void> {
    const { store, timeoutMs = 300_000 } = this.#request;
    for (const contender of this.#random.shuffle(this.#all)) {
      if (!this.#isActive(contender)) continue;
      await this.#guard(contender, async () => {
        const params = { session: contender.session, store: storeReference(store), batch };
        contender.prepared = await contender.worker!.call(prepareLatencyJob, params, { timeoutMs });
        contender.loadMs.push(contender.prepared.loadMs);
      });
    }
  }

  /** One block of each, in random order. As many runs for each, so that each sees the same inputs. */
  async #round(index: number): Promise<Omit<Round, 'generation'>> {
    const active = this.#all.filter((contender) => this.#isActive(contender));
    const slowest = Math.max(...active.map(({ prepared }) => prepared!.runMs));
    // A tail is told from the machine's level by runs beside it.
    const least = this.#request.percentile === 'p50' ? 1 : 3;
    const runs = Math.min(maxBlockRuns, Math.max(least, Math.ceil(blockMs / slowest)));
    const ticks = cpuTicks();
    const blocks = new Map<string, Block>();
    for (const contender of this.#random.shuffle(active)) {
      const { runMs } = contender.prepared!;
      const warmRuns = runMs > blockMs / 2 ? 0 : Math.min(maxBlockRuns, Math.ceil(rewarmMs / runMs));
      const timeoutMs = Math.max(60_000, 50 * (runs + warmRuns) * runMs);
      await this.#guard(contender, async () => {
        const params = { firstFeed: index * runs, runs, warmRuns };
        blocks.set(contender.id, await contender.worker!.call(blockJob, params, { timeoutMs }));
      });
    }
    return { blocks, steal: stealSince(ticks) ?? 0 };
  }

  /** Marks the variants about which enough is known. @returns whether that is all */
  #decide(rounds: Rounds, batch: number): boolean {
    const { decide, precision = 0.02 } = this.#request;
    const options = this.#options(batch, lookConfidence(this.#request.confidence), 200);
    const noise = this.#noiseOf(rounds, options);
    for (const variant of this.#variants) {
      if (!this.#isActive(variant)) continue;
      const latency = summarize(rounds, measured(variant), noise, options);
      const { estimate, low, high } = latency.speedup;
      variant.decided = decide ? decide(latency, variant.id) : high - low <= 2 * precision * estimate;
    }
    if (this.#variants.length === 0) return noise.halfWidth <= precision;
    return !this.#variants.some((variant) => this.#isActive(variant));
  }

  #conclude(rounds: Rounds, batch: number): void {
    const options = this.#options(batch, this.#request.confidence, 600);
    const noise = this.#noiseOf(rounds, options);
    this.noise.push(noise);
    const { oneThread = Number.POSITIVE_INFINITY } = rounds;
    if (oneThread < (this.oneThread ?? Number.POSITIVE_INFINITY)) this.oneThread = oneThread;
    for (const contender of [this.#fp32, ...this.#variants]) {
      if (contender.error) continue;
      const own = measured(contender);
      contender.latency.push({ ...summarize(rounds, own, noise, options), ...shapesOf(rounds, own, options) });
    }
  }

  #options(batch: number, confidence: number, resamples: number): SummaryOptions {
    const { percentile, seed } = this.#request;
    return { batch, percentile, confidence, seed, resamples };
  }

  #noiseOf(rounds: Rounds, options: SummaryOptions): MachineNoise {
    return knownNoise(this.#request.noise, options) ?? noiseOf(rounds, options);
  }

  /** A variant's process that fails takes the variant out; FP32's ends the measurement of a batch size. */
  async #guard(contender: Contender, action: () => Promise<void>): Promise<void> {
    if (contender.error) return;
    try {
      await action();
    } catch (error) {
      if (!(error instanceof WorkerError)) throw error;
      contender.error = error;
      if (!this.#variants.includes(contender)) throw error;
    }
  }
}

function timed({ id, latency, failures }: Contender): TimedVariant {
  if (latency.length === 0 && failures[0]) return { id, error: failures[0].error };
  const failed = failures.map(({ batch, error }) => ({ batch, notMeasured: error.message, failed: true as const }));
  return { id, latency, failed };
}

function measured({ id, loadMs, prepared }: Contender): Measured {
  return { id, loadMs, shapes: prepared?.shapes ?? [] };
}

import { type FeedStore, storeReference } from '../data/store.ts';
import { type Progress, silent } from '../progress.ts';
import { Random } from '../random.ts';
import { type RuntimeLocation, type SessionSpec, WorkerError } from '../runtime/contract.ts';
import { chooseCpus } from '../runtime/cpus.ts';
import { WorkerProcess } from '../runtime/worker-process.ts';
import type { Estimate, LatencyMeasurement } from './contract.ts';
import { type Block, blockJob, type Prepared, prepareLatencyJob } from './latency-job.ts';
import { median, type PairedBlock, percentileInterval, speedupInterval, widen } from './latency-statistics.ts';
import { cpuTicks, describeEnvironment, type Environment, stealSince } from './machine.ts';

export type Percentile = 'p50' | 'p90' | 'p99';
const fractions: Record<Percentile, number> = { p50: 0.5, p90: 0.9, p99: 0.99 };

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
  runtime: RuntimeLocation;
  progress?: Progress;
  /** Is given every round as it was taken, with the fraction of time that was stolen from this machine. */
  onRound?: (round: TakenRound) => void;
  /** For one call to a child process; default five minutes. */
  timeoutMs?: number;
}

/** What two processes of the same FP32 file make of each other. */
export interface MachineNoise {
  batch: number;
  /** How far their times' quotient is from 1, in logarithms. */
  deviation: number;
  /** The furthest that the quotient's interval reaches from 1. */
  halfWidth: number;
}

export interface LatencyResult {
  fp32: LatencyMeasurement[];
  variants: { id: string; latency?: LatencyMeasurement[]; error?: WorkerError }[];
  noise: MachineNoise[];
  environment: Environment;
}

/** A block is long enough to be more than its first run, short enough that the machine does not change within a pair. */
const blockMs = 25;
const maxBlockRuns = 100;
const rewarmMs = 3;
/** For a progress line. */
const seconds = (ms: number) => (ms / 1000).toFixed(0);
/** Whatever the budget, so that there is an interval at all. */
const fewestRounds = 3;
/**
 * A generation of sessions is as many rounds as take the time that making the sessions took, between these. Nothing is
 * decided before there are enough generations to see what they differ by.
 */
const minGenerationRounds = 3;
const maxGenerationRounds = 12;
export const minGenerations = 3;
/** Looks are this factor apart. With Pocock's constant for ten looks, each has about a fifth of the error probability. */
export const lookGrowth = 1.4;
export const lookShare = 0.2;
/** `session.intra_op.spin_duration_us`; a gap inside a run is shorter, a switch to the other process longer. */
const spinMicroseconds = 1000;
const aaId = 'fp32 again';

interface Contender {
  id: string;
  session: SessionSpec;
  worker?: WorkerProcess;
  prepared?: Prepared;
  loadMs: number[];
  latency: LatencyMeasurement[];
  decided: boolean;
  error?: WorkerError;
}

/**
 * What the machine's noise adds to an interval: what the A/A pair differs by. Where the pair itself is uncertain by more
 * than this fraction, few rounds of a disturbed machine do not keep the promise of their interval, and all of it counts.
 */
const noisyMachine = 0.05;
export function allowance({ deviation, halfWidth }: MachineNoise): number {
  return halfWidth > noisyMachine ? halfWidth : Math.expm1(deviation);
}

export interface Round {
  generation: number;
  blocks: ReadonlyMap<string, Block>;
}

export interface TakenRound extends Round {
  /** Fraction of the CPUs' time that was stolen from this machine meanwhile. */
  steal: number;
}

/**
 * Measures FP32 and its variants side by side. Each has a process of its own; one runs at a time, in short blocks whose
 * order is random in every round, so that what drifts meets all of them. Processes that need fewer CPUs than there are
 * share the same ones. Sessions are made anew every few rounds, since each has its own luck with memory. A second
 * process of the FP32 file (A/A) shows what the machine alone makes of equal files.
 *
 * A variant whose process fails has an `error`; the others go on.
 * @throws WorkerError where FP32 fails; UserError where the model cannot take a batch size
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
    decided: false,
  });
  const fp32 = contend('fp32', request.fp32);
  const again = request.noise ? undefined : contend(aaId, request.fp32);
  const variants = request.variants.map(({ id, session }) => contend(id, session));
  const bench = new LatencyBench(request, fp32, again, variants, cpus);
  try {
    await bench.start();
    for (const batch of request.batches) await bench.measureBatch(batch);
    return {
      fp32: fp32.latency,
      variants: variants.map(({ id, latency, error }) => (error ? { id, error } : { id, latency })),
      noise: bench.noise,
      environment: await describeEnvironment(ticks, cpus),
    };
  } finally {
    await bench.close();
  }
}

class LatencyBench {
  readonly noise: MachineNoise[] = [];
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

  async start(): Promise<void> {
    const { runtime } = this.#request;
    await Promise.all(
      this.#all.map((contender) =>
        this.#guard(contender, async () => {
          contender.worker = await WorkerProcess.start({
            runtime,
            label: contender.id,
            ...(this.#cpus && { cpus: this.#cpus }),
          });
        }),
      ),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(({ worker }) => worker?.close()));
  }

  async measureBatch(batch: number): Promise<void> {
    const { batches, budgetMs, progress = silent } = this.#request;
    for (const contender of this.#all) contender.decided = false;
    const stage = progress.stage(`latency at batch ${batch}`, undefined, 'rounds');
    const rounds = new Rounds();
    const start = performance.now();
    const budget = (budgetMs * Math.max(1, this.#variants.length)) / batches.length;
    const isOver = () => rounds.kept.length >= fewestRounds && performance.now() - start > budget;
    let look = minGenerations;
    for (let generation = 1; !isOver(); generation++) {
      await this.#prepare(batch);
      if (this.#variants.length > 0 && !this.#variants.some((variant) => this.#isActive(variant))) break;
      const prepared = performance.now();
      const prepareMs = prepared - start - rounds.ms;
      for (let round = 0; round < maxGenerationRounds && !isOver(); round++) {
        if (round >= minGenerationRounds && performance.now() - prepared > prepareMs / generation) break;
        const taken = { generation, ...(await this.#round(rounds.taken)) };
        this.#request.onRound?.(taken);
        rounds.add(taken);
        stage.advance(1, `${seconds(performance.now() - start)} of at most ${seconds(budget)} s`);
      }
      rounds.ms += performance.now() - prepared;
      if (generation < look) continue;
      look = Math.ceil(look * lookGrowth);
      if (this.#decide(rounds, batch)) break;
    }
    this.#conclude(rounds, batch);
    stage.done(`${rounds.kept.length} rounds`);
  }

  #isActive({ error, decided }: Contender): boolean {
    return !error && !decided;
  }

  /** Fresh sessions for all, one after another, each run until it is warm. */
  async #prepare(batch: number): Promise<void> {
    const { store, timeoutMs = 300_000 } = this.#request;
    for (const contender of this.#all) {
      if (!this.#isActive(contender)) continue;
      await this.#guard(contender, async () => {
        const params = { session: contender.session, store: storeReference(store), batch };
        contender.prepared = await contender.worker!.call(prepareLatencyJob, params, { timeoutMs });
        contender.loadMs.push(contender.prepared.loadMs);
      });
    }
  }

  /** One block of each, in random order. As many runs for each, so that each sees the same inputs. */
  async #round(index: number): Promise<Omit<TakenRound, 'generation'>> {
    const active = this.#all.filter((contender) => this.#isActive(contender));
    const slowest = Math.max(...active.map(({ prepared }) => prepared!.runMs));
    const least = slowest > 4 * blockMs ? 1 : 3;
    const runs = Math.min(maxBlockRuns, Math.max(least, Math.ceil(blockMs / slowest)));
    const ticks = cpuTicks();
    const blocks = new Map<string, Block>();
    for (const contender of this.#random.shuffle(active)) {
      const { runMs } = contender.prepared!;
      const warmRuns = runMs > 2 * blockMs ? 0 : Math.min(maxBlockRuns, Math.ceil(rewarmMs / runMs));
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
    const { confidence, decide, precision = 0.02 } = this.#request;
    const wide = 1 - (1 - confidence) * lookShare;
    const noise = this.#noiseOf(rounds, batch, wide);
    for (const variant of this.#variants) {
      if (!this.#isActive(variant)) continue;
      const latency = this.#measurement(rounds, batch, variant, noise, wide, 200);
      const { estimate, low, high } = latency.speedup;
      variant.decided = decide ? decide(latency, variant.id) : high - low <= 2 * precision * estimate;
    }
    if (this.#variants.length === 0) return noise.halfWidth <= precision;
    return !this.#variants.some((variant) => this.#isActive(variant));
  }

  #conclude(rounds: Rounds, batch: number): void {
    const { confidence } = this.#request;
    const noise = this.#noiseOf(rounds, batch, confidence);
    this.noise.push(noise);
    this.#fp32.latency.push(this.#measurement(rounds, batch, this.#fp32, noise, confidence, 1000));
    for (const variant of this.#variants) {
      if (!variant.error) variant.latency.push(this.#measurement(rounds, batch, variant, noise, confidence, 1000));
    }
  }

  #noiseOf(rounds: Rounds, batch: number, confidence: number): MachineNoise {
    const known = this.#request.noise?.find((each) => each.batch === batch);
    if (known || !this.#again) return known ?? { batch, deviation: 0, halfWidth: 0 };
    const { estimate, low, high } = this.#speedup(rounds, aaId, confidence, 400);
    return { batch, deviation: Math.abs(Math.log(estimate)), halfWidth: Math.max(high - 1, 1 - low) };
  }

  #speedup(rounds: Rounds, id: string, confidence: number, resamples: number): Estimate {
    const random = new Random(this.#request.seed, `speed-up of ${id}`);
    return speedupInterval(rounds.pairs('fp32', id), fractions[this.#request.percentile], {
      confidence,
      random,
      resamples,
    });
  }

  #measurement(
    rounds: Rounds,
    batch: number,
    { id, loadMs }: Contender,
    noise: MachineNoise,
    confidence: number,
    resamples: number,
  ): LatencyMeasurement {
    const blocks = rounds.blocks(id);
    const random = new Random(this.#request.seed, `percentiles of ${id}`);
    const at = (percentile: Percentile) =>
      percentileInterval(blocks, fractions[percentile], { confidence, random, resamples });
    const intervals = { p50Ms: at('p50'), p90Ms: at('p90'), p99Ms: at('p99') };
    const speedup =
      id === 'fp32'
        ? { estimate: 1, low: 1, high: 1 }
        : widen(this.#speedup(rounds, id, confidence, resamples), allowance(noise));
    return {
      batch,
      p50Ms: intervals.p50Ms.estimate,
      p90Ms: intervals.p90Ms.estimate,
      p99Ms: intervals.p99Ms.estimate,
      intervals,
      runs: blocks.reduce((sum, times) => sum + times.length, 0),
      speedup,
      loadMs: median(loadMs),
      noise: noise.halfWidth,
      discarded: rounds.discarded,
    };
  }

  /** A variant's process that fails takes the variant out; FP32's ends the measurement. */
  async #guard(contender: Contender, action: () => Promise<void>): Promise<void> {
    if (contender.error) return;
    try {
      await action();
    } catch (error) {
      if (!(error instanceof WorkerError) || !this.#variants.includes(contender)) throw error;
      contender.error = error;
    }
  }
}

/** Disturbed rounds that may be left out: this fraction of all, and two in any case. */
const discardShare = 0.2;
const stolenTooMuch = 0.1;

/** The rounds of a batch size, without the few that something else on the machine disturbed. */
export class Rounds {
  readonly kept: Round[] = [];
  taken = 0;
  discarded = 0;
  /** Time that rounds took, without preparing. */
  ms = 0;

  add({ generation, blocks, steal }: TakenRound): void {
    this.taken++;
    const allowed = Math.max(2, Math.floor(discardShare * this.taken));
    if (this.discarded < allowed && (steal > stolenTooMuch || this.#isOutlier(blocks))) this.discarded++;
    else this.kept.push({ generation, blocks });
  }

  /**
   * Judged by the round as a whole, whichever process was hit, so that leaving it out favours none: some block took
   * twice its process's usual time, while processes were pre-empted far more often than usual.
   */
  #isOutlier(blocks: Round['blocks']): boolean {
    if (this.kept.length < 4) return false;
    const slow = [...blocks].some(([id, { times }]) => {
      const usual = this.blocks(id).map(median);
      return usual.length >= 4 && median(times) > 2 * median(usual);
    });
    return slow && preemptions(blocks) > 2 * median(this.kept.map((round) => preemptions(round.blocks))) + 4;
  }

  /** The blocks of one process. */
  blocks(id: string): number[][] {
    return this.kept.flatMap(({ blocks }) => (blocks.has(id) ? [blocks.get(id)!.times] : []));
  }

  pairs(fp32: string, variant: string): PairedBlock[] {
    return this.kept.flatMap(({ blocks, generation }) => {
      const [a, b] = [blocks.get(fp32), blocks.get(variant)];
      return a && b ? [{ fp32: a.times, variant: b.times, generation }] : [];
    });
  }
}

function preemptions(blocks: Round['blocks']): number {
  return [...blocks.values()].reduce((sum, block) => sum + block.preemptions, 0);
}

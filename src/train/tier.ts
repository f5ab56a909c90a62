import type { InferenceSession } from 'onnxruntime-node';
import { Random } from '../random.ts';
import type { Tensor } from '../tensor.ts';
import { adamStep, cosine, freshMoments, gradientNorm, type Moments } from './adam.ts';
import type { Feeds } from './cache.ts';
import type { PartState } from './checkpoint.ts';
import { mean } from './distance.ts';
import type { TierResult, TrainedPart } from './job.ts';
import type { Parameters } from './parameters.ts';
import type { StepData } from './part-data.ts';
import { lossName } from './program.ts';
import type { Programs } from './programs.ts';

/** A gradient whose norm is this many times the usual one is brought down to that. */
const clipAt = 4;
/** Evaluations of the end-to-end training, and after how many without gain it stops. */
const evaluations = 8;
const patience = 3;
/** Where an evaluation finds the distance this many times the best, the rates are too high: back to the best, with a part of them. */
const tooFar = 2;
const backOff = 0.3;

/** The training of one program: a block, or the whole. */
export interface Tier {
  part: TrainedPart;
  /** Which it is in the order of training: it seeds the order of the batches. */
  at: number;
  steps: number;
  /** On the rates. */
  factor: number;
  /** Whether it is rated along the way, not only at its end. */
  rated: boolean;
  batches: readonly number[];
  source: (batch: number) => StepData;
  /** What an interrupted training had reached. */
  resumed: PartState | undefined;
}

/** What a tier tells while it is trained. */
export interface TierEvents {
  /** After each step. */
  step(loss: number): void;
  /** At moments from which training can go on. */
  checkpoint(state: PartState): void;
  note(sentence: string): void;
  late(): boolean;
}

/**
 * Trains one program.
 *
 * @param best the distance of each held-back sample before
 * @returns that after, where it is nearer, and then the parameters are the best that were seen; else undefined, and they
 *   are those before
 */
export async function trainTier(
  tier: Tier,
  best: Float64Array,
  parameters: Parameters,
  programs: Programs,
  events: TierEvents,
): Promise<{ result: TierResult; nearer: Float64Array | undefined }> {
  const { part, steps, factor, rated } = tier;
  const state: PartState = tier.resumed ?? {
    step: 0,
    moments: new Map(part.trained.map((name) => [name, freshMoments(parameters.value(name).length)])),
    norm: 0,
    start: parameters.snapshot(part.trained),
    good: parameters.snapshot(part.trained),
    goodDistances: best,
    stale: 0,
    factor: 1,
  };
  /** Remembers the present state if it is the best. High rates at first disturb what a tier starts from, but not by so much. */
  const evaluate = async () => {
    const now = await programs.evaluate();
    if (nearer(now, state.goodDistances)) {
      state.good = parameters.snapshot(part.trained);
      state.goodDistances = now;
      state.stale = 0;
    } else if (rated && state.step < steps && mean(now) > tooFar * mean(state.goodDistances)) {
      parameters.restore(state.good);
      state.factor *= backOff;
    } else if (state.step > steps / 2) state.stale += 1;
    return now;
  };
  const session = await programs.runner.open(part.backward as string);
  const interval = Math.max(10, Math.floor(steps / evaluations));
  let diverged = false;
  while (state.step < steps && state.stale < patience && !events.late()) {
    const data = tier.source(batchAt(tier, state.step, programs.seed));
    const given = programs.stepFeeds(part, data);
    const rate = factor * state.factor * cosine(state.step, steps);
    const loss = await step(session, part, given, state, parameters, programs, rate);
    if (!Number.isFinite(loss)) {
      diverged = true;
      break;
    }
    state.step += 1;
    events.step(loss);
    if (state.step % interval !== 0 || state.step >= steps) continue;
    if (rated) await evaluate();
    events.checkpoint(state);
  }
  await programs.runner.close(part.backward as string);
  let last: Float64Array;
  if (diverged) {
    events.note(`${part.name}: the loss diverged at step ${state.step + 1}; the last good state is kept.`);
    last = state.goodDistances;
  } else last = await evaluate();
  const kept = nearer(state.goodDistances, best);
  parameters.restore(kept ? state.good : state.start);
  return {
    result: {
      name: part.name,
      steps: state.step,
      lossBefore: mean(best),
      lossAfter: mean(kept ? state.goodDistances : last),
      kept,
    },
    nearer: kept ? state.goodDistances : undefined,
  };
}

function nearer(now: Float64Array, before: Float64Array): boolean {
  const [a, b] = [mean(now), mean(before)];
  return a < b || (Number.isNaN(b) && Number.isFinite(a));
}

/** Each epoch goes through the batches in an order of its own, which depends on nothing but the seed. */
function batchAt({ batches, at }: Tier, step: number, seed: number): number {
  const epoch = Math.floor(step / batches.length);
  const order = new Random(seed, `part ${at}, epoch ${epoch}`).shuffle([...batches]);
  return order[step % batches.length] as number;
}

/** One training step. @returns the loss, NaN where it or a gradient is not finite (then nothing has changed) */
async function step(
  session: InferenceSession,
  part: TrainedPart,
  given: Feeds,
  state: PartState,
  parameters: Parameters,
  { runner }: Programs,
  factor: number,
): Promise<number> {
  const results = await runner.run(session, given, [lossName, ...part.gradients]);
  const loss = ((results[lossName] as Tensor).data as Float32Array)[0] as number;
  const gradients = part.gradients.map((name) => (results[name] as Tensor).data as Float32Array);
  const norm = gradientNorm(gradients);
  if (!Number.isFinite(loss) || !Number.isFinite(norm)) return Number.NaN;
  const usual = state.norm === 0 ? norm : state.norm;
  const scale = norm > clipAt * usual ? (clipAt * usual) / norm : 1;
  state.norm = 0.9 * usual + 0.1 * norm * scale;
  part.trained.forEach((name, i) => {
    const moments = state.moments.get(name) as Moments;
    const gradient = gradients[i] as Float32Array;
    adamStep(parameters.value(name), gradient, moments, state.step + 1, parameters.info(name), factor, scale);
  });
  return loss;
}
